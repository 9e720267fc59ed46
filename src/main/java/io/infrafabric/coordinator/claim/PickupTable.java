package io.infrafabric.coordinator.claim;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.bus.Due;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.session.SessionTable.Held;
import io.infrafabric.coordinator.session.SwarmTable;
import io.infrafabric.coordinator.task.Submission.NewTask;
import io.infrafabric.coordinator.task.Submission.Placed;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.TaskRow;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;

/**
 * Adds a task as already claimed, for a waiting claim: the usual case in an idle swarm, in two statements instead of
 * ten. The statement grants only what needs no rule ({@link Claiming}): the session is live and may have one more
 * lease, no queued task comes first for it, and no breaker prevents a hold of nothing. If it grants nothing, it has
 * changed nothing.
 */
@ApplicationScoped
public class PickupTable {
    // What is read here about others than the session may change until the commit, as if it had changed afterwards: a
    // swarm is paused, a task is queued, a breaker opens. The session's leases must not; hence its lock. Without its
    // layout it is short enough to stay prepared (2,047 characters by default in Vert.x).
    private static final String PICKUP = TaskRow.addingPlain("""
            WITH claimant AS MATERIALIZED (
              SELECT s.id, s.swarm FROM coordinator_session s JOIN coordinator_swarm w ON w.id = s.swarm
               WHERE s.id = $+2 AND s.swarm = $2 AND s.state = 'LIVE' AND $+5::bigint IN (0, s.enrolment)
                 AND %s AND s.max_tasks > %s
                 AND NOT coordinator_queued($2)
                 AND NOT EXISTS (SELECT FROM coordinator_task q WHERE %s)
                 AND %s),
            added AS (
              INSERT INTO coordinator_task ($names, submitted_by, state, holder, lease_until, epoch, version)
              SELECT $values, $+1, 'CLAIMED', c.id, now() + $+3::bigint * interval '1 millisecond', 1, 2
                FROM claimant c
              ON CONFLICT (id) DO NOTHING
              RETURNING *),
            history AS (
              INSERT INTO coordinator_history (task, version, what, by, session, state, epoch, attempts)
              SELECT id, 1, 'submitted', submitted_by, NULL, 'QUEUED', 0, 0 FROM added
              UNION ALL SELECT id, 2, 'claimed', holder, holder, state, epoch, 0 FROM added),
            hold AS (%s),
            due AS (%s)
            SELECT seq, created_at, coordinator_holding($+2) AS holding FROM added
            """.formatted(
                            SwarmTable.running("w"),
                            TaskRow.leases("$+2"),
                            TaskRow.claimableAlone("q", "$+2", "$2"),
                            ClaimHolds.mayHoldNothing("s.id"),
                            ClaimHolds.holdNothing("$+4", "added", "holder", "id", "epoch"),
                            Due.at("added", "'coordinator'", "'lease:' || id", "lease_until")))
            .replaceAll("\\s+", " ")
            .strip();

    /** A task that was added and claimed at once: as submitted, and as claimed. */
    public record Pickup(Task submitted, Task claimed, String hold, List<Held> holding) {}

    private final SessionTable sessions;
    private final ClaimHolds holds;

    PickupTable(SessionTable sessions, ClaimHolds holds) {
        this.sessions = sessions;
        this.holds = holds;
    }

    /** Whether the statement suffices: no money must be held, and the claim gives no score. */
    static boolean isSimple(NewTask task, Claim claim) {
        return claim.isPlain() && task.specification().dispatch().needsNoMoney() && TaskRow.isPlain(task);
    }

    /**
     * Adds a task that stands alone and gives it to this claim. {@code null} if a rule must decide, or the task is not
     * new; then nothing was written. The caller emits the events.
     *
     * @param by who submits it
     */
    public Uni<Pickup> pickup(Work work, NewTask task, String by, Claim claim) {
        if (!isSimple(task, claim)) {
            return Uni.createFrom().nullItem();
        }
        SqlConnection connection = work.connection();
        String hold = holds.newId();
        // Sent without waiting: leases are counted in a statement after the lock.
        work.alongside(sessions.lock(work, List.of(claim.session())).take());
        return connection
                .preparedQuery(PICKUP)
                .execute(row(task, by, claim, hold))
                .map(rows -> {
                    if (rows.size() == 0) {
                        return null;
                    }
                    Row row = rows.iterator().next();
                    LeaseTable.keep(work, claim, task.specification().id());
                    Task submitted = Placed.alone(task).added(by, row.getLong("seq"), Rows.instant(row, "created_at"));
                    Instant now = submitted.origin().createdAt();
                    return new Pickup(
                            submitted,
                            submitted.claimedBy(claim.session(), now.plus(claim.lease()), now),
                            hold,
                            SessionTable.held(row.getString("holding")));
                });
    }

    private static Tuple row(NewTask task, String by, Claim claim, String hold) {
        return TaskRow.values(task)
                .addString(by)
                .addString(claim.session())
                .addLong(claim.lease().toMillis())
                .addString(hold)
                .addLong(claim.enrolment());
    }
}
