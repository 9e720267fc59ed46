package io.infrafabric.coordinator.claim;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.claim.Claiming.Claimant;
import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.session.SessionTable.Held;
import io.infrafabric.coordinator.session.SwarmTable;
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
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The queues as claimants see them: what there is to claim, in claiming order. It locks what may be granted. What stands in
 * lanes is {@link LaneTable}'s; here it only says which swarms have some.
 */
@ApplicationScoped
public class QueueTable {
    private static final String CLAIMANTS = """
            SELECT s.id AS claimant, s.swarm, s.state, max_tasks, paused, paused_reason,
                   coordinator_holding(s.id) AS holding, %s::int AS leases
              FROM coordinator_session s JOIN coordinator_swarm w ON w.id = s.swarm
             WHERE s.id = ANY($1)
            """.formatted(TaskRow.leases("s.id"));

    // One statement for everything that nearly every claim needs, because one with three parts takes less time than
    // three. It locks what may be granted, and skips what others are taking. Without its layout it is short enough to
    // stay prepared.
    static final String LOOK = ("WITH claimant AS (" + CLAIMANTS + """
            ), room AS (SELECT c.swarm, count(*)::int AS n, coordinator_laned(c.swarm) AS laned,
                   coordinator_fronted(c.swarm) AS fronted FROM claimant c
                   WHERE c.claimant = ANY($2) AND $running AND $enrolled AND c.max_tasks > c.leases GROUP BY c.swarm),
            found AS (SELECT $columns FROM (
              SELECT t.* FROM claimant c, LATERAL (
                SELECT * FROM coordinator_task q WHERE $own $order LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) t
               WHERE c.claimant = ANY($2)
              UNION ALL SELECT t.* FROM room w, LATERAL (
                SELECT * FROM coordinator_task q WHERE $plain $order LIMIT w.n FOR NO KEY UPDATE SKIP LOCKED) t WHERE NOT fronted
              UNION ALL SELECT t.* FROM room w, LATERAL coordinator_plain_heads(w.swarm, w.n) t WHERE fronted
              UNION ALL SELECT t.* FROM room w, LATERAL (
                SELECT * FROM coordinator_task q WHERE $ripe $order LIMIT w.n FOR NO KEY UPDATE SKIP LOCKED) t) t)
            SELECT claimant, paused, paused_reason, holding, laned, t.* FROM claimant c
              LEFT JOIN room w USING (swarm) LEFT JOIN found t ON false
            UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, t.* FROM found t
            """)
            .replace("$columns", TaskRow.COLUMNS + resting("t", "$1", "$3"))
            .replace("$running", SwarmTable.running("c"))
            .replace("$enrolled", SessionTable.stillEnrolled("c"))
            .replace("$own", TaskRow.claimableAlone("q", "c.claimant", "c.swarm"))
            .replace("$plain", TaskRow.plainInSwarm("q", "w.swarm"))
            .replace("$ripe", TaskRow.ripeInSwarm("q", "w.swarm"))
            .replace("$order", TaskRow.CLAIMING_ORDER)
            .replaceAll("\\s+", " ");

    // For each session as many tasks as sessions look: they may all want the same.
    private static final String RESTED =
            "SELECT" + TaskRow.COLUMNS + resting("t", "$1", "$2") + """
              FROM unnest($1::text[]) AS i(session) JOIN coordinator_session s ON s.id = i.session, LATERAL (
                SELECT * FROM coordinator_task q WHERE
            """ + TaskRow.plainInSwarm("q", "s.swarm") + " AND "
                    + restsNot("q", "i.session", "$2") + " " + TaskRow.CLAIMING_ORDER
                    + " LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED) t";

    private static final String CLAIMABLE =
            "SELECT s.swarm FROM unnest($1::text[]) AS s(swarm) WHERE coordinator_queued(s.swarm)";

    private static final String PLAIN =
            "SELECT s.swarm FROM unnest($1::text[]) AS s(swarm)" + " WHERE coordinator_plain(s.swarm, 1) > 0";

    private static final String ASSIGNED_TO =
            "SELECT s.id FROM coordinator_session s WHERE s.id = ANY($1) AND EXISTS (SELECT 1"
                    + " FROM coordinator_task q WHERE " + TaskRow.claimableAlone("q", "s.id", "s.swarm") + ")";

    /** Of a task: for which of these sessions it rests. Only of what was claimed before there is anything to look up. */
    static String resting(String task, String sessions, String millis) {
        return ", CASE WHEN %s.epoch > 0 THEN coordinator_resting(%s.id, %s, %s) END AS resting "
                .formatted(task, task, sessions, millis);
    }

    /** The condition that a task does not rest for a session. */
    public static String restsNot(String task, String session, String millis) {
        return "CASE WHEN %s.epoch > 0 THEN coordinator_resting(%s.id, ARRAY[%s], %s) IS NULL ELSE true END"
                .formatted(task, task, session, millis);
    }

    /** What a session holds, and whether its swarm is paused and why. */
    public record Counted(boolean paused, String reason, List<Held> holding) {
        public Claimant of(Session session) {
            return new Claimant(session, holding, paused, reason);
        }
    }

