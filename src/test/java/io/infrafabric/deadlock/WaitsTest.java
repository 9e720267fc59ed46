package io.infrafabric.deadlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.deadlock.Waits.Message;
import io.infrafabric.deadlock.Waits.Mode;
import io.infrafabric.deadlock.Waits.Over;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WaitsTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant LATER = NOON.plusSeconds(60);
    private static final Waits NONE = Waits.none("ann");

    @Test
    void nobody_waits_since_a_time_that_has_not_come() {
        Waits waits =
                NONE.after(new Message.Put(List.of("session:bob"), Mode.ALL, null, null, LATER, null), Map.of(), NOON);
        assertThat(waits.open().get("session:bob").since()).isEqualTo(NOON);
        waits = NONE.after(new Message.Add(List.of("session:bob"), LATER, null), Map.of(), NOON);
        assertThat(waits.open().get("session:bob").since()).isEqualTo(NOON);
    }

    @Test
    void a_put_replaces_what_was_and_a_wait_that_stays_goes_on_from_when_it_began() {
        Waits first = NONE.after(put(null, "session:bob", "session:cy"), Map.of(), NOON);
        Waits second = first.after(put(null, "session:cy", "session:dan"), Map.of(), LATER);
        assertThat(second.open()).containsOnlyKeys("session:cy", "session:dan");
        assertThat(second.since(Set.of("session:cy"))).isEqualTo(NOON);
        assertThat(second.since(Set.of("session:dan"))).isEqualTo(LATER);
    }

    @Test
    void an_edge_that_is_added_leaves_the_others() {
        Waits waits = NONE.after(put(null, "session:bob"), Map.of(), NOON).after(add(null, "task:t"), Map.of(), LATER);
        assertThat(waits.open()).containsOnlyKeys("session:bob", "task:t");
        assertThat(waits.node().all()).containsExactly("session:bob", "task:t");
    }

    @Test
    void what_is_over_makes_no_edge() {
        Waits waits = NONE.after(put(null, "task:t", "session:bob"), Map.of("task:t", Over.DONE), NOON);
        assertThat(waits.open()).containsOnlyKeys("session:bob");
    }

    @Test
    void an_end_that_comes_before_its_edge_leaves_none_behind() {
        Waits waits = NONE.after(drop(2L, "session:bob"), Map.of(), NOON);
        assertThat(waits.isStale(add(1L, "session:bob"))).isTrue();
        assertThat(waits.after(add(1L, "session:bob"), Map.of(), LATER).open()).isEmpty();
        assertThat(waits.after(add(3L, "session:bob"), Map.of(), LATER).open()).containsOnlyKeys("session:bob");
    }

    @Test
    void of_alternatives_one_that_is_done_is_enough_but_one_that_is_gone_is_not() {
        Message any = new Message.Put(List.of("task:a", "task:b"), Mode.ANY, null, null, null, null);
        Waits waits = NONE.after(any, Map.of(), NOON);
        assertThat(waits.node().any()).containsExactly("task:a", "task:b");
        assertThat(waits.ended(Map.of("task:a", Over.DONE)).open()).isEmpty();
        assertThat(waits.ended(Map.of("task:a", Over.GONE)).open()).containsOnlyKeys("task:b");
        assertThat(NONE.after(any, Map.of("task:b", Over.DONE), NOON).open()).isEmpty();
    }

    @Test
    void what_the_fabric_knows_is_needed_besides_and_only_the_fabric_ends_it() {
        Message any = new Message.Put(List.of("task:a", "task:b"), Mode.ANY, null, null, null, null);
        Waits waits = NONE.after(any, Map.of(), NOON).withFabrics("blocker:x", NOON);
        assertThat(waits.node().all()).containsExactly("blocker:x");
        assertThat(waits.node().any()).containsExactly("task:a", "task:b");
        assertThat(waits.after(put(null), Map.of(), LATER).open()).containsOnlyKeys("blocker:x");
        assertThat(waits.after(drop(null, "blocker:x"), Map.of(), LATER).open()).containsKey("blocker:x");
        assertThat(waits.ended(Map.of("blocker:x", Over.DONE, "task:a", Over.DONE))
                        .open())
                .isEmpty();
        assertThat(waits.without(List.of("blocker:x")).open()).containsOnlyKeys("task:a", "task:b");
    }

    /** The newest word on each edge counts, in whatever order and however often words arrive. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void order_and_repetition_of_words_do_not_matter(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            List<Message> words = new ArrayList<>();
            int count = 1 + random.nextInt(8);
            for (long version = 1; version <= count; version++) {
                words.add(word(random, version));
            }
            Set<String> expected = said(words);
            List<Message> arriving = new ArrayList<>(words);
            for (int again = random.nextInt(4); again > 0; again--) {
                arriving.add(words.get(random.nextInt(words.size())));
            }
            Collections.shuffle(arriving, random);
            Waits waits = NONE;
            for (Message word : arriving) {
                waits = waits.after(word, Map.of(), NOON);
            }
            assertThat(waits.open().keySet())
                    .as("seed %d, round %d: %s", seed, round, arriving)
                    .isEqualTo(expected);
        }
    }

    /** By saying all in the order of the versions, on a plain set. */
    private static Set<String> said(List<Message> words) {
        Set<String> waits = new TreeSet<>();
        words.stream().sorted(Comparator.comparing(Message::version)).forEach(word -> {
            switch (word) {
                case Message.Put put -> {
                    waits.clear();
                    waits.addAll(put.targets());
                }
                case Message.Add add -> waits.addAll(add.targets());
                case Message.Drop drop -> drop.targets().forEach(waits::remove);
            }
        });
        return waits;
    }

    private static Message word(Random random, long version) {
        String[] targets = random.ints(random.nextInt(3), 0, 4)
                .distinct()
                .mapToObj(i -> "session:s" + i)
                .toArray(String[]::new);
        return switch (random.nextInt(3)) {
            case 0 -> put(version, targets);
            case 1 -> add(version, targets);
            default -> drop(version, targets);
        };
    }

    private static Message put(Long version, String... targets) {
        return new Message.Put(List.of(targets), Mode.ALL, null, null, null, version);
    }

    private static Message add(Long version, String... targets) {
        return new Message.Add(List.of(targets), null, version);
    }

    private static Message drop(Long version, String... targets) {
        return new Message.Drop(List.of(targets), version);
    }
}
