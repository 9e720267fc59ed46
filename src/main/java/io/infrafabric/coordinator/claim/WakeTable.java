package io.infrafabric.coordinator.claim;

import io.infrafabric.bus.Rows;
import io.infrafabric.coordinator.task.TaskRow;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** For how many waiting claims there is something: read without a lock, only to say who looks. */
public final class WakeTable {
    // What waits for its time stands in no lane; if it is for few, it soon does.
    private static final String PLAIN = """
            SELECT coordinator_plain($1, $2)
                 + (SELECT count(*) FROM (SELECT FROM coordinator_task q WHERE %s AND q.lane = 0 LIMIT $2) r)::int AS tasks,
                   coordinator_laned($1) AS laned
            """.formatted(TaskRow.ripeInSwarm("q", "$1"));

    private static final String LANED = """
            SELECT i.n::int AS n, coordinator_tasks_in($1, i.priority, i.lane, $4) AS tasks
              FROM unnest($2::smallint[], $3::bigint[]) WITH ORDINALITY AS i(priority, lane, n)
            """;

    // In the queue of each session, a loose index scan from lane to lane.
    private static final String OWN = """
            SELECT s.id, l.concurrency FROM unnest($1::text[]) WITH ORDINALITY AS i(id, n)
              JOIN coordinator_session s ON s.id = i.id AND s.swarm = $2, LATERAL (
              WITH RECURSIVE lane AS (
                (SELECT $lane FROM coordinator_task q WHERE $own ORDER BY q.priority, q.lane, q.seq LIMIT 1)
                UNION ALL SELECT n.* FROM lane l, LATERAL (
                  SELECT $lane FROM coordinator_task q WHERE $own AND (q.priority, q.lane) > (l.priority, l.lane)
                   ORDER BY q.priority, q.lane, q.seq LIMIT 1) n)
              SELECT * FROM lane) l
             WHERE l.concurrency IS NOT NULL ORDER BY i.n
            """.replace("$lane", "q.priority, q.lane, q.concurrency")
            .replace("$own", TaskRow.claimableAlone("q", "s.id", "s.swarm"));

    /** How many tasks there are for whoever comes, and whether there are others in lanes. */
    public record Common(int tasks, boolean laned) {}

    private WakeTable() {}

    /** What there is in a swarm; counts at most so many. */
    public static Uni<Common> common(SqlClient client, String swarm, int most) {
        return client.preparedQuery(PLAIN)
                .execute(Tuple.of(swarm, most))
                .map(rows -> rows.iterator().next())
                .map(row -> new Common(row.getInteger("tasks"), row.getBoolean("laned")));
    }

    /** How many tasks each of these lanes has, at most so many. */
    public static Uni<Map<Lane, Integer>> tasks(SqlClient client, String swarm, List<Lane> lanes, int most) {
        return client.preparedQuery(LANED)
                .execute(Tuple.tuple()
                        .addString(swarm)
                        .addArrayOfShort(
                                Rows.column(lanes, lane -> lane.priority().level(), Short[]::new))
                        .addArrayOfLong(Rows.column(lanes, Lane::number, Long[]::new))
                        .addInteger(most))
                .map(rows -> {
                    Map<Lane, Integer> tasks = new HashMap<>();
                    rows.forEach(row -> tasks.put(lanes.get(row.getInteger("n") - 1), row.getInteger("tasks")));
                    return tasks;
                });
    }

    /**
     * Those of these sessions that have a task of their own whose concurrency keys have room: of the sessions for which the same key
     * must do, no more than it has room for.
     */
    public static Uni<Set<String>> own(SqlClient client, String swarm, Collection<String> waiting) {
        return client.preparedQuery(OWN)
                .execute(Tuple.of(waiting.toArray(String[]::new), swarm))
                .chain(rows -> {
                    Map<String, Set<List<String>>> wanted = new LinkedHashMap<>();
                    rows.forEach(row -> wanted.computeIfAbsent(row.getString("id"), _ -> new LinkedHashSet<>())
                            .add(List.of(row.getArrayOfStrings("concurrency"))));
                    Set<LimitTable.Key> keys = new LinkedHashSet<>();
                    wanted.values()
                            .forEach(all ->
                                    all.forEach(some -> some.forEach(key -> keys.add(new LimitTable.Key(swarm, key)))));
                    return LimitTable.free(client, keys).map(free -> fitting(swarm, wanted, free));
                });
    }

    private static Set<String> fitting(String swarm, Map<String, Set<List<String>>> wanted, FreeKeys free) {
        Set<String> fitting = new LinkedHashSet<>();
        FreeKeys left = free;
        for (var session : wanted.entrySet()) {
            for (List<String> keys : session.getValue()) {
                if (left.fit(swarm, keys)) {
                    left = left.take(swarm, keys);
                    fitting.add(session.getKey());
                    break;
                }
            }
        }
        return fitting;
    }
}
