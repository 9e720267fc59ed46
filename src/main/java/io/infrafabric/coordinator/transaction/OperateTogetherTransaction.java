package io.infrafabric.coordinator.transaction;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.claim.LeaseTable;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionInbox.Notice;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.Change.What;
import io.infrafabric.coordinator.task.StrandedTable;
import io.infrafabric.coordinator.task.Submission;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.coordinator.task.TaskTable;
import io.infrafabric.coordinator.transaction.OperateTransaction.Outcome;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Carries out operations on one task or many in a transaction under way: locks, rules and notices, each taken, asked or
 * written once for all of them. A cascade is several of them, and dependencies change elsewhere.
 */
@ApplicationScoped
public class OperateTogetherTransaction {
    private final TaskTable tasks;
    private final SessionTable sessions;
    private final ClaimHolds holds;
    private final SessionInbox inboxes;

    /**
     * What became of the tasks that an operation was wished for.
     *
     * @param done how many were changed
     * @param refused why others were not, by their ids
     * @param cameBetween others, which somebody claimed before they were locked: nothing was decided about them
     */
    public record Together(int done, Map<String, Outcome> refused, List<String> cameBetween) {}

    /**
     * An operation for each of many tasks.
     *
     * @param assignee whom operations assign to, {@code null} for nobody
     * @param wish what to do with each task as it is under lock; {@code null} leaves it as it is
     * @param settles whether a human is asked at once about tasks that wait for what is cancelled; otherwise that is left
     *     to {@link StrandedTable#settle}
     */
    public record Wishes(String assignee, Function<Task, Operation> wish, boolean settles) {}

    OperateTogetherTransaction(TaskTable tasks, SessionTable sessions, ClaimHolds holds, SessionInbox inboxes) {
        this.tasks = tasks;
        this.sessions = sessions;
        this.holds = holds;
        this.inboxes = inboxes;
    }

    /** Carries out what is wished for each of these tasks. */
    public Uni<Together> operate(Work work, Collection<String> ids, Wishes wishes) {
        String assignee = wishes.assignee();
        return LeaseTable.holders(work, ids).chain(held -> {
            Set<String> locked = new TreeSet<>(held);
            if (assignee != null) {
                locked.add(assignee);
            }
            return sessions.lock(work, locked)
                    .then(() -> holds.lock(work, locked))
                    .then(() -> tasks.lock(work, new TreeSet<>(ids)))
                    .take()
                    .chain(found -> assignee(work, assignee)
                            .chain(session -> new Deciding(locked, session, found)
                                    .decide(ids, wishes.wish())
                                    .apply(work, wishes.settles())));
        });
    }

    /** Read under lock; {@code null} if there is none. */
    private Uni<Session> assignee(Work work, String assignee) {
        return assignee == null ? Uni.createFrom().nullItem() : sessions.find(work.connection(), assignee);
    }

    /** Decides task by task, and then writes all that was decided. */
    private final class Deciding {
        private final Set<String> holders;
        private final TaskTable.Locked locked;
        private final Session assignee;
        private final List<Change> changes = new ArrayList<>();
        private final List<Notice> assigned = new ArrayList<>();
        private final Map<String, Outcome> refused = new LinkedHashMap<>();
        private final List<String> cameBetween = new ArrayList<>();

        Deciding(Set<String> holders, Session assignee, TaskTable.Locked locked) {
            this.holders = holders;
            this.locked = locked;
            this.assignee = assignee;
        }

        Deciding decide(Collection<String> ids, Function<Task, Operation> wish) {
            for (String id : ids) {
                Task task = locked.tasks().get(id);
                Operation operation = task == null ? null : wish.apply(task);
                if (operation != null && task.holder() != null && !holders.contains(task.holder())) {
                    cameBetween.add(id);
                } else if (operation != null) {
                    decide(task, operation);
                }
            }
            return this;
        }

        private void decide(Task task, Operation operation) {
            Outcome refusal = operation.refusal(task, locked.now());
            if (refusal == null && operation instanceof Operation.Patch patch && patch.assigns()) {
                Submission.Answer why = Submission.notFor(task.specification(), patch.assignee(), assignee);
                refusal = why == null ? null : new Outcome.NotSo(why);
                if (refusal == null) {
                    assigned.add(Notice.about("taskAssigned", patch.assignee(), "task:" + task.id()));
                }
            }
            if (refusal == null) {
                changes.add(operation.change(task, locked.now()));
            } else {
                refused.put(task.id(), refusal);
            }
        }

        Uni<Together> apply(Work work, boolean settles) {
            changes.stream()
                    .filter(change -> change.what() == What.RETRIED)
                    .forEach(change -> notStranded(work, change.before()));
            Uni<Void> applied = settles
                    ? tasks.apply(work, locked, changes).chain(() -> waitNoMore(work))
                    : tasks.applyForNow(work, locked, changes);
            return applied.chain(() -> inboxes.tell(work, assigned))
                    .chain(() -> inboxes.tell(work, ended("taskCancelled", What.CANCELLED)))
                    .chain(() -> inboxes.tell(work, ended("leaseLost", What.RELEASED)))
                    .replaceWith(() -> new Together(changes.size(), refused, cameBetween));
        }

        private Uni<Void> waitNoMore(Work work) {
            List<String> waited = changes.stream()
                    .filter(change ->
                            change.what() == What.CANCELLED && change.before().state() == State.WAITING)
                    .map(change -> change.before().id())
                    .toList();
            return StrandedTable.waitNoMore(work, waited, List.of(), "What waited for it is cancelled.");
        }

        /** Withdraws the question about the tasks that wait for it. */
        private void notStranded(Work work, Task task) {
            String why = "Task " + task.id() + " was brought back.";
            work.emit(
                    new CauseEnded(
                            "coordinator", "task:" + task.id(), task.swarm(), "TASK_STRANDED", why, locked.now()),
                    new Trace(null, task.traceToken()));
        }

        private List<Notice> ended(String type, What what) {
            return changes.stream()
                    .filter(change -> change.what() == what && change.endedClaim())
                    .map(change -> LeaseTransaction.told(type, change))
                    .toList();
        }
    }
}