    /**
     * What was read for a batch of claims, under lock.
     *
     * @param counted of each session
     * @param laned sessions whose swarm has something queued in lanes
     * @param rests for which sessions a task rests, by task
     * @param seen what is known of lanes
     */
    public record Queue(
            Map<String, Counted> counted,
            Set<String> laned,
            TaskTable.Locked named,
            List<Task> assigned,
            List<Task> unassigned,
            Map<String, Map<String, Outcomes>> outcomes,
            Map<String, Set<String>> rests,
            Lanes.Seen seen) {

        public Offer at(Instant now) {
            return Offer.of(assigned, unassigned, List.copyOf(named.tasks().values()), outcomes, rests, seen, now);
        }

        /** The same, and what was found in lanes. */
        public Queue with(List<Row> rows, Lanes.Seen nowSeen) {
            Map<String, Set<String>> moreRests = new HashMap<>(rests);
            rows.forEach(row -> note(row, moreRests));
            Map<Boolean, List<Task>> found = rows.stream()
                    .map(TaskRow::task)
                    .collect(Collectors.partitioningBy(task -> task.assignee() != null));
            return new Queue(
                    counted,
                    laned,
                    named,
                    joined(assigned, found.get(true)),
                    joined(unassigned, found.get(false)),
                    outcomes,
                    moreRests,
                    seen.and(nowSeen));
        }

        private static List<Task> joined(List<Task> some, List<Task> more) {
            return List.copyOf(Stream.concat(some.stream(), more.stream())
                    .collect(Collectors.toMap(Task::id, task -> task, (one, same) -> one, LinkedHashMap::new))
                    .values());
        }
    }

    private final TaskTable tasks;
    private final CoordinatorConfig config;

    QueueTable(TaskTable tasks, CoordinatorConfig config) {
        this.tasks = tasks;
        this.config = config;
    }

    /** Reads what these claims may get outside lanes, and locks what may be granted. All is sent at once. */
    public Lock<Locks.Tasks, Queue> read(Work work, List<Claim> batch) {
        SqlConnection connection = work.connection();
        List<String> any = batch.stream()
                .filter(claim -> claim.taskId() == null)
                .map(Claim::session)
                .toList();
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
        return Lock.of(work.inOrder(
                        named.isEmpty()
                                ? Lock.none(Uni.createFrom().item(TaskTable.Locked.NOTHING))
                                : tasks.lock(work, named),
                        found(connection, Tuple.of(array(all), array(any), rest())),
                        Lock.none(outcomes(connection, picky)))
                .with((wanted, seen, outcomes) -> {
                    Map<String, Set<String>> rests = new HashMap<>();
                    seen.forEach(row -> note(row, rests));
                    Map<Boolean, List<Task>> assigned = StreamSupport.stream(seen.spliterator(), false)
                            .filter(row -> row.getString("id") != null)
                            .map(TaskRow::task)
                            .collect(Collectors.partitioningBy(task -> task.assignee() != null));
                    return new Queue(
                            counted(seen),
                            laned(seen),
                            wanted,
                            assigned.get(true),
                            assigned.get(false),
                            outcomes,
                            rests,
                            Lanes.Seen.NOTHING);
                }));
    }

    private static Lock<Locks.Tasks, RowSet<Row>> found(SqlConnection connection, Tuple look) {
        return Lock.of(connection.preparedQuery(LOOK).execute(look));
    }

    private long rest() {
        return config.releaseRest().toMillis();
    }

    private static void note(Row row, Map<String, Set<String>> rests) {
        String[] sessions = row.getArrayOfStrings("resting");
        if (sessions != null) {
            rests.put(row.getString("id"), Set.of(sessions));
        }
    }

    /** The counts of locked sessions; nothing for one that does not exist. */
    public static Uni<Map<String, Counted>> claimants(SqlConnection connection, List<String> ids) {
        return connection.preparedQuery(CLAIMANTS).execute(Tuple.of(array(ids))).map(QueueTable::counted);
    }

    private static Set<String> laned(RowSet<Row> rows) {
        Set<String> laned = new HashSet<>();
        rows.forEach(row -> {
            if (Boolean.TRUE.equals(row.getBoolean("laned"))) {
                laned.add(row.getString("claimant"));
            }
        });
        return laned;
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

    /** Looks further outside lanes, past what rests, for these sessions. */
    public Lock<Locks.Concurrency, List<Row>> rested(SqlConnection connection, List<String> sessions) {
        return sessions.isEmpty()
                ? Lock.none(Uni.createFrom().item(List.of()))
                : Lock.of(connection
                        .preparedQuery(RESTED)
                        .execute(Tuple.of(array(sessions), rest(), sessions.size()))
                        .map(rows -> Rows.all(rows, row -> row)));
    }

    /** Which of these swarms have something outside lanes: others must be taking it, where a claim found none. */
    public Uni<Set<String>> raced(SqlClient client, Collection<String> swarms) {
        return client.preparedQuery(PLAIN)
                .execute(Tuple.of(swarms.toArray(String[]::new)))
                .map(QueueTable::names);
    }

    /** Which of these swarms have something that an unassigned claim could get. */
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
