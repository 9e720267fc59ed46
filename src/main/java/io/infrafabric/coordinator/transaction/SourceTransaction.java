package io.infrafabric.coordinator.transaction;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.bus.RunAgain;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.claim.LeaseTable;
import io.infrafabric.coordinator.claim.SourceEnding;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionInbox.Notice;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.TaskTable;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Ends claims for sources outside. */
@ApplicationScoped
public class SourceTransaction {
    private final TaskTable tasks;
    private final SessionTable sessions;
    private final ClaimHolds holds;
    private final SessionInbox inboxes;

    SourceTransaction(TaskTable tasks, SessionTable sessions, ClaimHolds holds, SessionInbox inboxes) {
        this.tasks = tasks;
        this.sessions = sessions;
        this.holds = holds;
        this.inboxes = inboxes;
    }

    /** Ends the claim, and tells its holder; or says why not, and writes nothing. */
    public Uni<SourceEnding.Decision> end(Work work, SourceEnding ending) {
        List<String> ids = List.of(ending.task());
        return LeaseTable.holders(work, ids).chain(held -> {
            Set<String> holders = new TreeSet<>(held);
            return sessions.lock(work, holders)
                    .then(() -> holds.lock(work, holders))
                    .then(() -> tasks.lock(work, ids))
                    .take()
                    .chain(locked -> LeaseTable.granted(work, ending.task())
                            .chain(granted -> end(work, ending, locked, granted, holders)));
        });
    }

    private Uni<SourceEnding.Decision> end(
            Work work, SourceEnding ending, TaskTable.Locked locked, Instant granted, Set<String> holders) {
        Task task = locked.tasks().get(ending.task());
        if (task != null && task.holder() != null && !holders.contains(task.holder())) {
            throw new RunAgain("claimed by " + task.holder());
        }
        SourceEnding.Decision decision = ending.decide(task, granted, locked.now(), tasks.backoff());
        return decision instanceof SourceEnding.Decision.Ends(Change change)
                ? tasks.apply(work, locked, List.of(change))
                        .chain(() -> inboxes.tell(work, List.of(told(change))))
                        .replaceWith(decision)
                : Uni.createFrom().item(decision);
    }

    private static Notice told(Change change) {
        return Notice.because(
                "leaseLost",
                change.before().holder(),
                "task:" + change.before().id(),
                "ENDED_BY_SOURCE: " + change.by() + " says that it is "
                        + change.after().state());
    }
}
