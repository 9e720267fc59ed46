package io.infrafabric.coordinator.claim;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.claim.FairTurns.Line;
import io.infrafabric.coordinator.task.Submission.NewTask;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Fairness keys and their weights: within one priority, a key is given out as many tasks as its weight says beside the
 * others'. Where a swarm has such tasks of a priority, that priority has a row that grants lock to take turns.
 */
public final class FairnessTable {
    /** The weight of a key of which nobody has said anything. */
    public static final double USUAL = 1;

    /** A fairness key. */
    public record FairnessKey(String swarm, String key, double weight) {}

    // NOT EXISTS finds a row without waiting for a transaction that changes it; ON CONFLICT alone would wait.
    static final String MAKE = """
            INSERT INTO coordinator_turn (swarm, priority, key, at)
            SELECT i.swarm, i.priority, '', 0 FROM unnest($1::text[], $2::smallint[]) AS i(swarm, priority)
              JOIN coordinator_swarm w ON w.id = i.swarm
             WHERE NOT EXISTS (
                   SELECT FROM coordinator_turn c WHERE c.swarm = i.swarm AND c.priority = i.priority AND c.key = '')
             ORDER BY i.swarm, i.priority
            ON CONFLICT DO NOTHING
            """;

    // Turns begin anew where nothing waits for one. Turns that others have under lock stay; a grant makes those it
    // misses.
    private static final String CLEAR = """
            WITH quiet AS (
              SELECT t.swarm, t.priority FROM coordinator_turn t WHERE t.key = '' AND NOT coordinator_laned(t.swarm)
               LIMIT $1 FOR UPDATE OF t SKIP LOCKED)
            DELETE FROM coordinator_turn t USING quiet q WHERE t.swarm = q.swarm AND t.priority = q.priority
            """;

    private static final String PUT = """
            INSERT INTO coordinator_fairness (swarm, key, weight) SELECT id, $2, $3 FROM coordinator_swarm WHERE id = $1
            ON CONFLICT (swarm, key) DO UPDATE SET weight = excluded.weight
            """;

    private static final String FIND = """
            SELECT w.id AS swarm, $2::text AS key, coalesce(k.weight, $3) AS weight FROM coordinator_swarm w
              LEFT JOIN coordinator_fairness k ON k.swarm = w.id AND k.key = $2 WHERE w.id = $1
            """;

    private FairnessTable() {}

    /** Makes the rows under which these tasks take turns, where there are none yet. It comes before all other locks. */
    public static void make(Work work, Collection<NewTask> tasks) {
        Set<Line> lines = new HashSet<>();
        for (NewTask task : tasks) {
            if (task.specification().dispatch().fairBy() != null) {
                lines.add(new Line(task.swarm(), task.specification().dispatch().priority()));
            }
        }
        if (!lines.isEmpty()) {
            work.alongside(work.connection().preparedQuery(MAKE).execute(LimitTable.lines(lines)));
        }
    }

    /** Forgets how far turns have come where nothing is queued for any, of so many priorities of swarms at most. */
    public static Uni<Void> clear(SqlClient client, int most) {
        return client.preparedQuery(CLEAR).execute(Tuple.of(most)).replaceWithVoid();
    }

    /** Gives the key this weight. {@code false} if there is no such swarm. */
    public static Uni<Boolean> put(Work work, String swarm, String key, double weight) {
        return work.connection()
                .preparedQuery(PUT)
                .execute(Tuple.of(swarm, key, weight))
                .map(rows -> rows.rowCount() > 0);
    }

    /** From now on the key has the usual weight. */
    public static Uni<Void> forget(Work work, String swarm, String key) {
        return work.connection()
                .preparedQuery("DELETE FROM coordinator_fairness WHERE swarm = $1 AND key = $2")
                .execute(Tuple.of(swarm, key))
                .replaceWithVoid();
    }

    /** The key, also where nobody has said anything of it; {@code null} if there is no such swarm. */
    public static Uni<FairnessKey> find(SqlClient client, String swarm, String key) {
        return client.preparedQuery(FIND)
                .execute(Tuple.of(swarm, key, USUAL))
                .map(rows -> rows.size() == 0 ? null : shown(rows.iterator().next()));
    }

    /** One page of the keys of the swarm that have a weight of their own and come after this one. */
    public static Uni<List<FairnessKey>> page(SqlClient client, String swarm, String after, int limit) {
        return client.preparedQuery(
                        "SELECT * FROM coordinator_fairness WHERE swarm = $1 AND key > $2 ORDER BY key LIMIT $3")
                .execute(Tuple.of(swarm, after, limit))
                .map(rows -> Rows.all(rows, FairnessTable::shown));
    }

    private static FairnessKey shown(Row row) {
        return new FairnessKey(row.getString("swarm"), row.getString("key"), row.getDouble("weight"));
    }
}
