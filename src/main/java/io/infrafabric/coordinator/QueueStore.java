package io.infrafabric.coordinator;

import io.infrafabric.bus.Rows;
import io.infrafabric.coordinator.Claiming.Claim;
import io.infrafabric.coordinator.Claiming.Claimant;
import io.infrafabric.coordinator.Claiming.Offer;
import io.infrafabric.coordinator.Match.Outcomes;
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

/** The queues as claimants see them: what there is to claim, in claiming order. It locks what may be granted. */
@ApplicationScoped
public class QueueStore {
    private static final String CLAIMANTS = """
            SELECT s.id AS claimant, s.swarm, s.state, s.max_tasks, w.paused, w.paused_reason,
                   (SELECT count(*)::int FROM coordinator_task t WHERE t.holder = s.id AND t.state = 'CLAIMED') AS leases
              FROM coordinator_session s JOIN coordinator_swarm w ON w.id = s.swarm
             WHERE s.id = ANY($1)
            """;

    // One statement for all that nearly every claim needs, since one of three parts takes less than three. What may be
    // granted is locked, and what others are taking is passed over.
    private static final String LOOK = "WITH claimant AS (" + CLAIMANTS + """
            ), assigned AS (
              SELECT $columns
                FROM unnest($2::text[]) AS s(id) JOIN claimant c ON c.claimant = s.id, LATERAL (
                  SELECT * FROM coordinator_task q
                   WHERE q.assignee = s.id AND q.swarm = c.swarm AND q.state = 'QUEUED' AND q.not_before <= now()
                   ORDER BY q.priority, q.seq LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED) t),
            unassigned AS (
              SELECT $columns
                FROM (SELECT c.swarm, count(*)::int AS n FROM claimant c
                       WHERE c.claimant = ANY($4) AND NOT c.paused AND c.state <> 'LEFT' AND c.max_tasks > c.leases
                       GROUP BY c.swarm) w, LATERAL (
                  SELECT * FROM coordinator_task q
                   WHERE q.swarm = w.swarm AND q.state = 'QUEUED' AND q.assignee IS NULL AND q.not_before <= now()
                   ORDER BY q.priority, q.seq LIMIT w.n FOR NO KEY UPDATE SKIP LOCKED) t)
            SELECT c.claimant, c.paused, c.paused_reason, c.leases, t.* FROM claimant c LEFT JOIN assigned t ON false
            UNION ALL SELECT NULL, NULL, NULL, NULL, t.* FROM assigned t
            UNION ALL SELECT NULL, NULL, NULL, NULL, t.* FROM unassigned t
            """.replace("$columns", TaskRow.COLUMNS);

    // With a least score many tasks are looked at and few are taken, so none is locked: the write decides.
    private static final String LOOKAHEAD = "SELECT" + TaskRow.COLUMNS + """
              FROM (SELECT DISTINCT swarm FROM coordinator_session WHERE id = ANY($1)) w, LATERAL (
                SELECT * FROM coordinator_task q
                 WHERE q.swarm = w.swarm AND q.state = 'QUEUED' AND q.assignee IS NULL AND q.not_before <= now()
                 ORDER BY q.priority, q.seq LIMIT $2) t
            """;

    private static final String PAYABLE =
            " q.state = 'QUEUED' AND q.not_before <= now()" + " AND coalesce(q.estimated_cost, 0) <= i.most::numeric";

    private static final String CHEAPER_ASSIGNED = "SELECT" + TaskRow.COLUMNS + """
              FROM unnest($1::text[], $2::text[]) AS i(session, most)
              JOIN coordinator_session s ON s.id = i.session, LATERAL (
                SELECT * FROM coordinator_task q WHERE q.assignee = i.session AND q.swarm = s.swarm AND
            """ + PAYABLE
            + " ORDER BY q.priority, q.seq LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) t";

    // As many for each as there are who look: they may all want the same.
    private static final String CHEAPER_UNASSIGNED = "SELECT" + TaskRow.COLUMNS + """
              FROM unnest($1::text[], $2::text[]) AS i(session, most)
              JOIN coordinator_session s ON s.id = i.session, LATERAL (
                SELECT * FROM coordinator_task q WHERE q.swarm = s.swarm AND q.assignee IS NULL AND
            """ + PAYABLE
            + " ORDER BY q.priority, q.seq LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED) t";

    private static final String CAN_PAY = """
            SELECT i.session FROM unnest($1::text[], $2::text[]) AS i(session, most)
              JOIN coordinator_session s ON s.id = i.session
             WHERE EXISTS (SELECT 1 FROM coordinator_task q WHERE q.swarm = s.swarm AND q.assignee IS NULL AND
            """ + PAYABLE + ")";

    private static final String CLAIMABLE = "SELECT s.swarm FROM unnest($1::text[]) AS s(swarm) WHERE EXISTS (SELECT 1"
            + " FROM coordinator_task q WHERE q.swarm = s.swarm AND q.state = 'QUEUED' AND q.assignee IS NULL"
            + " AND q.not_before <= now())";

    private static final String ASSIGNED_TO =
            "SELECT s.id FROM coordinator_session s WHERE s.id = ANY($1) AND EXISTS (SELECT 1"
                    + " FROM coordinator_task q WHERE q.assignee = s.id AND q.swarm = s.swarm AND q.state = 'QUEUED' AND q.not_before <= now())";

