package io.infrafabric.coordinator.task;

import io.infrafabric.bus.Due;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.RunAgain;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionInbox.Notice;
import io.infrafabric.coordinator.task.Submission.Placed;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.event.RelationEvent.ClaimDisputed;
import io.infrafabric.event.RelationEvent.ClaimSettled;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The claims that tasks rest on. A disputed claim holds its tasks back like an open dependency: queued tasks are held
 * back; claimed ones go on, and their holders get a notice. The coordinator keeps its own copy of the disputed claims,
 * from relation's events. Claims of other swarms do not count, and hold nothing back.
 *
 * <p>A claim has an advisory lock, one of the turns of {@link Locks}. Submits that name the claim share it; events
 * about the claim take it exclusively. So a task that is submitted while a dispute begins is not overlooked.
 */
@ApplicationScoped
public class BasisTable {
    private static final String LOCK =
            " FROM (SELECT DISTINCT hashtextextended('coordinator.basis:' || claim, 0) AS key FROM unnest($1::text[]) AS n(claim)"
                    + " ORDER BY 1) n";

    // A left join for each claim: the index finds the rows to turn, and others are not looked at.
    private static final String RESTING = """
            SELECT b.claim, b.task, t.holder, d.claim IS NOT NULL AS disputed, d.standing
              FROM unnest($1::text[]) AS n(claim) LEFT JOIN coordinator_disputed d ON d.claim = n.claim
              JOIN coordinator_basis b ON b.claim = n.claim AND b.disputed = (d.claim IS NULL)
              JOIN coordinator_task t ON t.id = b.task AND t.state <> 'DONE' AND t.swarm = coalesce(d.swarm, t.swarm) LIMIT $2
            """;

    private static final String TURN = """
            UPDATE coordinator_basis b SET disputed = $3 FROM coordinator_task t
             WHERE b.claim = $1 AND b.task = ANY($2) AND b.disputed <> $3 AND t.id = b.task AND t.state <> 'DONE'
            RETURNING b.task
            """;

    public static final String DUE = "basis:";

    private final TaskTable tasks;
    private final SessionInbox inboxes;
    private final Due due;
    private final CoordinatorConfig config;

    BasisTable(TaskTable tasks, SessionInbox inboxes, Due due, CoordinatorConfig config) {
        this.tasks = tasks;
        this.inboxes = inboxes;
        this.due = due;
        this.config = config;
    }

    /** A claim that became disputed or settled, and the tasks to update. */
    record Turned(boolean disputed, String standing, Set<String> tasks) {}

    /**
     * The proof that claims stay unchanged until the transaction ends, with the disputed ones and their swarms. Only
     * their lock makes it.
     */
    public static final class Shared {
        private final Map<String, String> disputed;

        private Shared(Map<String, String> disputed) {
            this.disputed = disputed;
        }

        public Map<String, String> disputed() {
            return disputed;
        }
    }

    /**
     * The proof that nobody else has locked some claims, with the tasks that rest on them, as many as one transaction
     * updates.
     */
    public static final class Resting {
        public static final Resting NOTHING = new Resting(Set.of(), Map.of(), Set.of(), false);

        private final Set<String> claims;
        private final Map<String, Turned> turned;
        private final Set<String> holders;
        private final boolean more;

        /**
         * @param claims all claims that are looked at
         * @param holders the holders of some of the tasks
         * @param more whether there may be more tasks than these
         */
        private Resting(Set<String> claims, Map<String, Turned> turned, Set<String> holders, boolean more) {
            this.claims = claims;
            this.turned = turned;
            this.holders = holders;
            this.more = more;
        }

        /** The holders of some of the tasks. */
        public Set<String> holders() {
            return holders;
        }

        public Set<String> tasks() {
            return turned.values().stream()
                    .flatMap(claim -> claim.tasks().stream())
                    .collect(Collectors.toSet());
        }
    }

    /** Locks claims, shared with others: no dispute begins or ends meanwhile. */
    public static Lock<Locks.Turns, Shared> share(SqlConnection connection, Collection<String> claims) {
        if (claims.isEmpty()) {
            return Lock.none(Uni.createFrom().item(new Shared(Map.of())));
        }
        Tuple named = Tuple.of(claims.toArray(String[]::new));
        return Lock.of(connection
                .preparedQuery("SELECT pg_advisory_xact_lock_shared(n.key)" + LOCK)
                .execute(named)
                .chain(() -> connection
                        .preparedQuery("SELECT claim, swarm FROM coordinator_disputed WHERE claim = ANY($1)")
                        .execute(named))
                .map(rows -> {
                    Map<String, String> disputed = new HashMap<>();
                    rows.forEach(row -> disputed.put(row.getString(0), row.getString(1)));
                    return new Shared(disputed);
                }));
    }

    /** Records what new tasks rest on. */
    public static void write(Work work, Shared locked, List<Placed> placed) {
        List<String> of = new ArrayList<>();
        List<String> claims = new ArrayList<>();
        List<Boolean> disputed = new ArrayList<>();
        for (Placed one : placed) {
            for (String claim : one.task().basis()) {
                of.add(one.task().id());
                claims.add(claim);
                disputed.add(one.disputed().contains(claim));
            }
        }
        if (!of.isEmpty()) {
            work.alongside(work.connection()
                    .preparedQuery("INSERT INTO coordinator_basis (task, claim, disputed)"
                            + " SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[])")
                    .execute(Tuple.of(
                            of.toArray(String[]::new),
                            claims.toArray(String[]::new),
                            disputed.toArray(Boolean[]::new))));
        }
    }

