package io.infrafabric.relation;

import io.infrafabric.relation.Relation.Link;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which claims are disputed: those that are not accepted, and all claims that depend on a disputed one. Tasks and
 * decisions that rest on a disputed claim wait. Claims that only depend on each other in a circle do not make each
 * other disputed.
 */
final class Disputes {
    private Disputes() {}

    /**
     * The disputed claims of a region: some claims, and all claims that depend on them.
     *
     * @param notAccepted the claims of the region that are not accepted
     * @param dependencies what the claims of the region depend on, inside and outside
     * @param disputedOutside the disputed claims outside the region that they depend on
     */
    static Set<Long> in(
            Collection<Long> region, Set<Long> notAccepted, Collection<Link> dependencies, Set<Long> disputedOutside) {
        Set<Long> within = new HashSet<>(region);
        Map<Long, List<Long>> above = new HashMap<>();
        Set<Long> disputed = new HashSet<>(notAccepted);
        for (Link link : dependencies) {
            if (within.contains(link.to())) {
                above.computeIfAbsent(link.to(), none -> new ArrayList<>()).add(link.from());
            } else if (disputedOutside.contains(link.to())) {
                disputed.add(link.from());
            }
        }
        ArrayDeque<Long> queue = new ArrayDeque<>(disputed);
        while (!queue.isEmpty()) {
            for (long next : above.getOrDefault(queue.poll(), List.of())) {
                if (disputed.add(next)) {
                    queue.add(next);
                }
            }
        }
        return disputed;
    }
}
