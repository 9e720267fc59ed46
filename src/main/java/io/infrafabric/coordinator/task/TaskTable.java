package io.infrafabric.coordinator.task;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.budget.LeaseEnd;
import io.infrafabric.bus.Due;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.claim.Ending;
import io.infrafabric.coordinator.session.OutcomeTable;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.event.CoordinatorEvent.Standing;
import io.infrafabric.event.CoordinatorEvent.TaskMoved;
import io.infrafabric.event.Event;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The tables of tasks, their dependencies and their history. Reads them, and writes a decided {@link Change}. */
@ApplicationScoped
public class TaskTable {
    private static final String LOCK = "SELECT" + TaskRow.COLUMNS
            + ", now() AS now FROM coordinator_task t WHERE t.id = ANY($1) ORDER BY t.id FOR NO KEY UPDATE";

    // The rows are locked, so nobody waits for the answer; a row that changed nevertheless is an error. The planner
    // does not see
    // how many they are: for 500 it would read the whole table instead of its key (650 ms among 50,000 tasks, and not
    // 30).
    private static final String APPLY = """
            WITH changed AS (
            UPDATE coordinator_task t
               SET state = i.state, epoch = i.epoch, attempts = i.attempts, not_before = i.not_before,
                   dormant = i.state = 'QUEUED' AND i.not_before > now(),
                   holder = CASE WHEN i.state $held THEN t.holder END,
                   lease_until = CASE i.state WHEN 'CLAIMED' THEN coalesce(t.lease_until, i.until) END,
                   result = i.result, error = i.error, cost = i.cost::numeric, assignee = i.assignee,
                   priority = i.priority, estimated_cost = i.estimate::numeric, version = t.version + 1, changed_at = now()
              FROM unnest((SELECT $1::text[]), (SELECT $2::bigint[]), (SELECT $3::text[]), (SELECT $4::bigint[]), (SELECT $5::int[]),
                          (SELECT $6::timestamptz[]), (SELECT $7::text[]), (SELECT $8::text[]), (SELECT $9::text[]),
                          (SELECT $10::text[]), (SELECT $11::smallint[]), (SELECT $12::text[]), (SELECT $13::timestamptz[]))
                AS i(id, version, state, epoch, attempts, not_before, result, error, cost, assignee, priority, estimate, until)
             WHERE t.id = i.id AND t.version = i.version
            RETURNING t.id)
            SELECT 1 / (count(*) = $14)::int FROM changed
            """.replace("$held", TaskRow.HELD);

    private static final String HISTORY = """
            INSERT INTO coordinator_history
                   (task, version, what, by, session, state, epoch, ended, attempts, not_before, note)
            SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
                                 $8::bigint[], $9::int[], $10::timestamptz[], $11::text[])
            """;

    /** Kind of due row: the lease of this task ends. */
    public static final String LEASE = "lease:";

    /** Kind of due row: there is no verdict yet on the result of this task. Also the bell that rings when there is one. */
    public static final String CHECK = "check:";

    /** Kind of due row: further dependants of this task, which is {@code DONE}, are to be opened. */
    public static final String OPEN = "open:";

    private final Due due;
    private final ClaimHolds holds;
    private final OutcomeTable outcomes;
    private final DormantTable dormant;
    private final CoordinatorConfig config;

    /** The proof that tasks are locked, with their standing and the database's time. Only their lock makes it. */
    public static final class Locked {
        public static final Locked NOTHING = new Locked(Map.of(), Instant.EPOCH);

        private final Map<String, Task> tasks;
        private final Instant now;

        private Locked(Map<String, Task> tasks, Instant now) {
            this.tasks = tasks;
            this.now = now;
        }

        /** Those that exist, by id. */
        public Map<String, Task> tasks() {
            return tasks;
        }

        public Instant now() {
            return now;
        }
    }

    TaskTable(Due due, ClaimHolds holds, OutcomeTable outcomes, DormantTable dormant, CoordinatorConfig config) {
        this.due = due;
        this.holds = holds;
        this.outcomes = outcomes;
        this.dormant = dormant;
        this.config = config;
    }

    public Backoff backoff() {
        return new Backoff(config.retryBackoff(), config.retryBackoffMax());
    }

