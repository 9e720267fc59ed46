package io.infrafabric.bus;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.Instant;

/**
 * A function that keeps deadlines in tables of its own. After a gap in which no part of the fabric ran (an outage, a
 * closed laptop), the sweep calls every such bean in the transaction that also moves the due rows. Beans are called by
 * {@code @Priority}, highest first: the order of {@link Locks}.
 */
public interface Deadlines {
    /** Priority of a bean that locks sessions. */
    int SESSIONS = 30;
    /** Priority of a bean that locks accounts. */
    int ACCOUNTS = 20;
    /** Priority of a bean that locks decisions. */
    int DECISIONS = 15;
    /** Priority of a bean that locks tasks. */
    int TASKS = 10;

    /**
     * Moves every deadline after {@code gapStart} by {@code gap}, because nobody could meet it during the gap.
     *
     * @param gapStart when the fabric was last known to run, by the database's clock
     */
    Uni<Void> extend(SqlConnection c, Instant gapStart, Duration gap);
}
