package io.infrafabric.rescue;

import static io.infrafabric.rescue.Examples.can;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.coordinator.session.Match.Parts;
import io.infrafabric.rescue.Assignment.Wish;
import io.infrafabric.rescue.Ranking.Fit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AssignmentTest {

    @Test
    void one_blocker_gets_the_two_best() {
        assertThat(assigned(wish("b1", 2, fit("ann", 3, 0.8), fit("bob", 3, 0.95), fit("cid", 3, 0.9))))
                .isEqualTo(Map.of("b1", List.of("bob", "cid")));
    }

    @Test
    void nobody_is_asked_beyond_what_it_may_have() {
        Fit ann = fit("ann", 1, 0.9);
        assertThat(assigned(wish("b1", 2, ann), wish("b2", 2, ann)))
                .isEqualTo(Map.of("b1", List.of("ann"), "b2", List.of()));
        Fit two = fit("ann", 2, 0.9);
        assertThat(assigned(wish("b1", 2, two), wish("b2", 2, two), wish("b3", 2, two)))
                .isEqualTo(Map.of("b1", List.of("ann"), "b2", List.of("ann"), "b3", List.of()));
    }

    @Test
    void everybody_gets_one_before_anybody_gets_two() {
        Fit ann = fit("ann", 1, 0.9);
        Fit bob = fit("bob", 1, 0.8);
        assertThat(assigned(wish("b1", 2, ann, bob), wish("b2", 2, ann, bob)))
                .isEqualTo(Map.of("b1", List.of("ann"), "b2", List.of("bob")));
    }

    @Test
    void the_best_overall_beats_first_come_first_served() {
        // First come would give ann to b1, and nobody to b2.
        assertThat(assigned(wish("b1", 1, fit("ann", 1, 1.0), fit("bob", 1, 0.7)), wish("b2", 1, fit("ann", 1, 0.7))))
                .isEqualTo(Map.of("b1", List.of("bob"), "b2", List.of("ann")));
        // Both could have somebody either way; the sum decides: 0.9 + 0.9 and not 1.0 + 0.7.
        assertThat(assigned(
                        wish("b1", 1, fit("ann", 1, 1.0), fit("bob", 1, 0.9)),
                        wish("b2", 1, fit("ann", 1, 0.9), fit("bob", 1, 0.7))))
                .isEqualTo(Map.of("b1", List.of("bob"), "b2", List.of("ann")));
    }

    @Test
    void among_equals_the_first_wish_is_served() {
        assertThat(assigned(wish("z", 1, fit("ann", 1, 0.8)), wish("a", 1, fit("ann", 1, 0.8))))
                .isEqualTo(Map.of("z", List.of("ann"), "a", List.of()));
    }

    @Test
    void a_second_blocker_counts_as_load() {
        Fit ann = fit("ann", 3, 0.9);
        Fit bob = fit("bob", 3, 0.9);
        assertThat(assigned(wish("b1", 1, ann, bob), wish("b2", 1, ann, bob)).values())
                .containsExactlyInAnyOrder(List.of("ann"), List.of("bob"));
    }

    @Test
    void nothing_to_assign_is_nothing_assigned() {
        assertThat(Assignment.of(List.of())).isEmpty();
        assertThat(assigned(wish("b1", 2))).isEqualTo(Map.of("b1", List.of()));
        assertThat(assigned(wish("b1", 0, fit("ann", 1, 1)))).isEqualTo(Map.of("b1", List.of()));
    }

    @Test
    void too_many_at_once_are_refused() {
        List<Wish> many = IntStream.rangeClosed(0, Assignment.MOST)
                .mapToObj(i -> wish("b" + i, 1))
                .toList();
        assertThatThrownBy(() -> Assignment.of(many)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Against all ways that there are: the most blockers, then the highest sum, whatever comes first. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89})
    void it_is_the_best_of_all_ways(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 30; round++) {
            int sessions = 1 + random.nextInt(4);
            int[] places = random.ints(sessions, 1, 3).toArray();
            List<Wish> wishes = new ArrayList<>();
            for (int b = 0; b < 1 + random.nextInt(4); b++) {
                List<Fit> fits = new ArrayList<>();
                for (int s = 0; s < sessions; s++) {
                    if (random.nextInt(3) > 0) {
                        fits.add(fit("s" + s, places[s], (700_000 + random.nextInt(300_001)) / 1e6));
                    }
                }
                fits.sort(Fit.BEST);
                wishes.add(new Wish("b" + b, 1, fits));
            }
            Map<String, List<Fit>> assigned = Assignment.of(wishes);
            long[] best = best(wishes, 0, new HashMap<>());
            assertThat(count(assigned))
                    .as("seed %d, round %d: %s", seed, round, wishes)
                    .isEqualTo(best[0]);
            assertThat(sum(assigned))
                    .as("seed %d, round %d: %s", seed, round, wishes)
                    .isEqualTo(best[1]);
            Map<String, Integer> taken = new HashMap<>();
            assigned.values().stream().flatMap(List::stream).forEach(fit -> {
                int now = taken.merge(fit.candidate().id(), 1, Integer::sum);
                assertThat(now).isLessThanOrEqualTo(fit.candidate().free());
            });
            List<Wish> shuffled = new ArrayList<>(wishes);
            Collections.shuffle(shuffled, random);
            assertThat(sum(Assignment.of(shuffled))).isEqualTo(best[1]);
        }
    }

    private static long[] best(List<Wish> wishes, int from, Map<String, Integer> taken) {
        if (from == wishes.size()) {
            return new long[] {0, 0};
        }
        long[] best = best(wishes, from + 1, taken);
        for (Fit fit : wishes.get(from).fits()) {
            String id = fit.candidate().id();
            if (taken.getOrDefault(id, 0) < fit.candidate().free()) {
                taken.merge(id, 1, Integer::sum);
                long[] rest = best(wishes, from + 1, taken);
                taken.merge(id, -1, Integer::sum);
                long[] with = {rest[0] + 1, rest[1] + Math.round(fit.score() * 1e6)};
                best = with[0] > best[0] || (with[0] == best[0] && with[1] > best[1]) ? with : best;
            }
        }
        return best;
    }

    private static long count(Map<String, List<Fit>> assigned) {
        return assigned.values().stream().mapToLong(List::size).sum();
    }

    private static long sum(Map<String, List<Fit>> assigned) {
        return assigned.values().stream()
                .flatMap(List::stream)
                .mapToLong(fit -> Math.round(fit.score() * 1e6))
                .sum();
    }

    private static Map<String, List<String>> assigned(Wish... wishes) {
        Map<String, List<String>> ids = new TreeMap<>();
        Assignment.of(List.of(wishes))
                .forEach((blocker, fits) -> ids.put(
                        blocker, fits.stream().map(fit -> fit.candidate().id()).toList()));
        return ids;
    }

    private static Wish wish(String blocker, int rescuers, Fit... fits) {
        return new Wish(
                blocker, rescuers, List.of(fits).stream().sorted(Fit.BEST).toList());
    }

    private static Fit fit(String session, int places, double score) {
        return new Fit(can(session, List.of(), List.of(), "5", places, 0), new Parts(score, 1, 1), score);
    }
}
