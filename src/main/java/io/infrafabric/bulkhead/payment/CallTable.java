package io.infrafabric.bulkhead.payment;

import io.infrafabric.bulkhead.payment.PaymentTransaction.Ending;
import io.infrafabric.bus.NewestFirst;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.input.Decimals;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Rows of calls, and the leases of those under way. */
final class CallTable {
    private static final String BEGIN = """
            WITH i AS (
              SELECT * FROM unnest($1::date[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                                   $8::bigint[], $9::text[], $10::timestamptz[])
                AS i(day, id, provider, model, session, swarm, task, epoch, estimate, started_at)),
            leased AS (
              INSERT INTO bulkhead_running (id, day, lease_until)
              SELECT id, day, now() + make_interval(secs => $11) FROM i)
            INSERT INTO bulkhead_call (day, id, provider, model, session, swarm, task, epoch, estimate, started_at)
            SELECT day, id, provider, model, session, swarm, task, epoch, estimate::numeric, started_at FROM i
            """;

    private static final String ENDS = """
            SELECT * FROM unnest($1::date[], $2::uuid[], $3::text[], $4::int[], $5::bigint[], $6::bigint[], $7::bigint[],
                                 $8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::bigint[], $13::bigint[],
                                 $14::timestamptz[], $15::text[])
                AS i(day, id, outcome, status, input, output, cache_read, cache_write, cache_write_1h, cost, cost_from,
                     first_byte_ms, total_ms, ended_at, model)""";

    // The transaction that deletes the lease ends the call. Without a lease, another process has booked it as lost.
    private static final String END = "WITH i AS (" + ENDS + """
            ),
            mine AS (DELETE FROM bulkhead_running r USING i WHERE r.id = i.id RETURNING r.id)
            UPDATE bulkhead_call c
               SET outcome = i.outcome, status = i.status, input = i.input, output = i.output, cache_read = i.cache_read,
                   cache_write = i.cache_write, cache_write_1h = i.cache_write_1h, cost = i.cost::numeric,
                   cost_from = i.cost_from, first_byte_ms = i.first_byte_ms, total_ms = i.total_ms, ended_at = i.ended_at,
                   model = i.model
              FROM i JOIN mine ON mine.id = i.id WHERE c.day = i.day AND c.id = i.id AND c.outcome IS NULL RETURNING c.id
            """;

    private static final String ADD = "WITH i AS (" + ENDS + """
            )
            INSERT INTO bulkhead_call (day, id, provider, model, session, swarm, task, epoch, estimate, started_at, outcome,
                                       status, input, output, cache_read, cache_write, cache_write_1h, cost, cost_from,
                                       first_byte_ms, total_ms, ended_at)
            SELECT i.day, i.id, j.provider, i.model, j.session, j.swarm, j.task, j.epoch, j.estimate::numeric, j.started_at,
                   i.outcome, i.status, i.input, i.output, i.cache_read, i.cache_write, i.cache_write_1h, i.cost::numeric,
                   i.cost_from, i.first_byte_ms, i.total_ms, i.ended_at
              FROM i JOIN unnest($2::uuid[], $16::text[], $17::text[], $18::text[], $19::text[], $20::bigint[], $21::text[],
                                 $22::timestamptz[])
                AS j(id, provider, session, swarm, task, epoch, estimate, started_at) ON j.id = i.id
                ON CONFLICT DO NOTHING
            """;

    // Passes over a call that is just ending, so that it waits for nobody.
    private static final String RENEW = "UPDATE bulkhead_running SET lease_until = now() + make_interval(secs => $2)"
            + " WHERE id IN (SELECT id FROM bulkhead_running WHERE id = ANY($1) FOR UPDATE SKIP LOCKED)";

    private static final String LAPSED =
            "SELECT id, day FROM bulkhead_running WHERE lease_until < now()" + " ORDER BY lease_until LIMIT $1";

