package io.infrafabric.coordinator.published;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.session.Session.State;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionInbox.Notice;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.task.AssignmentTable;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.TaskTable;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How sessions and tasks stand, for functions that must know what they wait for; and the way to take a session's claims
 * away if they block others. Other functions use it in their own transactions: it opens none, and holds the SQL that
 * reads the standing.
 */
@ApplicationScoped
public class Holdings {

    /**
     * A session.
     *
     * @param live whether it is live
     * @param left whether it has left its swarm
     */
    public record SessionStanding(String id, String swarm, boolean live, boolean left) {}

    /**
     * A task.
     *
     * @param done whether it is completed
     * @param gone whether it is dead or cancelled: only a human can bring it back
     * @param holder the session with its lease, or {@code null}
     * @param assignee the only session that may claim it, {@code null} for any
     * @param blockedBy the dependencies that are not done
     */
    public record TaskStanding(
            String id,
            String swarm,
            boolean done,
            boolean gone,
            String holder,
            String assignee,
            List<String> blockedBy) {}

    /** Both, by id, and the database's time. */
    public record Standing(Map<String, SessionStanding> sessions, Map<String, TaskStanding> tasks, Instant now) {}

    /** A claim that was taken away: the task, and the ended epoch. */
    public record Taken(String task, String session, long epoch) {}

    /** The proof that sessions, some of their accounts, and tasks are locked, with their standing. */
    public static final class Frozen {
        private final Standing standing;

        private Frozen(Standing standing) {
            this.standing = standing;
        }

        /** How the sessions and tasks stand. */
        public Standing standing() {
            return standing;
        }
    }

    // The tasks, and what they depend on, directly or not; one more than the limit, to see that there are too many.
    private static final String TASKS = """
            WITH RECURSIVE needed(id) AS (
              SELECT unnest($1::text[])
              UNION SELECT d.depends_on FROM needed n JOIN coordinator_task t ON t.id = n.id AND t.state = 'WAITING'
                      JOIN coordinator_dependency d ON d.task = t.id)
            SELECT t.id, t.swarm, t.state, t.holder, t.assignee,
                   CASE WHEN t.state = 'WAITING' THEN (
                     SELECT array_agg(d.depends_on ORDER BY d.depends_on) FROM coordinator_dependency d
                       JOIN coordinator_task o ON o.id = d.depends_on AND o.state <> 'DONE' WHERE d.task = t.id) END AS open
              FROM (SELECT id FROM needed LIMIT $2) n JOIN coordinator_task t ON t.id = n.id
            """;

    private final SessionTable sessions;
    private final TaskTable tasks;
    private final ClaimHolds holds;
    private final SessionInbox inboxes;

    public Holdings(SessionTable sessions, TaskTable tasks, ClaimHolds holds, SessionInbox inboxes) {
        this.sessions = sessions;
        this.tasks = tasks;
        this.holds = holds;
        this.inboxes = inboxes;
    }

    /**
     * How these stand, as committed by now; with the tasks that they wait for, directly or not, up to {@code most}
     * tasks in total.
     */
    public Uni<Standing> standing(
            SqlClient client, Collection<String> someSessions, Collection<String> someTasks, int most) {
        Uni<Map<String, SessionStanding>> foundSessions = client.preparedQuery(
                        "SELECT id, swarm, state FROM coordinator_session WHERE id = ANY($1)")
                .execute(Tuple.of(someSessions.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, SessionStanding> byId = new HashMap<>();
                    rows.forEach(row -> {
                        State state = State.valueOf(row.getString("state"));
                        byId.put(
                                row.getString("id"),
                                new SessionStanding(
                                        row.getString("id"),
                                        row.getString("swarm"),
                                        state == State.LIVE,
                                        state == State.LEFT));
                    });
                    return byId;
                });
        return Rows.together(foundSessions, tasks(client, someTasks, most), Rows.now(client))
                .with(Standing::new);
    }

