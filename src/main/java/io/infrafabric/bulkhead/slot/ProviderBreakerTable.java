package io.infrafabric.bulkhead.slot;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Breakers of providers, one row each; it comes to be when the breaker opens for the first time. */
final class ProviderBreakerTable {
    /** No breaker that failures have opened stays open for longer without a probe. */
    static final Duration LONGEST = Duration.ofMinutes(5);

    private static final String COLUMNS =
            "b.provider, b.version, b.open, b.reason, b.by, b.opened_at, b.open_until, b.asked, now() AS now";

    private static final String LATER = " * interval '1 millisecond'";

    private static final String OPEN = "INSERT INTO bulkhead_breaker AS b (provider, version, open, reason, by,"
            + " opened_at, open_until, open_millis) SELECT name, 1, true, $2, $3, now(), now() + $4::bigint" + LATER
            + ", $5::bigint FROM bulkhead_provider WHERE name = $1"
            + " ON CONFLICT (provider) DO UPDATE SET version = b.version + 1, open = true, reason = excluded.reason,"
            + " by = excluded.by, open_until = excluded.open_until, open_millis = excluded.open_millis, probe = NULL,"
            + " probe_until = NULL, asked = b.open AND b.asked,"
            + " opened_at = CASE WHEN b.open THEN b.opened_at ELSE now() END";

    private static final String TRIP = OPEN + " WHERE b.version = $6 AND NOT b.open RETURNING " + COLUMNS;

    private static final String OPEN_ALWAYS = OPEN + " RETURNING " + COLUMNS;

    private static final String CLOSE = "UPDATE bulkhead_breaker b SET version = b.version + 1, open = false,"
            + " reason = $2, by = $3, opened_at = NULL, open_until = NULL, probe = NULL, probe_until = NULL"
            + " WHERE b.provider = $1 AND b.open";

    private static final String CLOSE_ALWAYS = CLOSE + " RETURNING " + COLUMNS;

    private static final String CLOSE_PROBED = CLOSE + " AND b.probe = $4 RETURNING " + COLUMNS;

    /** The row decides who probes: one in the whole fleet, until its lease ends or it says what came of it. */
    private static final String ASK = "UPDATE bulkhead_breaker SET probe = $2, probe_until = now() + $3" + LATER
            + " WHERE provider = $1 AND open AND open_until <= now() AND (probe_until IS NULL OR probe_until < now())";

    private static final String REOPEN = "UPDATE bulkhead_breaker b SET version = b.version + 1, probe = NULL,"
            + " probe_until = NULL, reason = $3, by = $4, open_millis = m.millis, open_until = now() + m.millis" + LATER
            + " FROM (SELECT least(2 * open_millis, greatest(open_millis, " + LONGEST.toMillis() + ")) AS millis"
            + " FROM bulkhead_breaker WHERE provider = $1) m WHERE b.provider = $1 AND b.open AND b.probe = $2 RETURNING "
            + COLUMNS;

    private static final String RELEASE =
            "UPDATE bulkhead_breaker SET probe = NULL, probe_until = NULL" + " WHERE provider = $1 AND probe = $2";

    private static final String FIND =
            "SELECT " + COLUMNS + ", b.probe_until > now() AS probing FROM bulkhead_breaker b WHERE b.provider = $1";

    private ProviderBreakerTable() {}

    /**
     * A breaker.
     *
     * @param openUntil {@code null} if it is closed, or open until somebody closes it
     * @param asked whether a human was asked since it opened
     * @param now the database's time
     */
    record Now(
            String provider,
            long version,
            boolean open,
            String reason,
            String by,
            Instant openedAt,
            Instant openUntil,
            boolean asked,
            Instant now) {}

    /** Opens it unless it was changed since this version; empty if it was. */
    static Uni<Optional<Now>> trip(Work work, String provider, String why, String by, Duration openFor, long version) {
        return work.connection()
                .preparedQuery(TRIP)
                .execute(Tuple.of(provider, why, by, openFor.toMillis(), openFor.toMillis(), version))
                .map(ProviderBreakerTable::first);
    }