    private static final String OF =
            "SELECT c.* FROM unnest($1::uuid[], $2::date[]) AS i(id, day) JOIN bulkhead_call c ON c.day = i.day AND c.id = i.id";

    private static final String TAKE =
            "DELETE FROM bulkhead_running WHERE id = ANY($1) AND lease_until < now() RETURNING id";

    private static final String LOSE = """
            UPDATE bulkhead_call c SET outcome = 'LOST', cost = c.estimate, cost_from = 'ESTIMATE', ended_at = now()
              FROM unnest($1::uuid[], $2::date[]) AS i(id, day) WHERE c.day = i.day AND c.id = i.id AND c.outcome IS NULL
            """;

    private static final String TODAY = "SELECT coalesce(sum(cost), 0) AS cost,"
            + " coalesce(sum(cost) FILTER (WHERE cost_from = 'ESTIMATE'), 0) AS unknown FROM bulkhead_call"
            + " WHERE day = (now() AT TIME ZONE 'UTC')::date AND provider = $1";

    private static final String MODELS = "SELECT DISTINCT model FROM bulkhead_call WHERE session = $1"
            + " AND started_at > now() - make_interval(secs => $2) AND model IS NOT NULL";

    private static final double MILLIS = 1000;

    private CallTable() {}

    /** Adds calls that begin, with a lease. Sent without waiting. */
    static void begin(Work work, List<Payment> calls, Duration lease) {
        Tuple values = Tuple.tuple()
                .addArrayOfLocalDate(Rows.column(calls, Payment::day, LocalDate[]::new))
                .addArrayOfUUID(ids(calls))
                .addArrayOfString(Rows.column(calls, Payment::provider, String[]::new))
                .addArrayOfString(Rows.column(calls, Payment::model, String[]::new))
                .addArrayOfString(Rows.column(calls, Payment::session, String[]::new))
                .addArrayOfString(Rows.column(calls, Payment::swarm, String[]::new))
                .addArrayOfString(Rows.column(calls, Payment::task, String[]::new))
                .addArrayOfLong(Rows.column(calls, Payment::epoch, Long[]::new))
                .addArrayOfString(Rows.column(calls, call -> Rows.text(call.estimate()), String[]::new))
                .addArrayOfOffsetDateTime(Rows.column(calls, call -> Rows.at(call.startedAt()), OffsetDateTime[]::new))
                .addDouble(seconds(lease));
        work.alongside(work.connection().preparedQuery(BEGIN).execute(values));
    }

    /** Ends calls that have a row, and gives the ids of those that were under way until now. */
    static Uni<Set<UUID>> end(Work work, List<Ending> ends) {
        return work.connection().preparedQuery(END).execute(ended(ends)).map(rows -> {
            Set<UUID> ended = new HashSet<>();
            rows.forEach(row -> ended.add(row.getUUID("id")));
            return ended;
        });
    }

    /** Adds calls that have ended. Sent without waiting. */
    static void add(Work work, List<Ending> ends) {
        List<Payment> calls = ends.stream().map(Ending::payment).toList();
        Tuple values = ended(ends)
                .addArrayOfString(Rows.column(calls, Payment::provider, String[]::new))
                .addArrayOfString(Rows.column(calls, Payment::session, String[]::new))
                .addArrayOfString(Rows.column(calls, Payment::swarm, String[]::new))
                .addArrayOfString(Rows.column(calls, Payment::task, String[]::new))
                .addArrayOfLong(Rows.column(calls, Payment::epoch, Long[]::new))
                .addArrayOfString(Rows.column(calls, call -> Rows.text(call.estimate()), String[]::new))
                .addArrayOfOffsetDateTime(Rows.column(calls, call -> Rows.at(call.startedAt()), OffsetDateTime[]::new));
        work.alongside(work.connection().preparedQuery(ADD).execute(values));
    }

