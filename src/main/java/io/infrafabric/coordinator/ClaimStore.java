package io.infrafabric.coordinator;

import io.infrafabric.bus.Due;
import io.infrafabric.bus.GroupCommit;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.Claiming.Answer;
import io.infrafabric.coordinator.Claiming.Claim;
import io.infrafabric.coordinator.Claiming.Claimant;
import io.infrafabric.coordinator.Claiming.Decision;
import io.infrafabric.coordinator.Claiming.Offer;
import io.infrafabric.coordinator.Match.Outcomes;
import io.infrafabric.door.Once;
import io.infrafabric.door.Once.Reply;
import io.infrafabric.event.CoordinatorEvent.TaskClaimed;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Grants leases. Claims that are in flight at the same time are decided and committed together. */
@ApplicationScoped
public class ClaimStore {
    /** How often a claim that found nothing is tried again at once, while others are taking what is queued. */
    private static final int RACES = 5;

    private static final String CLAIMANTS = """
            SELECT s.id, w.paused, w.paused_reason,
                   (SELECT count(*)::int FROM coordinator_task t WHERE t.holder = s.id AND t.state = 'CLAIMED') AS leases
              FROM coordinator_session s JOIN coordinator_swarm w ON w.id = s.swarm
             WHERE s.id = ANY($1)
            """;

    // Own tasks first; the rows are locked, those that others are taking are passed over.
    private static final String ASSIGNED = "SELECT" + TaskRow.COLUMNS + """
              FROM unnest($1::text[]) AS s(id), LATERAL (
                SELECT * FROM coordinator_task q
                 WHERE q.assignee = s.id AND q.state = 'QUEUED' AND q.not_before <= now()
                 ORDER BY q.priority, q.seq LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED) t
            """;

    private static final String UNASSIGNED = "SELECT" + TaskRow.COLUMNS + """
              FROM (SELECT s.swarm, count(*)::int AS n FROM coordinator_session s
                      JOIN coordinator_swarm w ON w.id = s.swarm AND NOT w.paused
                     WHERE s.id = ANY($1) AND s.state <> 'LEFT' AND s.max_tasks >
                           (SELECT count(*) FROM coordinator_task h WHERE h.holder = s.id AND h.state = 'CLAIMED')
                     GROUP BY s.swarm) w, LATERAL (
                SELECT * FROM coordinator_task q
                 WHERE q.swarm = w.swarm AND q.state = 'QUEUED' AND q.assignee IS NULL AND q.not_before <= now()
                 ORDER BY q.priority, q.seq LIMIT w.n FOR NO KEY UPDATE SKIP LOCKED) t
            """;

    // With a least score many tasks are looked at and few are taken, so none is locked: the write decides.
    private static final String LOOKAHEAD = "SELECT" + TaskRow.COLUMNS + """
              FROM (SELECT DISTINCT swarm FROM coordinator_session WHERE id = ANY($1)) w, LATERAL (
                SELECT * FROM coordinator_task q
                 WHERE q.swarm = w.swarm AND q.state = 'QUEUED' AND q.assignee IS NULL AND q.not_before <= now()
                 ORDER BY q.priority, q.seq LIMIT $2) t
            """;

    // The guard: of all who want a task, the one whose statement finds it QUEUED has it. Nobody else's row is affected.
    private static final String GRANT = """
            WITH granted AS (
              UPDATE coordinator_task t
                 SET state = 'CLAIMED', holder = i.session, lease_until = now() + i.millis * interval '1 millisecond',
                     epoch = t.epoch + 1, version = t.version + 1, changed_at = now()
                FROM unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[]) AS i(id, session, millis, again)
               WHERE t.id = i.id
                 AND CASE WHEN i.again THEN t.state = 'CLAIMED' AND t.holder = i.session
                          ELSE t.state = 'QUEUED' AND (t.assignee IS NULL OR t.assignee = i.session) END
              RETURNING t.id, t.epoch, t.version, t.holder, t.attempts, i.again),
            history AS (
              INSERT INTO coordinator_history (task, version, what, by, session, state, epoch, ended, attempts)
              SELECT id, version, 'claimed', holder, holder, 'CLAIMED', epoch, CASE WHEN again THEN epoch - 1 END, attempts
                FROM granted)
            """;

