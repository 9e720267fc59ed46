package io.infrafabric.relation;

import io.infrafabric.relation.Relation.Link;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Contradictions that nobody declared: a claim that depends, over any number of steps, on both sides of a contradiction
 * cannot hold, so it contradicts itself. Here a claim counts as depending on itself, so one that depends on what it
 * contradicts is found, too.
 */
final class Derivation {

    /** Two claims that contradict each other, {@code first} the one with the smaller number. */
    record Clash(long first, long second) {
        static Clash of(long one, long other) {
            return new Clash(Math.min(one, other), Math.max(one, other));
        }
    }

    /**
     * A claim that depends on both sides.
     *
     * @param path the dependencies that lead to both, by the shortest ways
     */
    record Derived(long through, Clash clash, List<Link> path) {}

    private Derivation() {}

    /**
     * What follows for the candidates.
     *
     * @param dependencies those between all claims that the candidates depend on, {@code from} depending on {@code to}
     */
    static List<Derived> of(Collection<Long> candidates, Collection<Link> dependencies, Collection<Clash> clashes) {
        Map<Long, List<Long>> below = new HashMap<>();
        for (Link link : dependencies) {
            below.computeIfAbsent(link.from(), none -> new ArrayList<>()).add(link.to());
        }
        List<Derived> derived = new ArrayList<>();
        if (clashes.isEmpty()) {
            return derived;
        }
        for (long candidate : candidates) {
            Map<Long, Long> cameFrom = closure(candidate, below);
            for (Clash clash : clashes) {
                if (cameFrom.containsKey(clash.first()) && cameFrom.containsKey(clash.second())) {
                    List<Link> path = path(cameFrom, candidate, clash.first());
                    path(cameFrom, candidate, clash.second()).stream()
                            .filter(link -> !path.contains(link))
                            .toList()
                            .forEach(path::add);
                    derived.add(new Derived(candidate, clash, path));
                }
            }
        }
        return derived;
    }

    /** At most {@code most} of them; each claim gets its first one before any gets its second. */
    static List<Derived> first(List<Derived> derived, int most) {
        Map<Long, Integer> counts = new HashMap<>();
        Map<Integer, List<Derived>> turns = new TreeMap<>();
        for (Derived one : derived) {
            int turn = counts.merge(one.through(), 1, Integer::sum);
            turns.computeIfAbsent(turn, none -> new ArrayList<>()).add(one);
        }
        return turns.values().stream().flatMap(List::stream).limit(most).toList();
    }

    /** All that the claim depends on, each with the claim before it on a shortest way. */
    private static Map<Long, Long> closure(long claim, Map<Long, List<Long>> below) {
        Map<Long, Long> cameFrom = new HashMap<>();
        cameFrom.put(claim, claim);
        ArrayDeque<Long> queue = new ArrayDeque<>(List.of(claim));
        while (!queue.isEmpty()) {
            long at = queue.poll();
            for (long next : below.getOrDefault(at, List.of())) {
                if (cameFrom.putIfAbsent(next, at) == null) {
                    queue.add(next);
                }
            }
        }
        return cameFrom;
    }

    private static List<Link> path(Map<Long, Long> cameFrom, long from, long to) {
        List<Link> path = new ArrayList<>();
        for (long at = to; at != from; at = cameFrom.get(at)) {
            path.addFirst(new Link(cameFrom.get(at), at));
        }
        return path;
    }
}
