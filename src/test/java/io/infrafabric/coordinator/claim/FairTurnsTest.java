package io.infrafabric.coordinator.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.infrafabric.coordinator.claim.FairTurns.Clock;
import io.infrafabric.coordinator.claim.FairTurns.Line;
import io.infrafabric.coordinator.task.Priority;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FairTurnsTest {
    private static final Line RED = new Line("red", Priority.P2);

    @Test
    void shares_are_the_weights_over_many_grants() {
        Map<String, Integer> served =
                serve(turns(Map.of("a", 1.0, "b", 2.0, "c", 5.0)), List.of("a", "b", "c"), 10_000);
        assertThat(served.get("a")).isCloseTo(1_250, within(63));
        assertThat(served.get("b")).isCloseTo(2_500, within(125));
        assertThat(served.get("c")).isCloseTo(6_250, within(313));
    }

    @Test
    void keys_without_a_weight_and_tasks_without_a_key_are_served_alike() {
        Map<String, Integer> served = serve(turns(Map.of()), List.of("a", "b", FairTurns.NO_KEY), 300);
        assertThat(served.values()).containsOnly(100);
    }

    @Test
    void a_new_key_is_served_in_its_first_round_and_has_saved_nothing_up() {
        FairTurns turns = turns(Map.of());
        serve(turns, List.of("a", "b"), 1_000);
        assertThat(serve(turns, List.of("a", "b", "new"), 3).get("new")).isEqualTo(1);
        assertThat(serve(turns, List.of("a", "b", "new"), 300).get("new")).isEqualTo(100);
    }

    @Test
    void a_key_that_had_nothing_for_a_while_gets_no_more_than_its_share_afterwards() {
        FairTurns turns = turns(Map.of());
        serve(turns, List.of("a", "idle"), 10);
        serve(turns, List.of("a"), 1_000);
        assertThat(serve(turns, List.of("a", "idle"), 100).get("idle")).isEqualTo(50);
    }

    @Test
    void nobody_takes_turns_where_nothing_was_read() {
        FairTurns turns = FairTurns.NONE.copy();
        turns.served("red", Priority.P2, "a");
        assertThat(turns.start("red", Priority.P2, "a")).isZero();
        assertThat(turns.moved()).isEmpty();
    }

    @Test
    void keys_that_are_not_ahead_are_forgotten() {
        FairTurns turns = turns(Map.of());
        serve(turns, List.of("a", "b"), 10);
        serve(turns, List.of("c"), 20);
        assertThat(turns.moved().get(RED).at()).containsOnlyKeys("c");
    }

    private static FairTurns turns(Map<String, Double> weights) {
        Map<String, Double> bySwarm = new HashMap<>();
        weights.forEach((key, weight) -> bySwarm.put(FreeKeys.of("red", key), weight));
        return new FairTurns(Map.of(RED, new Clock(0, Map.of())), bySwarm);
    }

    /** Serves whoever is next so many times, where each of these keys always has something queued. */
    private static Map<String, Integer> serve(FairTurns turns, List<String> keys, int times) {
        Map<String, Integer> served = new HashMap<>();
        for (int i = 0; i < times; i++) {
            String next = keys.stream()
                    .min(Comparator.comparingDouble(key -> turns.start("red", Priority.P2, key)))
                    .orElseThrow();
            turns.served("red", Priority.P2, next);
            served.merge(next, 1, Integer::sum);
        }
        return served;
    }
}