    private static final String GRANT_SOME = GRANT + "SELECT id FROM granted";

    /** For tasks under lock, of which each is granted: nobody waits for the answer, and one too few is an error. */
    private static final String GRANT_ALL = GRANT + "SELECT 1 / (count(*) = $5)::int FROM granted";

    private final Transactions transactions;
    private final Pool pool;
    private final Once once;
    private final SessionStore sessions;
    private final Due due;
    private final Answers answers;
    private final CoordinatorConfig config;
    private final GroupCommit<Claim, Reply<Answer>> claims;
    private final WaitingRoom room;

    public ClaimStore(
            Transactions transactions,
            Pool pool,
            Once once,
            SessionStore sessions,
            Due due,
            Answers answers,
            CoordinatorConfig config) {
        this.transactions = transactions;
        this.pool = pool;
        this.once = once;
        this.sessions = sessions;
        this.due = due;
        this.answers = answers;
        this.config = config;
        this.claims = new GroupCommit<>(
                "claim",
                new GroupCommit.Bounds(config.commitBatch(), config.commitQueue(), config.commitParallel()),
                Claim::session,
                this::commit);
        this.room = new WaitingRoom(this::claim, Infrastructure.getDefaultWorkerPool(), config.maxWaiting());
    }

    /** Where claims of this process wait that have found nothing. */
    WaitingRoom room() {
        return room;
    }

    /** Grants a lease, or says why not. Never waits for work to come. */
    public Uni<Reply<Answer>> claim(Claim claim) {
        return claim(claim, RACES);
    }

    private Uni<Reply<Answer>> claim(Claim claim, int races) {
        return claims.submit(claim)
                .chain(reply ->
                        races > 0 && reply instanceof Reply.Now<Answer>(Answer.Nothing nothing) && nothing.raced()
                                ? claim(claim, races - 1)
                                : Uni.createFrom().item(reply));
    }

    private static final String CLAIMABLE = "SELECT s.swarm FROM unnest($1::text[]) AS s(swarm) WHERE EXISTS (SELECT 1"
            + " FROM coordinator_task q WHERE q.swarm = s.swarm AND q.state = 'QUEUED' AND q.assignee IS NULL"
            + " AND q.not_before <= now())";

    /** Which of these swarms have something that an unassigned claim could get. */
    Uni<Set<String>> claimable(Collection<String> swarms) {
        return pool.preparedQuery(CLAIMABLE)
                .execute(Tuple.of(swarms.toArray(String[]::new)))
                .map(ClaimStore::names);
    }

    /** Which of these sessions have something that only they could get. */
    Uni<Set<String>> assigned(Collection<String> waiting) {
        return pool.preparedQuery("SELECT s.id FROM unnest($1::text[]) AS s(id) WHERE EXISTS (SELECT 1"
                        + " FROM coordinator_task q WHERE q.assignee = s.id AND q.state = 'QUEUED'"
                        + " AND q.not_before <= now())")
                .execute(Tuple.of(waiting.toArray(String[]::new)))
                .map(ClaimStore::names);
    }

    private static Set<String> names(RowSet<Row> rows) {
        return new HashSet<>(TaskRow.all(rows, row -> row.getString(0)));
    }

    private Uni<List<Reply<Answer>>> commit(List<Claim> batch) {
        return transactions.run(work -> claim(work, batch, Uni.createFrom().voidItem())
                .invoke(replies -> {
                    if (replies.stream().noneMatch(ClaimStore::isGrant)) {
                        work.nothingWritten();
                    }
                }));
    }

    /** Whether it is a lease that was granted just now. */
    static boolean isGrant(Reply<Answer> reply) {
        return reply instanceof Reply.Now<Answer>(Answer.Granted ignored);
    }

