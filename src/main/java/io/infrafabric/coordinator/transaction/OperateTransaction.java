package io.infrafabric.coordinator.transaction;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.bus.RunAgain;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.claim.LeaseTable;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionInbox.Notice;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.DependencyTable;
import io.infrafabric.coordinator.task.DependencyTable.Alone;
import io.infrafabric.coordinator.task.DormantTable;
import io.infrafabric.coordinator.task.StrandedTable;
import io.infrafabric.coordinator.task.Submission;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.coordinator.task.TaskTable;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What operators may do with tasks: cancel, retry, take back, change. */
@ApplicationScoped
public class OperateTransaction {

    /** The result of an operation. */
    public sealed interface Outcome {
        /** It was done: the task after it. */
        record Done(Task task) implements Outcome {}

        /** The task does not exist. */
        record UnknownTask(String task) implements Outcome {}

        /** The task's state does not allow it. */
        record NotWhile(Task task, String why) implements Outcome {}

        /** It would cancel more tasks than the limit. */
        record TooMany(int most) implements Outcome {}

        /** A submit with these values would be refused, too. */
        record NotSo(Submission.Answer why) implements Outcome {}
    }

    private final Commands commands;
    private final TaskTable tasks;
    private final DormantTable dormant;
    private final SessionTable sessions;
    private final ClaimHolds holds;
    private final SessionInbox inboxes;
    private final CoordinatorConfig config;

    OperateTransaction(
            Commands commands,
            TaskTable tasks,
            DormantTable dormant,
            SessionTable sessions,
            ClaimHolds holds,
            SessionInbox inboxes,
            CoordinatorConfig config) {
        this.commands = commands;
        this.tasks = tasks;
        this.dormant = dormant;
        this.sessions = sessions;
        this.holds = holds;
        this.inboxes = inboxes;
        this.config = config;
    }

    /** Carries out an operation, or says why not. */
    public Uni<Reply<Outcome>> operate(Operation operation, Keep<Outcome> keep) {
        return commands.alone(
                keep,
                work -> operate(work, operation).invoke(outcome -> {
                    if (!(outcome instanceof Outcome.Done)) {
                        work.nothingWritten();
                    }
                }));
    }

    /** The same in a transaction under way; a refusal is found before anything is written. */
    public Uni<Outcome> operate(Work work, Operation operation) {
        Uni<Outcome> refused = switch (operation) {
            case Operation.Cancel cancel -> cancel(work, cancel);
            case Operation.GiveUp up -> giveUp(work, up);
            case Operation.Retry retry -> retry(work, retry);
            case Operation.TakeBack back -> takeBack(work, back);
            case Operation.Patch patch -> patch(work, patch);
        };
        return refused.chain(why -> why != null
                ? Uni.createFrom().item(why)
                : tasks.show(work.connection(), operation.task()).map(Outcome.Done::new));
    }

    private static Uni<Outcome> refused(Outcome why) {
        return Uni.createFrom().item(why);
    }

    private static Uni<Outcome> notRefused() {
        return Uni.createFrom().nullItem();
    }

    /** Locks the tasks' holders, their accounts, and then the tasks; a new holder in between fails the transaction. */
    private Uni<TaskTable.Locked> lock(Work work, Collection<String> ids, Set<String> more) {
        return LeaseTable.holders(work, ids).chain(held -> {
            Set<String> holders = new TreeSet<>(more);
            holders.addAll(held);
            return sessions.lock(work, holders)
                    .then(() -> holds.lock(work, holders))
                    .then(() -> tasks.lock(work, new TreeSet<>(ids)))
                    .take()
                    .invoke(locked -> locked.tasks().values().stream()
                            .map(Task::holder)
                            .filter(Objects::nonNull)
                            .filter(holder -> !holders.contains(holder))
                            .forEach(OperateTransaction::again));
        });
    }

    private static void again(String holder) {
        throw new RunAgain("claimed by " + holder);
    }

    /** Why an operation is refused: its task does not exist, or its state does not allow it; otherwise {@code null}. */
    private static Outcome refusal(TaskTable.Locked locked, Operation operation) {
        Task task = locked.tasks().get(operation.task());
        return task == null ? new Outcome.UnknownTask(operation.task()) : operation.refusal(task, locked.now());
    }

