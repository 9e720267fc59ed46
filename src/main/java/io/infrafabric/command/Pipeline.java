package io.infrafabric.command;

import io.infrafabric.bus.GroupCommit;
import io.infrafabric.bus.Turns;
import io.infrafabric.command.Once.Asked;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.function.Function;

/** The path of one kind of gathered command; {@link Commands} makes it. Thread-safe. */
public final class Pipeline<C, A> {
    private final Function<C, Object> entity;
    private final GroupCommit<Asked<C, A>, Reply<A>> gathering;

    Pipeline(
            String name,
            GroupCommit.Bounds bounds,
            Turns turns,
            Function<C, Object> entity,
            Function<List<Asked<C, A>>, Uni<List<Reply<A>>>> commit) {
        this.entity = entity;
        this.gathering = new GroupCommit<>(name, bounds, turns, this::entity, commit);
    }

    /** A command without an entity may share a batch with any other, but not with another use of its key. */
    private Object entity(Asked<C, A> asked) {
        Object changed = entity.apply(asked.command());
        return changed != null || asked.key() == null ? changed : asked.key().scope();
    }

    /** Carries out a command together with those that come at the same time; see {@link GroupCommit#submit}. */
    public Uni<Reply<A>> submit(C command, Keep<A> keep) {
        return submit(new Asked<>(command, keep));
    }

    /** The same. */
    public Uni<Reply<A>> submit(Asked<C, A> asked) {
        return gathering.submit(asked);
    }
}
