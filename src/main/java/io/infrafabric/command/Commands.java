package io.infrafabric.command;

import io.infrafabric.bus.GroupCommit;
import io.infrafabric.bus.RunAgain;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Turns;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Once.Asked;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.function.Function;

/** Carries commands out: in one transaction, once for each key, with the answer kept. */
@Singleton
public final class Commands {
    /** How often a command that is carried out alone is run again after {@link RunAgain}. */
    static final int RETRIES = 3;

    /** How commands are carried out in a transaction. */
    @FunctionalInterface
    public interface Body<C, A> {
        /** Answers the commands in order. There is at least one. */
        Uni<List<A>> carryOut(Work work, List<C> commands);
    }

    private final Transactions transactions;
    private final Once once;

    Commands(Transactions transactions, Once once) {
        this.transactions = transactions;
        this.once = once;
    }

    /**
     * Makes a kind of command whose batches wait for no other kind.
     *
     * @param name what a refusal calls it
     * @param entity what a command changes: two commands on the same entity never share a batch. {@code null} from it
     * if any two may
     * @param body carries out a batch
     */
    public <C, A> Pipeline<C, A> gathered(
            String name, GroupCommit.Bounds bounds, Function<C, Object> entity, Body<C, A> body) {
        return gathered(name, bounds, Turns.none(), entity, body);
    }

    /**
     * Makes a kind of command.
     *
     * @param turns the kinds that its transactions take turns with
     */
    public <C, A> Pipeline<C, A> gathered(
            String name, GroupCommit.Bounds bounds, Turns turns, Function<C, Object> entity, Body<C, A> body) {
        return around(name, bounds, turns, entity, batch -> carryOut(batch, body));
    }

    /**
     * Makes a kind of command that has work to do around its transactions.
     *
     * @param commit does that work, and runs a batch by {@link #carryOut(List, Body)}
     */
    public <C, A> Pipeline<C, A> around(
            String name,
            GroupCommit.Bounds bounds,
            Turns turns,
            Function<C, Object> entity,
            Function<List<Asked<C, A>>, Uni<List<Reply<A>>>> commit) {
        return new Pipeline<>(name, bounds, turns, entity, commit);
    }

    /** Carries out commands in one transaction; no two of them use the same key. */
    public <C, A> Uni<List<Reply<A>>> carryOut(List<Asked<C, A>> commands, Body<C, A> body) {
        return transactions.run(work -> carryOut(work, commands, body).invoke(replies -> {
            if (replies.stream().noneMatch(Reply.Now.class::isInstance)) {
                work.nothingWritten();
            }
        }));
    }

    /** The same in a transaction under way. */
    public <C, A> Uni<List<Reply<A>>> carryOut(Work work, List<Asked<C, A>> commands, Body<C, A> body) {
        return once.run(work.connection(), commands, fresh -> body.carryOut(work, fresh));
    }

    /**
     * Carries out one command in a transaction of its own, for kinds too rare to gather. Runs it again if it asks for
     * that ({@link RunAgain}).
     */
    public <A> Uni<Reply<A>> alone(Keep<A> keep, Function<Work, Uni<A>> body) {
        return transactions
                .run(work -> once.run(work.connection(), keep, () -> body.apply(work))
                        .invoke(reply -> {
                            if (!(reply instanceof Reply.Now)) {
                                work.nothingWritten();
                            }
                        }))
                .onFailure(RunAgain.class)
                .retry()
                .atMost(RETRIES);
    }
}
