package io.infrafabric.deadlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.deadlock.Preemption.Policy;
import io.infrafabric.deadlock.WaitGraph.Node;
import io.infrafabric.deadlock.Waits.Message;
import io.infrafabric.deadlock.Waits.Mode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jgrapht.alg.connectivity.KosarajuStrongConnectivityInspector;
import org.jgrapht.graph.DefaultDirectedGraph;
import org.jgrapht.graph.DefaultEdge;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * All rules together: words of several sessions arrive in any order, some of them often, and after each one it is looked from
 * that session alone, as {@code WaitTransaction} does. Repeat a run by its seed.
 */
class AnyOrderTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final int ROUNDS = 300;

    private record Word(String session, Message message) {}

    private final Map<String, Waits> waits = new TreeMap<>();
    private final Set<String> preempted = new HashSet<>();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void no_deadlock_is_missed_none_is_invented_and_nobody_outside_a_cycle_is_preempted(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            waits.clear();
            preempted.clear();
            int size = 2 + random.nextInt(7);
            List<Word> words = words(random, size);
            List<Word> arriving = new ArrayList<>(words);
            for (int again = random.nextInt(words.size()); again > 0; again--) {
                arriving.add(words.get(random.nextInt(words.size())));
            }
            Collections.shuffle(arriving, random);
            String as = "seed %d, round %d: %s".formatted(seed, round, arriving);
            arriving.forEach(word -> arrives(word, as));
            assertThat(reduced()).as(as).isEmpty();
            for (int i = 0; i < size; i++) {
                String session = "s" + i;
                Waits now = waits.getOrDefault(session, Waits.none(session));
                if (preempted.contains(session)) {
                    assertThat(said(words, session))
                            .as(as)
                            .containsAll(now.open().keySet());
                } else {
                    assertThat(now.open().keySet()).as(as).isEqualTo(said(words, session));
                }
            }
            Map<String, Waits> settled = Map.copyOf(waits);
            words.forEach(word -> arrives(word, as));
            assertThat(waits).as("nothing is new, %s", as).isEqualTo(settled);
        }
    }

    /** Takes a word in, and ends what it closed; by the oracle, that is all there is to end. */
    private void arrives(Word word, String as) {
        Waits before = waits.getOrDefault(word.session(), Waits.none(word.session()));
        waits.put(word.session(), before.after(word.message(), Map.of(), NOON));
        Set<String> stuck = reduced();
        String start = WaitTarget.session(word.session());
        Map<String, Node> nodes = nodes();
        assertThat(WaitGraph.of(nodes).deadlocked(List.of(start)).isEmpty())
                .as("found from %s, %s", start, as)
                .isEqualTo(stuck.isEmpty());
        for (Preemption preemption : Preemption.resolve(
                nodes,
                Map.of(),
                waits,
                Map.of(),
                List.of(start),
                new Preemption.Rules(Policy.LONGEST_WAITING, Duration.ofMinutes(10), NOON))) {
            String victim = WaitTarget.session(preemption.victim());
            assertThat(stuck).as(as).contains(victim);
            assertThat(cyclic()).as(as).contains(victim);
            waits.computeIfPresent(preemption.victim(), (id, its) -> its.without(preemption.endedWaits()));
            preempted.add(preemption.victim());
        }
        assertThat(reduced()).as(as).isEmpty();
    }

    private Map<String, Node> nodes() {
        Map<String, Node> nodes = new HashMap<>();
        waits.values().forEach(its -> nodes.put(its.node().name(), its.node()));
        return nodes;
    }

    /** The oracle for AND and OR mixed: who may go on is taken away, until nobody is. */
    private Set<String> reduced() {
        Map<String, Node> nodes = nodes();
        Set<String> stuck = new HashSet<>(nodes.keySet());
        boolean changed = true;
        while (changed) {
            changed = stuck.removeIf(name -> nodes.get(name).all().stream().noneMatch(stuck::contains)
                    && (nodes.get(name).any().isEmpty()
                            || !stuck.containsAll(nodes.get(name).any())));
        }
        return stuck;
    }

    /** The oracle for cycles: JGraphT's components. */
    private Set<String> cyclic() {
        DefaultDirectedGraph<String, DefaultEdge> theirs = new DefaultDirectedGraph<>(DefaultEdge.class);
        waits.values().forEach(its -> {
            theirs.addVertex(WaitTarget.session(its.session()));
            its.open().keySet().forEach(target -> {
                theirs.addVertex(target);
                theirs.addEdge(WaitTarget.session(its.session()), target);
            });
        });
        Set<String> cyclic = new HashSet<>();
        new KosarajuStrongConnectivityInspector<>(theirs)
                .stronglyConnectedSets().stream().filter(set -> set.size() > 1).forEach(cyclic::addAll);
        return cyclic;
    }

    /** What the session has said in the end, by saying all in the order of the versions. */
    private static Set<String> said(List<Word> words, String session) {
        Set<String> said = new TreeSet<>();
        words.stream()
                .filter(word -> word.session().equals(session))
                .map(Word::message)
                .sorted(Comparator.comparing(Message::version))
                .forEach(message -> {
                    switch (message) {
                        case Message.Put put -> {
                            said.clear();
                            said.addAll(put.targets());
                        }
                        case Message.Add add -> said.addAll(add.targets());
                        case Message.Drop drop -> drop.targets().forEach(said::remove);
                    }
                });
        return said;
    }

    private static List<Word> words(Random random, int size) {
        List<Word> words = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            int count = 1 + random.nextInt(5);
            for (long version = 1; version <= count; version++) {
                words.add(new Word("s" + i, word(random, i, size, version)));
            }
        }
        return words;
    }

    private static Message word(Random random, int session, int size, long version) {
        List<String> on = random.ints(random.nextInt(4), 0, size)
                .filter(other -> other != session)
                .distinct()
                .mapToObj(other -> "session:s" + other)
                .toList();
        return switch (random.nextInt(4)) {
            case 0 -> new Message.Put(on, Mode.ALL, null, null, null, version);
            case 1 -> new Message.Put(on, Mode.ANY, null, null, null, version);
            case 2 -> new Message.Add(on, null, version);
            default -> new Message.Drop(on, version);
        };
    }
}