    /**
     * Opens it; empty if there is no such provider.
     *
     * @param openFor {@code null}: until it is closed
     * @param first how long it would be open by itself at first
     */
    static Uni<Optional<Now>> open(
            Work work, String provider, String why, String by, Duration openFor, Duration first) {
        return work.connection()
                .preparedQuery(OPEN_ALWAYS)
                .execute(Tuple.of(provider, why, by, openFor == null ? null : openFor.toMillis(), first.toMillis()))
                .map(ProviderBreakerTable::first);
    }

    /** Closes it; empty if it was. */
    static Uni<Optional<Now>> close(Work work, String provider, String why, String by) {
        return work.connection()
                .preparedQuery(CLOSE_ALWAYS)
                .execute(Tuple.of(provider, why, by))
                .map(ProviderBreakerTable::first);
    }

    /** Whether this token got the probe. */
    static Uni<Boolean> ask(SqlClient client, String provider, UUID token, Duration lease) {
        return client.preparedQuery(ASK)
                .execute(Tuple.of(provider, token, lease.toMillis()))
                .map(done -> done.rowCount() == 1);
    }

    /** Closes it because of a probe; empty if that was not the probe any more. */
    static Uni<Optional<Now>> closeProbed(Work work, String provider, UUID token, String why, String by) {
        return work.connection()
                .preparedQuery(CLOSE_PROBED)
                .execute(Tuple.of(provider, why, by, token))
                .map(ProviderBreakerTable::first);
    }

    /** Leaves it open for twice as long because of a probe; empty if that was not the probe any more. */
    static Uni<Optional<Now>> reopen(Work work, String provider, UUID token, String why, String by) {
        return work.connection()
                .preparedQuery(REOPEN)
                .execute(Tuple.of(provider, token, why, by))
                .map(ProviderBreakerTable::first);
    }

    /** Lets somebody else probe. */
    static Uni<Void> release(Work work, String provider, UUID token) {
        return work.connection()
                .preparedQuery(RELEASE)
                .execute(Tuple.of(provider, token))
                .replaceWithVoid();
    }

    static Lock<Locks.Decisions, Optional<Now>> lock(Work work, String provider) {
        return Lock.of(work.connection()
                .preparedQuery("SELECT " + COLUMNS + " FROM bulkhead_breaker b WHERE b.provider = $1 FOR UPDATE")
                .execute(Tuple.of(provider))
                .map(ProviderBreakerTable::first));
    }

    /** Notes that a human was asked. */
    static Uni<Void> asked(Work work, String provider) {
        return work.connection()
                .preparedQuery("UPDATE bulkhead_breaker SET asked = true WHERE provider = $1")
                .execute(Tuple.of(provider))
                .replaceWithVoid();
    }

    /** How it is shown. */
    static Uni<LiveFigures.BreakerNow> shown(SqlClient client, String provider) {
        return client.preparedQuery(FIND).execute(Tuple.of(provider)).map(rows -> {
            if (rows.size() == 0) {
                return new LiveFigures.BreakerNow("CLOSED", null, null);
            }
            Row row = rows.iterator().next();
            Now now = now(row);
            String state =
                    !now.open() ? "CLOSED" : Boolean.TRUE.equals(row.getBoolean("probing")) ? "HALF_OPEN" : "OPEN";
            return new LiveFigures.BreakerNow(state, now.reason(), now.openUntil());
        });
    }

    private static Optional<Now> first(RowSet<Row> rows) {
        return rows.size() == 0
                ? Optional.empty()
                : Optional.of(now(rows.iterator().next()));
    }

    private static Now now(Row row) {
        return new Now(
                row.getString("provider"),
                row.getLong("version"),
                row.getBoolean("open"),
                row.getString("reason"),
                row.getString("by"),
                Rows.instant(row, "opened_at"),
                Rows.instant(row, "open_until"),
                row.getBoolean("asked"),
                Rows.instant(row, "now"));
    }
}