    /** Locks the tasks, and reads them. */
    public Lock<Locks.Tasks, Locked> lock(Work work, Collection<String> ids) {
        return Lock.of(work.connection()
                .preparedQuery(LOCK)
                .execute(Tuple.of(ids.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, Task> tasks = new HashMap<>();
                    Instant now = Instant.EPOCH;
                    for (Row row : rows) {
                        Task task = TaskRow.task(row);
                        tasks.put(task.id(), task);
                        now = Rows.instant(row, "now");
                    }
                    return new Locked(tasks, now);
                }));
    }

    /**
     * Writes decided changes of locked tasks, with their history, due rows, events and outcomes, and ends the holds of
     * ended claims (the accounts are locked, too). A task that became {@code DONE} opens the tasks that waited for it
     * ({@link FanOut}: many of them in further transactions); one that can no longer be done strands them.
     *
     * @param locked the tasks, as they were decided on
     */
    public Uni<Void> apply(Work work, Locked locked, List<Change> changes) {
        return applyForNow(work, locked, changes).chain(() -> strand(work, changes));
    }

    /** The same, but nobody is asked yet about tasks that wait for one that can no longer be done. */
    public Uni<Void> applyForNow(Work work, Locked locked, List<Change> changes) {
        List<LeaseEnd> ends = changes.stream()
                .filter(Change::endedClaim)
                .map(Change::leaseEnd)
                .toList();
        return holds.end(work, ends)
                .chain(() -> dependants(work.connection(), ids(changes, State.DONE)))
                .chain(dependants -> write(work, changes, dependants));
    }

    /**
     * The same if the dependants of tasks that became {@code DONE} are known, read under lock, and the caller ends the
     * holds.
     */
    public Uni<Void> apply(Work work, Locked locked, List<Change> changes, Map<String, List<String>> dependants) {
        return write(work, changes, dependants).chain(() -> strand(work, changes));
    }

