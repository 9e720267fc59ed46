package io.infrafabric.deadlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.deadlock.WaitGraph.Knot;
import io.infrafabric.deadlock.WaitGraph.Node;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jgrapht.alg.connectivity.KosarajuStrongConnectivityInspector;
import org.jgrapht.graph.DefaultDirectedGraph;
import org.jgrapht.graph.DefaultEdge;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rule by examples, and against two oracles that know nothing of it, on random graphs (repeat one by its seed). */
class WaitGraphTest {
    private static final int ROUNDS = 300;

    /** The seed's graph of sessions that wait for sessions: found from wherever one looks, and named in the order of the waits. */
    @Test
    void cycle_detection() {
        Graph graph = new Graph()
                .all("a", "b", "c")
                .all("b", "d")
                .all("c", "d")
                .all("d", "e")
                .all("e")
                .all("z", "a");
        assertThat(graph.rule().deadlocked(graph.nodes.keySet()))
                .as("two ways to one end are no cycle")
                .isEmpty();

        graph.all("e", "c");

        Knot cycle = new Knot(Set.of("c", "d", "e"));
        assertThat(graph.nodes.keySet())
                .allSatisfy(from ->
                        assertThat(graph.rule().knots(List.of(from))).as(from).containsExactly(cycle));
        assertThat(graph.rule().cycle(cycle, "d")).containsExactly("d", "e", "c");
        assertThat(graph.rule().deadlocked(List.of("z")))
                .as("who waits for them cannot go on either")
                .containsExactlyInAnyOrder("a", "b", "c", "d", "e", "z");

        graph.all("d");

        assertThat(graph.rule().deadlocked(graph.nodes.keySet()))
                .as("one that goes on frees all")
                .isEmpty();
    }

    @Test
    void nobody_is_deadlocked_in_a_chain() {
        Graph graph = new Graph().all("a", "b").all("b", "c").all("c");
        assertThat(graph.rule().knots(List.of("a"))).isEmpty();
        assertThat(graph.rule().reachable(List.of("a"))).isEqualTo(3);
    }

    @Test
    void two_that_wait_for_each_other_are_a_knot_and_who_waits_for_them_is_not_in_it() {
        Graph graph = new Graph().all("a", "b").all("b", "a").all("c", "a");
        assertThat(graph.rule().deadlocked(List.of("c"))).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(graph.rule().knots(List.of("c"))).containsExactly(new Knot(Set.of("a", "b")));
        assertThat(graph.rule().cycle(new Knot(Set.of("a", "b")), "b")).containsExactly("b", "a");
    }

    @Test
    void who_waits_for_itself_is_a_knot_alone() {
        Graph graph = new Graph().all("a", "a");
        assertThat(graph.rule().knots(List.of("a"))).containsExactly(new Knot(Set.of("a")));
        assertThat(graph.rule().cycle(new Knot(Set.of("a")), "a")).containsExactly("a");
    }

    @Test
    void one_free_alternative_is_enough() {
        Graph graph = new Graph().all("a", "b").any("b", "a", "c").all("c");
        assertThat(graph.rule().deadlocked(List.of("a"))).isEmpty();
    }

    @Test
    void alternatives_that_are_all_tied_up_are_a_deadlock() {
        Graph graph = new Graph().all("a", "b").any("b", "a", "c").all("c", "b");
        assertThat(graph.rule().knots(List.of("a"))).containsExactly(new Knot(Set.of("a", "b", "c")));
        assertThat(graph.rule().cycle(new Knot(Set.of("a", "b", "c")), "a")).containsExactly("a", "b");
    }

    @Test
    void what_a_human_can_end_is_no_deadlock_but_is_known() {
        Graph graph = new Graph().all("a", "h").all("b", "a").all("c");
        graph.nodes.put("h", new Node("h", List.of("a"), List.of(), true));
        assertThat(graph.rule().deadlocked(List.of("b", "c"))).isEmpty();
        assertThat(graph.rule().needHumans(List.of("b", "c"))).containsExactlyInAnyOrder("a", "b", "h");
    }

    @Test
    void a_chain_may_be_longer_than_a_stack_is_deep() {
        Graph graph = new Graph();
        int last = 200_000;
        for (int i = 0; i < last; i++) {
            graph.all("n" + i, "n" + (i + 1));
        }
        assertThat(graph.rule().knots(List.of("n0"))).isEmpty();
        graph.all("n" + last, "n0");
        assertThat(graph.rule().knots(List.of("n5")).getFirst().members()).hasSize(last + 1);
    }

