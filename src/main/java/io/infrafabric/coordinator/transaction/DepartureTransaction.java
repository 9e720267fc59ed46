package io.infrafabric.coordinator.transaction;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.budget.FreeHolds;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Caller;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.session.Session.State;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.task.AssignmentTable;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.Change.What;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.TaskTable;
import io.infrafabric.door.identity.Tokens;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.Event;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Handles sessions that go, by falling silent or by leaving. Both end their leases in the same transaction, and open
 * tasks queued for them alone to everybody. Leaving also ends the enrolment: its tokens, notices, holds, and all
 * assignments in any state.
 */
@ApplicationScoped
public class DepartureTransaction {
    private final Transactions transactions;
    private final SessionTable sessions;
    private final TaskTable tasks;
    private final ClaimHolds holds;
    private final FreeHolds freeHolds;
    private final SessionInbox inboxes;
    private final Tokens tokens;

    DepartureTransaction(
            Transactions transactions,
            SessionTable sessions,
            TaskTable tasks,
            ClaimHolds holds,
            FreeHolds freeHolds,
            SessionInbox inboxes,
            Tokens tokens) {
        this.transactions = transactions;
        this.sessions = sessions;
        this.tasks = tasks;
        this.holds = holds;
        this.freeHolds = freeHolds;
        this.inboxes = inboxes;
        this.tokens = tokens;
    }

    /** The session's heartbeat time is over: it is lost, unless it has called in the meantime. */
    public Uni<Void> silent(Work work, String id) {
        return sessions.lock(work, List.of(id)).take().chain(locked -> {
            Session session = locked.sessions().get(id);
            if (session == null || session.state() != State.LIVE) {
                return Uni.createFrom().voidItem();
            }
            Instant until = session.lastSeen().plusMillis(session.heartbeatSeconds() * SessionTable.GRACE_MILLIS);
            return until.isAfter(locked.now())
                    ? sessions.expect(work, id, until)
                    : depart(
                            work,
                            locked,
                            session,
                            State.LOST,
                            What.SESSION_LOST,
                            "fabric",
                            new CoordinatorEvent.SessionLost(
                                    id, session.swarm(), session.version() + 1, session.enrolment()));
        });
    }

    /** The result of a call to leave. */
    public sealed interface Leaving {
        /** The session has left, now or before. */
        record Left(Session session) implements Leaving {}

        /** The session is out of reach. */
        record UnknownSession(String session) implements Leaving {}

        /** The caller's enrolment is over. */
        record Over() implements Leaving {}
    }

    /** The session leaves: releases everything, and counts no attempt. */
    public Uni<Leaving> leave(String id, Caller caller) {
        return transactions
                .run(work -> sessions.lock(work, List.of(id)).take().chain(locked -> {
                    Session session = locked.sessions().get(id);
                    Leaving already = withoutLeaving(id, session, caller);
                    if (already != null) {
                        work.nothingWritten();
                        return Uni.createFrom().item(already);
                    }
                    return leave(work, locked, session, caller.by())
                            .chain(() -> sessions.find(work.connection(), id))
                            .map(Leaving.Left::new);
                }))
                .invoke(answer -> {
                    if (answer instanceof Leaving.Left(Session session)) {
                        tokens.ended(id, session.enrolment());
                    }
                });
    }

    /** The answer if nothing changes; {@code null} if the session must leave. */
    private static Leaving withoutLeaving(String id, Session session, Caller caller) {
        if (session == null) {
            return new Leaving.UnknownSession(id);
        }
        if (session.state() == State.LEFT) {
            return new Leaving.Left(session);
        }
        if (!caller.isStill(session.enrolment())) {
            return new Leaving.Over();
        }
        return caller.reaches(session.swarm()) ? null : new Leaving.UnknownSession(id);
    }

    private Uni<Void> leave(Work work, SessionTable.Locked locked, Session session, String by) {
        String id = session.id();
        // Waiting claims in any process find out at their next look.
        work.ring("assigned:" + id);
        return depart(
                        work,
                        locked,
                        session,
                        State.LEFT,
                        What.RELEASED,
                        by,
                        new CoordinatorEvent.SessionLeft(
                                id, session.swarm(), session.version() + 1, session.enrolment()))
                .chain(() -> AssignmentTable.forgetHopeless(work, id))
                .chain(() -> freeHolds.giveBackAll(work, id, by))
                .chain(() -> inboxes.drop(work, id))
                .chain(() -> sessions.expectNoMore(work, id))
                .chain(() -> tokens.end(work.connection(), id, session.enrolment()));
    }

    private Uni<Void> depart(
            Work work, SessionTable.Locked alone, Session session, State to, What what, String by, Event event) {
        String id = session.id();
        work.emit(event, Trace.NONE);
        return sessions.went(work, alone, id, to)
                .chain(() -> holds.lock(work, List.of(id))
                        .then(() -> Lock.none(AssignmentTable.heldOrFor(work, List.of(id))))
                        .then(theirs -> tasks.lock(work, theirs))
                        .take())
                .chain(locked -> {
                    List<Change> ended = locked.tasks().values().stream()
                            .filter(task -> id.equals(task.holder()))
                            // What a lost session has handed in is checked all the same.
                            .filter(task -> to == State.LEFT || task.state() != Task.State.CHECKING)
                            .map(task -> what.countsAttempt()
                                    ? Change.lost(task, what, locked.now(), tasks.backoff())
                                    : Change.takenBack(task, what, by, null, locked.now()))
                            .toList();
                    Map<String, Task> after = new HashMap<>(locked.tasks());
                    ended.forEach(change -> after.put(change.after().id(), change.after()));
                    return tasks.apply(work, locked, ended)
                            .chain(() -> inboxes.tell(
                                    work,
                                    ended.stream()
                                            .map(change -> LeaseTransaction.told("leaseLost", change))
                                            .toList()))
                            .chain(() -> unassign(work, locked, id, after.values()));
                });
    }

    /**
     * Handles events from before this release about a session that went: that release took its tasks away later. Does
     * nothing if the session is back.
     */
    public Uni<Void> went(Work work, String id, long enrolment) {
        if (enrolment > 0) {
            return Uni.createFrom().voidItem();
        }
        return sessions.lock(work, List.of(id)).take().chain(locked -> {
            Session session = locked.sessions().get(id);
            return session == null || session.state() == State.LIVE
                    ? Uni.createFrom().voidItem()
                    : unassign(work, id);
        });
    }

    /** Opens queued tasks of an assignee that has been stopped for long to everybody again (recorded). */
    Uni<Void> unassign(Work work, String session) {
        return AssignmentTable.pendingFor(work, session)
                .chain(theirs -> tasks.lock(work, theirs).take())
                .chain(locked -> unassign(work, locked, session, locked.tasks().values()));
    }

    private Uni<Void> unassign(Work work, TaskTable.Locked locked, String session, Collection<Task> some) {
        return tasks.apply(
                work,
                locked,
                some.stream()
                        .filter(task -> session.equals(task.assignee()))
                        .filter(task -> task.state() == Task.State.QUEUED
                                || task.state() == Task.State.WAITING
                                || task.state() == Task.State.CHECKING)
                        .map(task -> Change.unassigned(task, "fabric", locked.now()))
                        .toList());
    }
}
