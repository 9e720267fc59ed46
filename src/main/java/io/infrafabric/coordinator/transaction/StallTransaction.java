package io.infrafabric.coordinator.transaction;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.session.ProgressTable;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.session.Session.State;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionInbox.Notice;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.session.Stalling.Decision;
import io.infrafabric.coordinator.task.AssignmentTable;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.Change.What;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.TaskTable;
import io.infrafabric.event.CoordinatorEvent.SessionStalled;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;

/** Asks sessions that are heard and get nowhere, and ends their leases if they do not go on. */
@ApplicationScoped
public class StallTransaction {
    private final SessionTable sessions;
    private final ProgressTable progress;
    private final TaskTable tasks;
    private final ClaimHolds holds;
    private final SessionInbox inboxes;

    StallTransaction(
            SessionTable sessions, ProgressTable progress, TaskTable tasks, ClaimHolds holds, SessionInbox inboxes) {
        this.sessions = sessions;
        this.progress = progress;
        this.tasks = tasks;
        this.holds = holds;
        this.inboxes = inboxes;
    }

    /** The time of a look has come. A session that is lost holds nothing, and is looked at again in case it comes back. */
    public Uni<Void> look(Work work, String id) {
        return sessions.lock(work, List.of(id)).take().chain(locked -> {
            Session session = locked.sessions().get(id);
            return session == null || session.state() == State.LEFT
                    ? Uni.createFrom().voidItem()
                    : progress.standing(work, locked, id).chain(standing -> switch (standing.stalling()
                            .decide(standing.now())) {
                        case Decision.NotJudged _ -> progress.rest(work, locked, id);
                        case Decision.GoesOn(Instant look) -> progress.mark(work, locked, id, false, look);
                        case Decision.Stalls(Instant since, Instant endsAt) ->
                            progress.mark(work, locked, id, true, endsAt)
                                    .chain(() -> ask(work, session, since, endsAt));
                        case Decision.StaysStalled(Instant endsAt) -> progress.look(work, id, endsAt);
                        case Decision.Ends(Instant look) -> end(work, id).chain(() -> progress.look(work, id, look));
                    });
        });
    }

    private Uni<Void> ask(Work work, Session session, Instant since, Instant endsAt) {
        work.emit(
                new SessionStalled(
                        session.id(), session.swarm(), since, endsAt, session.version() + 1, session.enrolment()),
                Trace.NONE);
        String data = new JsonObject()
                .put("since", since.toString())
                .put("endsAt", endsAt.toString())
                .encode();
        return inboxes.tell(work, List.of(new Notice("stalled", session.id(), "session:" + session.id(), data)));
    }

    /** What it has handed in is checked all the same. */
    private Uni<Void> end(Work work, String id) {
        return holds.lock(work, List.of(id))
                .then(() -> Lock.none(AssignmentTable.heldOrFor(work, List.of(id))))
                .then(theirs -> tasks.lock(work, theirs))
                .take()
                .chain(locked -> {
                    List<Change> ended = locked.tasks().values().stream()
                            .filter(task -> id.equals(task.holder()) && task.state() == Task.State.CLAIMED)
                            .map(task -> Change.lost(task, What.STALLED, locked.now(), tasks.backoff()))
                            .toList();
                    List<Notice> told = ended.stream()
                            .map(change -> Notice.because(
                                    "leaseLost", id, "task:" + change.before().id(), What.STALLED.name()))
                            .toList();
                    return tasks.apply(work, locked, ended).chain(() -> inboxes.tell(work, told));
                });
    }
}
