package io.infrafabric.coordinator.bulk;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.State;
import java.time.Instant;
import java.util.List;

/**
 * Which tasks an order is for: those that match all of it. {@code null} does not limit, and neither does an empty list.
 *
 * @param label words of a name, a colon and a value: the task has all of these labels
 * @param requires the task requires all of these names
 * @param olderThan the task was submitted before
 * @param waitsFor the task waited for this one, directly or not, when the order began; only cascades have it
 */
public record BulkFilter(
        String swarm,
        State state,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> label,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> requires,
        String submittedBy,
        Instant olderThan,
        String waitsFor) {

    /** Whether the task matches as it is now. What waits for a task is known from the start. */
    public boolean matches(Task task) {
        return (swarm == null || swarm.equals(task.swarm()))
                && (state == null || state == task.state())
                && label.stream().allMatch(word -> isOf(task, word))
                && task.specification().requirements().requires().containsAll(requires)
                && (submittedBy == null || submittedBy.equals(task.origin().submittedBy()))
                && (olderThan == null || task.origin().createdAt().isBefore(olderThan));
    }

    private static boolean isOf(Task task, String word) {
        int colon = word.indexOf(':');
        return word.substring(colon + 1).equals(task.specification().labels().get(word.substring(0, colon)));
    }
}