    private Uni<Outcome> cancel(Work work, Operation.Cancel cancel) {
        Uni<List<String>> ids = cancel.cascade()
                ? DependencyTable.dependants(work, cancel.task(), config.maxCascade())
                : Uni.createFrom().item(List.of(cancel.task()));
        return ids.chain(all -> {
            if (all.size() > config.maxCascade()) {
                return refused(new Outcome.TooMany(config.maxCascade()));
            }
            return lock(work, all, Set.of()).chain(locked -> {
                Outcome refusal = refusal(locked, cancel);
                if (refusal != null) {
                    return refused(refusal);
                }
                List<Change> changes = locked.tasks().values().stream()
                        .filter(task -> !task.state().isOver())
                        .map(task -> cancel.change(task, locked.now()))
                        .toList();
                return end(work, locked, changes).chain(OperateTransaction::notRefused);
            });
        });
    }

    /** The task's {@code expiresAt} has come: unless somebody has it, or it is over, it is cancelled. */
    public Uni<Void> expire(Work work, String id) {
        return tasks.lock(work, List.of(id)).take().chain(locked -> {
            Task task = locked.tasks().get(id);
            if (task == null || !task.hasExpired(locked.now())) {
                dormant.expireLater(work, task, locked.now());
                return Uni.createFrom().voidItem();
            }
            return end(work, locked, List.of(Change.expired(task, locked.now())));
        });
    }

    private Uni<Void> end(Work work, TaskTable.Locked locked, List<Change> changes) {
        List<String> waited = locked.tasks().values().stream()
                .filter(task -> task.state() == State.WAITING)
                .map(Task::id)
                .toList();
        return tasks.apply(work, locked, changes)
                .chain(() -> StrandedTable.waitNoMore(work, waited, List.of(), "What waited for it is cancelled."))
                .chain(() -> tell(work, "taskCancelled", changes));
    }

    /** If more tasks wait than one operation cancels, a human is asked about the others. */
    private Uni<Outcome> giveUp(Work work, Operation.GiveUp up) {
        return DependencyTable.dependants(work, up.task(), config.maxCascade())
                .chain(ids -> lock(work, ids, Set.of()))
                .chain(locked -> {
                    Outcome refusal = refusal(locked, up);
                    if (refusal != null) {
                        return refused(refusal);
                    }
                    List<Change> changes = locked.tasks().values().stream()
                            .filter(task -> task.state() == State.WAITING)
                            .map(task -> up.change(task, locked.now()))
                            .toList();
                    return end(work, locked, changes)
                            .chain(() -> StrandedTable.tell(work, List.of(up.task())))
                            .chain(OperateTransaction::notRefused);
                });
    }

    private Uni<Void> tell(Work work, String type, List<Change> changes) {
        List<Notice> notices = changes.stream()
                .filter(Change::endedClaim)
                .map(change -> LeaseTransaction.told(type, change))
                .toList();
        return inboxes.tell(work, notices);
    }

    private Uni<Outcome> retry(Work work, Operation.Retry retry) {
        return lock(work, List.of(retry.task()), Set.of()).chain(locked -> {
            Outcome refusal = refusal(locked, retry);
            if (refusal != null) {
                return refused(refusal);
            }
            Task task = locked.tasks().get(retry.task());
            notStranded(work, task, locked.now());
            return tasks.apply(work, locked, List.of(retry.change(task, locked.now())))
                    .chain(OperateTransaction::notRefused);
        });
    }

    /** Withdraws the question about the tasks that wait for it. */
    static void notStranded(Work work, Task task, Instant now) {
        String why = "Task " + task.id() + " was brought back.";
        work.emit(
                new CauseEnded("coordinator", "task:" + task.id(), task.swarm(), "TASK_STRANDED", why, now),
                new Trace(null, task.traceToken()));
    }

