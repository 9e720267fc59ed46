package io.infrafabric.coordinator.transaction;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.budget.Purses;
import io.infrafabric.bus.Due;
import io.infrafabric.bus.Subscriptions;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionInbox.Notice;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.event.BudgetEvent.BreakerOpened;
import io.infrafabric.event.BudgetEvent.BudgetWarned;
import io.infrafabric.event.CoordinatorEvent.SessionReadied;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Handles sessions whose money runs out: notifies them and, when their breaker has been open for a while, opens tasks
 * queued for them alone to everybody. The sessions of all events of a transaction are locked before any of this is
 * called.
 */
@ApplicationScoped
public class StoppedTransaction {
    private final SessionTable sessions;
    private final ClaimHolds holds;
    private final SessionInbox inboxes;
    private final DepartureTransaction departures;
    private final Due due;
    private final Subscriptions subscriptions;
    private final CoordinatorConfig config;

    StoppedTransaction(
            SessionTable sessions,
            ClaimHolds holds,
            SessionInbox inboxes,
            DepartureTransaction departures,
            Due due,
            Subscriptions subscriptions,
            CoordinatorConfig config) {
        this.sessions = sessions;
        this.holds = holds;
        this.inboxes = inboxes;
        this.departures = departures;
        this.due = due;
        this.subscriptions = subscriptions;
        this.config = config;
    }

    /** Notifies the session that most of its money is spent. */
    public Uni<Void> warned(Work work, BudgetWarned warned) {
        JsonObject data = figures(warned.spent(), warned.limit());
        return tell(
                work,
                "budgetWarned",
                warned.account(),
                data.put("day", warned.day().toString()));
    }

    /**
     * Notifies the session that its breaker is open, and schedules a look at its tasks for when that has lasted a
     * while.
     */
    public Uni<Void> opened(Work work, BreakerOpened opened) {
        String session = Purses.sessionOf(opened.account());
        if (session == null) {
            return Uni.createFrom().voidItem();
        }
        JsonObject data = figures(opened.spent(), opened.limit())
                .put("reason", opened.reason().name());
        return sessions.lock(work, List.of(session)).take().chain(locked -> {
            if (locked.sessions().isEmpty()) {
                return Uni.createFrom().voidItem();
            }
            Map<String, Instant> later =
                    Map.of("stopped:" + session, locked.now().plus(config.unassignStoppedAfter()));
            return tell(work, "breakerOpened", opened.account(), data)
                    .chain(() -> due.at(work.connection(), "coordinator", later));
        });
    }

    /** Makes waiters in the account's swarm, and its session, look again. */
    public Uni<Void> mayTry(Work work, String account, String swarm) {
        String session = Purses.sessionOf(account);
        if (swarm != null) {
            work.ring("tasks:" + swarm);
        }
        if (session != null) {
            work.ring("assigned:" + session);
        }
        return Uni.createFrom().voidItem();
    }

    /** The breaker is closed: in every swarm below it sessions may take tasks again. */
    public Uni<Void> closed(Work work, String account, String swarm) {
        String session = Purses.sessionOf(account);
        Uni<Void> forgotten = session == null
                ? Uni.createFrom().voidItem()
                : due.forget(work.connection(), "coordinator", List.of("stopped:" + session));
        Set<String> below = session != null && swarm != null ? Set.of(swarm) : subscriptions.watched();
        below.forEach(one -> work.emit(new SessionReadied(session, one), Trace.NONE));
        return forgotten.chain(() -> mayTry(work, account, swarm));
    }

    /** The breaker was opened a while ago: if it still stops the session, its queued tasks lose their assignee. */
    public Uni<Void> stillStopped(Work work, String session) {
        return holds.lock(work, List.of(session))
                .take()
                .chain(purses -> purses.stopped(session)
                        ? departures.unassign(work, session)
                        : Uni.createFrom().voidItem());
    }

    private Uni<Void> tell(Work work, String type, String account, JsonObject data) {
        String session = Purses.sessionOf(account);
        return session == null
                ? Uni.createFrom().voidItem()
                : inboxes.tell(work, List.of(new Notice(type, session, "account:" + account, data.encode())));
    }

    private static JsonObject figures(BigDecimal spent, BigDecimal limit) {
        return new JsonObject().put("spent", spent).put("limit", limit);
    }
}
