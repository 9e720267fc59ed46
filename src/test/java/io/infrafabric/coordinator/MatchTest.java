package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Examples.HALF_LIFE;
import static io.infrafabric.coordinator.Examples.NOW;
import static io.infrafabric.coordinator.Examples.session;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.infrafabric.coordinator.Match.Outcomes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MatchTest {
    private static final Offset<Double> EXACT = within(1e-9);

    @Test
    void a_score_is_half_domains_then_tools_then_recent_success() {
        Session half = session("ann", List.of("rust", "go"), List.of("cargo", "git", "make"));
        Match.Parts parts =
                Match.score(List.of("rust", "sql"), List.of("cargo", "git", "psql"), half, List.of(), NOW, HALF_LIFE);
        assertThat(parts.domain()).isEqualTo(0.5, EXACT);
        assertThat(parts.tool()).isEqualTo(2 / 3.0, EXACT);
        assertThat(parts.recentSuccess()).isEqualTo(0.5, EXACT);
        assertThat(parts.score()).isEqualTo(0.25 + 0.2 + 0.1, EXACT);
    }

    @Test
    void where_nothing_is_required_everybody_has_it() {
        assertThat(Match.covered(List.of(), List.of())).isEqualTo(1, EXACT);
        assertThat(Match.covered(List.of(), List.of("rust"))).isEqualTo(1, EXACT);
        assertThat(Match.covered(List.of("rust"), List.of())).isZero();
    }

    @Test
    void what_is_required_twice_counts_once() {
        assertThat(Match.covered(List.of("rust", "rust", "go"), List.of("rust")))
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
}
