package io.infrafabric.coordinator.claim;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.task.Submission.NewTask;
import io.infrafabric.coordinator.task.TaskRow;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Concurrency keys: how many tasks with a key may be held at once in its swarm. What is held is counted from the tasks
 * themselves and kept nowhere. A key has a row from the first task on that has it, so that grants have something to lock.
 * The row goes when no task with the key is held or queued and nobody has said how many may be.
 */
public final class ConcurrencyTable {
    /** Up to here the tasks of a key are counted. */
    public static final int MOST_COUNTED = 10_000;

    /** Up to here the tasks of each key are counted in a list. */
    public static final int MOST_COUNTED_IN_LIST = 1_000;

    /**
     * A concurrency key.
     *
     * @param atMost how many tasks with it may be held at once; 0 holds all of them back
     * @param running how many are held now; more than {@code atMost} for a while after that was lowered
     * @param waiting how many are queued
     * @param atLeast which of these numbers were not counted to the end: there are so many or more
     */
    public record ConcurrencyKey(
            String swarm, String key, int atMost, int running, int waiting, List<String> atLeast) {}

    // NOT EXISTS finds a row without waiting for a transaction that changes it; ON CONFLICT alone would wait.
    static final String MAKE = """
            INSERT INTO coordinator_concurrency (swarm, key)
            SELECT i.swarm, i.key FROM unnest($1::text[], $2::text[]) AS i(swarm, key)
              JOIN coordinator_swarm w ON w.id = i.swarm
             WHERE NOT EXISTS (SELECT FROM coordinator_concurrency c WHERE c.swarm = i.swarm AND c.key = i.key)
             ORDER BY i.swarm, i.key
            ON CONFLICT DO NOTHING
            """;

    // A row that others have under lock stays. A grant that finds none makes it again, before it counts.
    private static final String CLEAR = """
            WITH page AS MATERIALIZED (
              SELECT swarm, key FROM coordinator_concurrency WHERE (swarm, key) > ($1, $2) ORDER BY swarm, key LIMIT $3),
            idle AS (
              SELECT c.swarm, c.key FROM coordinator_concurrency c JOIN page p ON p.swarm = c.swarm AND p.key = c.key
               WHERE c.at_most = 1 AND NOT EXISTS (SELECT FROM coordinator_task t WHERE %s)
                 AND NOT EXISTS (SELECT FROM coordinator_task t WHERE %s) FOR UPDATE OF c SKIP LOCKED),
            cleared AS (DELETE FROM coordinator_concurrency c USING idle i WHERE c.swarm = i.swarm AND c.key = i.key)
            SELECT swarm, key FROM page ORDER BY swarm DESC, key DESC LIMIT 1
            """.formatted(
                    TaskRow.heldUnderKey("t", "c.swarm", "c.key"), TaskRow.queuedUnderKey("t", "c.swarm", "c.key"));

    private static final String PUT = """
            INSERT INTO coordinator_concurrency (swarm, key, at_most) SELECT id, $2, $3 FROM coordinator_swarm WHERE id = $1
            ON CONFLICT (swarm, key) DO UPDATE SET at_most = excluded.at_most
            """;

    private static final String SHOWN =
            " c.swarm, c.key, c.at_most, " + counted(TaskRow.heldUnderKey("t", "c.swarm", "c.key")) + " AS running, "
                    + counted(TaskRow.queuedUnderKey("t", "c.swarm", "c.key")) + " AS waiting ";

    private static final String FIND = "SELECT" + SHOWN + """
              FROM (SELECT w.id AS swarm, $2::text AS key, coalesce(k.at_most, 1) AS at_most FROM coordinator_swarm w
                      LEFT JOIN coordinator_concurrency k ON k.swarm = w.id AND k.key = $2 WHERE w.id = $1) c
            """;

    private static final String PAGE = "SELECT" + SHOWN + """
              FROM (SELECT * FROM coordinator_concurrency WHERE swarm = $1 AND key > $2 ORDER BY key LIMIT $4) c
             ORDER BY c.key
            """;

    private ConcurrencyTable() {}

    private static String counted(String which) {
        return "(SELECT count(*)::int FROM (SELECT FROM coordinator_task t WHERE " + which + " LIMIT $3) counted)";
    }

    /** Makes the rows of keys that these tasks have and that are new. It comes before all other locks. */
    public static void make(Work work, Collection<NewTask> tasks) {
        Set<LimitTable.Key> keys = new TreeSet<>();
        tasks.forEach(task ->
                keys.addAll(LimitTable.Key.of(task.swarm(), task.specification().dispatch())));
        if (!keys.isEmpty()) {
            work.alongside(work.connection().preparedQuery(MAKE).execute(LimitTable.row(keys)));
        }
    }

    /** Says how many may be held; the row is locked by it. {@code false} if there is no such swarm. */
    public static Uni<Boolean> put(Work work, String swarm, String key, int atMost) {
        return work.connection()
                .preparedQuery(PUT)
                .execute(Tuple.of(swarm, key, atMost))
                .map(rows -> rows.rowCount() > 0);
    }

    /**
     * Clears those of the {@code most} keys after this one that say nothing any more.
     *
     * @return the last key that was looked at, {@code null} if there is none
     */
    static Uni<LimitTable.Key> clear(SqlClient client, LimitTable.Key after, int most) {
        return client.preparedQuery(CLEAR)
                .execute(Tuple.of(after.swarm(), after.name(), most))
                .map(rows -> Rows.all(rows, row -> new LimitTable.Key(row.getString("swarm"), row.getString("key"))))
                .map(last -> last.isEmpty() ? null : last.getFirst());
    }

    /** Clears keys that say nothing any more, so many in each statement. */
    public static Uni<Void> clear(SqlClient client, int most) {
        return clearAfter(client, new LimitTable.Key("", ""), most);
    }

    private static Uni<Void> clearAfter(SqlClient client, LimitTable.Key after, int most) {
        return clear(client, after, most)
                .chain(last -> last == null ? Uni.createFrom().voidItem() : clearAfter(client, last, most));
    }

    /** The key, also where nobody has used it yet; {@code null} if there is no such swarm. */
    public static Uni<ConcurrencyKey> find(SqlClient client, String swarm, String key) {
        return client.preparedQuery(FIND)
                .execute(Tuple.of(swarm, key, MOST_COUNTED + 1))
                .map(rows -> rows.size() == 0 ? null : shown(rows.iterator().next(), MOST_COUNTED));
    }

    /** One page of the keys of the swarm that come after this one. */
    public static Uni<List<ConcurrencyKey>> page(SqlClient client, String swarm, String after, int limit) {
        return client.preparedQuery(PAGE)
                .execute(Tuple.of(swarm, after, MOST_COUNTED_IN_LIST + 1, limit))
                .map(rows -> Rows.all(rows, row -> shown(row, MOST_COUNTED_IN_LIST)));
    }

    private static ConcurrencyKey shown(Row row, int most) {
        List<String> atLeast = new ArrayList<>();
        int running = bounded("running", row, most, atLeast);
        int waiting = bounded("waiting", row, most, atLeast);
        return new ConcurrencyKey(
                row.getString("swarm"),
                row.getString("key"),
                row.getInteger("at_most"),
                running,
                waiting,
                List.copyOf(atLeast));
    }

    private static int bounded(String what, Row row, int most, List<String> atLeast) {
        int counted = row.getInteger(what);
        if (counted > most) {
            atLeast.add(what);
        }
        return Math.min(counted, most);
    }
}
