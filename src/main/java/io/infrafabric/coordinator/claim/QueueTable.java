package io.infrafabric.coordinator.claim;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.claim.Claiming.Claimant;
import io.infrafabric.coordinator.claim.Claiming.Offer;
import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.session.SessionTable.Held;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.TaskRow;
import io.infrafabric.coordinator.task.TaskTable;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The queues as claimants see them, in claiming order. It locks tasks that may be granted. */
@ApplicationScoped
public class QueueTable {
    private static final String CLAIMANTS = """
            SELECT s.id AS claimant, s.swarm, s.state, s.max_tasks, w.paused, w.paused_reason,
                   coordinator_holding(s.id) AS holding, %s::int AS leases
              FROM coordinator_session s JOIN coordinator_swarm w ON w.id = s.swarm
             WHERE s.id = ANY($1)
            """.formatted(TaskRow.leases("s.id"));

    // One statement for everything that nearly every claim needs, because one with three parts takes less time than
    // three. It locks what may be granted, and skips what others are taking. Without its layout it is short enough to
    // stay prepared.
    private static final String LOOK = ("WITH claimant AS (" + CLAIMANTS + """
            ), found AS (SELECT $columns FROM (
              SELECT t.* FROM unnest($2::text[]) AS s(id) JOIN claimant c ON c.claimant = s.id, LATERAL (
                SELECT * FROM coordinator_task q WHERE $own $order LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED) t
              UNION ALL
              SELECT t.* FROM (SELECT c.swarm, count(*)::int AS n FROM claimant c
                       WHERE c.claimant = ANY($4) AND NOT c.paused AND c.state <> 'LEFT' AND c.max_tasks > c.leases
                       GROUP BY c.swarm) w, LATERAL (
                SELECT * FROM coordinator_task q WHERE $common $order LIMIT w.n FOR NO KEY UPDATE SKIP LOCKED) t) t)
            SELECT c.claimant, c.paused, c.paused_reason, c.holding, t.* FROM claimant c LEFT JOIN found t ON false
            UNION ALL SELECT NULL, NULL, NULL, NULL, t.* FROM found t
            """)
            .replace("$columns", TaskRow.COLUMNS + resting("t", "$1", "$5"))
            .replace("$own", TaskRow.claimableAlone("q", "s.id", "c.swarm"))
            .replace("$common", TaskRow.claimableInSwarm("q", "w.swarm"))
            .replace("$order", TaskRow.CLAIMING_ORDER)
            .replaceAll("\\s+", " ");

    // With a least score, many tasks are looked at and few are taken, so none is locked: the write decides.
    private static final String LOOKAHEAD = "SELECT" + TaskRow.COLUMNS + resting("t", "$1", "$3") + """
              FROM (SELECT DISTINCT swarm FROM coordinator_session WHERE id = ANY($1)) w, LATERAL (
                SELECT * FROM coordinator_task q WHERE
            """
            + TaskRow.claimableInSwarm("q", "w.swarm") + " " + TaskRow.CLAIMING_ORDER + " LIMIT $2) t";

    // Without an amount there is no limit.
    private static final String MAY_HAVE =
            " AND (i.most IS NULL OR coalesce(q.estimated_cost, 0) <= i.most::numeric) AND "
                    + restsNot("q", "i.session", "$3") + " ";

    private static final String CHEAPER_ASSIGNED =
            "SELECT" + TaskRow.COLUMNS + """
              FROM unnest($1::text[], $2::text[]) AS i(session, most)
              JOIN coordinator_session s ON s.id = i.session, LATERAL (
                SELECT * FROM coordinator_task q WHERE
            """ + TaskRow.claimableAlone("q", "i.session", "s.swarm") + MAY_HAVE
                    + TaskRow.CLAIMING_ORDER + " LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) t";

    // For each, as many as there are lookers, because they may all want the same.
    private static final String CHEAPER_UNASSIGNED =
            "SELECT" + TaskRow.COLUMNS + """
              FROM unnest($1::text[], $2::text[]) AS i(session, most)
              JOIN coordinator_session s ON s.id = i.session, LATERAL (
                SELECT * FROM coordinator_task q WHERE
            """ + TaskRow.claimableInSwarm("q", "s.swarm") + MAY_HAVE
                    + TaskRow.CLAIMING_ORDER + " LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED) t";

    private static final String CAN_PAY = """
            SELECT i.session FROM unnest($1::text[], $2::text[]) AS i(session, most)
              JOIN coordinator_session s ON s.id = i.session
             WHERE EXISTS (SELECT 1 FROM coordinator_task q WHERE
            """ + TaskRow.claimableInSwarm("q", "s.swarm") + MAY_HAVE + ")";

