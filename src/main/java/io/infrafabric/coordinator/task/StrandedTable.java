package io.infrafabric.coordinator.task;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.event.CoordinatorEvent.TaskStranded;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Instant;
import java.util.Collection;
import java.util.TreeSet;

/**
 * Tasks that can no longer be done and that others wait for. Each is one cause, however many wait, and a human is asked
 * about it once. The question ends when the task is brought back or nobody waits for it.
 */
public final class StrandedTable {
    private static final String REASON = "TASK_STRANDED";

    private static final String WAITED_FOR = """
            SELECT u.id, u.swarm, u.version, min(d.task) AS task, count(*)::int AS waiting, now() AS now
              FROM coordinator_task u JOIN coordinator_dependency d ON d.depends_on = u.id
              JOIN coordinator_task t ON t.id = d.task AND t.state = 'WAITING'
             WHERE u.id = ANY($1) AND u.state %s GROUP BY u.id ORDER BY u.id
            """.formatted(TaskRow.HOPELESS);

    private static final String NO_MORE = """
            SELECT DISTINCT u.id, u.swarm, now() AS now FROM coordinator_dependency d
              JOIN coordinator_task u ON u.id = d.depends_on AND u.state %s
             WHERE d.task = ANY($1) AND u.id <> ALL($2) AND NOT EXISTS (
                   SELECT FROM coordinator_dependency o JOIN coordinator_task t ON t.id = o.task AND t.state = 'WAITING'
                    WHERE o.depends_on = u.id AND o.task <> ALL($1)) ORDER BY u.id
            """.formatted(TaskRow.HOPELESS);

    private static final String CASCADED = """
            WITH RECURSIVE reached(id) AS (
              SELECT $1::text UNION SELECT d.task FROM reached r JOIN coordinator_dependency d ON d.depends_on = r.id),
            found AS MATERIALIZED (SELECT id FROM reached LIMIT $2)
            """;

    private static final String STILL_WAITED_FOR = CASCADED + """
            SELECT u.id FROM found f JOIN coordinator_task u ON u.id = f.id AND u.state %s WHERE EXISTS (
                   SELECT FROM coordinator_dependency d JOIN coordinator_task t ON t.id = d.task AND t.state = 'WAITING'
                    WHERE d.depends_on = u.id) ORDER BY u.id
            """.formatted(TaskRow.HOPELESS);

    // Nobody was asked about what the cascade itself has ended.
    private static final String WAITED_FOR_NO_MORE = CASCADED + """
            , before AS MATERIALIZED (
              SELECT DISTINCT u.id, u.swarm FROM found f
                JOIN coordinator_dependency d ON d.task = f.id
                JOIN coordinator_task u ON u.id = d.depends_on AND u.state %s AND u.changed_at < $3)
            SELECT b.id, b.swarm, now() AS now FROM before b WHERE NOT EXISTS (
                   SELECT FROM coordinator_dependency o JOIN coordinator_task t ON t.id = o.task AND t.state = 'WAITING'
                    WHERE o.depends_on = b.id) ORDER BY b.id
            """.formatted(TaskRow.HOPELESS);

    private StrandedTable() {}

    /** Reports those of these tasks that are by now dead or cancelled while others wait for them. */
    public static Uni<Void> tell(Work work, Collection<String> tasks) {
        return tasks.isEmpty()
                ? Uni.createFrom().voidItem()
                : work.connection()
                        .preparedQuery(WAITED_FOR)
                        .execute(Tuple.of(new TreeSet<>(tasks).toArray(String[]::new)))
                        .invoke(rows -> rows.forEach(row -> work.emit(
                                new TaskStranded(
                                        row.getString("task"),
                                        row.getString("swarm"),
                                        row.getString("id"),
                                        row.getInteger("waiting"),
                                        row.getLong("version"),
                                        Rows.instant(row, "now")),
                                Trace.NONE)))
                        .replaceWithVoid();
    }

    /**
     * These tasks no longer wait, or from now on wait for {@code others}: withdraws questions about tasks that nobody
     * else waits for.
     */
    public static Uni<Void> waitNoMore(
            Work work, Collection<String> dependants, Collection<String> others, String why) {
        return dependants.isEmpty()
                ? Uni.createFrom().voidItem()
                : work.connection()
                        .preparedQuery(NO_MORE)
                        .execute(Tuple.of(
                                new TreeSet<>(dependants).toArray(String[]::new), others.toArray(String[]::new)))
                        .invoke(rows -> rows.forEach(row -> withdraw(work, row, why)))
                        .replaceWithVoid();
    }

    private static void withdraw(Work work, Row row, String why) {
        work.emit(
                new CauseEnded(
                        "coordinator",
                        "task:" + row.getString("id"),
                        row.getString("swarm"),
                        REASON,
                        why,
                        Rows.instant(row, "now")),
                Trace.NONE);
    }

    /**
     * What waited for the task was cancelled in several transactions, which have not asked or withdrawn anything: reports
     * what others wait for nevertheless, and withdraws questions about what nobody waits for any more.
     *
     * @param since when the first of these transactions began
     * @param most how many tasks are looked at
     */
    public static Uni<Void> settle(Work work, String task, Instant since, int most) {
        return work.connection()
                .preparedQuery(STILL_WAITED_FOR)
                .execute(Tuple.of(task, most))
                .chain(rows -> tell(work, Rows.all(rows, row -> row.getString(0))))
                .chain(() -> work.connection()
                        .preparedQuery(WAITED_FOR_NO_MORE)
                        .execute(Tuple.of(task, most, Rows.at(since))))
                .invoke(rows -> rows.forEach(row -> withdraw(work, row, "What waited for it is cancelled.")))
                .replaceWithVoid();
    }
}