    /**
     * Decides on claims of different sessions in a transaction that is under way.
     *
     * @param added adds tasks that may be granted: sent when the sessions are locked (lock order), before the queue is read
     */
    Uni<List<Reply<Answer>>> claim(Work work, List<Claim> batch, Uni<?> added) {
        return once.run(work.connection(), batch, fresh -> decide(work, fresh, added), answers::toKeep);
    }

    private Uni<List<Answer>> decide(Work work, List<Claim> batch, Uni<?> added) {
        SqlConnection connection = work.connection();
        List<String> all = batch.stream().map(Claim::session).toList();
        List<String> any = batch.stream()
                .filter(c -> c.taskId() == null)
                .map(Claim::session)
                .toList();
        List<String> plain =
                batch.stream().filter(Claim::isPlain).map(Claim::session).toList();
        List<String> picky = batch.stream()
                .filter(c -> c.minScore() != null)
                .map(Claim::session)
                .toList();
        List<String> named = batch.stream()
                .map(Claim::taskId)
                .filter(id -> id != null)
                .distinct()
                .toList();
        // Sent in this order without waiting: sessions are locked before tasks, and counted in a later statement.
        return Uni.combine()
                .all()
                .unis(
                        sessions.lock(connection, all),
                        added,
                        claimants(connection, all),
                        tasks(connection, named, TaskStore.LOCK, Tuple.of(array(named))),
                        tasks(
                                connection,
                                any,
                                ASSIGNED,
                                Tuple.of(array(any), picky.isEmpty() ? 1 : config.claimLookahead())),
                        tasks(connection, plain, UNASSIGNED, Tuple.of(array(plain))),
                        tasks(connection, picky, LOOKAHEAD, Tuple.of(array(picky), config.claimLookahead())),
                        outcomes(connection, picky))
                .with((locked, ignored, counts, byName, assigned, unassigned, looked, outcomes) -> {
                    Map<String, Claimant> claimants = new HashMap<>();
                    locked.sessions()
                            .forEach((id, session) ->
                                    claimants.put(id, counts.get(id).of(session)));
                    Offer offer = Offer.of(assigned, unassigned, looked, byName, outcomes, locked.now());
                    return write(
                            work,
                            batch,
                            claimants,
                            Claiming.decide(batch, claimants, offer, config.outcomeHalfLife()),
                            locked.now());
                })
                .flatMap(answered -> answered);
    }

    private record Counted(boolean paused, String reason, int leases) {
        Claimant of(Session session) {
            return new Claimant(session, leases, paused, reason);
        }
    }

    private static Uni<Map<String, Counted>> claimants(SqlConnection connection, List<String> ids) {
        return connection.preparedQuery(CLAIMANTS).execute(Tuple.of(array(ids))).map(rows -> {
            Map<String, Counted> counts = new HashMap<>();
            rows.forEach(row -> counts.put(
                    row.getString("id"),
                    new Counted(row.getBoolean("paused"), row.getString("paused_reason"), row.getInteger("leases"))));
            return counts;
        });
    }

    private static Uni<List<Task>> tasks(SqlConnection connection, List<String> wanted, String sql, Tuple parameters) {
        return wanted.isEmpty()
                ? Uni.createFrom().item(List.of())
                : connection.preparedQuery(sql).execute(parameters).map(rows -> TaskRow.all(rows, TaskRow::task));
    }

