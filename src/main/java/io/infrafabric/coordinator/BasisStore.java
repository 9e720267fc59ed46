package io.infrafabric.coordinator;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.InboxStore.Notice;
import io.infrafabric.coordinator.Submission.Placed;
import io.infrafabric.coordinator.Task.State;
import io.infrafabric.event.RelationEvent.ClaimDisputed;
import io.infrafabric.event.RelationEvent.ClaimSettled;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonObject;
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

/**
 * What tasks rest on. A disputed claim counts among what its tasks wait for, as an open dependency does: what is queued is
 * held back, what is claimed goes on and its holder is told. Which claims are disputed is the coordinator's own copy, kept
 * by relation's events.
 *
 * <p>A claim is under an advisory lock, shared by submits that name it and taken alone by the events about it, before
 * anything else is locked: so a task that is submitted while a dispute begins is not overlooked.
 */
@ApplicationScoped
public class BasisStore {
    private static final String LOCK =
            " FROM (SELECT DISTINCT hashtextextended('coordinator.basis:' || claim, 0) AS key FROM unnest($1::text[]) AS n(claim)"
                    + " ORDER BY 1) n";

    private static final String RESTING = "SELECT b.task, t.holder FROM coordinator_basis b JOIN coordinator_task t"
            + " ON t.id = b.task AND t.state <> 'DONE' WHERE b.claim = ANY($1)";

    private final TaskStore tasks;
    private final InboxStore inboxes;

    public BasisStore(TaskStore tasks, InboxStore inboxes) {
        this.tasks = tasks;
        this.inboxes = inboxes;
    }

    /** Tasks that rest on some claims, and who holds them. */
    record Resting(Set<String> tasks, Set<String> holders) {}

    /** Those of the claims that are disputed, and stay so until the transaction has ended. */
    static Uni<Set<String>> disputed(SqlConnection connection, Collection<String> claims) {
        if (claims.isEmpty()) {
            return Uni.createFrom().item(Set.of());
        }
        Tuple named = Tuple.of(claims.toArray(String[]::new));
        return connection
                .preparedQuery("SELECT pg_advisory_xact_lock_shared(n.key)" + LOCK)
                .execute(named)
                .chain(() -> connection
                        .preparedQuery("SELECT claim FROM coordinator_disputed WHERE claim = ANY($1)")
                        .execute(named))
                .map(rows -> new HashSet<>(Rows.all(rows, row -> row.getString(0))));
    }

    /** Writes down what new tasks rest on. */
    static void write(Work work, List<Placed> placed) {
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

    /** Locks claims that events are about, and gives what rests on them, to be locked in its turn. */
    static Uni<Resting> lock(SqlConnection connection, Collection<String> claims) {
        if (claims.isEmpty()) {
            return Uni.createFrom().item(new Resting(Set.of(), Set.of()));
        }
        Tuple named = Tuple.of(claims.toArray(String[]::new));
        return connection
                .preparedQuery("SELECT pg_advisory_xact_lock(n.key)" + LOCK)
                .execute(named)
                .chain(() -> connection.preparedQuery(RESTING).execute(named))
                .map(rows -> {
                    Resting resting = new Resting(new HashSet<>(), new HashSet<>());
                    rows.forEach(row -> {
                        resting.tasks().add(row.getString("task"));
                        if (row.getString("holder") != null) {
                            resting.holders().add(row.getString("holder"));
                        }
                    });
                    return resting;
                });
    }

    /**
     * Holds back what rests on the claim. The claim, what rests on it and who holds that are under lock; one who came
     * between is not, and has the transaction run again.
     */
    Uni<Void> disputed(Work work, ClaimDisputed disputed, Set<String> lockedHolders) {
        String claim = disputed.claim();
        return work.connection()
                .preparedQuery("INSERT INTO coordinator_disputed VALUES ($1) ON CONFLICT DO NOTHING")
                .execute(Tuple.of(claim))
                .chain(() -> turn(work, claim, true))
                .chain(locked -> {
                    List<Change> heldBack = new ArrayList<>();
                    List<Notice> notices = new ArrayList<>();
                    String data = new JsonObject()
                            .put("claim", claim)
                            .put("standing", disputed.standing())
                            .encode();
                    for (Task task : locked.tasks().values()) {
                        if (task.state() == State.QUEUED) {
                            heldBack.add(Change.heldBack(task, claim, locked.now()));
                        } else if (task.state() == State.CLAIMED) {
                            if (!lockedHolders.contains(task.holder())) {
                                throw new TaskStore.Overtaken("claimed by " + task.holder());
                            }
                            notices.add(new Notice("claimDisputed", task.holder(), "task:" + task.id(), data));
                        }
                    }
                    return count(work, locked, 1)
                            .chain(() -> tasks.apply(work, heldBack))
                            .chain(() -> inboxes.tell(work, notices));
                });
    }

    /** Lets what rests on the claim go on, if nothing else is in its way. */
    Uni<Void> settled(Work work, ClaimSettled settled) {
        return work.connection()
                .preparedQuery("DELETE FROM coordinator_disputed WHERE claim = $1")
                .execute(Tuple.of(settled.claim()))
                .chain(() -> turn(work, settled.claim(), false))
                .chain(locked -> {
                    List<Change> unblocked = locked.tasks().values().stream()
                            .filter(task -> task.state() == State.WAITING && task.openDependencies() == 1)
                            .map(task -> Change.unblocked(task, locked.now()))
                            .toList();
                    return count(work, locked, -1).chain(() -> tasks.apply(work, unblocked));
                });
    }

    /** The tasks for which the claim was not so before, under lock. What is done needs no basis any more. */
    private Uni<TaskStore.Locked> turn(Work work, String claim, boolean disputed) {
        return work.connection()
                .preparedQuery("UPDATE coordinator_basis b SET disputed = $2 FROM coordinator_task t WHERE b.claim = $1"
                        + " AND b.disputed <> $2 AND t.id = b.task AND t.state <> 'DONE' RETURNING b.task")
                .execute(Tuple.of(claim, disputed))
                .chain(rows -> tasks.lock(work.connection(), Rows.all(rows, row -> row.getString(0))));
    }

    private static Uni<Void> count(Work work, TaskStore.Locked locked, int sign) {
        if (locked.tasks().isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        Map<String, Integer> once = new HashMap<>();
        locked.tasks().keySet().forEach(task -> once.put(task, 1));
        return TaskStore.count(work.connection(), once, sign);
    }
}
