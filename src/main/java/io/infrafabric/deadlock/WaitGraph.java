package io.infrafabric.deadlock;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Who waits for whom, and who can never go on. Immutable: a view of unchanging nodes by name ({@code session:ann},
 * {@code task:build}, …); an unknown name stands for something that goes on by itself.
 *
 * <p>A node is deadlocked if it is outside the least fixpoint of "may proceed": a node may proceed if everything in
 * {@link Node#all} may, and one of {@link Node#any} if there are any. This covers waits for all, waits for one of
 * several, and both mixed (Knapp 1987, the AND-OR model). Whether a node may proceed depends only on what is reachable,
 * so nothing else is looked at: time and memory are proportional to the reachable nodes and edges.
 */
public final class WaitGraph {

    /**
     * Something that waits, or that others wait for.
     *
     * @param all it needs every one of these
     * @param any it needs one of these; nothing if empty
     * @param human whether only a human can end it; such a node needs nothing else
     */
    public record Node(String name, List<String> all, List<String> any, boolean human) {
        public Node {
            all = human ? List.of() : List.copyOf(all);
            any = human ? List.of() : List.copyOf(any);
        }

        /** A node that goes on by itself. */
        public static Node free(String name) {
            return new Node(name, List.of(), List.of(), false);
        }

        /** The same node, no longer waiting for these. A dropped alternative leaves the others. */
        public Node without(Collection<String> ended) {
            return new Node(name, less(all, ended), less(any, ended), human);
        }

        private static List<String> less(List<String> names, Collection<String> ended) {
            return names.stream().filter(needed -> !ended.contains(needed)).toList();
        }
    }

    /**
     * Nodes that wait for each other and for nothing else that could help: each is reachable from every other. A node
     * that only waits for one of them is deadlocked too, but not in the knot.
     */
    public record Knot(Set<String> members) {
        public Knot {
            members = Collections.unmodifiableSet(new TreeSet<>(members));
        }
    }

    private final Function<String, Node> nodes;

    private WaitGraph(Function<String, Node> nodes) {
        this.nodes = nodes;
    }

    /** The graph of these nodes. Do not change the map while the graph is in use. */
    public static WaitGraph of(Map<String, Node> nodes) {
        return new WaitGraph(nodes::get);
    }

    /** The nodes reachable from {@code starts}, including these, that can never go on. */
    public Set<String> deadlocked(Collection<String> starts) {
        return new Reached(starts).stuck(false);
    }

    /** The nodes reachable from {@code starts} that cannot go on unless a human acts, and are not deadlocked. */
    public Set<String> needHumans(Collection<String> starts) {
        Reached reached = new Reached(starts);
        Set<String> need = new HashSet<>(reached.stuck(true));
        need.removeAll(reached.stuck(false));
        return need;
    }

    /** The number of nodes reachable from {@code starts}. */
    public int reachable(Collection<String> starts) {
        return new Reached(starts).size();
    }

    /** The knots reachable from {@code starts}, ordered by their first member; none if nobody is deadlocked. */
    public List<Knot> knots(Collection<String> starts) {
        Reached reached = new Reached(starts);
        Set<String> stuck = reached.stuck(false);
        if (stuck.isEmpty()) {
            return List.of();
        }
        List<Knot> knots = new ArrayList<>();
        for (Set<String> component : Components.of(stuck, this::needs)) {
            boolean leaves = component.stream()
                    .flatMap(member -> needs(member).stream())
                    .anyMatch(needed -> stuck.contains(needed) && !component.contains(needed));
            if (!leaves) {
                knots.add(new Knot(component));
            }
        }
        knots.sort((a, b) ->
                a.members().iterator().next().compareTo(b.members().iterator().next()));
        return knots;
    }

    /**
     * The shortest way from {@code member} back to itself within the knot. It starts with the member and does not
     * repeat it.
     */
    public List<String> cycle(Knot knot, String member) {
        Map<String, String> cameFrom = new HashMap<>();
        ArrayDeque<String> next = new ArrayDeque<>(List.of(member));
        while (!next.isEmpty()) {
            String at = next.poll();
            for (String needed : needs(at)) {
                if (needed.equals(member)) {
                    return path(cameFrom, member, at);
                }
                if (knot.members().contains(needed) && cameFrom.putIfAbsent(needed, at) == null) {
                    next.add(needed);
                }
            }
        }
        throw new IllegalArgumentException(member + " is not in a cycle of " + knot);
    }

    private static List<String> path(Map<String, String> cameFrom, String first, String last) {
        List<String> path = new ArrayList<>();
        for (String at = last; !at.equals(first); at = cameFrom.get(at)) {
            path.add(at);
        }
        path.add(first);
        return path.reversed();
    }

    /** The node with this name. */
    public Node node(String name) {
        Node node = nodes.apply(name);
        return node == null ? Node.free(name) : node;
    }

    private Set<String> needs(String name) {
        Node node = node(name);
        Set<String> needs = new LinkedHashSet<>(node.all());
        needs.addAll(node.any());
        return needs;
    }

    /**
     * The reachable nodes, numbered in the order of discovery; the arrows are kept backwards, from needed to needing.
     */
    private final class Reached {
        private final Map<String, Integer> numbers = new HashMap<>();
        private final List<Node> found = new ArrayList<>();
        /** For each node its last arrow to somebody who needs it, and for each arrow the one before. */
        private int[] last = new int[16];

        private int[] before = new int[16];
        /** The node that needs; negative (minus one, minus the number) if this is one of several alternatives. */
        private int[] needing = new int[16];

        private int arrows;

        Reached(Collection<String> starts) {
            starts.forEach(this::number);
            for (int i = 0; i < found.size(); i++) {
                for (String needed : found.get(i).all()) {
                    arrow(number(needed), i);
                }
                for (String needed : found.get(i).any()) {
                    arrow(number(needed), -1 - i);
                }
            }
        }

        int size() {
            return found.size();
        }

        private int number(String name) {
            Integer known = numbers.putIfAbsent(name, found.size());
            if (known != null) {
                return known;
            }
            if (found.size() == last.length) {
                last = Arrays.copyOf(last, 2 * last.length);
            }
            last[found.size()] = -1;
            found.add(node(name));
            return found.size() - 1;
        }

        private void arrow(int needed, int by) {
            if (arrows == before.length) {
                before = Arrays.copyOf(before, 2 * arrows);
                needing = Arrays.copyOf(needing, 2 * arrows);
            }
            needing[arrows] = by;
            before[arrows] = last[needed];
            last[needed] = arrows++;
        }

        /** Removes nodes that may proceed, one after the other; the remaining ones never can. */
        Set<String> stuck(boolean withoutHumans) {
            int size = found.size();
            int[] open = new int[size];
            boolean[] helped = new boolean[size];
            int[] free = new int[size];
            int end = 0;
            for (int i = 0; i < size; i++) {
                Node node = found.get(i);
                open[i] = node.human()
                        ? withoutHumans ? 1 : 0
                        : node.all().size() + (node.any().isEmpty() ? 0 : 1);
                if (open[i] == 0) {
                    free[end++] = i;
                }
            }
            for (int at = 0; at < end; at++) {
                for (int arrow = last[free[at]]; arrow >= 0; arrow = before[arrow]) {
                    int by = needing[arrow] >= 0 ? needing[arrow] : -1 - needing[arrow];
                    boolean counts = needing[arrow] >= 0 || !helped[by];
                    helped[by] |= needing[arrow] < 0;
                    if (counts && --open[by] == 0) {
                        free[end++] = by;
                    }
                }
            }
            if (end == size) {
                return Set.of();
            }
            Set<String> stuck = HashSet.newHashSet(size - end);
            for (int i = 0; i < size; i++) {
                if (open[i] > 0) {
                    stuck.add(found.get(i).name());
                }
            }
            return stuck;
        }
    }
}
