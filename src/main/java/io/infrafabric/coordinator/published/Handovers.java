package io.infrafabric.coordinator.published;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.budget.Purses;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.claim.Claiming;
import io.infrafabric.coordinator.claim.Claiming.Answer;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.claim.Claiming.Claimant;
import io.infrafabric.coordinator.claim.Claiming.Decision;
import io.infrafabric.coordinator.claim.Ending;
import io.infrafabric.coordinator.claim.LimitTable;
import io.infrafabric.coordinator.claim.Offer;
import io.infrafabric.coordinator.claim.QueueTable;
import io.infrafabric.coordinator.published.Backlog.Entry;
import io.infrafabric.coordinator.session.Match;
import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.session.SwarmTable;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.TaskRow;
import io.infrafabric.coordinator.task.TaskTable;
import io.infrafabric.coordinator.transaction.ClaimTransaction;
import io.infrafabric.coordinator.transaction.LeaseTransaction;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Passes tasks from the queue of one session to another that claims them at once. It reads queues and writes decisions;
 * stealing decides who may take what. The row of a queue's owner guards its length: the owner's claims and all
 * handovers lock it, so none of them can reduce a count made under that lock.
 *
 * <p>It holds the SQL about backlogs itself, and runs in the transactions of stealing; only {@link #giveBack} has one of its
 * own, shared with other ends.
 */
@ApplicationScoped
public class Handovers {

    /**
     * The bounds of a look.
     *
     * @param keep skips queues of at most this many tasks
     * @param minScore skips tasks that cannot reach this score
     * @param rest skips tasks that were stolen more recently than this
     * @param queues the most queues for one session, the longest first
     * @param tasks the most tasks of each lane of a queue that are returned, the newest
     */
    public record Bounds(int keep, double minScore, Duration rest, int queues, int tasks) {}

    /**
     * A session that could take something.
     *
     * @param outcomes by domain
     * @param purses what it can pay, under lock; {@code null} if not known
     */
    public record Idle(Session session, Map<String, Outcomes> outcomes, Purses purses, Instant now) {
        /** The most that it can pay, in US dollars; {@code null} for no limit, or if not known. */
        public BigDecimal most() {
            return purses == null ? null : purses.left(session.id());
        }

        /** Why it cannot pay this much. */
        public Answer unpaid(BigDecimal amount) {
            return purses.afford(session.id(), amount) instanceof Purses.Verdict.Refused refused
                    ? new Answer.Unpaid(refused)
                    : new Answer.Nothing(true);
        }
    }

    /** An idle session and the queues it may take from, the longest first. */
    public record View(Idle idle, List<Backlog> backlogs) {}

    // The best score that the needs of a lane allow (Match): with fully trusted declarations, and a recent success of
    // 1.
    // The rule does the rest.
    private static final String BEST =
            "%s * coordinator_covered(l.domains, s.domains) + %s * coordinator_covered(l.tools, s.tools) + %s"
                    .formatted(Match.DOMAIN, Match.TOOL, Match.RECENT_SUCCESS + Match.SLACK);

    // In each queue, a loose index scan over its lanes (io.infrafabric.coordinator.claim.Lane), so that what a session
    // cannot have costs nothing, however much of it there is.
    private static final String BACKLOGS = """
            SELECT s.id AS idle, b.assignee, b.n, b.least, t.id, t.priority, t.seq, t.domains, t.tools, t.requires, t.estimated_cost,
                   t.swarm, t.concurrency
              FROM unnest($1::text[]) AS i(id)
              JOIN coordinator_session s ON s.id = i.id AND $enrolled
              JOIN coordinator_swarm w ON w.id = s.swarm AND $running
              CROSS JOIN LATERAL (
                SELECT q.assignee, count(*)::int AS n, max(q.priority)::int AS least FROM coordinator_task q
                 WHERE %s AND q.state = 'QUEUED' AND q.assignee IS NOT NULL
                 GROUP BY q.assignee HAVING count(*) > $2
                 ORDER BY count(*) DESC, q.assignee LIMIT $3) b
              CROSS JOIN LATERAL (
                WITH RECURSIVE lane AS (
                  (SELECT $lane FROM coordinator_task q WHERE $queued ORDER BY q.priority, q.lane LIMIT 1)
                  UNION ALL SELECT n.* FROM lane l, LATERAL (
                    SELECT $lane FROM coordinator_task q WHERE $queued AND (q.priority, q.lane) > (l.priority, l.lane)
                     ORDER BY q.priority, q.lane LIMIT 1) n)
                SELECT t.* FROM lane l, LATERAL (
                  SELECT * FROM coordinator_task q WHERE $claimable(q) AND q.priority = l.priority AND q.lane = l.lane AND $restsNot(q)
                     AND NOT coordinator_stolen(q.id, $5)
                   ORDER BY q.seq DESC LIMIT $6) t
                 WHERE $4 <= %s AND (l.requires <@ (s.domains || s.tools)) IS NOT FALSE) t
             WHERE NOT EXISTS (SELECT 1 FROM coordinator_task o WHERE $claimable(o) AND $restsNot(o))
             ORDER BY s.id, b.n DESC, b.assignee, t.priority DESC, t.seq DESC
            """.replace("$lane", "q.priority, q.lane, q.domains, q.tools, q.requires")
            .replace("$queued", "q.assignee = b.assignee AND q.swarm = s.swarm AND q.state = 'QUEUED'")
            .replace("$claimable(q)", TaskRow.claimableAlone("q", "b.assignee", "s.swarm"))
            .replace("$enrolled", SessionTable.stillEnrolled("s"))
            .replace("$running", SwarmTable.running("w"))
            .replace("$claimable(o)", TaskRow.claimableAlone("o", "s.id", "s.swarm"))
            .replace("$restsNot(q)", QueueTable.restsNot("q", "s.id", "$7"))
            .replace("$restsNot(o)", QueueTable.restsNot("o", "s.id", "$7"))
            .replaceAll("\\s+", " ");

    private static final String ALL_BACKLOGS = BACKLOGS.formatted("q.swarm = s.swarm", BEST);

    private static final String ONE_BACKLOG = BACKLOGS.formatted("q.assignee = $8 AND q.swarm = s.swarm", BEST);

    private final SessionTable sessions;
    private final ClaimHolds holds;
    private final TaskTable tasks;
    private final ClaimTransaction claims;
    private final LeaseTransaction leases;
    private final CoordinatorConfig config;

    public Handovers(
            SessionTable sessions,
            ClaimHolds holds,
            TaskTable tasks,
            ClaimTransaction claims,
            LeaseTransaction leases,
            CoordinatorConfig config) {
        this.sessions = sessions;
        this.holds = holds;
        this.tasks = tasks;
        this.claims = claims;
        this.leases = leases;
        this.config = config;
    }

    /** Age at which an outcome counts half. */
    public Duration outcomeHalfLife() {
        return config.outcomeHalfLife();
    }

    /** What these sessions might take, without any lock; omits sessions that have tasks of their own. */
    public Uni<Map<String, View>> look(SqlClient client, List<String> idle, Bounds bounds) {
        return client.preparedQuery(ALL_BACKLOGS)
                .execute(parameters(idle, bounds))
                .chain(rows -> open(client, rows))
                .map(Handovers::backlogs)
                .chain(found -> found.isEmpty()
                        ? Uni.createFrom().item(Map.of())
                        : Rows.together(
                                        sessions.find(client, found.keySet()),
                                        QueueTable.outcomes(client, List.copyOf(found.keySet())),
                                        Rows.now(client))
                                .with((known, outcomes, now) -> views(found, known, outcomes, now)));
    }

    /**
     * The same for one session and one queue, with both sessions and the idle one's accounts locked. Only then, in a
     * statement of its own, is the queue counted.
     *
     * @return {@code null} if nothing is left to take
     */
    public Uni<View> lock(Work work, String idle, String busy, Bounds bounds) {
        SqlConnection connection = work.connection();
        return work.inOrder(
                        sessions.lock(work, List.of(idle, busy)),
                        holds.lock(work, List.of(idle)),
                        Lock.none(connection
                                .preparedQuery(ONE_BACKLOG)
                                .execute(parameters(List.of(idle), bounds).addString(busy))
                                .chain(rows -> open(connection, rows))),
                        Lock.none(QueueTable.outcomes(connection, List.of(idle))))
                .with((locked, purses, rows, outcomes) -> {
                    List<Backlog> backlogs = backlogs(rows).get(idle);
                    return backlogs == null
                            ? null
                            : new View(
                                    new Idle(
                                            locked.sessions().get(idle),
                                            outcomes.getOrDefault(idle, Map.of()),
                                            purses,
                                            locked.now()),
                                    backlogs);
                });
    }

    /**
     * Gives a task that is queued for {@code from} to the claim's session, and claims it. Both sessions and the
     * claimant's accounts are locked ({@link #lock}).
     *
     * @return {@code Granted}; anything else means that the transaction must be rolled back
     */
    public Uni<Answer> handOver(Work work, Claim claim, String task, String from) {
        return tasks.lock(work, List.of(task)).take().chain(locked -> {
            Task found = locked.tasks().get(task);
            if (found == null || found.state() != Task.State.QUEUED || !from.equals(found.assignee())) {
                return Uni.createFrom().item(new Answer.Nothing(true));
            }
            Claim named = new Claim(claim.session(), task, null, lease(claim), false, claim.enrolment(), claim.keep());
            return tasks.apply(work, locked, List.of(Change.stolen(found, claim.session(), locked.now())))
                    .chain(() -> claims.decide(
                            work, List.of(named), Lock.none(Uni.createFrom().voidItem())))
                    .map(List::getFirst);
        });
    }

    private Duration lease(Claim claim) {
        return claim.lease() == null ? config.lease() : claim.lease();
    }

    /** Nobody is there to work on the task: releases it at once, and counts no attempt. */
    public Uni<Void> giveBack(Task task) {
        return leases.end(new Ending.Undelivered(task.id(), task.holder(), task.epoch()), Keep.nothing())
                .replaceWithVoid();
    }

    /** The answer to a claim that finds nothing: {@code Nothing}, or why the session would get nothing at all. */
    public Uni<Answer> withNothingThere(Work work, Claim claim) {
        List<String> session = List.of(claim.session());
        return work.inOrder(
                        sessions.lock(work, session),
                        holds.lock(work, session),
                        Lock.none(QueueTable.claimants(work.connection(), session)))
                .with((locked, purses, counted) -> {
                    work.nothingWritten();
                    Map<String, Claimant> claimants = new HashMap<>();
                    locked.sessions()
                            .forEach((id, known) ->
                                    claimants.put(id, counted.get(id).of(known)));
                    Decision decision = Claiming.decide(
                                    List.of(claim),
                                    claimants,
                                    Offer.none(locked.now()),
                                    purses,
                                    Claiming.Bounds.of(config))
                            .getFirst();
                    return decision instanceof Decision.Refuse(Answer answer) ? answer : new Answer.Nothing(false);
                });
    }

    /** Makes waiters in its swarm look again if more than this many tasks are queued for the session. */
    public Uni<Void> callIfBusy(Work work, String session, int keep) {
        return work.connection()
                .preparedQuery("SELECT swarm FROM coordinator_task WHERE assignee = $1 AND state = 'QUEUED'"
                        + " GROUP BY swarm HAVING count(*) > $2")
                .execute(Tuple.of(session, keep))
                .invoke(rows -> rows.forEach(row -> work.ring("tasks:" + row.getString("swarm"))))
                .replaceWithVoid();
    }

    private Tuple parameters(Collection<String> idle, Bounds bounds) {
        return Tuple.tuple()
                .addArrayOfString(idle.toArray(String[]::new))
                .addInteger(bounds.keep())
                .addInteger(bounds.queues())
                .addDouble(bounds.minScore())
                .addLong(bounds.rest().toMillis())
                .addInteger(bounds.tasks())
                .addLong(config.releaseRest().toMillis());
    }

    private static Map<String, View> views(
            Map<String, List<Backlog>> found,
            Map<String, Session> known,
            Map<String, Map<String, Outcomes>> outcomes,
            Instant now) {
        Map<String, View> views = new HashMap<>();
        found.forEach((id, backlogs) -> views.put(
                id, new View(new Idle(known.get(id), outcomes.getOrDefault(id, Map.of()), null, now), backlogs)));
        return views;
    }

    /** Those of these tasks that no full concurrency key holds back. All of a lane have the same keys, so none hides another. */
    private static Uni<List<Row>> open(SqlClient client, RowSet<Row> rows) {
        List<Row> all = Rows.all(rows, row -> row);
        Map<String, Set<String>> keys = new HashMap<>();
        all.forEach(row -> keys.computeIfAbsent(row.getString("swarm"), _ -> new HashSet<>())
                .addAll(concurrency(row)));
        return LimitTable.glance(client, keys)
                .map(free -> all.stream()
                        .filter(row -> free.fit(row.getString("swarm"), concurrency(row)))
                        .toList());
    }

    private static List<String> concurrency(Row row) {
        String[] keys = row.getArrayOfStrings("concurrency");
        return keys == null ? List.of() : List.of(keys);
    }

    /** Rows are in the order of idle sessions, queues and tasks. */
    private static Map<String, List<Backlog>> backlogs(List<Row> rows) {
        Map<String, Map<String, Backlog>> found = new HashMap<>();
        for (Row row : rows) {
            found.computeIfAbsent(row.getString("idle"), none -> new LinkedHashMap<>())
                    .computeIfAbsent(
                            row.getString("assignee"),
                            session -> new Backlog(
                                    session,
                                    row.getInteger("n"),
                                    Priority.of(row.getInteger("least")),
                                    new ArrayList<>()))
                    .tasks()
                    .add(new Entry(
                            row.getString("id"),
                            Priority.of(row.getInteger("priority")),
                            row.getLong("seq"),
                            TaskRow.requirements(row),
                            TaskRow.money(row, "estimated_cost")));
        }
        Map<String, List<Backlog>> backlogs = new HashMap<>();
        found.forEach((idle, queues) -> backlogs.put(idle, List.copyOf(queues.values())));
        return backlogs;
    }
}