    private static final String CLAIMABLE = "SELECT s.swarm FROM unnest($1::text[]) AS s(swarm) WHERE EXISTS (SELECT 1"
            + " FROM coordinator_task q WHERE " + TaskRow.claimableInSwarm("q", "s.swarm") + ")";

    private static final String ASSIGNED_TO =
            "SELECT s.id FROM coordinator_session s WHERE s.id = ANY($1) AND EXISTS (SELECT 1"
                    + " FROM coordinator_task q WHERE " + TaskRow.claimableAlone("q", "s.id", "s.swarm") + ")";

    /** The sessions among these for which a task rests. Only tasks that were claimed before need a lookup. */
    private static String resting(String task, String sessions, String millis) {
        return ", CASE WHEN %s.epoch > 0 THEN coordinator_resting(%s.id, %s, %s) END AS resting "
                .formatted(task, task, sessions, millis);
    }

    /** The condition that a task does not rest for a session. */
    public static String restsNot(String task, String session, String millis) {
        return "CASE WHEN %s.epoch > 0 THEN coordinator_resting(%s.id, ARRAY[%s], %s) IS NULL ELSE true END"
                .formatted(task, task, session, millis);
    }

    /** A session's leases, and whether its swarm is paused and why. */
    public record Counted(boolean paused, String reason, List<Held> holding) {
        public Claimant of(Session session) {
            return new Claimant(session, holding, paused, reason);
        }
    }

    /**
     * What was read for a batch of claims.
     *
     * @param counted by session
     * @param looked unassigned too, but not locked
     * @param rests the sessions for which a task rests, by task
     */
    public record Queue(
            Map<String, Counted> counted,
            TaskTable.Locked named,
            List<Task> assigned,
            List<Task> unassigned,
            List<Task> looked,
            Map<String, Map<String, Outcomes>> outcomes,
            Map<String, Set<String>> rests) {

        public Offer at(Instant now) {
            return Offer.of(
                    assigned, unassigned, looked, List.copyOf(named.tasks().values()), outcomes, rests, now);
        }

        private Queue with(List<Task> moreAssigned, List<Task> moreUnassigned) {
            return new Queue(
                    counted,
                    named,
                    joined(assigned, moreAssigned),
                    joined(unassigned, moreUnassigned),
                    looked,
                    outcomes,
                    rests);
        }

        private static List<Task> joined(List<Task> some, List<Task> more) {
            return Stream.concat(some.stream(), more.stream()).toList();
        }
    }

    private final TaskTable tasks;
    private final CoordinatorConfig config;

    QueueTable(TaskTable tasks, CoordinatorConfig config) {
        this.tasks = tasks;
        this.config = config;
    }

    /** Reads what these claims may get, and locks what may be granted. Everything is sent at once. */
    public Lock<Locks.Tasks, Queue> read(Work work, List<Claim> batch) {
        SqlConnection connection = work.connection();
        List<String> any = batch.stream()
                .filter(claim -> claim.taskId() == null)
                .map(Claim::session)
                .toList();
        List<String> plain =
                batch.stream().filter(Claim::isPlain).map(Claim::session).toList();
        List<String> picky = batch.stream()
                .filter(claim -> claim.minScore() != null)
                .map(Claim::session)
                .toList();
        List<String> named = batch.stream()
                .map(Claim::taskId)
                .filter(id -> id != null)
                .distinct()
                .toList();
        List<String> all = batch.stream().map(Claim::session).toList();
        Tuple look =
                Tuple.of(array(all), array(any), picky.isEmpty() ? 1 : config.claimLookahead(), array(plain), rest());
        return Lock.of(work.inOrder(
                        named.isEmpty()
                                ? Lock.none(Uni.createFrom().item(TaskTable.Locked.NOTHING))
                                : tasks.lock(work, named),
                        found(connection, look),
                        Lock.none(rows(
                                connection, picky, LOOKAHEAD, Tuple.of(array(picky), config.claimLookahead(), rest()))),
                        Lock.none(outcomes(connection, picky)))
                .with((wanted, seen, looked, outcomes) -> {
                    Map<String, Set<String>> rests = new HashMap<>();
                    seen.forEach(row -> rests(row, rests));
                    looked.forEach(row -> rests(row, rests));
                    Map<Boolean, List<Task>> assigned = StreamSupport.stream(seen.spliterator(), false)
                            .filter(row -> row.getString("id") != null)
                            .map(TaskRow::task)
                            .collect(Collectors.partitioningBy(task -> task.assignee() != null));
                    return new Queue(
                            counted(seen),
                            wanted,
                            assigned.get(true),
                            assigned.get(false),
                            looked.stream().map(TaskRow::task).toList(),
                            outcomes,
                            rests);
                }));
    }

    private static Lock<Locks.Tasks, RowSet<Row>> found(SqlConnection connection, Tuple look) {
        return Lock.of(connection.preparedQuery(LOOK).execute(look));
    }

