package io.infrafabric.bus;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.Instant;

/**
 * A function that keeps deadlines in tables of its own. After a gap in which nothing of the fabric ran (outage, closed
 * laptop) the sweep calls every such bean, in the transaction in which it also moves the due rows. Their order is their
 * {@code @Priority}, highest first: that of {@link Locks}.
 */
public interface Deadlines {
    /** Priority of who locks sessions. */
    int SESSIONS = 30;
    /** Priority of who locks accounts. */
    int ACCOUNTS = 20;
    /** Priority of who locks decisions. */
    int DECISIONS = 15;
    /** Priority of who locks tasks. */
    int TASKS = 10;

    /**
     * Moves every deadline after {@code gapStart} by {@code gap}. Nobody could keep them meanwhile.
     *
     * @param gapStart when the fabric was last known to run, by the database's clock
     */
    Uni<Void> extend(SqlConnection c, Instant gapStart, Duration gap);
}
