package io.infrafabric.coordinator.session;

import static io.infrafabric.coordinator.Examples.HALF_LIFE;
import static io.infrafabric.coordinator.Examples.NOW;
import static io.infrafabric.coordinator.Examples.session;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.infrafabric.coordinator.session.Match.Outcomes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MatchTest {
    private static final Offset<Double> EXACT = within(1e-9);

    @Test
    void a_score_is_half_domains_then_tools_then_recent_success() {
        Session half = session("ann", List.of("rust", "go"), List.of("cargo", "git", "make"));
        Match.Parts parts = Match.score(
                need(List.of("rust", "sql"), List.of("cargo", "git", "psql")), half, Map.of(), NOW, HALF_LIFE);
        assertThat(parts.domain()).isEqualTo(0.5, EXACT);
        assertThat(parts.tool()).isEqualTo(2 / 3.0, EXACT);
        assertThat(parts.recentSuccess()).isEqualTo(0.5, EXACT);
        assertThat(parts.score()).isEqualTo(0.25 + 0.2 + 0.1, EXACT);
    }

    @Test
    void where_nothing_is_required_everybody_has_it() {
        assertThat(Match.covered(Set.of(), List.of())).isEqualTo(1, EXACT);
        assertThat(Match.covered(Set.of(), List.of("rust"))).isEqualTo(1, EXACT);
        assertThat(Match.covered(Set.of("rust"), List.of())).isZero();
    }

    @Test
    void what_is_required_twice_counts_once() {
        assertThat(Match.covered(need(List.of("rust", "rust", "go"), List.of()).domains(), List.of("rust", "rust")))
                .isEqualTo(0.5, EXACT);
    }

    @Test
    void a_newcomer_has_one_half() {
        assertThat(Match.recentSuccess(List.of(), NOW, HALF_LIFE)).isEqualTo(0.5, EXACT);
        assertThat(Match.recentSuccess(List.of(Outcomes.NONE), NOW, HALF_LIFE)).isEqualTo(0.5, EXACT);
    }

    @Test
    void outcomes_move_it_towards_what_they_say() {
        Outcomes one = Outcomes.NONE.and(true, NOW, HALF_LIFE);
        assertThat(Match.recentSuccess(List.of(one), NOW, HALF_LIFE)).isEqualTo(2 / 3.0, EXACT);
        Outcomes failed = Outcomes.NONE.and(false, NOW, HALF_LIFE);
        assertThat(Match.recentSuccess(List.of(failed), NOW, HALF_LIFE)).isEqualTo(1 / 3.0, EXACT);
        assertThat(Match.recentSuccess(List.of(one, failed), NOW, HALF_LIFE)).isEqualTo(0.5, EXACT);
    }

    @Test
    void what_is_one_half_life_old_counts_half() {
        Outcomes old = Outcomes.NONE.and(true, NOW.minus(HALF_LIFE), HALF_LIFE);
        assertThat(Match.recentSuccess(List.of(old), NOW, HALF_LIFE)).isEqualTo(1.5 / 2.5, EXACT);
        Outcomes both = old.and(false, NOW, HALF_LIFE);
        assertThat(both.successes()).isEqualTo(0.5, EXACT);
        assertThat(both.total()).isEqualTo(1.5, EXACT);
        assertThat(both.at()).isEqualTo(NOW);
    }

    @Test
    void an_older_outcome_that_comes_later_does_not_turn_the_clock_back() {
        Outcomes both = Outcomes.NONE.and(true, NOW, HALF_LIFE).and(true, NOW.minus(HALF_LIFE), HALF_LIFE);
        assertThat(both.at()).isEqualTo(NOW);
        assertThat(both.total()).isEqualTo(1.5, EXACT);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 42, 4711})
    void outcomes_commute(long seed) {
        Random random = new Random(seed);
        record Outcome(boolean success, Instant at) {}
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Instant at = NOW.minus(Duration.ofMinutes(random.nextInt(30 * 24 * 60)));
            outcomes.add(new Outcome(random.nextBoolean(), at));
        }
        double first = Double.NaN;
        for (int order = 0; order < 20; order++) {
            Collections.shuffle(outcomes, random);
            Outcomes sum = Outcomes.NONE;
            for (Outcome outcome : outcomes) {
                sum = sum.and(outcome.success(), outcome.at(), HALF_LIFE);
            }
            double success = Match.recentSuccess(List.of(sum), NOW, HALF_LIFE);
            if (order == 0) {
                first = success;
            }
            assertThat(success).as("order %d of seed %d", order, seed).isEqualTo(first, EXACT);
        }
    }

    @Test
    void exactly_seven_tenths_is_seven_tenths_however_it_is_summed_up() {
        for (int domains = 0; domains <= 30; domains++) {
            for (int tools = 0; tools <= 30; tools++) {
                // What recentSuccess must be for the three parts to come to 0.70, in thirtieths of thirds.
                double success = (0.70 - 0.50 * domains / 30 - 0.30 * tools / 30) / 0.20;
                if (success >= 0 && success <= 1) {
                    Match.Parts parts = new Match.Parts(domains / 30.0, tools / 30.0, success);
                    assertThat(parts.score()).as("%s", parts).isEqualTo(0.70);
                }
            }
        }
    }

    @Test
    void a_millionth_less_is_less() {
        assertThat(new Match.Parts(1, 0, 0.999995).score()).isEqualTo(0.699999).isLessThan(0.70);
        assertThat(new Match.Parts(1, 0, 0.99999999).score())
                .as("cut, not rounded")
                .isEqualTo(0.699999);
        assertThat(new Match.Parts(1, 0, 1).score()).isEqualTo(0.70);
    }

    @Test
    void with_nothing_needed_everybody_fits_but_for_what_it_has_done() {
        Session ann = session("ann");
        assertThat(Match.score(need(List.of(), List.of()), ann, Map.of(), NOW, HALF_LIFE)
                        .score())
                .isEqualTo(0.90);
    }

    @Test
    void five_hundred_names_in_any_script_are_compared_as_they_are() {
        List<String> five = IntStream.range(0, 500)
                .mapToObj(i -> "Fähigkeit-能力-" + i + "-🛠")
                .toList();
        Session half = session("ann", five.subList(0, 250), five);
        Match.Parts parts = Match.score(need(five, five), half, Map.of(), NOW, HALF_LIFE);
        assertThat(parts).isEqualTo(new Match.Parts(0.5, 1, 0.5));
        assertThat(parts.score()).isEqualTo(0.65);
        String composed = "é";
        String decomposed = "e\u0301";
        assertThat(Match.covered(Set.of(composed), List.of(decomposed))).isZero();
    }

    @Test
    void what_was_done_in_other_domains_does_not_count() {
        Map<String, Outcomes> done = Map.of("go", Outcomes.NONE.and(false, NOW, HALF_LIFE));
        Session ann = session("ann", List.of("rust", "go"), List.of());
        assertThat(Match.score(need(List.of("rust"), List.of()), ann, done, NOW, HALF_LIFE)
                        .recentSuccess())
                .isEqualTo(0.5);
        assertThat(Match.score(need(List.of("go"), List.of()), ann, done, NOW, HALF_LIFE)
                        .recentSuccess())
                .isEqualTo(1 / 3.0, EXACT);
    }

    @Test
    void a_word_without_success_loses_weight_after_four_half_lives() {
        Session ann = session("ann", List.of("rust", "go"), List.of());
        Match.Need both = need(List.of("rust", "go"), List.of());
        Instant trusted = NOW.plus(HALF_LIFE.multipliedBy(4));
        assertThat(Match.score(both, ann, Map.of(), trusted, HALF_LIFE).domain())
                .isEqualTo(1);
        Instant later = trusted.plus(HALF_LIFE);
        assertThat(Match.score(both, ann, Map.of(), later, HALF_LIFE).domain()).isEqualTo(0.5, EXACT);
        Map<String, Outcomes> shown = Map.of("rust", Outcomes.NONE.and(true, later, HALF_LIFE));
        assertThat(Match.score(both, ann, shown, later, HALF_LIFE).domain()).isEqualTo(0.75, EXACT);
        assertThat(Match.score(both, ann, shown, later.plus(HALF_LIFE), HALF_LIFE)
                        .domain())
                .as("a success of one half-life ago")
                .isEqualTo((0.5 + 0.25) / 2, EXACT);
        Map<String, Outcomes> failed = Map.of("rust", Outcomes.NONE.and(false, later, HALF_LIFE));
        assertThat(Match.score(both, ann, failed, later, HALF_LIFE).domain()).isEqualTo(0.5, EXACT);
    }

    private static Match.Need need(List<String> domains, List<String> tools) {
        return Match.Need.of(domains, tools);
    }
}
