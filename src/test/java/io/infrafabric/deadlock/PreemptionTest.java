package io.infrafabric.deadlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.deadlock.Preemption.Past;
import io.infrafabric.deadlock.Preemption.Policy;
import io.infrafabric.deadlock.WaitGraph.Node;
import io.infrafabric.deadlock.Waits.Message;
import io.infrafabric.deadlock.Waits.Mode;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jgrapht.alg.connectivity.KosarajuStrongConnectivityInspector;
import org.jgrapht.graph.DefaultDirectedGraph;
import org.jgrapht.graph.DefaultEdge;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PreemptionTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration SPARE = Duration.ofMinutes(10);

    private final Map<String, Node> nodes = new HashMap<>();
    private final Map<String, Node> queued = new HashMap<>();
    private final Map<String, Waits> waits = new HashMap<>();
    private final Map<String, Past> pasts = new HashMap<>();
    private Policy policy = Policy.LONGEST_WAITING;

    @Test
    void who_has_waited_longest_is_preempted_and_only_its_waits_in_the_cycle_end() {
        waits("ann", 5, "session:bob");
        waits("bob", 9, "session:ann", "session:zoe");
        Preemption preemption = only("ann");
        assertThat(preemption.victim()).isEqualTo("bob");
        assertThat(preemption.cycle()).containsExactly("session:ann", "session:bob");
        assertThat(preemption.endedWaits()).containsExactly("session:ann");
        assertThat(preemption.allClaims()).isTrue();
        assertThat(preemption.why()).contains("longest");
    }

    @Test
    void only_the_tasks_that_are_waited_for_are_given_up() {
        waits("ann", 1, "task:t");
        held("t", "bob", null);
        waits("bob", 9, "session:ann");
        Preemption preemption = only("ann");
        assertThat(preemption.victim()).isEqualTo("bob");
        assertThat(preemption.releasedTasks()).containsExactly("task:t");
        assertThat(preemption.allClaims()).isFalse();
        assertThat(preemption.cycle()).containsExactly("session:ann", "task:t", "session:bob");
    }

    @Test
    void who_waits_for_the_cycle_from_outside_is_never_taken_however_long_it_waits() {
        waits("old", 500, "session:ann");
        waits("ann", 1, "session:bob");
        waits("bob", 2, "session:ann");
        assertThat(only("old").victim()).isEqualTo("bob");
    }

    @Test
    void who_was_preempted_lately_is_spared_if_another_can_be_taken() {
        waits("ann", 5, "session:bob");
        waits("bob", 9, "session:ann");
        pasts.put("bob", new Past(NOON.minus(Duration.ofMinutes(9)), BigDecimal.ZERO));
        Preemption spared = only("ann");
        assertThat(spared.victim()).isEqualTo("ann");
        assertThat(spared.why()).contains("Spared, because they were preempted recently: bob");
        pasts.put("ann", new Past(NOON.minus(Duration.ofMinutes(1)), BigDecimal.ZERO));
        assertThat(only("ann").victim()).isEqualTo("bob");
        pasts.put("bob", new Past(NOON.minus(Duration.ofMinutes(11)), BigDecimal.ZERO));
        assertThat(only("ann").victim()).isEqualTo("bob");
    }

    @Test
    void by_the_other_policy_it_is_who_has_cost_least() {
        policy = Policy.LEAST_MONEY;
        waits("ann", 5, "session:bob");
        waits("bob", 9, "session:ann");
        pasts.put("bob", new Past(null, new BigDecimal("7.50")));
        assertThat(only("bob").victim()).isEqualTo("ann");
        pasts.put("ann", new Past(null, new BigDecimal("8")));
        assertThat(only("bob").victim()).isEqualTo("bob");
        assertThat(only("bob").why()).contains("7.50 US dollars");
    }

    @Test
    void who_waits_for_a_task_that_is_then_for_it_alone_no_longer_waits() {
        waits("ann", 9, "session:bob");
        held("t", "ann", "bob");
        waits("bob", 1, "task:t");
        List<Preemption> all = resolve("ann");
        assertThat(all).extracting(Preemption::victim).containsExactly("ann", "bob");
        assertThat(all.getFirst().releasedTasks()).containsExactly("task:t");
        assertThat(all.getLast().endedWaits()).containsExactly("task:t");
    }

    @Test
    void who_only_waits_for_itself_gives_nothing_up() {
        waits("cy", 1, "task:later");
        nodes.put("task:later", new Node("task:later", List.of("task:now"), List.of(), false));
        held("now", "cy", null);
        assertThat(only("cy").endedWaits()).containsExactly("task:later");
        assertThat(only("cy").releasedTasks()).isEmpty();
        assertThat(only("cy").allClaims()).isFalse();
    }

    /** Until nobody is deadlocked, and each victim in a cycle by JGraphT's components. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void nobody_is_deadlocked_afterwards_and_nobody_outside_a_cycle_was_taken(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            nodes.clear();
            waits.clear();
            int size = 2 + random.nextInt(10);
            for (int i = 0; i < size; i++) {
                String[] on = random.ints(random.nextInt(4), 0, size)
                        .mapToObj(other -> "session:s" + other)
                        .distinct()
                        .toArray(String[]::new);
                says("s" + i, random.nextInt(100), random.nextInt(3) == 0 ? Mode.ANY : Mode.ALL, on);
            }
            List<Preemption> all =
                    Preemption.resolve(Map.copyOf(nodes), Map.of(), waits, Map.of(), nodes.keySet(), rules());
            for (Preemption preemption : all) {
                String victim = WaitTarget.session(preemption.victim());
                assertThat(cyclic()).as("seed %d, round %d", seed, round).contains(victim);
                nodes.put(victim, nodes.get(victim).without(preemption.endedWaits()));
            }
            assertThat(WaitGraph.of(nodes).deadlocked(nodes.keySet()))
                    .as("seed %d, round %d", seed, round)
                    .isEmpty();
        }
    }

    private Set<String> cyclic() {
        DefaultDirectedGraph<String, DefaultEdge> theirs = new DefaultDirectedGraph<>(DefaultEdge.class);
        nodes.keySet().forEach(theirs::addVertex);
        Set<String> cyclic = new HashSet<>();
        nodes.values().forEach(node -> {
            node.all().forEach(to -> theirs.addEdge(node.name(), to));
            node.any().forEach(to -> theirs.addEdge(node.name(), to));
            if (theirs.containsEdge(node.name(), node.name())) {
                cyclic.add(node.name());
            }
        });
        new KosarajuStrongConnectivityInspector<>(theirs)
                .stronglyConnectedSets().stream().filter(set -> set.size() > 1).forEach(cyclic::addAll);
        return cyclic;
    }

    private void waits(String session, long minutes, String... on) {
        says(session, minutes, Mode.ALL, on);
    }

    private void says(String session, long minutes, Mode mode, String... on) {
        Message put = new Message.Put(List.of(on), mode, null, null, NOON.minus(Duration.ofMinutes(minutes)), null);
        Waits said = Waits.none(session).after(put, Map.of(), NOON);
        waits.put(session, said);
        nodes.put(said.node().name(), said.node());
    }

    private void held(String task, String holder, String assignee) {
        String name = WaitTarget.task(task);
        nodes.put(name, new Node(name, List.of(WaitTarget.session(holder)), List.of(), false));
        queued.put(
                name,
                new Node(name, assignee == null ? List.of() : List.of(WaitTarget.session(assignee)), List.of(), false));
    }

    private Preemption.Rules rules() {
        return new Preemption.Rules(policy, SPARE, NOON);
    }

    private List<Preemption> resolve(String start) {
        return Preemption.resolve(nodes, queued, waits, pasts, List.of(WaitTarget.session(start)), rules());
    }

    private Preemption only(String start) {
        List<Preemption> all = resolve(start);
        assertThat(all).hasSize(1);
        return all.getFirst();
    }
}