    private long rest() {
        return config.releaseRest().toMillis();
    }

    private static void rests(Row row, Map<String, Set<String>> rests) {
        String[] sessions = row.getArrayOfStrings("resting");
        if (sessions != null) {
            rests.put(row.getString("id"), Set.of(sessions));
        }
    }

    /** The counts of locked sessions; nothing for one that does not exist. */
    public static Uni<Map<String, Counted>> claimants(SqlConnection connection, List<String> ids) {
        return connection.preparedQuery(CLAIMANTS).execute(Tuple.of(array(ids))).map(QueueTable::counted);
    }

    private static Map<String, Counted> counted(RowSet<Row> rows) {
        Map<String, Counted> counted = new HashMap<>();
        for (Row row : rows) {
            if (row.getString("claimant") != null) {
                counted.put(
                        row.getString("claimant"),
                        new Counted(
                                row.getBoolean("paused"),
                                row.getString("paused_reason"),
                                SessionTable.held(row.getString("holding"))));
            }
        }
        return counted;
    }

    /**
     * Looks further for sessions that could not pay for the first tasks in their queues, or for which these rest.
     *
     * @param left what each of these sessions has left, in US dollars; {@code null} for no limit
     */
    public Uni<Queue> further(Work work, Queue read, Map<String, BigDecimal> left) {
        SqlConnection connection = work.connection();
        List<String> poor = List.copyOf(left.keySet());
        Tuple most = Tuple.of(array(poor), amounts(poor, left), rest());
        Tuple each = Tuple.of(array(poor), amounts(poor, left), rest(), poor.size());
        return work.inOrder(
                        tasks(connection, poor, CHEAPER_ASSIGNED, most),
                        tasks(connection, poor, CHEAPER_UNASSIGNED, each))
                .with(read::with);
    }

    /** Which of these sessions could pay for a queued task, even if another session is just taking it. */
    public Uni<Set<String>> canPay(SqlConnection connection, Map<String, BigDecimal> left) {
        if (left.isEmpty()) {
            return Uni.createFrom().item(Set.of());
        }
        List<String> poor = List.copyOf(left.keySet());
        return connection
                .preparedQuery(CAN_PAY)
                .execute(Tuple.of(array(poor), amounts(poor, left), rest()))
                .map(QueueTable::names);
    }

    private static String[] amounts(List<String> sessions, Map<String, BigDecimal> left) {
        return Rows.column(sessions, session -> Rows.text(left.get(session)), String[]::new);
    }

    /** Which of these swarms have a task that an unassigned claim could get. */
    public Uni<Set<String>> claimable(SqlClient client, Collection<String> swarms) {
        return client.preparedQuery(CLAIMABLE)
                .execute(Tuple.of(swarms.toArray(String[]::new)))
                .map(QueueTable::names);
    }

    /** Which of these sessions have a task that only they could get. */
    public Uni<Set<String>> assigned(SqlClient client, Collection<String> waiting) {
        return client.preparedQuery(ASSIGNED_TO)
                .execute(Tuple.of(waiting.toArray(String[]::new)))
                .map(QueueTable::names);
    }

    static Set<String> names(RowSet<Row> rows) {
        return new HashSet<>(Rows.all(rows, row -> row.getString(0)));
    }

    private static Uni<List<Task>> tasks(SqlConnection connection, List<String> wanted, String sql, Tuple parameters) {
        return rows(connection, wanted, sql, parameters)
                .map(rows -> rows.stream().map(TaskRow::task).toList());
    }

    private static Uni<List<Row>> rows(SqlConnection connection, List<String> wanted, String sql, Tuple parameters) {
        return wanted.isEmpty()
                ? Uni.createFrom().item(List.of())
                : connection.preparedQuery(sql).execute(parameters).map(rows -> Rows.all(rows, row -> row));
    }

    public static Uni<Map<String, Map<String, Outcomes>>> outcomes(SqlClient connection, List<String> sessions) {
        if (sessions.isEmpty()) {
            return Uni.createFrom().item(Map.of());
        }
        return connection
                .preparedQuery("SELECT * FROM coordinator_outcome WHERE session = ANY($1)")
                .execute(Tuple.of(array(sessions)))
                .map(rows -> {
                    Map<String, Map<String, Outcomes>> outcomes = new HashMap<>();
                    rows.forEach(row -> outcomes.computeIfAbsent(row.getString("session"), ignored -> new HashMap<>())
                            .put(
                                    row.getString("domain"),
                                    new Outcomes(
                                            row.getDouble("successes"),
                                            row.getDouble("total"),
                                            Rows.instant(row, "at"))));
                    return outcomes;
                });
    }

    private static String[] array(List<String> list) {
        return list.toArray(String[]::new);
    }
}
