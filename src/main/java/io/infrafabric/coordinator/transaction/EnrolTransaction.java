package io.infrafabric.coordinator.transaction;

import io.infrafabric.budget.AccountTree;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.session.Enrolment;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionInbox.Notice;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.session.SwarmTable;
import io.infrafabric.coordinator.task.AssignmentTable;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.TaskTable;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Enrols sessions, with their swarms and accounts. */
@ApplicationScoped
public class EnrolTransaction {

    /** The result of an enrolment. */
    public sealed interface Enrolling {
        /** All are enrolled. */
        record Enrolled(List<Session> sessions) implements Enrolling {}

        /** None is, because of this one. */
        record Refused(Enrolment enrolment, Enrolment.Decision why) implements Enrolling {}
    }

    private final Commands commands;
    private final SessionTable sessions;
    private final AccountTree tree;
    private final TaskTable tasks;
    private final SessionInbox inboxes;
    private final CoordinatorConfig config;

    EnrolTransaction(
            Commands commands,
            SessionTable sessions,
            AccountTree tree,
            TaskTable tasks,
            SessionInbox inboxes,
            CoordinatorConfig config) {
        this.commands = commands;
        this.sessions = sessions;
        this.tree = tree;
        this.tasks = tasks;
        this.inboxes = inboxes;
        this.config = config;
    }

    /**
     * Enrols sessions, or changes their enrolment; makes missing swarms and accounts. All or none: the first refusal is
     * the answer.
     */
    public Uni<Reply<Enrolling>> enrol(List<Enrolment> enrolments, boolean byOperator, Keep<Enrolling> keep) {
        return commands.alone(keep, work -> enrol(work, enrolments, byOperator));
    }

    /** The same in a transaction under way. */
    Uni<Enrolling> enrol(Work work, List<Enrolment> enrolments, boolean byOperator) {
        Enrolment.Defaults defaults = new Enrolment.Defaults(
                config.maxConcurrentTasks(), (int) config.heartbeat().toSeconds(), (int)
                        config.stall().toSeconds());
        List<String> ids = enrolments.stream().map(Enrolment::id).toList();
        return sessions.lock(work, ids).take().chain(locked -> {
            List<Session> wanted = new ArrayList<>();
            for (Enrolment enrolment : enrolments) {
                switch (enrolment.decide(locked.sessions().get(enrolment.id()), byOperator, defaults)) {
                    case Enrolment.Decision.Enrol(Session session) -> wanted.add(session);
                    case Enrolment.Decision refused -> {
                        work.nothingWritten();
                        return Uni.createFrom().item(new Enrolling.Refused(enrolment, refused));
                    }
                }
            }
            return write(work, locked, wanted).map(Enrolling.Enrolled::new);
        });
    }

    private Uni<List<Session>> write(Work work, SessionTable.Locked locked, List<Session> wanted) {
        return SwarmTable.make(work, wanted.stream().map(Session::swarm).toList())
                .chain(() -> sessions.enrol(work, locked, wanted))
                .chain(written -> {
                    List<Session> enrolled = written.sessions();
                    for (Session session : enrolled) {
                        work.emit(
                                new CoordinatorEvent.SessionEnrolled(
                                        session.id(), session.swarm(), session.version(), session.enrolment()),
                                Trace.NONE);
                        work.emit(new CoordinatorEvent.SessionReadied(session.id(), session.swarm()), Trace.NONE);
                    }
                    return tree.open(work, enrolled.stream().collect(Collectors.toMap(Session::id, Session::swarm)))
                            .chain(() -> requirements(work, locked, enrolled))
                            .chain(() -> sessions.expect(work, written))
                            .replaceWith(enrolled);
                });
    }

    /** A session with new names looks again. One that lost names loses its assignments of tasks that require them. */
    private Uni<Void> requirements(Work work, SessionTable.Locked locked, List<Session> enrolled) {
        Map<String, List<String>> lost = new TreeMap<>();
        for (Session now : enrolled) {
            Session before = locked.sessions().get(now.id());
            if (before == null || before.state() == Session.State.LEFT) {
                continue;
            }
            if (!now.beyond(before).isEmpty()) {
                work.ring("tasks:" + now.swarm());
                work.ring("assigned:" + now.id());
            }
            List<String> without = before.beyond(now);
            if (!without.isEmpty()) {
                lost.put(now.id(), without);
            }
        }
        return lost.isEmpty() ? Uni.createFrom().voidItem() : unassign(work, lost);
    }

    /** Ends assignments. Tasks that a session already holds stay with it. */
    private Uni<Void> unassign(Work work, Map<String, List<String>> lost) {
        return AssignmentTable.requiring(work, lost)
                .chain(ids -> tasks.lock(work, ids).take())
                .chain(locked -> {
                    List<Change> ended = locked.tasks().values().stream()
                            .filter(task -> lost.containsKey(task.assignee()))
                            .map(task -> Change.unassigned(task, "fabric", locked.now()))
                            .toList();
                    List<Notice> told = ended.stream()
                            .map(change -> Notice.because(
                                    "taskUnassigned",
                                    change.before().assignee(),
                                    "task:" + change.before().id(),
                                    "REQUIREMENT_MISSING"))
                            .toList();
                    return inboxes.tell(work, told).chain(() -> tasks.apply(work, locked, ended));
                })
                .chain(() -> AssignmentTable.forgetHopeless(work, lost));
    }
}