    private static Uni<Map<String, Map<String, Outcomes>>> outcomes(SqlConnection connection, List<String> sessions) {
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
                                            TaskRow.instant(row, "at"))));
                    return outcomes;
                });
    }

    private Uni<List<Answer>> write(
            Work work, List<Claim> batch, Map<String, Claimant> claimants, List<Decision> decisions, Instant now) {
        List<Decision.Grant> grants = decisions.stream()
                .filter(Decision.Grant.class::isInstance)
                .map(Decision.Grant.class::cast)
                .toList();
        return granted(work, grants, now).chain(granted -> {
            granted.values().forEach(task -> tell(work, task));
            work.alongside(due.at(work.connection(), "coordinator", leaseEnds(granted.values())));
            return sessions.revive(work, lost(claimants, granted.values()))
                    .chain(() -> raced(work, claimants, decisions))
                    .map(raced -> answers(batch, decisions, granted, claimants, raced));
        });
    }

    /** Grants; what only was looked at, and not locked, may have gone to another meanwhile. */
    private static Uni<Map<String, Task>> granted(Work work, List<Decision.Grant> grants, Instant now) {
        if (grants.isEmpty()) {
            return Uni.createFrom().item(Map.of());
        }
        Map<String, Task> granted = new HashMap<>();
        grants.forEach(grant -> granted.put(
                grant.task().id(),
                grant.task()
                        .claimedBy(
                                grant.claim().session(), now.plus(grant.claim().lease()), now)));
        Tuple rows = Tuple.of(
                TaskRow.column(grants, g -> g.task().id(), String[]::new),
                TaskRow.column(grants, g -> g.claim().session(), String[]::new),
                TaskRow.column(grants, g -> g.claim().lease().toMillis(), Long[]::new),
                TaskRow.column(grants, Decision.Grant::again, Boolean[]::new));
        if (grants.stream().allMatch(grant -> grant.claim().minScore() == null)) {
            work.alongside(work.connection().preparedQuery(GRANT_ALL).execute(rows.addInteger(grants.size())));
            return Uni.createFrom().item(granted);
        }
        return work.connection().preparedQuery(GRANT_SOME).execute(rows).map(written -> {
            granted.keySet().retainAll(names(written));
            return granted;
        });
    }

    private static void tell(Work work, Task task) {
        work.emit(
                new TaskClaimed(
                        task.id(), task.swarm(), task.holder(), task.epoch(), task.leaseExpiresAt(), task.version()),
                new Trace(null, task.traceToken()));
    }

    private static Map<String, Instant> leaseEnds(Collection<Task> granted) {
        Map<String, Instant> ends = new HashMap<>();
        granted.forEach(task -> ends.put("lease:" + task.id(), task.leaseExpiresAt()));
        return ends;
    }

    private static List<Session> lost(Map<String, Claimant> claimants, Collection<Task> granted) {
        return granted.stream()
                .map(task -> claimants.get(task.holder()).session())
                .filter(session -> session.state() == Session.State.LOST)
                .distinct()
                .toList();
    }

    /** Swarms in which a plain claim found nothing although something is queued: others have it locked just now. */
    private static Uni<Set<String>> raced(Work work, Map<String, Claimant> claimants, List<Decision> decisions) {
        boolean nothing = decisions.stream().anyMatch(d -> d instanceof Decision.Refuse(Answer.Nothing ignored));
        if (!nothing) {
            return Uni.createFrom().item(Set.of());
        }
        String[] swarms = claimants.values().stream()
                .map(claimant -> claimant.session().swarm())
                .distinct()
                .toArray(String[]::new);
        return work.connection()
                .preparedQuery(CLAIMABLE)
                .execute(Tuple.of(swarms))
                .map(ClaimStore::names);
    }

    private static List<Answer> answers(
            List<Claim> batch,
            List<Decision> decisions,
            Map<String, Task> granted,
            Map<String, Claimant> claimants,
            Set<String> raced) {
        List<Answer> answers = new ArrayList<>(decisions.size());
        for (int i = 0; i < decisions.size(); i++) {
            Claim claim = batch.get(i);
            answers.add(
                    switch (decisions.get(i)) {
                        case Decision.Refuse(Answer.Nothing ignored) ->
                            new Answer.Nothing(claim.isPlain()
                                    && raced.contains(claimants
                                            .get(claim.session())
                                            .session()
                                            .swarm()));
                        case Decision.Refuse refuse -> refuse.answer();
                        case Decision.Grant grant -> {
                            Task task = granted.get(grant.task().id());
                            yield task != null
                                            && task.holder()
                                                    .equals(grant.claim().session())
                                    ? new Answer.Granted(task)
                                    : new Answer.Nothing(true);
                        }
                    });
        }
        return answers;
    }

    private static String[] array(List<String> list) {
        return list.toArray(String[]::new);
    }
}