    private static Uni<Map<String, TaskStanding>> tasks(SqlClient client, Collection<String> ids, int most) {
        if (ids.isEmpty()) {
            return Uni.createFrom().item(Map.of());
        }
        return client.preparedQuery(TASKS)
                .execute(Tuple.of(ids.toArray(String[]::new), most))
                .map(rows -> {
                    Map<String, TaskStanding> byId = new HashMap<>();
                    rows.forEach(row -> {
                        Task.State state = Task.State.valueOf(row.getString("state"));
                        String[] open = row.getArrayOfStrings("open");
                        byId.put(
                                row.getString("id"),
                                new TaskStanding(
                                        row.getString("id"),
                                        row.getString("swarm"),
                                        state == Task.State.DONE,
                                        state == Task.State.DEAD || state == Task.State.CANCELLED,
                                        row.getString("holder"),
                                        row.getString("assignee"),
                                        open == null ? List.of() : List.of(open)));
                    });
                    return byId;
                });
    }

    /** The tasks that each of these sessions holds; omits sessions that hold none. */
    public Uni<Map<String, Set<String>>> held(SqlClient client, Collection<String> holders) {
        return AssignmentTable.held(client, holders);
    }

    /** Makes lost ones of these sessions live again: they have just called. */
    public Uni<Void> heard(Work work, Collection<String> ids) {
        return sessions.lock(work, new TreeSet<>(ids)).take().chain(locked -> sessions.revive(work, locked, ids));
    }

    /**
     * Locks sessions, the accounts of {@code payers} among them, and tasks, so that none of them changes before the
     * transaction ends; and gives their standing. Locks the tasks of {@code payers}, too.
     */
    public Uni<Frozen> freeze(Work work, Set<String> someSessions, Set<String> payers, Set<String> someTasks) {
        return sessions.lock(work, new TreeSet<>(someSessions))
                .then(() -> holds.lock(work, new TreeSet<>(payers)))
                .then(() -> Lock.none(AssignmentTable.held(work.connection(), payers)))
                .then(held -> {
                    Set<String> all = new TreeSet<>(someTasks);
                    held.values().forEach(all::addAll);
                    return tasks.lock(work, all);
                })
                .take()
                .chain(() -> standing(work.connection(), someSessions, someTasks, Math.max(1, someTasks.size())))
                .map(Frozen::new);
    }

    /**
     * Takes claims away because their holder blocks others: each task goes back to its queue one priority higher, with
     * its epoch raised, its hold voided, and no attempt counted. Skips tasks that the holder does not hold.
     *
     * @param frozen the tasks, and the holder as a payer
     * @param only these tasks; {@code null} for all tasks of the holder
     * @param note why, for the history
     */
    public Uni<List<Taken>> preempt(Work work, Frozen frozen, String holder, Set<String> only, String note) {
        return AssignmentTable.held(work.connection(), List.of(holder))
                .chain(held -> tasks.lock(
                                work,
                                held.getOrDefault(holder, Set.of()).stream()
                                        .filter(id -> only == null || only.contains(id))
                                        .sorted()
                                        .toList())
                        .take())
                .chain(locked -> {
                    List<Change> changes = locked.tasks().values().stream()
                            .filter(task -> holder.equals(task.holder()))
                            .map(task -> Change.preempted(task, "deadlock", note, locked.now()))
                            .toList();
                    return tasks.apply(work, locked, changes)
                            .replaceWith(() -> changes.stream()
                                    .map(change -> new Taken(
                                            change.before().id(),
                                            holder,
                                            change.before().epoch()))
                                    .toList());
                });
    }

    /** Tells a session that it was preempted; {@code data} is a JSON object. */
    public Uni<Void> tellPreempted(Work work, Frozen frozen, String session, String subject, String data) {
        return inboxes.tell(work, List.of(new Notice("preempted", session, subject, data)));
    }
}
