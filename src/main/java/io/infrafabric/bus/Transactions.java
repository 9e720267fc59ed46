package io.infrafabric.bus;

import io.smallrye.mutiny.Uni;
import java.util.function.Function;

/** Runs transactions on the reactive PostgreSQL client: state and outbox commit together. */
public interface Transactions {

    /**
     * Runs {@code body} in one transaction on one connection, writes what it emitted to the outbox, commits, and then
     * (without making the caller wait) publishes the events and rings the bells.
     *
     * <p>A failure of the body rolls everything back and is passed on. Where the answer to COMMIT is lost, the database
     * is asked whether the transaction was committed before this fails or succeeds.
     */
    <T> Uni<T> run(Function<Work, Uni<T>> body);
}
