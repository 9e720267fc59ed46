package io.infrafabric.coordinator.transaction;

import io.infrafabric.coordinator.task.Priority;
import java.math.BigDecimal;
import java.util.List;

/** An operation of an operator; refused tasks stay as they are. */
public sealed interface Operation {
    String task();

    String by();

    /** Ends the task for good; with {@code cascade}, also all tasks that wait for it. */
    record Cancel(String task, String by, String reason, boolean cascade) implements Operation {}

    /** Ends for good all tasks that wait, directly or not, for a dead or cancelled task. */
    record GiveUp(String task, String by, String reason) implements Operation {}

    /** Brings a dead or cancelled task back, with all its attempts. */
    record Retry(String task, String by, String reason) implements Operation {}

    /** Takes a claimed task from its holder, without counting the attempt. */
    record TakeBack(String task, String by, String reason) implements Operation {}

    /** Changes the parts that are not {@code null}; an empty assignee unassigns. */
    record Patch(
            String task,
            String by,
            Priority priority,
            String assignee,
            List<String> dependsOn,
            BigDecimal estimatedCost)
            implements Operation {}
}
