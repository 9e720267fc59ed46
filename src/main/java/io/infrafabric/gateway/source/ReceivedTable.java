package io.infrafabric.gateway.source;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.gateway.source.Received.State;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The table of what came in. */
final class ReceivedTable {
    // Those that come back are stored; the others are known, or too many wait. Numbers are taken for all sources, so
    // the distance to the oldest that waits is an upper bound, and nothing is counted. In the order of their keys, so
    // that two statements with the same deliveries wait for each other in one direction only.
    private static final String STORE = """
            WITH found AS (
                SELECT s.name, s.swarm, (SELECT last_value FROM gateway_delivery_seq_seq)
                       - coalesce((SELECT d.seq FROM gateway_delivery d WHERE d.source = s.name AND d.state = 'PENDING'
                                    ORDER BY d.seq LIMIT 1), 9223372036854775807) AS waiting
                  FROM gateway_source s WHERE s.name = ANY($1)
            )
            INSERT INTO gateway_delivery (source, swarm, key, delivery, state, event, body, bytes)
            SELECT f.name, f.swarm, a.key, a.delivery, 'PENDING', a.event, a.body, a.bytes
              FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[])
                   AS a (source, key, delivery, event, body, bytes)
              JOIN found f ON f.name = a.source
             WHERE f.waiting < $7
             ORDER BY a.source, a.key
            ON CONFLICT DO NOTHING
            RETURNING id, source, key
            """;

    private static final String KNOWN = """
            SELECT a.number, d.id, d.key, d.delivery
              FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS a (source, key, delivery, number)
              JOIN gateway_delivery d ON d.source = a.source AND (d.key = a.key OR d.delivery = a.delivery)
             ORDER BY a.number
            """;

    // What PostgreSQL does not read as JSON (a NUL in a text) is passed over: it may then be applied again.
    private static final String DELIVERED = """
            SELECT CASE event WHEN 'issue_comment' THEN 'comment:' || (body #>> '{comment,id}')
                              ELSE 'closed:' || (body #>> '{issue,id}') || ':' || (body #>> '{issue,closed_at}') END
              FROM (SELECT event, CASE WHEN pg_input_is_valid(body, 'jsonb') THEN body::jsonb END AS body
                      FROM gateway_delivery
                     WHERE source = $1 AND state <> 'REFUSED' AND event IN ('issue_comment', 'issues')) d
             WHERE body ->> 'action' = CASE event WHEN 'issue_comment' THEN 'created' ELSE 'closed' END
            """;

    private static final String REFUSE =
            "INSERT INTO gateway_delivery (source, swarm, state, event, bytes, why, handled_at)"
                    + " SELECT name, swarm, 'REFUSED', $2, $3, $4, now() FROM gateway_source WHERE name = $1";

    private static final String LISTED =
            "SELECT id, seq, source, state, event, bytes, received_at, handled_at, attempts, results, why FROM gateway_delivery d";

    // One that failed for a reason of ours holds up those after it. One that was put off does not.
    private static final String OLDEST =
            " WHERE source = $1 AND state = 'PENDING' AND (attempts > 0 OR not_before <= now()) ORDER BY seq LIMIT 1";

    private static final String NEXT = "SELECT *, not_before <= now() AS due, not_before > received_at AS again"
            + " FROM gateway_delivery" + OLDEST;

    private static final String PUT_OFF =
            "UPDATE gateway_delivery SET not_before = now() + $3 * interval '1 millisecond'"
                    + " WHERE id = $1 AND step = $2 AND state = 'PENDING'";

    private static final String ADVANCE =
            "UPDATE gateway_delivery SET step = step + 1, plan = $3, results = $4, state = $5, why = $6,"
                    + " handled_at = CASE WHEN $5 = 'PENDING' THEN NULL ELSE now() END"
                    + " WHERE id = $1 AND step = $2 AND state = 'PENDING'";

    private static final String FAILED = "UPDATE gateway_delivery SET attempts = attempts + 1, why = $2,"
            + " not_before = now() + attempts * interval '1 second',"
            + " state = CASE WHEN attempts + 1 >= $3 THEN 'DEAD' ELSE state END,"
            + " handled_at = CASE WHEN attempts + 1 >= $3 THEN now() END"
            + " WHERE id = (SELECT id FROM gateway_delivery" + OLDEST + ")";

