package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.coordinator.task.Task;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What there is to claim, read under lock or guarded by the write.
 *
 * @param assigned by session, in claiming order
 * @param unassigned by swarm, in claiming order
 * @param named by id
 * @param outcomes by session, then domain
 * @param rests the sessions for which a task rests, by task
 */
public record Offer(
        Map<String, List<Task>> assigned,
        Map<String, List<Task>> unassigned,
        Map<String, Task> named,
        Map<String, Map<String, Outcomes>> outcomes,
        Map<String, Set<String>> rests,
        Lanes.Seen seen,
        Instant now) {

    /** Nothing to claim. */
    public static Offer none(Instant now) {
        return new Offer(Map.of(), Map.of(), Map.of(), Map.of(), Map.of(), Lanes.Seen.NOTHING, now);
    }

    /** The same from lists, in any order. */
    static Offer of(
            List<Task> assigned,
            List<Task> unassigned,
            List<Task> named,
            Map<String, Map<String, Outcomes>> outcomes,
            Map<String, Set<String>> rests,
            Lanes.Seen seen,
            Instant now) {
        return new Offer(
                assigned.stream().sorted(CLAIMING_ORDER).collect(Collectors.groupingBy(Task::assignee)),
                unassigned.stream().sorted(CLAIMING_ORDER).collect(Collectors.groupingBy(Task::swarm)),
                named.stream().collect(Collectors.toMap(Task::id, task -> task)),
                outcomes,
                rests,
                seen,
                now);
    }

    private static final Comparator<Task> CLAIMING_ORDER = Comparator.comparing(Task::priority)
            .thenComparingLong(task -> task.origin().seq());
}
