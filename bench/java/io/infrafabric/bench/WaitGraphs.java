package io.infrafabric.bench;

import io.infrafabric.deadlock.WaitGraph;
import io.infrafabric.deadlock.WaitGraph.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jgrapht.alg.cycle.CycleDetector;
import org.jgrapht.graph.DefaultDirectedGraph;
import org.jgrapht.graph.DefaultEdge;

/**
 * The rule alone, without any database: graphs in which nobody is deadlocked (edges go from a lower to a higher number, as
 * they would be left by a fabric that ends each deadlock when it closes), to which an edge is added and taken away again.
 */
final class WaitGraphs {
    private static final int CLOSING = 20;

    private final Random random;
    private final int size;
    private final Map<String, Node> nodes = new HashMap<>();

    /**
     * What was measured.
     *
     * @param added ms for an edge that closes nothing, found to close nothing
     * @param closed ms for an edge that closes a cycle, found
     * @param reachable how many nodes were looked at for an edge
     * @param full ms of JGraphT's search for any cycle in the whole graph
     */
    record Measured(int edges, double degree, Figures added, Figures closed, Figures reachable, Figures full) {}

    private WaitGraphs(int edges, double degree, long seed) {
        this.random = new Random(seed);
        this.size = Math.max(2, (int) (edges / degree));
        Map<Integer, Set<String>> needs = new HashMap<>();
        for (int i = 0; i < edges; i++) {
            int from = random.nextInt(size - 1);
            needs.computeIfAbsent(from, any -> new LinkedHashSet<>()).add(name(later(from)));
        }
        needs.forEach((from, targets) -> put(name(from), List.copyOf(targets)));
    }

    /** Measures {@code count} edges on a graph of {@code edges}, with {@code degree} edges a node on average. */
    static Measured measure(int edges, double degree, int count, int fullRounds) {
        WaitGraphs graph = new WaitGraphs(edges, degree, 7);
        graph.add(count / 4, new ArrayList<>());
        List<Long> added = new ArrayList<>();
        List<Double> reachable = graph.add(count, added);
        return new Measured(
                edges,
                degree,
                Figures.ofNanos(added),
                Figures.ofNanos(graph.close(Math.max(1, count / CLOSING))),
                Figures.of(reachable),
                Figures.ofNanos(graph.full(fullRounds)));
    }

    private List<Double> add(int count, List<Long> nanos) {
        List<Double> reachable = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = random.nextInt(size - 1);
            String from = name(number);
            String to = name(later(number));
            Node before = nodes.getOrDefault(from, Node.free(from));
            List<String> starts = List.of(from);
            long start = System.nanoTime();
            with(before, to);
            boolean deadlocked = !WaitGraph.of(nodes).knots(starts).isEmpty();
            nanos.add(System.nanoTime() - start);
            if (deadlocked) {
                throw new IllegalStateException("found a cycle where there is none");
            }
            reachable.add((double) WaitGraph.of(nodes).reachable(starts));
            restore(before);
        }
        return reachable;
    }

    /** From somewhere that can be reached back to the start. */
    private List<Long> close(int count) {
        List<Long> nanos = new ArrayList<>();
        List<String> names = List.copyOf(nodes.keySet());
        for (int i = 0; i < count; i++) {
            String first = names.get(random.nextInt(names.size()));
            String last = first;
            for (int steps = 0; steps < 10 && nodes.containsKey(last); steps++) {
                List<String> needs = nodes.get(last).all();
                last = needs.get(random.nextInt(needs.size()));
            }
            Node before = nodes.getOrDefault(last, Node.free(last));
            long start = System.nanoTime();
            with(before, first);
            boolean deadlocked = !WaitGraph.of(nodes).knots(List.of(last)).isEmpty();
            nanos.add(System.nanoTime() - start);
            if (!deadlocked) {
                throw new IllegalStateException("missed the cycle of " + first + " and " + last);
            }
            restore(before);
        }
        return nanos;
    }

    private List<Long> full(int rounds) {
        DefaultDirectedGraph<String, DefaultEdge> theirs = new DefaultDirectedGraph<>(DefaultEdge.class);
        nodes.keySet().forEach(theirs::addVertex);
        nodes.values().forEach(node -> node.all().forEach(needed -> {
            theirs.addVertex(needed);
            theirs.addEdge(node.name(), needed);
        }));
        List<Long> nanos = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            long start = System.nanoTime();
            boolean found = new CycleDetector<>(theirs).detectCycles();
            nanos.add(System.nanoTime() - start);
            if (found) {
                throw new IllegalStateException("JGraphT found a cycle where there is none");
            }
        }
        return nanos;
    }

    private void with(Node before, String added) {
        List<String> needs = new ArrayList<>(before.all());
        if (!needs.contains(added)) {
            needs.add(added);
        }
        put(before.name(), needs);
    }

    private void restore(Node before) {
        if (before.all().isEmpty()) {
            nodes.remove(before.name());
        } else {
            nodes.put(before.name(), before);
        }
    }

    private void put(String name, List<String> needs) {
        nodes.put(name, new Node(name, needs, List.of(), false));
    }

    private int later(int number) {
        return number + 1 + random.nextInt(size - number - 1);
    }

    private static String name(int number) {
        return "session:s" + number;
    }
}