    private Uni<Void> write(Work work, List<Change> changes, Map<String, List<String>> dependants) {
        if (changes.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        work.alongside(work.connection().preparedQuery(APPLY).execute(applied(changes)));
        work.alongside(work.connection().preparedQuery(HISTORY).execute(steps(changes)));
        work.alongside(due.forget(work.connection(), "coordinator", over(changes)));
        dormant.changed(work, changes);
        changes.forEach(change -> tell(work, change));
        if (changes.stream().anyMatch(change -> change.what().isOutcome())) {
            work.last(outcomes);
        }
        Map<String, List<String>> ofDone = new HashMap<>(dependants);
        ofDone.keySet().retainAll(ids(changes, State.DONE));
        return open(work, FanOut.of(ofDone, config.fanOutBatch()));
    }

    /** What nobody waits for any more: the end of a lease, or a verdict. */
    private static List<String> over(List<Change> changes) {
        return changes.stream()
                .filter(change -> change.endedLease() || change.endedCheck())
                .map(change ->
                        (change.endedLease() ? LEASE : CHECK) + change.before().id())
                .toList();
    }

    private static void tell(Work work, Change change) {
        Trace trace = new Trace(null, change.after().traceToken());
        for (Event event : change.events()) {
            work.emit(event, trace);
        }
        work.emit(moved(change.after()), trace);
        if (change.endedClaim()
                && !change.before().specification().dispatch().concurrency().isEmpty()) {
            ringForKeys(work, change.before().swarm());
        }
        if (change.endedCheck()) {
            work.ring(CHECK + change.before().id());
        }
        if (change.after().state() == State.QUEUED) {
            ringFor(work, change.after());
        }
    }

    /** The standing of the task, for watchers of its swarm. */
    public static TaskMoved moved(Task task) {
        Standing standing = switch (task.state()) {
            case WAITING, QUEUED -> Standing.OPEN;
            case CLAIMED, CHECKING -> Standing.CLAIMED;
            case DONE -> Standing.DONE;
            case DEAD, CANCELLED -> Standing.GONE;
        };
        return new TaskMoved(
                task.id(), task.swarm(), standing, standing == Standing.CLAIMED ? task.holder() : null, task.version());
    }

    /** Makes sessions look again that may claim the task. */
    public static void ringFor(Work work, Task task) {
        ringFor(work, task.swarm(), task.assignee());
    }

    /** Makes sessions of the swarm look again that may have waited for a concurrency key, also those with tasks of their own. */
    public static void ringForKeys(Work work, String swarm) {
        ringFor(work, swarm, null);
        work.ring("keys:" + swarm);
    }

    /** The same for a task of this swarm and assignee, {@code null} for none. */
    static void ringFor(Work work, String swarm, String assignee) {
        work.ring(assignee == null ? "tasks:" + swarm : "assigned:" + assignee);
    }

    /**
     * Those that wait for these tasks, by task; one more of each than one transaction opens means that there are more.
     * A statement of its own after the locks, so it sees what they waited for.
     */
    public Uni<Map<String, List<String>>> dependants(SqlConnection connection, Collection<String> ids) {
        return ids.isEmpty()
                ? Uni.createFrom().item(Map.of())
                : DependencyTable.unmet(connection, ids, config.fanOutBatch() + 1);
    }

    /** As many dependants as one transaction opens of tasks that are {@code DONE}. */
    public Uni<FanOut> fanOut(SqlConnection connection, Collection<String> done) {
        return dependants(connection, done).map(all -> FanOut.of(all, config.fanOutBatch()));
    }

    /**
     * Opens dependants of tasks that are {@code DONE}, unless something else blocks them. If there are more of them, a
     * further transaction follows this one at once.
     */
    public Uni<Void> open(Work work, FanOut fanOut) {
        fanOut.later().forEach(task -> Due.now(work, "coordinator", OPEN + task));
        if (fanOut.now().isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return lock(work, fanOut.dependants())
                .take()
                .chain(locked -> DependencyTable.meet(work, fanOut)
                        .chain(open -> apply(
                                work,
                                locked,
                                locked.tasks().values().stream()
                                        .filter(task ->
                                                task.state() == State.WAITING && Objects.equals(open.get(task.id()), 0))
                                        .map(task -> Change.unblocked(task, locked.now()))
                                        .toList())));
    }

    /** Changes the counts of what the tasks wait for. */
    static Uni<Void> count(Work work, Locked locked, Map<String, Integer> by, int sign) {
        return work.connection()
                .preparedQuery("UPDATE coordinator_task t SET open_deps = open_deps + i.n * $3"
                        + " FROM unnest($1::text[], $2::int[]) AS i(id, n) WHERE t.id = i.id")
                .execute(
                        Tuple.of(by.keySet().toArray(String[]::new), by.values().toArray(Integer[]::new), sign))
                .replaceWithVoid();
    }

    private static Uni<Void> strand(Work work, List<Change> changes) {
        List<String> over = changes.stream()
                .filter(change -> change.after().state().isHopeless())
                .map(change -> change.after().id())
                .toList();
        return StrandedTable.tell(work, over);
    }

    /** The step that ended each claim, by task and epoch; omits claims that no step ended. */
    public static Uni<Map<String, Step>> endings(SqlConnection connection, List<? extends Ending> commands) {
        if (commands.isEmpty()) {
            return Uni.createFrom().item(Map.of());
        }
        return connection
                .preparedQuery("SELECT h.* FROM coordinator_history h JOIN unnest($1::text[], $2::bigint[])"
                        + " AS i(task, epoch) ON h.task = i.task AND h.ended = i.epoch")
                .execute(Tuple.of(
                        Rows.column(commands, Ending::task, String[]::new),
                        Rows.column(commands, Ending::epoch, Long[]::new)))
                .map(rows -> {
                    Map<String, Step> steps = new HashMap<>();
                    rows.forEach(
                            row -> steps.put(row.getString("task") + "@" + row.getLong("ended"), TaskRow.step(row)));
                    return steps;
                });
    }

    /** The swarm of a task; {@code null} if it does not exist. */
    public Uni<String> swarmOf(SqlClient client, String id) {
        return client.preparedQuery("SELECT swarm FROM coordinator_task WHERE id = $1")
                .execute(Tuple.of(id))
                .map(rows -> rows.size() == 0 ? null : rows.iterator().next().getString(0));
    }

    /** A task with its dependencies and history; {@code null} if it does not exist. */
    public Uni<Task> show(SqlClient client, String id) {
        Uni<Task> task = client.preparedQuery("SELECT" + TaskRow.COLUMNS + "FROM coordinator_task t WHERE t.id = $1")
                .execute(Tuple.of(id))
                .map(rows ->
                        rows.size() == 0 ? null : TaskRow.task(rows.iterator().next()));
        return task.onItem()
                .ifNotNull()
                .transformToUni(found -> Rows.together(DependencyTable.restsOn(client, id), history(client, id))
                        .with((restsOn, history) ->
                                found.with(restsOn.dependsOn(), restsOn.basis(), restsOn.blockedBy(), history)));
    }

    private Uni<List<Step>> history(SqlClient client, String id) {
        return client.preparedQuery("SELECT * FROM (SELECT * FROM coordinator_history WHERE task = $1"
                        + " ORDER BY version DESC LIMIT $2) newest ORDER BY version")
                .execute(Tuple.of(id, config.maxHistory()))
                .map(rows -> Rows.all(rows, TaskRow::step));
    }

    private static List<String> ids(List<Change> changes, State after) {
        return changes.stream()
                .map(Change::after)
                .filter(task -> task.state() == after)
                .map(Task::id)
                .toList();
    }

    private static Tuple applied(List<Change> changes) {
        return Tuple.tuple()
                .addArrayOfString(Rows.column(changes, c -> c.before().id(), String[]::new))
                .addArrayOfLong(Rows.column(changes, c -> c.before().version(), Long[]::new))
                .addArrayOfString(Rows.column(changes, c -> c.after().state().name(), String[]::new))
                .addArrayOfLong(Rows.column(changes, c -> c.after().epoch(), Long[]::new))
                .addArrayOfInteger(
                        Rows.column(changes, c -> c.after().progress().attempts(), Integer[]::new))
                .addArrayOfOffsetDateTime(
                        Rows.column(changes, c -> Rows.at(c.after().progress().notBefore()), OffsetDateTime[]::new))
                .addArrayOfString(
                        Rows.column(changes, c -> c.after().progress().last().result(), String[]::new))
                .addArrayOfString(
                        Rows.column(changes, c -> c.after().progress().last().error(), String[]::new))
                .addArrayOfString(Rows.column(
                        changes, c -> Rows.text(c.after().progress().last().cost()), String[]::new))
                .addArrayOfString(Rows.column(changes, c -> c.after().assignee(), String[]::new))
                .addArrayOfShort(Rows.column(changes, c -> c.after().priority().level(), Short[]::new))
                .addArrayOfString(Rows.column(
                        changes,
                        c -> Rows.text(c.after().specification().dispatch().estimatedCost()),
                        String[]::new))
                .addArrayOfOffsetDateTime(
                        Rows.column(changes, c -> Rows.at(c.after().leaseExpiresAt()), OffsetDateTime[]::new))
                .addInteger(changes.size());
    }

    private static Tuple steps(List<Change> changes) {
        return Tuple.tuple()
                .addArrayOfString(Rows.column(changes, c -> c.after().id(), String[]::new))
                .addArrayOfLong(Rows.column(changes, c -> c.after().version(), Long[]::new))
                .addArrayOfString(Rows.column(changes, c -> c.what().inHistory(), String[]::new))
                .addArrayOfString(Rows.column(changes, Change::by, String[]::new))
                .addArrayOfString(Rows.column(changes, c -> c.before().holder(), String[]::new))
                .addArrayOfString(Rows.column(changes, c -> c.after().state().name(), String[]::new))
                .addArrayOfLong(Rows.column(changes, c -> c.after().epoch(), Long[]::new))
                .addArrayOfLong(
                        Rows.column(changes, c -> c.endedClaim() ? c.before().epoch() : null, Long[]::new))
                .addArrayOfInteger(
                        Rows.column(changes, c -> c.after().progress().attempts(), Integer[]::new))
                .addArrayOfOffsetDateTime(
                        Rows.column(changes, c -> Rows.at(c.after().progress().notBefore()), OffsetDateTime[]::new))
                .addArrayOfString(Rows.column(changes, Change::note, String[]::new));
    }
}
