package io.infrafabric.bus;

import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.function.Function;

/**
 * Gathers the commands that are in flight at the same time into one transaction (group commit, DeWitt et al. 1984): while
 * one batch commits, the next one fills, so nobody waits for a timer.
 */
public final class GroupCommit<C, A> {

    /** Bounds of one kind of command. */
    public record Bounds(int maxBatch, int maxQueued, int maxParallel) {}

    public GroupCommit(String name, Bounds bounds, Function<C, Object> entity, Function<List<C>, Uni<List<A>>> commit) {
        throw new IllegalStateException("being built");
    }

    public Uni<A> submit(C command) {
        throw new IllegalStateException("being built " + command);
    }
}
