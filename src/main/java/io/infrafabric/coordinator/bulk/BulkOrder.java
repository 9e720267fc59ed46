package io.infrafabric.coordinator.bulk;

import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.transaction.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What an operator wants of all tasks that match a filter.
 *
 * @param priority for {@code REPRIORITISE}, otherwise {@code null}
 * @param assignee for {@code ASSIGN}, otherwise {@code null}
 * @param by the operator, as histories name callers
 */
public record BulkOrder(BulkFilter filter, What what, Priority priority, String assignee, String reason, String by) {

    /** What can be done with many tasks. */
    @Schema(name = "BulkAction")
    public enum What {
        CANCEL,
        RETRY,
        REPRIORITISE,
        ASSIGN,
        RELEASE
    }

    /** What is to be done with the task as it is now; {@code null} if it does not match. */
    public Operation on(Task task) {
        if (!filter.matches(task)) {
            return null;
        }
        return switch (what) {
            case CANCEL -> new Operation.Cancel(task.id(), by, reason, false);
            case RETRY -> new Operation.Retry(task.id(), by, reason);
            case REPRIORITISE, ASSIGN -> new Operation.Patch(task.id(), by, priority, assignee, null, null, reason);
            case RELEASE -> new Operation.TakeBack(task.id(), by, reason);
        };
    }
}
