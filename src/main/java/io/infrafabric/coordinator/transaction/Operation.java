package io.infrafabric.coordinator.transaction;

import io.infrafabric.coordinator.task.Priority;
import java.math.BigDecimal;
import java.util.List;

/** What an operator wants; refused tasks stay as they are. */
public sealed interface Operation {
    String task();

    String by();

    /** Ends the task for good; with {@code cascade} also all that wait for it. */
    record Cancel(String task, String by, String reason, boolean cascade) implements Operation {}

    /** Ends for good what waits for a task that is dead or cancelled, and what waits for that. */
    record GiveUp(String task, String by, String reason) implements Operation {}

    /** Brings a dead or cancelled task back, with all its attempts. */
    record Retry(String task, String by, String reason) implements Operation {}

    /** Takes a claimed task from its holder, without counting the attempt. */
    record TakeBack(String task, String by, String reason) implements Operation {}

    /** Changes what is not {@code null}; an empty assignee unassigns. */
    record Patch(
            String task,
            String by,
            Priority priority,
            String assignee,
            List<String> dependsOn,
            BigDecimal estimatedCost)
            implements Operation {}
}
