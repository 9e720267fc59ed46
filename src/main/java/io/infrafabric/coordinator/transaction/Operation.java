package io.infrafabric.coordinator.transaction;

import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.Change.What;
import io.infrafabric.coordinator.task.Description;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.transaction.OperateTransaction.Outcome;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

/** An operation of an operator; refused tasks stay as they are. */
public sealed interface Operation {
    String task();

    String by();

    /** {@code null} if none was given. */
    String reason();

    /** Ends the task for good; with {@code cascade}, also all tasks that wait for it. */
    record Cancel(String task, String by, String reason, boolean cascade) implements Operation {}

    /** Ends for good all tasks that wait, directly or not, for a dead or cancelled task. */
    record GiveUp(String task, String by, String reason) implements Operation {}

    /** Brings a dead or cancelled task back, with all its attempts. */
    record Retry(String task, String by, String reason) implements Operation {}

    /** Takes a claimed task from its holder, without counting the attempt. */
    record TakeBack(String task, String by, String reason) implements Operation {}

    /**
     * Changes what is not {@code null}; an empty assignee unassigns.
     *
     * @param reason {@code null} if none was given
     * @param description {@code null} if it stays as it is
     */
    record Patch(
            String task,
            String by,
            Priority priority,
            String assignee,
            List<String> dependsOn,
            BigDecimal estimatedCost,
            String reason,
            Description description)
            implements Operation {

        /** Without a description. */
        public Patch(
                String task,
                String by,
                Priority priority,
                String assignee,
                List<String> dependsOn,
                BigDecimal estimatedCost,
                String reason) {
            this(task, by, priority, assignee, dependsOn, estimatedCost, reason, null);
        }

        /** Without a reason. */
        public Patch(
                String task,
                String by,
                Priority priority,
                String assignee,
                List<String> dependsOn,
                BigDecimal estimatedCost) {
            this(task, by, priority, assignee, dependsOn, estimatedCost, null);
        }

        /** Whether it assigns the task to somebody. */
        boolean assigns() {
            return assignee != null && !assignee.isEmpty();
        }
    }

    /** Why the state of the task does not allow it now; {@code null} if it does. */
    default Outcome refusal(Task task, Instant now) {
        return switch (this) {
            case Cancel _ -> unless(!task.state().isOver(), task, "only what is not over can be cancelled.");
            case GiveUp _ -> unless(task.state().isHopeless(), task, "nothing that waits for it is given up.");
            case Retry _ ->
                task.state().isHopeless()
                        ? unless(!task.isTooLate(now), task, "its expiresAt is over: submit a new one.")
                        : unless(false, task, "only a dead or cancelled task can be retried.");
            case TakeBack _ -> unless(task.state().isHeld(), task, "only a claimed task can be released.");
            case Patch patch -> {
                if (task.state().isOver()) {
                    yield unless(false, task, "what is over cannot be changed.");
                }
                boolean held = task.state().isHeld();
                if (held && patch.description() != null) {
                    yield unless(false, task, "title, domains and labels change only while nobody holds it.");
                }
                yield held && patch.assigns()
                        ? unless(false, task, "a claimed task cannot be assigned; release it first.")
                        : unless(
                                !held || patch.dependsOn() == null,
                                task,
                                "the dependencies of a claimed task cannot be changed.");
            }
        };
    }

    private static Outcome unless(boolean allowed, Task task, String why) {
        return allowed ? null : new Outcome.NotWhile(task, why);
    }

    /** What it makes of a task whose state allows it. Dependencies change apart from it, before. */
    default Change change(Task task, Instant now) {
        return switch (this) {
            case Cancel cancel -> Change.cancelled(task, cancel.by(), cancel.reason(), now);
            case GiveUp up -> Change.cancelled(task, up.by(), up.reason(), now);
            case Retry retry -> Change.retried(task, retry.by(), retry.reason(), now);
            case TakeBack back -> Change.takenBack(task, What.RELEASED, back.by(), back.reason(), now);
            case Patch patch ->
                Change.patched(task, patch.priority(), patch.assignee(), patch.estimatedCost(), patch.by(), now)
                        .noting(patch.reason());
        };
    }
}
