package io.infrafabric.bulkhead.slot;

import io.infrafabric.bulkhead.slot.CallTimes.Figures;
import io.infrafabric.bus.Rows;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What replicas say of themselves: their calls, and that they want slots. */
final class ReplicaTable {
    /** A replica that has said nothing for this long is taken for gone, with its figures. */
    private static final String GONE = "now() - interval '1 minute'";

    private static final String TELL = "INSERT INTO bulkhead_replica AS r (provider, replica, running, queued, wants,"
            + " wanted_since, calls, failed, times, firsts, seen_at)"
            + " SELECT p.name, $1, t.running, t.queued, t.wants, CASE WHEN t.wants > 0 THEN now() END, t.calls, t.failed,"
            + " t.times::jsonb, t.firsts::jsonb, now() FROM unnest($2::text[], $3::int[], $4::int[], $5::int[], $6::bigint[],"
            + " $7::bigint[], $8::text[], $9::text[]) AS t (name, running, queued, wants, calls, failed, times, firsts)"
            + " JOIN bulkhead_provider p USING (name) ORDER BY p.name"
            + " ON CONFLICT (provider, replica) DO UPDATE SET running = excluded.running, queued = excluded.queued,"
            + " wants = excluded.wants, calls = excluded.calls, failed = excluded.failed, times = excluded.times,"
            + " firsts = excluded.firsts, seen_at = excluded.seen_at,"
            + " wanted_since = CASE WHEN excluded.wants > 0 THEN coalesce(r.wanted_since, now()) END";

    private static final String CLEAR = "DELETE FROM bulkhead_replica WHERE seen_at < now() - interval '1 hour'";

    private static final String LEAVE = "DELETE FROM bulkhead_replica WHERE replica = $1";

    private static final String RUNNING = "SELECT coalesce(sum(running), 0) AS running FROM bulkhead_replica"
            + " WHERE provider = $1 AND replica <> $2 AND seen_at > " + GONE;

    private static final String OTHERS = "SELECT running, queued, calls, failed, times, firsts FROM bulkhead_replica"
            + " WHERE provider = $1 AND replica <> $2 AND seen_at > " + GONE;

    private ReplicaTable() {}

    /** Tells how it stands at each of these providers. */
    static Uni<Void> tell(SqlClient client, String replica, Map<String, GateStanding> standings) {
        TreeMap<String, GateStanding> sorted = new TreeMap<>(standings);
        List<GateStanding> all = List.copyOf(sorted.values());
        return client.preparedQuery(TELL)
                .execute(Tuple.tuple()
                        .addString(replica)
                        .addArrayOfString(sorted.keySet().toArray(String[]::new))
                        .addArrayOfInteger(Rows.column(all, GateStanding::running, Integer[]::new))
                        .addArrayOfInteger(Rows.column(all, GateStanding::queued, Integer[]::new))
                        .addArrayOfInteger(Rows.column(all, GateStanding::wants, Integer[]::new))
                        .addArrayOfLong(Rows.column(all, one -> one.figures().calls(), Long[]::new))
                        .addArrayOfLong(Rows.column(all, one -> one.figures().failed(), Long[]::new))
                        .addArrayOfString(
                                Rows.column(all, one -> json(one.figures().times()), String[]::new))
                        .addArrayOfString(
                                Rows.column(all, one -> json(one.figures().firsts()), String[]::new)))
                .replaceWithVoid();
    }

    /** Forgets replicas that are long gone. */
    static Uni<Void> clear(SqlClient client) {
        return client.query(CLEAR).execute().replaceWithVoid();
    }

    static Uni<Void> leave(SqlClient client, String replica) {
        return client.preparedQuery(LEAVE).execute(Tuple.of(replica)).replaceWithVoid();
    }

    /** Calls under way at other replicas. */
    static Uni<Integer> running(SqlClient client, String provider, String replica) {
        return client.preparedQuery(RUNNING)
                .execute(Tuple.of(provider, replica))
                .map(rows -> Math.toIntExact(rows.iterator().next().getLong("running")));
    }

    /** How other replicas stand, as they last said. */
    static Uni<List<GateStanding>> others(SqlClient client, String provider, String replica) {
        return client.preparedQuery(OTHERS)
                .execute(Tuple.of(provider, replica))
                .map(rows -> Rows.all(rows, ReplicaTable::standing));
    }

    private static GateStanding standing(Row row) {
        return new GateStanding(
                row.getInteger("running"),
                row.getInteger("queued"),
                0,
                0,
                new Figures(
                        row.getLong("calls"),
                        row.getLong("failed"),
                        counts(row.getJsonObject("times")),
                        counts(row.getJsonObject("firsts"))));
    }

    private static String json(Map<Integer, Long> counts) {
        JsonObject json = new JsonObject();
        counts.forEach((number, count) -> json.put(number.toString(), count));
        return json.encode();
    }

    private static Map<Integer, Long> counts(JsonObject json) {
        Map<Integer, Long> counts = new TreeMap<>();
        json.fieldNames().forEach(number -> counts.put(Integer.valueOf(number), json.getLong(number)));
        return counts;
    }
}