    /** How many leases a session has, and whether its swarm is paused and why. */
    record Counted(boolean paused, String reason, int leases) {
        Claimant of(Session session) {
            return new Claimant(session, leases, paused, reason);
        }
    }

    /**
     * What was read for a batch of claims.
     *
     * @param counted of each session
     * @param looked unassigned too, but not under lock
     */
    record Queue(
            Map<String, Counted> counted,
            List<Task> named,
            List<Task> assigned,
            List<Task> unassigned,
            List<Task> looked,
            Map<String, Map<String, Outcomes>> outcomes) {

        Offer at(Instant now) {
            return Offer.of(assigned, unassigned, looked, named, outcomes, now);
        }

        private Queue with(List<Task> moreAssigned, List<Task> moreUnassigned) {
            return new Queue(
                    counted,
                    named,
                    joined(assigned, moreAssigned),
                    joined(unassigned, moreUnassigned),
                    looked,
                    outcomes);
        }

        private static List<Task> joined(List<Task> some, List<Task> more) {
            return Stream.concat(some.stream(), more.stream()).toList();
        }
    }

    private final CoordinatorConfig config;

    public QueueStore(CoordinatorConfig config) {
        this.config = config;
    }

    /** Reads what these claims may get. All is sent at once; their sessions are under lock. */
    Uni<Queue> read(SqlConnection connection, List<Claim> batch) {
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
        Tuple look = Tuple.of(array(all), array(any), picky.isEmpty() ? 1 : config.claimLookahead(), array(plain));
        return Uni.combine()
                .all()
                .unis(
                        tasks(connection, named, TaskStore.LOCK, Tuple.of(array(named))),
                        connection.preparedQuery(LOOK).execute(look),
                        tasks(connection, picky, LOOKAHEAD, Tuple.of(array(picky), config.claimLookahead())),
                        outcomes(connection, picky))
                .with((wanted, seen, looked, outcomes) -> {
                    Map<Boolean, List<Task>> assigned = StreamSupport.stream(seen.spliterator(), false)
                            .filter(row -> row.getString("id") != null)
                            .map(TaskRow::task)
                            .collect(Collectors.partitioningBy(task -> task.assignee() != null));
                    return new Queue(counted(seen), wanted, assigned.get(true), assigned.get(false), looked, outcomes);
                });
    }

    /** What counts of sessions under lock; of one that does not exist there is nothing. */
    static Uni<Map<String, Counted>> claimants(SqlConnection connection, List<String> ids) {
        return connection.preparedQuery(CLAIMANTS).execute(Tuple.of(array(ids))).map(QueueStore::counted);
    }

    private static Map<String, Counted> counted(RowSet<Row> rows) {
        Map<String, Counted> counted = new HashMap<>();
        for (Row row : rows) {
            if (row.getString("claimant") != null) {
                counted.put(
                        row.getString("claimant"),
                        new Counted(
                                row.getBoolean("paused"), row.getString("paused_reason"), row.getInteger("leases")));
            }
        }
        return counted;
    }

    /**
     * Looks further for those who could not pay what was first in their queues.
     *
     * @param left what each of these sessions has left, in US dollars
     */
    Uni<Queue> cheaper(SqlConnection connection, Queue read, Map<String, BigDecimal> left) {
        List<String> poor = List.copyOf(left.keySet());
        Tuple most = Tuple.of(array(poor), amounts(poor, left));
        Tuple each = Tuple.of(array(poor), amounts(poor, left), poor.size());
        return Uni.combine()
                .all()
                .unis(
                        tasks(connection, poor, CHEAPER_ASSIGNED, most),
                        tasks(connection, poor, CHEAPER_UNASSIGNED, each))
                .with(read::with);
    }

    /** Which of these sessions could pay something that is queued, be it that another is taking it just now. */
    Uni<Set<String>> canPay(SqlConnection connection, Map<String, BigDecimal> left) {
        if (left.isEmpty()) {
            return Uni.createFrom().item(Set.of());
        }
        List<String> poor = List.copyOf(left.keySet());
        return connection
                .preparedQuery(CAN_PAY)
                .execute(Tuple.of(array(poor), amounts(poor, left)))
                .map(QueueStore::names);
    }

    private static String[] amounts(List<String> sessions, Map<String, BigDecimal> left) {
        return Rows.column(sessions, session -> Rows.text(left.get(session)), String[]::new);
    }

    /** Which of these swarms have something that an unassigned claim could get. */
    Uni<Set<String>> claimable(SqlClient client, Collection<String> swarms) {
        return client.preparedQuery(CLAIMABLE)
                .execute(Tuple.of(swarms.toArray(String[]::new)))
                .map(QueueStore::names);
    }

    /** Which of these sessions have something that only they could get. */
    Uni<Set<String>> assigned(SqlClient client, Collection<String> waiting) {
        return client.preparedQuery(ASSIGNED_TO)
                .execute(Tuple.of(waiting.toArray(String[]::new)))
                .map(QueueStore::names);
    }

    static Set<String> names(RowSet<Row> rows) {
        return new HashSet<>(Rows.all(rows, row -> row.getString(0)));
    }

    private static Uni<List<Task>> tasks(SqlConnection connection, List<String> wanted, String sql, Tuple parameters) {
        return wanted.isEmpty()
                ? Uni.createFrom().item(List.of())
                : connection.preparedQuery(sql).execute(parameters).map(rows -> Rows.all(rows, TaskRow::task));
    }

    static Uni<Map<String, Map<String, Outcomes>>> outcomes(SqlClient connection, List<String> sessions) {
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
