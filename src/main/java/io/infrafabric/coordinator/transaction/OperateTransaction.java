package io.infrafabric.coordinator.transaction;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.bus.RunAgain;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.claim.LeaseTable;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionInbox.Notice;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.DependencyTable;
import io.infrafabric.coordinator.task.DependencyTable.Alone;
import io.infrafabric.coordinator.task.DescriptionTable;
import io.infrafabric.coordinator.task.DormantTable;
import io.infrafabric.coordinator.task.StrandedTable;
import io.infrafabric.coordinator.task.Submission;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.coordinator.task.TaskTable;
import io.infrafabric.coordinator.transaction.OperateTogetherTransaction.Wishes;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** What operators may do with tasks: cancel, retry, take back, change. */
@ApplicationScoped
public class OperateTransaction {

    /** The result of an operation. */
    public sealed interface Outcome {
        /**
         * It was done.
         *
         * @param task as it is after it
         * @param cascade {@code null} unless what waits for the task was cancelled with it
         */
        record Done(Task task, Cascade cascade) implements Outcome {}

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
    private final OperateTogetherTransaction together;
    private final CascadeTransaction cascades;

    OperateTransaction(
            Commands commands,
            TaskTable tasks,
            DormantTable dormant,
            SessionTable sessions,
            ClaimHolds holds,
            SessionInbox inboxes,
            OperateTogetherTransaction together,
            CascadeTransaction cascades) {
        this.commands = commands;
        this.tasks = tasks;
        this.dormant = dormant;
        this.sessions = sessions;
        this.holds = holds;
        this.inboxes = inboxes;
        this.together = together;
        this.cascades = cascades;
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
        return switch (operation) {
            case Operation.Cancel cancel when cancel.cascade() -> cascades.operate(work, cancel);
            case Operation.GiveUp up -> cascades.operate(work, up);
            case Operation.Patch patch
            when patch.dependsOn() != null -> done(work, patch, describe(work, patch, relink(work, patch)));
            case Operation.Patch patch ->
                done(work, patch, describe(work, patch, carryOut(work, patch, assignee(patch))));
            case Operation.Cancel _, Operation.Retry _, Operation.TakeBack _ ->
                done(work, operation, carryOut(work, operation, null));
        };
    }

    /** Writes what else was wished, unless it was refused. */
    private static Uni<Outcome> describe(Work work, Operation.Patch patch, Uni<Outcome> refused) {
        return patch.description() == null
                ? refused
                : refused.chain(why -> why != null
                        ? refused(why)
                        : DescriptionTable.describe(work, patch.task(), patch.description())
                                .chain(OperateTransaction::notRefused));
    }

    private static String assignee(Operation.Patch patch) {
        return patch.assigns() ? patch.assignee() : null;
    }

    private Uni<Outcome> done(Work work, Operation operation, Uni<Outcome> refused) {
        return refused.chain(why -> why != null
                ? Uni.createFrom().item(why)
                : tasks.show(work.connection(), operation.task()).map(task -> new Outcome.Done(task, null)));
    }

    /** Why it is refused; {@code null} if it was done. */
    private Uni<Outcome> carryOut(Work work, Operation operation, String assignee) {
        return together.operate(work, List.of(operation.task()), new Wishes(assignee, task -> operation, true))
                .map(result -> {
                    if (!result.cameBetween().isEmpty()) {
                        throw new RunAgain("claimed: " + operation.task());
                    }
                    return result.done() == 1
                            ? null
                            : result.refused()
                                    .getOrDefault(operation.task(), new Outcome.UnknownTask(operation.task()));
                });
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

    /** The task's {@code expiresAt} has come: unless somebody has it, or it is over, it is cancelled. */
    public Uni<Void> expire(Work work, String id) {
        return tasks.lock(work, List.of(id)).take().chain(locked -> {
            Task task = locked.tasks().get(id);
            if (task == null || !task.hasExpired(locked.now())) {
                dormant.expireLater(work, task, locked.now());
                return Uni.createFrom().voidItem();
            }
            List<String> waited = task.state() == State.WAITING ? List.of(id) : List.of();
            return tasks.apply(work, locked, List.of(Change.expired(task, locked.now())))
                    .chain(() -> StrandedTable.waitNoMore(work, waited, List.of(), "What waited for it is cancelled."));
        });
    }

    /** Changes a task together with what it waits for. Why it is refused; {@code null} if it was done. */
    private Uni<Outcome> relink(Work work, Operation.Patch patch) {
        Set<String> ids = new HashSet<>(patch.dependsOn());
        ids.add(patch.task());
        return DependencyTable.alone(work)
                .take()
                .chain(alone -> lock(work, ids, patch.assigns() ? Set.of(patch.assignee()) : Set.of())
                        .chain(locked -> {
                            Outcome refusal = refusal(locked, patch);
                            if (refusal != null) {
                                return refused(refusal);
                            }
                            Task task = locked.tasks().get(patch.task());
                            return mayAssign(work, task, patch)
                                    .chain(why -> why != null ? refused(why) : mayRelink(work, locked, task, patch))
                                    .chain(why ->
                                            why != null ? refused(why) : relink(work, alone, locked, task, patch));
                        }));
    }

    private Uni<Outcome> relink(Work work, Alone alone, TaskTable.Locked locked, Task task, Operation.Patch patch) {
        List<Notice> told = patch.assigns()
                ? List.of(Notice.about("taskAssigned", patch.assignee(), "task:" + task.id()))
                : List.of();
        return inboxes.tell(work, told)
                .chain(() -> replace(work, alone, locked, task, patch))
                .chain(() -> tasks.lock(work, List.of(task.id())).take())
                .chain(again -> tasks.apply(
                        work, again, List.of(patch.change(again.tasks().get(task.id()), again.now()))))
                .chain(() -> StrandedTable.tell(work, patch.dependsOn()))
                .chain(OperateTransaction::notRefused);
    }

    private Uni<Outcome> mayAssign(Work work, Task task, Operation.Patch patch) {
        if (!patch.assigns()) {
            return notRefused();
        }
        return sessions.find(work.connection(), patch.assignee()).map(session -> {
            Submission.Answer why = Submission.notFor(task.specification(), patch.assignee(), session);
            return why == null ? null : new Outcome.NotSo(why);
        });
    }

    private static Uni<Outcome> mayRelink(Work work, TaskTable.Locked locked, Task task, Operation.Patch patch) {
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

    private static Uni<Void> replace(
            Work work, Alone alone, TaskTable.Locked locked, Task task, Operation.Patch patch) {
        List<String> wanted = new ArrayList<>(new TreeSet<>(patch.dependsOn()));
        int stillOpen = (int) wanted.stream()
                .filter(dependency -> locked.tasks().get(dependency).state() != State.DONE)
                .count();
        return StrandedTable.waitNoMore(work, List.of(task.id()), wanted, "What waited for it waits for others.")
                .chain(() -> DependencyTable.replace(work, alone, task.id(), wanted, stillOpen));
    }
}
