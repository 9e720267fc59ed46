package io.infrafabric.coordinator.task;

import io.infrafabric.bus.Due;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tasks that wait for a time: queued ones that nobody may claim yet, which stand in no lane until they are woken, and pending
 * ones that end at some time. Whoever makes one writes its due row in the same transaction. What became of a task in the
 * meantime decides when the row comes due, so nobody has to take a row back.
 */
@ApplicationScoped
public class DormantTable {
    /** Kind of due row: the task may be claimed from then on. */
    public static final String WAKE = Due.CALENDAR + "wake:";

    /** Kind of due row: the task ends then if nobody has it. */
    public static final String EXPIRE = Due.CALENDAR + "expire:";

    // A task that is not to be woken yet, because a later rest replaced the one that is over, keeps a due row.
    private static final String AWAKE = """
            WITH woken AS (
              UPDATE coordinator_task t SET dormant = false
               WHERE t.id = ANY($1) AND t.state = 'QUEUED' AND t.dormant AND t.not_before <= now()
              RETURNING t.swarm, t.assignee),
            later AS (%s)
            SELECT DISTINCT swarm, assignee FROM woken
            """.formatted(Due.at(
            "coordinator_task t WHERE t.id = ANY($1) AND t.state = 'QUEUED' AND t.dormant"
                    + " AND t.not_before > now() ORDER BY t.id",
            "'coordinator'",
            "'" + WAKE + "' || t.id",
            "t.not_before"));

    private final Due due;

    DormantTable(Due due) {
        this.due = due;
    }

    /** Notes when these tasks, which were added just now, may be claimed and when they end. */
    void submitted(Work work, Collection<Task> tasks) {
        Map<String, Instant> times = new HashMap<>(0);
        for (Task task : tasks) {
            if (task.isDormant(task.origin().createdAt())) {
                times.put(WAKE + task.id(), task.progress().notBefore());
            }
            note(times, task);
        }
        note(work, times);
    }

    /** Notes when tasks that these changes are about may be claimed again, and when they end. */
    void changed(Work work, List<Change> changes) {
        Map<String, Instant> times = new HashMap<>(0);
        for (Change change : changes) {
            if (change.madeDormant()) {
                times.put(WAKE + change.after().id(), change.after().progress().notBefore());
            }
            if (change.madePending()) {
                note(times, change.after());
            }
        }
        note(work, times);
    }

    /** Notes again when this task ends, should that time not have come. */
    public void expireLater(Work work, Task task, Instant now) {
        Map<String, Instant> times = new HashMap<>(1);
        if (task != null && !task.state().isOver() && !task.isTooLate(now)) {
            note(times, task);
        }
        note(work, times);
    }

    /** Queues those of these tasks, which are under lock, whose time has come. Whoever may claim them looks again. */
    public static Uni<Void> wake(Work work, Collection<String> ids) {
        return ids.isEmpty()
                ? Uni.createFrom().voidItem()
                : work.connection()
                        .preparedQuery(AWAKE)
                        .execute(Tuple.of((Object) ids.toArray(String[]::new)))
                        .invoke(rows -> rows.forEach(
                                row -> TaskTable.ringFor(work, row.getString("swarm"), row.getString("assignee"))))
                        .replaceWithVoid();
    }

    private static void note(Map<String, Instant> times, Task task) {
        Instant expiresAt = task.specification().limits().expiresAt();
        if (expiresAt != null) {
            times.put(EXPIRE + task.id(), expiresAt);
        }
    }

    private void note(Work work, Map<String, Instant> times) {
        if (!times.isEmpty()) {
            work.alongside(due.at(work.connection(), "coordinator", times));
        }
    }
}