    private static Tuple ended(List<Ending> ends) {
        List<Payment> calls = ends.stream().map(Ending::payment).toList();
        return Tuple.tuple()
                .addArrayOfLocalDate(Rows.column(calls, Payment::day, LocalDate[]::new))
                .addArrayOfUUID(ids(calls))
                .addArrayOfString(Rows.column(ends, one -> one.end().outcome().name(), String[]::new))
                .addArrayOfInteger(Rows.column(ends, Ending::status, Integer[]::new))
                .addArrayOfLong(Rows.column(ends, one -> one.cost().usage().input(), Long[]::new))
                .addArrayOfLong(Rows.column(ends, one -> one.cost().usage().output(), Long[]::new))
                .addArrayOfLong(Rows.column(ends, one -> one.cost().usage().cacheRead(), Long[]::new))
                .addArrayOfLong(Rows.column(ends, one -> one.cost().usage().cacheWrite(), Long[]::new))
                .addArrayOfLong(Rows.column(ends, one -> one.cost().usage().cacheWrite1h(), Long[]::new))
                .addArrayOfString(Rows.column(ends, one -> Rows.text(one.cost().dollars()), String[]::new))
                .addArrayOfString(Rows.column(ends, one -> one.cost().from().name(), String[]::new))
                .addArrayOfLong(Rows.column(ends, Ending::firstByteMillis, Long[]::new))
                .addArrayOfLong(Rows.column(ends, Ending::totalMillis, Long[]::new))
                .addArrayOfOffsetDateTime(
                        Rows.column(ends, one -> Rows.at(one.end().at()), OffsetDateTime[]::new))
                .addArrayOfString(Rows.column(ends, Ending::model, String[]::new));
    }

    private static UUID[] ids(List<Payment> calls) {
        return Rows.column(calls, Payment::call, UUID[]::new);
    }

    /** Renews the leases of calls under way. */
    static Uni<Void> renew(SqlClient client, Collection<UUID> calls, Duration lease) {
        return client.preparedQuery(RENEW)
                .execute(Tuple.of(calls.toArray(UUID[]::new), seconds(lease)))
                .replaceWithVoid();
    }

    /** Calls whose lease has ended, as they were begun. */
    static Uni<List<Payment>> lapsed(SqlClient client, int most) {
        return client.preparedQuery(LAPSED).execute(Tuple.of(most)).chain(rows -> {
            if (rows.size() == 0) {
                return Uni.createFrom().item(List.of());
            }
            List<Row> all = Rows.all(rows, row -> row);
            return client.preparedQuery(OF)
                    .execute(Tuple.of(
                            Rows.column(all, row -> row.getUUID("id"), UUID[]::new),
                            Rows.column(all, row -> row.getLocalDate("day"), LocalDate[]::new)))
                    .map(found -> Rows.all(found, CallTable::payment));
        });
    }

    private static Payment payment(Row row) {
        return new Payment(
                row.getUUID("id"),
                row.getString("provider"),
                null,
                row.getString("model"),
                row.getString("session"),
                row.getString("swarm"),
                row.getString("task"),
                row.getLong("epoch"),
                0,
                row.getBigDecimal("estimate"),
                true,
                Rows.instant(row, "started_at"));
    }

    /** Takes away the leases of those of these calls that nobody renewed: only one process gets them. */
    static Uni<Set<UUID>> take(Work work, List<Payment> calls) {
        return work.connection()
                .preparedQuery(TAKE)
                .execute(Tuple.of((Object) ids(calls)))
                .map(rows -> {
                    Set<UUID> taken = new HashSet<>();
                    rows.forEach(row -> taken.add(row.getUUID("id")));
                    return taken;
                });
    }

    /** Writes that calls are lost. Sent without waiting. */
    static void lose(Work work, List<Payment> calls) {
        work.alongside(work.connection()
                .preparedQuery(LOSE)
                .execute(Tuple.of(ids(calls), Rows.column(calls, Payment::day, LocalDate[]::new))));
    }

