package io.infrafabric.coordinator.transaction;

import io.infrafabric.bus.GroupCommit;
import io.infrafabric.bus.Turns;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Asked;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.command.Pipeline;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.function.Function;

/**
 * How concurrent submits, claims and ends are committed: each kind is gathered into transactions of its own, and one
 * transaction follows the other. A working session alternates between the kinds, so in turns each transaction gathers
 * nearly all sessions, while in parallel each would carry only a third.
 */
@Singleton
final class Commits {
    private final Commands commands;
    private final GroupCommit.Bounds bounds;
    private final Turns turns;

    Commits(Commands commands, Vertx vertx, CoordinatorConfig config) {
        this.commands = commands;
        this.bounds = new GroupCommit.Bounds(config.commitBatch(), config.commitQueue(), config.commitParallel());
        this.turns = new Turns(vertx, config.commitPatience());
    }

    /** One kind; see {@link Commands#gathered}. */
    <C, A> Pipeline<C, A> of(String name, Function<C, Object> entity, Commands.Body<C, A> body) {
        return commands.gathered(name, bounds, turns, entity, body);
    }

    /** One kind; see {@link Commands#around}. */
    <C, A> Pipeline<C, A> around(
            String name, Function<C, Object> entity, Function<List<Asked<C, A>>, Uni<List<Reply<A>>>> commit) {
        return commands.around(name, bounds, turns, entity, commit);
    }
}