    // Without the ends of its former steps: what is to be done is decided anew, by the rules of now.
    private static final String REPLAY =
            "UPDATE gateway_delivery SET state = 'PENDING', step = 0, plan = NULL, results = '[]',"
                    + " why = NULL, attempts = 0, not_before = now(), handled_at = NULL"
                    + " WHERE id = $1 AND source = $2 AND state IN ('DEAD', 'APPLIED')";

    private static final String WAITING =
            "SELECT s.name FROM gateway_source s WHERE EXISTS (SELECT FROM gateway_delivery d WHERE d.source = s.name"
                    + " AND d.state = 'PENDING') ORDER BY s.name";

    private static final String PURGE = "DELETE FROM gateway_delivery WHERE id IN (SELECT id FROM gateway_delivery"
            + " WHERE received_at < now() - CASE state WHEN 'REFUSED' THEN $2::bigint ELSE $1::bigint END * interval '1 second'"
            + " AND state <> 'PENDING' AND received_at < now() - least($1::bigint, $2::bigint) * interval '1 second'"
            + " ORDER BY received_at LIMIT 1000)";

    private ReceivedTable() {}

    /** A delivery that is to be stored. */
    record Arriving(String source, SourceProof.Genuine proof, String body, int bytes) {}

    /** What is known of a delivery by one of its two names. */
    record Known(UUID id, String key, String delivery) {}

    /** What became of a delivery that was to be stored. */
    sealed interface Stored {
        /** It is stored. */
        record Now(UUID id) implements Stored {}

        /** It was stored before, under one of its names or both. */
        record Before(List<Known> known) implements Stored {}
    }

    /**
     * The oldest delivery of a source that waits.
     *
     * @param again whether it was put off, failed, or is applied again
     */
    record Next(
            UUID id,
            String event,
            String body,
            String plan,
            int step,
            String results,
            boolean due,
            boolean again,
            Instant receivedAt) {}

    /** Stores deliveries of different keys. Their ids in order; {@code null} for one that is known, or for which there is no room. */
    static Uni<List<UUID>> store(SqlClient client, List<Arriving> all, long most) {
        return client.preparedQuery(STORE)
                .execute(Tuple.from(new Object[] {
                    Rows.column(all, Arriving::source, String[]::new),
                    Rows.column(all, one -> one.proof().key(), String[]::new),
                    Rows.column(all, one -> one.proof().delivery(), String[]::new),
                    Rows.column(all, one -> one.proof().event(), String[]::new),
                    Rows.column(all, Arriving::body, String[]::new),
                    Rows.column(all, Arriving::bytes, Integer[]::new),
                    most
                }))
                .map(rows -> {
                    Map<List<String>, UUID> ids = new HashMap<>();
                    rows.forEach(
                            row -> ids.put(List.of(row.getString("source"), row.getString("key")), row.getUUID("id")));
                    // Some are null, which a list of the JDK's own would not keep.
                    List<UUID> inOrder = new ArrayList<>(all.size());
                    all.forEach(one -> inOrder.add(
                            ids.get(List.of(one.source(), one.proof().key()))));
                    return inOrder;
                });
    }

    /** For each of them, in order, what is known by one of its names: at most two. */
    static Uni<List<List<Known>>> known(SqlClient client, List<Arriving> all) {
        return client.preparedQuery(KNOWN)
                .execute(Tuple.of(
                        Rows.column(all, Arriving::source, String[]::new),
                        Rows.column(all, one -> one.proof().key(), String[]::new),
                        Rows.column(all, one -> one.proof().delivery(), String[]::new)))
                .map(rows -> {
                    List<List<Known>> known = new ArrayList<>(all.size());
                    all.forEach(_ -> known.add(new ArrayList<>(1)));
                    rows.forEach(row -> known.get(row.getLong("number").intValue() - 1)
                            .add(new Known(row.getUUID("id"), row.getString("key"), row.getString("delivery"))));
                    return known;
                });
    }