    /** The models that a session has called within this time. */
    static Uni<Set<String>> models(SqlClient client, String session, Duration within) {
        return client.preparedQuery(MODELS)
                .execute(Tuple.of(session, seconds(within)))
                .map(rows -> Set.copyOf(Rows.all(rows, row -> row.getString(0))));
    }

    /** What calls of today to this provider cost, and how much of that nobody saw. */
    static Uni<Payments.Spent> today(SqlClient client, String provider) {
        return client.preparedQuery(TODAY).execute(Tuple.of(provider)).map(rows -> {
            Row row = rows.iterator().next();
            return new Payments.Spent(
                    Decimals.plain(row.getBigDecimal("cost")), Decimals.plain(row.getBigDecimal("unknown")));
        });
    }

    /**
     * What a page shows; a {@code null} part does not limit.
     *
     * @param before with {@code beforeId} the last row of the page before
     */
    record Filter(String swarm, String session, String provider, String task, Instant before, UUID beforeId) {}

    /** One page, newest first. */
    static Uni<List<CallView>> page(SqlClient client, Filter filter, int limit) {
        NewestFirst page = NewestFirst.by("started_at", "id");
        boolean ofTask = filter.task() != null;
        boolean ofSession = !ofTask && filter.session() != null;
        if (ofTask) {
            page.only("task", filter.task());
        } else if (ofSession) {
            page.only("session", filter.session());
        } else {
            page.only("swarm", filter.swarm()).only("provider", filter.provider());
        }
        page.before(Rows.at(filter.before()), filter.beforeId());
        Tuple values = Tuple.tuple();
        StringBuilder sql = new StringBuilder("SELECT * FROM bulkhead_call WHERE ").append(page.condition(values));
        if (ofTask || ofSession) {
            and(sql, values, " AND swarm = ", filter.swarm());
            and(sql, values, " AND provider = ", filter.provider());
        }
        if (ofTask) {
            and(sql, values, " AND session = ", filter.session());
        }
        values.addInteger(limit);
        sql.append(page.order()).append(" LIMIT $").append(values.size());
        return client.preparedQuery(sql.toString()).execute(values).map(rows -> Rows.all(rows, CallTable::view));
    }

    private static void and(StringBuilder sql, Tuple values, String condition, String value) {
        if (value != null) {
            values.addValue(value);
            sql.append(condition).append('$').append(values.size());
        }
    }

    /** A call; {@code null} if there is none. */
    static Uni<CallView> find(SqlClient client, UUID call) {
        return client.preparedQuery("SELECT * FROM bulkhead_call WHERE day = $1 AND id = $2")
                .execute(Tuple.of(Payment.day(call), call))
                .map(rows -> rows.size() == 0 ? null : view(rows.iterator().next()));
    }

    private static CallView view(Row row) {
        String outcome = row.getString("outcome");
        String from = row.getString("cost_from");
        return new CallView(
                row.getUUID("id").toString(),
                row.getString("provider"),
                row.getString("model"),
                row.getString("session"),
                row.getString("swarm"),
                row.getString("task"),
                row.getLong("epoch"),
                outcome == null ? CallView.State.RUNNING : CallView.State.valueOf(outcome),
                row.getInteger("status"),
                new CallView.Tokens(
                        row.getLong("input"),
                        row.getLong("output"),
                        row.getLong("cache_read"),
                        row.getLong("cache_write"),
                        row.getLong("cache_write_1h")),
                Decimals.plain(row.getBigDecimal("estimate")),
                Decimals.plain(row.getBigDecimal("cost")),
                from == null ? null : CallCost.From.valueOf(from),
                row.getLong("first_byte_ms"),
                row.getLong("total_ms"),
                Rows.instant(row, "started_at"),
                Rows.instant(row, "ended_at"));
    }

    private static double seconds(Duration time) {
        return time.toMillis() / MILLIS;
    }
}