    /**
     * Locks claims that events concern, records which are disputed, and gives the tasks that rest on them, to be locked
     * next.
     *
     * @param others claims with tasks left over
     */
    public Lock<Locks.Turns, Resting> lock(
            SqlConnection connection, List<ClaimDisputed> disputed, List<ClaimSettled> settled, List<String> others) {
        Set<String> claims = new HashSet<>(others);
        disputed.forEach(event -> claims.add(event.claim()));
        settled.forEach(event -> claims.add(event.claim()));
        if (claims.isEmpty()) {
            return Lock.none(Uni.createFrom().item(Resting.NOTHING));
        }
        String[] named = claims.toArray(String[]::new);
        return Lock.of(connection
                .preparedQuery("SELECT pg_advisory_xact_lock(n.key)" + LOCK)
                .execute(Tuple.of(named))
                .chain(() -> connection
                        .preparedQuery("INSERT INTO coordinator_disputed (claim, standing, swarm)"
                                + " SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING")
                        .execute(Tuple.of(
                                Rows.column(disputed, ClaimDisputed::claim, String[]::new),
                                Rows.column(disputed, ClaimDisputed::standing, String[]::new),
                                Rows.column(disputed, ClaimDisputed::swarm, String[]::new))))
                .chain(() -> connection
                        .preparedQuery("DELETE FROM coordinator_disputed WHERE claim = ANY($1)")
                        .execute(Tuple.of((Object) Rows.column(settled, ClaimSettled::claim, String[]::new))))
                .chain(() -> connection.preparedQuery(RESTING).execute(Tuple.of(named, config.basisBatch())))
                .map(rows -> resting(claims, rows)));
    }

    private Resting resting(Set<String> claims, RowSet<Row> rows) {
        Map<String, Turned> turned = new TreeMap<>();
        Set<String> holders = new HashSet<>();
        for (Row row : rows) {
            turned.computeIfAbsent(
                            row.getString("claim"),
                            claim -> new Turned(row.getBoolean("disputed"), row.getString("standing"), new HashSet<>()))
                    .tasks()
                    .add(row.getString("task"));
            if (row.getString("holder") != null) {
                holders.add(row.getString("holder"));
            }
        }
        return new Resting(claims, turned, holders, rows.size() >= config.basisBatch());
    }

    /** Updates all these tasks, and lets the next transaction go on if there may be more. Everything is locked. */
    public Uni<Void> turn(Work work, Resting resting) {
        Uni<Void> turned = Uni.createFrom().voidItem();
        for (Map.Entry<String, Turned> one : resting.turned.entrySet()) {
            turned = turned.chain(() -> turn(work, one.getKey(), one.getValue(), resting.holders));
        }
        return resting.more ? turned.chain(() -> goOn(work, resting.claims)) : turned;
    }

    private Uni<Void> goOn(Work work, Set<String> claims) {
        return Rows.now(work.connection())
                .chain(now -> due.at(
                        work.connection(),
                        "coordinator",
                        claims.stream().collect(Collectors.toMap(claim -> DUE + claim, claim -> now))));
    }

    private Uni<Void> turn(Work work, String claim, Turned now, Set<String> lockedHolders) {
        return work.connection()
                .preparedQuery(TURN)
                .execute(Tuple.of(claim, now.tasks().toArray(String[]::new), now.disputed()))
                .chain(rows -> tasks.lock(work, Rows.all(rows, row -> row.getString(0)))
                        .take())
                .chain(locked -> count(work, locked, now.disputed() ? 1 : -1)
                        .chain(() -> now.disputed()
                                ? holdBack(work, claim, now.standing(), locked, lockedHolders)
                                : letGo(work, locked)));
    }

    /** If a session has claimed one of them in the meantime, it is not locked, and the transaction runs again. */
    private Uni<Void> holdBack(
            Work work, String claim, String standing, TaskTable.Locked locked, Set<String> lockedHolders) {
        List<Change> heldBack = new ArrayList<>();
        List<Notice> notices = new ArrayList<>();
        String data =
                new JsonObject().put("claim", claim).put("standing", standing).encode();
        for (Task task : locked.tasks().values()) {
            if (task.state() == State.QUEUED) {
                heldBack.add(Change.heldBack(task, claim, locked.now()));
            } else if (task.state().isHeld()) {
                if (!lockedHolders.contains(task.holder())) {
                    throw new RunAgain("claimed by " + task.holder());
                }
                notices.add(new Notice("claimDisputed", task.holder(), "task:" + task.id(), data));
            }
        }
        return tasks.apply(work, locked, heldBack).chain(() -> inboxes.tell(work, notices));
    }

    /** Opens those tasks that nothing else blocks. */
    private Uni<Void> letGo(Work work, TaskTable.Locked locked) {
        return tasks.apply(
                work,
                locked,
                locked.tasks().values().stream()
                        .filter(task ->
                                task.state() == State.WAITING && task.links().open() == 1)
                        .map(task -> Change.unblocked(task, locked.now()))
                        .toList());
    }

    private static Uni<Void> count(Work work, TaskTable.Locked locked, int sign) {
        if (locked.tasks().isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        Map<String, Integer> once = new HashMap<>();
        locked.tasks().keySet().forEach(task -> once.put(task, 1));
        return TaskTable.count(work, locked, once, sign);
    }
}
