package io.infrafabric.coordinator.published;

import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Task.Requirements;
import java.math.BigDecimal;
import java.util.List;

/**
 * The queue of one session.
 *
 * @param session the owner of the queue
 * @param queued how many tasks are queued for it, including those that rest after a failure
 * @param least the least important priority among them
 * @param tasks those that another session might get, the least important first, and the newest of those first
 */
public record Backlog(String session, int queued, Priority least, List<Entry> tasks) {

    /**
     * A task in a queue.
     *
     * @param seq order of submission
     * @param requirements of which the session must have what it requires
     * @param estimatedCost US dollars, {@code null} if not known
     */
    public record Entry(String id, Priority priority, long seq, Requirements requirements, BigDecimal estimatedCost) {}
}
