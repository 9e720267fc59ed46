package io.infrafabric.coordinator.published;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.bus.Rows;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Once.Asked;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.claim.Claiming.Answer;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.claim.Ending;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.session.SessionTable.Held;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.transaction.ClaimTransaction;
import io.infrafabric.coordinator.transaction.LeaseTransaction;
import io.infrafabric.coordinator.transaction.PresenceTransaction;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** What the gateway asks and does for an agent that speaks through its client: where it stands, its next task, its end. */
@ApplicationScoped
public class AgentSessions {
    private static final String STAND =
            "SELECT s.swarm, coordinator_holding(s.id) AS holding, " + ClaimHolds.mayHoldNothing("s.id")
                    + " AS may_work, now() AS now FROM coordinator_session s WHERE s.id = $1";

    /**
     * Where a session stands.
     *
     * @param mayWork whether no breaker stops it
     * @param now the database's time
     */
    public record Stand(String session, String swarm, List<Held> leases, boolean mayWork, Instant now) {}

    /** A task that was granted. */
    public record Next(String id, String title) {}

    private final Pool pool;
    private final Presence presence;
    private final PresenceTransaction calls;
    private final ClaimTransaction claims;
    private final LeaseTransaction leases;
    private final CoordinatorConfig config;

    AgentSessions(
            Pool pool,
            Presence presence,
            PresenceTransaction calls,
            ClaimTransaction claims,
            LeaseTransaction leases,
            CoordinatorConfig config) {
        this.pool = pool;
        this.presence = presence;
        this.calls = calls;
        this.claims = claims;
        this.leases = leases;
        this.config = config;
    }

    /** Where the session stands; a {@link Problem} if there is none. */
    public Uni<Stand> stand(String session) {
        return pool.preparedQuery(STAND).execute(Tuple.of(session)).map(rows -> {
            if (rows.size() == 0) {
                throw Problem.unknownSession(session);
            }
            Row row = rows.iterator().next();
            return new Stand(
                    session,
                    row.getString("swarm"),
                    SessionTable.held(row.getString("holding")),
                    row.getBoolean("may_work"),
                    Rows.instant(row, "now"));
        });
    }

    /** Notes a call of the session. */
    public void heard(String session) {
        presence.heard(session);
    }

    /** Writes a call of the session at once: a lost one is live again. */
    public Uni<Void> heardNow(String session) {
        return calls.heard(List.of(session));
    }

    /**
     * Gives these leases of the session back; no attempt is counted. What it has handed in is checked all the same, and what has
     * ended meanwhile, or was granted anew, stays as it is.
     */
    public Uni<Void> release(Caller caller, List<Held> held) {
        Uni<Void> released = Uni.createFrom().voidItem();
        for (Held one : held) {
            if (one.expiresAt() != null) {
                released = released.chain(() -> release(caller, one.task(), one.epoch()));
            }
        }
        return released;
    }

    private Uni<Void> release(Caller caller, String task, long epoch) {
        return leases.end(new Ending.Release(task, caller.subject(), caller.swarm(), epoch), Keep.nothing())
                .replaceWithVoid();
    }

    /**
     * Claims a task for the session, with a lease that its calls renew; {@code null} if it gets none, for whatever reason. If
     * nobody listens any more when it is granted, it is given back.
     */
    public Uni<Next> claimNext(Caller caller) {
        AtomicBoolean gone = new AtomicBoolean();
        Claim claim = new Claim(caller.subject(), null, null, config.lease(), true, caller.enrolment(), true);
        Uni<Next> next = claims.claim(new Asked<>(claim, Keep.nothing()))
                .map(AgentSessions::granted)
                .call(task -> task != null && gone.get()
                        ? release(caller, task.id(), task.epoch())
                        : Uni.createFrom().voidItem())
                .map(task -> task == null
                        ? null
                        : new Next(task.id(), task.specification().title()));
        // A claim that is cancelled during its commit would leave a lease that nobody knows of.
        return Uni.createFrom().<Next>emitter(waiter -> {
            waiter.onTermination(() -> gone.set(true));
            next.subscribe().with(waiter::complete, waiter::fail);
        });
    }

    private static Task granted(Reply<Answer> reply) {
        return Answer.granted(reply.now());
    }
}
