package io.infrafabric.bus;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * What the event log holds and an inbox does not: the work that is left for a function, whatever became of the channel.
 * A dead letter has an inbox row too, so the inbox alone tells.
 */
@Singleton
final class Unhandled {
    /** Ids grow with time. */
    private static final String PAGE = """
            SELECT e.id, e.envelope FROM bus_event e
            JOIN bus_subscription s ON s.function = $1 AND s.type = e.type AND s.active AND e.at >= s.since
            WHERE e.day >= $2 AND e.day <= $3 AND e.id > $4 AND e.id < $5 AND NOT EXISTS (
                SELECT FROM bus_inbox i WHERE i.day = e.day AND i.function = $1 AND i.event = e.id)
            ORDER BY e.day, e.id LIMIT $6""";

    private static final String COMPLETE = "INSERT INTO bus_complete AS c (function, until) VALUES ($1, $2)"
            + " ON CONFLICT (function) DO UPDATE SET until = excluded.until WHERE c.until = $3";

    private static final String LEFT =
            "SELECT EXISTS (SELECT FROM bus_event" + " WHERE NOT published AND at < now() - make_interval(secs => $1))";

    /** Every subscriber has the event, so nobody needs to publish it. */
    private static final String MARK = """
            UPDATE bus_event SET published = true WHERE (day, id) IN (
                SELECT day, id FROM bus_event e
                WHERE NOT published AND at < now() - make_interval(secs => $1) AND NOT EXISTS (
                    SELECT FROM bus_subscription s WHERE s.type = e.type AND s.active AND e.at >= s.since AND NOT EXISTS (
                        SELECT FROM bus_inbox i WHERE i.day = e.day AND i.function = s.function AND i.event = e.id))
                ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)
            AND published IS NOT TRUE""";

    /** Counts each function by itself, so that one function's backlog does not hide another's. */
    private static final String UNDELIVERED = """
            SELECT f.function, (SELECT count(*) FROM (
                SELECT FROM bus_event e
                JOIN bus_subscription s ON s.function = f.function AND s.type = e.type AND s.active AND e.at >= s.since
                WHERE NOT e.published AND e.at < now() - make_interval(secs => $1) AND NOT EXISTS (
                    SELECT FROM bus_inbox i WHERE i.day = e.day AND i.function = f.function AND i.event = e.id)
                LIMIT $2) AS first_ones)
            FROM (SELECT DISTINCT function FROM bus_subscription WHERE active) AS f""";

    private final Pool pool;

    @Inject
    Unhandled(Pool pool) {
        this.pool = pool;
    }

    /** Where the log is. */
    Pool pool() {
        return pool;
    }

    /** Events between these ids that the function has not taken in, by id: each row is an id and an envelope. */
    Future<RowSet<Row>> page(String function, UUID after, UUID before, int limit) {
        Object[] values = {
            function,
            EventIds.timeOf(after).toLocalDate(),
            EventIds.timeOf(before).toLocalDate(),
            after,
            before,
            limit
        };
        return pool.preparedQuery(PAGE).execute(Tuple.from(values));
    }

    /** The time up to which everything is known to be taken in. */
    Future<OffsetDateTime> completeUntil(String function) {
        return pool.preparedQuery("SELECT until FROM bus_complete WHERE function = $1")
                .execute(Tuple.of(function))
                .map(rows -> {
                    for (Row row : rows) {
                        return row.getOffsetDateTime(0);
                    }
                    return Instant.EPOCH.atOffset(ZoneOffset.UTC);
                });
    }

    /**
     * Notes that everything is taken in up to this time, unless somebody has changed the note since {@code from} was
     * read.
     *
     * @param oldest the oldest event found that is not taken in, or {@code null}
     * @param looked when the look began
     * @param margin how late an event may be written: longer than any transaction
     */
    Future<Void> complete(String function, OffsetDateTime from, UUID oldest, Instant looked, Duration margin) {
        OffsetDateTime until = looked.minus(margin).atOffset(ZoneOffset.UTC);
        OffsetDateTime complete =
                oldest != null && EventIds.timeOf(oldest).isBefore(until) ? EventIds.timeOf(oldest) : until;
        return complete.isAfter(from)
                ? pool.preparedQuery(COMPLETE)
                        .execute(Tuple.of(function, complete, from))
                        .mapEmpty()
                : Future.succeededFuture();
    }

    /** Whether an event of this age is still unpublished: then nobody's channel accepts it. */
    Future<Boolean> isAnythingUnpublished(Duration age) {
        return pool.preparedQuery(LEFT)
                .execute(Tuple.of(seconds(age)))
                .map(rows -> rows.iterator().next().getBoolean(0));
    }

    /** Marks events as published that all subscribers already have. Gives their number, at most {@code limit}. */
    Future<Integer> markHandled(Duration age, int limit) {
        return pool.preparedQuery(MARK).execute(Tuple.of(seconds(age), limit)).map(RowSet::rowCount);
    }

    /** How many events of each function are older than {@code age} and neither published nor taken in. */
    Future<Map<String, Long>> undelivered(Duration age, int limit) {
        return pool.preparedQuery(UNDELIVERED)
                .execute(Tuple.of(seconds(age), limit))
                .map(rows -> {
                    Map<String, Long> byFunction = new HashMap<>();
                    rows.forEach(row -> byFunction.put(row.getString(0), row.getLong(1)));
                    return byFunction;
                });
    }

    private static double seconds(Duration age) {
        return age.toMillis() / 1000.0;
    }
}