    /** AND alone: whoever reaches a cycle is deadlocked, and knots are the components that lead to no other cycle. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void with_and_alone_it_says_what_strongly_connected_components_say(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            int size = 2 + random.nextInt(12);
            Graph graph = Graph.random(random, size, random.nextInt(2 * size), 0);
            Set<Set<String>> expected = knotsByJGraphT(graph);
            assertThat(graph.rule().knots(graph.nodes.keySet()).stream()
                            .map(Knot::members)
                            .collect(Collectors.toSet()))
                    .as("seed %d, round %d: %s", seed, round, graph)
                    .isEqualTo(expected);
        }
    }

    /** AND and OR mixed: take away who may proceed until nothing changes, by looking at all again and again. */
    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15})
    void with_and_and_or_mixed_it_says_what_reducing_by_hand_says(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            int size = 2 + random.nextInt(12);
            Graph graph = Graph.random(random, size, random.nextInt(3 * size), 0.5);
            Set<String> stuck = reduced(graph.nodes);
            assertThat(graph.rule().deadlocked(graph.nodes.keySet()))
                    .as("seed %d, round %d: %s", seed, round, graph)
                    .isEqualTo(stuck);
            for (Knot knot : graph.rule().knots(graph.nodes.keySet())) {
                assertThat(stuck).containsAll(knot.members());
                for (String member : knot.members()) {
                    mustBeCycle(graph, knot, graph.rule().cycle(knot, member));
                }
            }
        }
    }

    /** From the changed node alone: as long as every deadlock is ended when it closes, no other node need be looked at. */
    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24, 25})
    void looking_from_the_last_change_alone_misses_nothing(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            int size = 2 + random.nextInt(10);
            Graph graph = Graph.random(random, size, 0, 0.4);
            for (int step = 0; step < 6 * size; step++) {
                String changed = graph.change(random);
                List<Knot> found = graph.rule().knots(List.of(changed));
                String as = "seed %d, round %d, step %d: %s".formatted(seed, round, step, graph);
                assertThat(found.isEmpty())
                        .as(as)
                        .isEqualTo(reduced(graph.nodes).isEmpty());
                while (!found.isEmpty()) {
                    Knot knot = found.getFirst();
                    assertThat(knot.members()).as(as).contains(changed);
                    List<String> members = List.copyOf(knot.members());
                    String victim = members.get(random.nextInt(members.size()));
                    graph.nodes.put(victim, graph.rule().node(victim).without(knot.members()));
                    found = graph.rule().knots(List.of(changed));
                }
                assertThat(reduced(graph.nodes)).as(as).isEmpty();
            }
        }
    }

    private static void mustBeCycle(Graph graph, Knot knot, List<String> cycle) {
        assertThat(knot.members()).containsAll(cycle);
        assertThat(cycle).doesNotHaveDuplicates();
        for (int i = 0; i < cycle.size(); i++) {
            assertThat(graph.needs(cycle.get(i))).contains(cycle.get((i + 1) % cycle.size()));
        }
    }

    private static Set<Set<String>> knotsByJGraphT(Graph graph) {
        DefaultDirectedGraph<String, DefaultEdge> theirs = new DefaultDirectedGraph<>(DefaultEdge.class);
        graph.nodes.keySet().forEach(theirs::addVertex);
        graph.nodes.keySet().forEach(from -> graph.needs(from).forEach(to -> theirs.addEdge(from, to)));
        List<Set<String>> cyclic = new KosarajuStrongConnectivityInspector<>(theirs)
                .stronglyConnectedSets().stream()
                        .filter(set -> set.size() > 1
                                || theirs.containsEdge(
                                        set.iterator().next(), set.iterator().next()))
                        .toList();
        return cyclic.stream()
                .filter(set -> cyclic.stream().noneMatch(other -> !other.equals(set) && reaches(graph, set, other)))
                .<Set<String>>map(TreeSet::new)
                .collect(Collectors.toSet());
    }

    private static boolean reaches(Graph graph, Set<String> from, Set<String> to) {
        Set<String> seen = new HashSet<>(from);
        List<String> next = new ArrayList<>(from);
        while (!next.isEmpty()) {
            for (String needed : graph.needs(next.removeLast())) {
                if (to.contains(needed)) {
                    return true;
                }
                if (seen.add(needed)) {
                    next.add(needed);
                }
            }
        }
        return false;
    }

    private static Set<String> reduced(Map<String, Node> nodes) {
        Set<String> stuck = new HashSet<>(nodes.keySet());
        boolean changed = true;
        while (changed) {
            changed = stuck.removeIf(name -> {
                Node node = nodes.get(name);
                return node.all().stream().noneMatch(stuck::contains)
                        && (node.any().isEmpty() || !stuck.containsAll(node.any()));
            });
        }
        return stuck;
    }

    private static final class Graph {
        private final Map<String, Node> nodes = new TreeMap<>();

        Graph all(String name, String... needed) {
            nodes.put(name, new Node(name, List.of(needed), List.of(), false));
            return this;
        }

        Graph any(String name, String... needed) {
            nodes.put(name, new Node(name, List.of(), List.of(needed), false));
            return this;
        }

        WaitGraph rule() {
            return WaitGraph.of(nodes);
        }

        Collection<String> needs(String name) {
            Set<String> needs = new TreeSet<>(nodes.get(name).all());
            needs.addAll(nodes.get(name).any());
            return needs;
        }

        /** Nodes, each with needs of both kinds where {@code mixed} says so, and that many edges. */
        static Graph random(Random random, int size, int edges, double mixed) {
            Graph graph = new Graph();
            Map<String, Boolean> or = new HashMap<>();
            for (int i = 0; i < size; i++) {
                graph.all("n" + i);
                or.put("n" + i, random.nextDouble() < mixed);
            }
            for (int i = 0; i < edges; i++) {
                String from = "n" + random.nextInt(size);
                graph.add(from, "n" + random.nextInt(size), or.get(from) && random.nextInt(4) > 0);
            }
            return graph;
        }

        private void add(String from, String to, boolean alternative) {
            Node node = nodes.get(from);
            Set<String> all = new TreeSet<>(node.all());
            Set<String> any = new TreeSet<>(node.any());
            (alternative ? any : all).add(to);
            nodes.put(from, new Node(from, List.copyOf(all), List.copyOf(any), false));
        }

        /** Adds or takes away one edge; the node whose edge it is. */
        String change(Random random) {
            List<String> names = List.copyOf(nodes.keySet());
            String from = names.get(random.nextInt(names.size()));
            List<String> needs = List.copyOf(needs(from));
            if (needs.isEmpty() || random.nextInt(4) > 0) {
                add(from, names.get(random.nextInt(names.size())), random.nextBoolean());
            } else {
                String ended = needs.get(random.nextInt(needs.size()));
                nodes.put(from, nodes.get(from).without(List.of(ended)));
            }
            return from;
        }

        @Override
        public String toString() {
            return nodes.values().toString();
        }
    }
}