    /** Comments ({@code comment:id}) and closings ({@code closed:issue:time}) that GitHub has delivered to this source. */
    static Uni<Set<String>> delivered(SqlClient client, String source) {
        return client.preparedQuery(DELIVERED)
                .execute(Tuple.of(source))
                .map(rows -> Rows.all(rows, row -> row.getString(0)).stream()
                        .filter(Objects::nonNull)
                        .collect(Collectors.toSet()));
    }

    /** Keeps that a delivery was refused, without its body. */
    static Uni<Void> refuse(SqlClient client, String source, String event, int bytes, String why) {
        return client.preparedQuery(REFUSE)
                .execute(Tuple.of(source, event, bytes, why))
                .replaceWithVoid();
    }

    /** One page of a source, newest first; of one state, unless that is {@code null}. */
    static Uni<List<Row>> page(SqlClient client, String source, State state, long before, int limit) {
        String sql = LISTED + " WHERE d.source = $1 AND d.seq < $2" + (state == null ? "" : " AND d.state = $4")
                + " ORDER BY d.seq DESC LIMIT $3";
        Tuple row = Tuple.of(source, before, limit);
        return client.preparedQuery(sql)
                .execute(state == null ? row : row.addString(state.name()))
                .map(rows -> Rows.all(rows, Function.identity()));
    }

    /** One delivery; {@code null} if there is none. */
    static Uni<Row> find(SqlClient client, String source, UUID id) {
        return client.preparedQuery(LISTED + " WHERE d.source = $1 AND d.id = $2")
                .execute(Tuple.of(source, id))
                .map(rows -> rows.size() == 0 ? null : rows.iterator().next());
    }

    /** The sources of which something waits. */
    static Uni<List<String>> waiting(SqlClient client) {
        return client.query(WAITING).execute().map(rows -> Rows.all(rows, row -> row.getString(0)));
    }

    /** The oldest that waits, of a source that is locked; {@code null} if there is none. */
    static Uni<Next> next(Work work, String source) {
        return work.connection()
                .preparedQuery(NEXT)
                .execute(Tuple.of(source))
                .map(rows -> rows.size() == 0 ? null : next(rows.iterator().next()));
    }

    private static Next next(Row row) {
        return new Next(
                row.getUUID("id"),
                row.getString("event"),
                row.getString("body"),
                row.getString("plan"),
                row.getInteger("step"),
                row.getString("results"),
                row.getBoolean("due"),
                row.getBoolean("again"),
                Rows.instant(row, "received_at"));
    }

    /** Notes a step; {@code false} if it is not the next one. */
    static Uni<Boolean> advance(Work work, Next next, String plan, String results, State state, String why) {
        return work.connection()
                .preparedQuery(ADVANCE)
                .execute(Tuple.tuple()
                        .addUUID(next.id())
                        .addInteger(next.step())
                        .addString(plan)
                        .addString(results)
                        .addString(state.name())
                        .addString(why))
                .map(rows -> rows.rowCount() == 1);
    }

    /** Has a delivery wait for so long, while those after it go on; {@code false} if this is not its next step. */
    static Uni<Boolean> putOff(Work work, Next next, Duration wait) {
        return work.connection()
                .preparedQuery(PUT_OFF)
                .execute(Tuple.of(next.id(), next.step(), wait.toMillis()))
                .map(rows -> rows.rowCount() == 1);
    }

    /** Counts that the oldest that waits failed for a reason of ours; after so many tries it is dead. */
    static Uni<Void> failed(SqlClient client, String source, String why, int tries) {
        return client.preparedQuery(FAILED)
                .execute(Tuple.of(source, why, tries))
                .replaceWithVoid();
    }

    /** Has a delivery applied again; {@code false} if it waits, was refused, or is not there. */
    static Uni<Boolean> replay(SqlClient client, String source, UUID id) {
        return client.preparedQuery(REPLAY).execute(Tuple.of(id, source)).map(rows -> rows.rowCount() == 1);
    }

    /** Removes some that are too old; says how many. */
    static Uni<Integer> purge(SqlClient client, Duration keep, Duration keepRefused) {
        return client.preparedQuery(PURGE)
                .execute(Tuple.of(keep.toSeconds(), keepRefused.toSeconds()))
                .map(rows -> rows.rowCount());
    }
}