    private Uni<Outcome> takeBack(Work work, Operation.TakeBack back) {
        return lock(work, List.of(back.task()), Set.of()).chain(locked -> {
            Outcome refusal = refusal(locked, back);
            if (refusal != null) {
                return refused(refusal);
            }
            Task task = locked.tasks().get(back.task());
            List<Change> changes = List.of(back.change(task, locked.now()));
            return tasks.apply(work, locked, changes)
                    .chain(() -> tell(work, "leaseLost", changes))
                    .chain(OperateTransaction::notRefused);
        });
    }

    private Uni<Outcome> patch(Work work, Operation.Patch patch) {
        boolean assigns = patch.assigns();
        Set<String> ids = new HashSet<>(patch.dependsOn() == null ? List.of() : patch.dependsOn());
        ids.add(patch.task());
        Uni<Optional<Alone>> alone = patch.dependsOn() == null
                ? Uni.createFrom().item(Optional.empty())
                : DependencyTable.alone(work).take().map(Optional::of);
        return alone.chain(relinks -> lock(work, ids, assigns ? Set.of(patch.assignee()) : Set.of())
                .chain(locked -> {
                    Outcome refusal = refusal(locked, patch);
                    if (refusal != null) {
                        return refused(refusal);
                    }
                    Task task = locked.tasks().get(patch.task());
                    return mayAssign(work, task, patch, assigns)
                            .chain(why -> why != null ? refused(why) : mayRelink(work, locked, task, patch))
                            .chain(why ->
                                    why != null ? refused(why) : patch(work, relinks, locked, task, patch, assigns));
                }));
    }

    private Uni<Outcome> patch(
            Work work,
            Optional<Alone> relinks,
            TaskTable.Locked locked,
            Task task,
            Operation.Patch patch,
            boolean assigns) {
        List<Notice> told =
                assigns ? List.of(Notice.about("taskAssigned", patch.assignee(), "task:" + task.id())) : List.of();
        return inboxes.tell(work, told)
                .chain(() -> relinks.isEmpty()
                        ? Uni.createFrom().voidItem()
                        : relink(work, relinks.get(), locked, task, patch))
                .chain(() -> tasks.lock(work, List.of(task.id())).take())
                .chain(again -> tasks.apply(
                        work, again, List.of(patch.change(again.tasks().get(task.id()), again.now()))))
                .chain(() -> StrandedTable.tell(work, patch.dependsOn() == null ? List.of() : patch.dependsOn()))
                .chain(OperateTransaction::notRefused);
    }

    private Uni<Outcome> mayAssign(Work work, Task task, Operation.Patch patch, boolean assigns) {
        if (!assigns) {
            return notRefused();
        }
        return sessions.find(work.connection(), patch.assignee()).map(session -> {
            Submission.Answer why = Submission.notFor(task.specification(), patch.assignee(), session);
            return why == null ? null : new Outcome.NotSo(why);
        });
    }

    private static Uni<Outcome> mayRelink(Work work, TaskTable.Locked locked, Task task, Operation.Patch patch) {
        if (patch.dependsOn() == null) {
            return notRefused();
        }
        Set<String> wanted = new TreeSet<>(patch.dependsOn());
        for (String dependency : wanted) {
            Task other = locked.tasks().get(dependency);
            if (other == null || !other.swarm().equals(task.swarm())) {
                return refused(new Outcome.NotSo(new Submission.Answer.UnknownDependency(task.id(), dependency)));
            }
        }
        return DependencyTable.reaches(work, wanted, task.id())
                .map(cycle -> cycle
                        ? new Outcome.NotSo(
                                new Submission.Answer.Cycle(List.of(task.id(), String.join(" or ", wanted))))
                        : null);
    }

    private static Uni<Void> relink(Work work, Alone alone, TaskTable.Locked locked, Task task, Operation.Patch patch) {
        List<String> wanted = new ArrayList<>(new TreeSet<>(patch.dependsOn()));
        int stillOpen = (int) wanted.stream()
                .filter(dependency -> locked.tasks().get(dependency).state() != State.DONE)
                .count();
        return StrandedTable.waitNoMore(work, List.of(task.id()), wanted, "What waited for it waits for others.")
                .chain(() -> DependencyTable.replace(work, alone, task.id(), wanted, stillOpen));
    }
}
