package io.infrafabric.coordinator.task;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.event.CoordinatorEvent.TaskStranded;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
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
                        .invoke(rows -> rows.forEach(row -> work.emit(
                                new CauseEnded(
                                        "coordinator",
                                        "task:" + row.getString("id"),
                                        row.getString("swarm"),
                                        REASON,
                                        why,
                                        Rows.instant(row, "now")),
                                Trace.NONE)))
                        .replaceWithVoid();
    }
}
