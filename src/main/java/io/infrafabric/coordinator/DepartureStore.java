package io.infrafabric.coordinator;

import io.infrafabric.bus.Due;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.Change.What;
import io.infrafabric.coordinator.Session.State;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.Event;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** How sessions go: by falling silent, or by leaving. Both end their leases in the same transaction. */
@ApplicationScoped
public class DepartureStore {
    private final Transactions transactions;
    private final SessionStore sessions;
    private final LeaseStore leases;
    private final TaskStore tasks;
    private final Due due;

    public DepartureStore(
            Transactions transactions, SessionStore sessions, LeaseStore leases, TaskStore tasks, Due due) {
        this.transactions = transactions;
        this.sessions = sessions;
        this.leases = leases;
        this.tasks = tasks;
        this.due = due;
    }

    /** The session's time to be heard of is over: it is lost, unless it was heard of meanwhile. */
    Uni<Void> silent(Work work, String id) {
        return sessions.lock(work.connection(), List.of(id)).chain(locked -> {
            Session session = locked.sessions().get(id);
            if (session == null || session.state() != State.LIVE) {
                return Uni.createFrom().voidItem();
            }
            Instant until = session.lastSeen().plusMillis(session.heartbeatSeconds() * SessionStore.GRACE_MILLIS);
            return until.isAfter(locked.now())
                    ? due.at(work.connection(), "coordinator", Map.of("silence:" + id, until))
                    : depart(
                            work,
                            session,
                            State.LOST,
                            What.SESSION_LOST,
                            "fabric",
                            new CoordinatorEvent.SessionLost(id, session.swarm(), session.version() + 1));
        });
    }

    /** The session leaves: everything is released, no attempt counted. {@code null} if there is no such session. */
    public Uni<Session> leave(String id, String by) {
        return transactions.run(work -> sessions.lock(work.connection(), List.of(id))
                .chain(locked -> {
                    Session session = locked.sessions().get(id);
                    if (session == null || session.state() == State.LEFT) {
                        return Uni.createFrom().item(session);
                    }
                    return depart(
                                    work,
                                    session,
                                    State.LEFT,
                                    What.RELEASED,
                                    by,
                                    new CoordinatorEvent.SessionLeft(id, session.swarm(), session.version() + 1))
                            .chain(() -> due.forget(work.connection(), "coordinator", List.of("silence:" + id)))
                            .chain(() -> sessions.find(work.connection(), id));
                }));
    }

    private Uni<Void> depart(Work work, Session session, State to, What what, String by, Event event) {
        work.emit(event, Trace.NONE);
        return work.connection()
                .preparedQuery("UPDATE coordinator_session SET state = $2, version = version + 1 WHERE id = $1")
                .execute(Tuple.of(session.id(), to.name()))
                .chain(() -> leases.endAll(work, session.id(), what, by));
    }

    /** Queued tasks of an assignee that is lost, gone, or stopped for long are for everybody again (recorded). */
    Uni<Void> unassign(Work work, String session) {
        return work.connection()
                .preparedQuery("SELECT id FROM coordinator_task WHERE assignee = $1 AND state IN ('QUEUED', 'WAITING')"
                        + " ORDER BY id")
                .execute(Tuple.of(session))
                .chain(rows -> tasks.lock(work.connection(), Rows.all(rows, row -> row.getString(0))))
                .chain(locked -> tasks.apply(
                        work,
                        locked.tasks().values().stream()
                                .filter(task -> session.equals(task.assignee()))
                                .filter(task -> task.state() == Task.State.QUEUED || task.state() == Task.State.WAITING)
                                .map(task -> Change.unassigned(task, "fabric", locked.now()))
                                .toList()));
    }
}
