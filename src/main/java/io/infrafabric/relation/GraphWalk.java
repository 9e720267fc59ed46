package io.infrafabric.relation;

import io.infrafabric.relation.Relation.Link;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A walk through the graph, breadth first, within bounds: the rule for which claims to look at next, and when to stop.
 * Its owner loads the relations of {@link #frontier} and hands them to {@link #step}. Not thread-safe.
 */
final class GraphWalk {

    /** Which way to go. */
    enum Way {
        /** Towards the claims that a claim depends on. */
        BELOW,
        /** Towards the claims that depend on a claim. */
        ABOVE,
        /** Along all relations, both ways. */
        AROUND
    }

    /**
     * How far to go.
     *
     * @param depth the most steps from the start
     * @param claims the most claims
     */
    record Bound(int depth, int claims) {}

    private final Bound bound;
    private final Map<Long, Integer> depths = new LinkedHashMap<>();
    private final Set<Link> links = new LinkedHashSet<>();
    private List<Long> frontier;
    private int depth;
    private final Set<Long> rim = new LinkedHashSet<>();
    private List<Long> reached = List.of();
    private boolean truncated;
    private boolean deep;

    /** A walk that begins at these claims. */
    GraphWalk(Collection<Long> from, Bound bound) {
        this.bound = bound;
        from.stream().distinct().limit(bound.claims()).forEach(claim -> depths.put(claim, 0));
        truncated = from.stream().distinct().count() > bound.claims();
        frontier = List.copyOf(depths.keySet());
    }

    /** The claims whose relations are needed next; empty at the end. */
    List<Long> frontier() {
        return depth < bound.depth() ? frontier : List.of();
    }

    /** The most relations worth loading in the next step; one more shows that there are too many. */
    int room(int most) {
        return Math.max(1, most - links.size() + 1);
    }

    /** Takes the relations at the frontier, wherever they lead, and ignores others. */
    void step(Collection<Link> found) {
        depth++;
        List<Long> next = new ArrayList<>();
        Set<Long> at = new HashSet<>(frontier);
        for (Link link : found) {
            if (!at.contains(link.from()) && !at.contains(link.to())) {
                continue;
            }
            boolean from = arrive(link.from(), next);
            boolean to = arrive(link.to(), next);
            if (from && to) {
                links.add(link);
            } else {
                rim.add(from ? link.from() : link.to());
            }
        }
        reached = frontier;
        frontier = next;
        deep = depth >= bound.depth() && !next.isEmpty();
    }

    private boolean arrive(long claim, List<Long> next) {
        if (depths.containsKey(claim)) {
            return true;
        }
        if (depths.size() >= bound.claims()) {
            truncated = true;
            return false;
        }
        depths.put(claim, depth);
        next.add(claim);
        return true;
    }

    /** Says that the owner left out relations of the last step. */
    void cut() {
        truncated = true;
        rim.addAll(reached);
    }

    /** All claims reached, nearest first, with the number of steps to each. */
    Map<Long, Integer> depths() {
        return depths;
    }

    Set<Long> claims() {
        return depths.keySet();
    }

    /** All relations met between them. */
    Set<Link> links() {
        return links;
    }

    /** Whether the bound on claims or relations kept something out. */
    boolean truncated() {
        return truncated;
    }

    /** Whether there may be more, beyond the depth or the other bounds. */
    boolean bounded() {
        return truncated || deep;
    }

    /** The claims beyond which a bound kept something out. */
    Set<Long> rim() {
        Set<Long> all = new LinkedHashSet<>(rim);
        if (deep) {
            all.addAll(frontier);
        }
        return all;
    }
}
