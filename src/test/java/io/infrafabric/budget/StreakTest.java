package io.infrafabric.budget;

import static io.infrafabric.budget.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.Streak.Outcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class StreakTest {

    @Test
    void the_same_outcomes_make_the_same_streak_in_any_order_and_also_twice() {
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            outcomes.add(new Outcome(NOON.plusMillis(i / 2), new UUID(7, i), i % 3 == 0));
        }
        Streak expected = streak(outcomes);
        Random random = new Random(42);
        for (int round = 0; round < 100; round++) {
            List<Outcome> shuffled = new ArrayList<>(outcomes);
            shuffled.add(outcomes.get(random.nextInt(8)));
            Collections.shuffle(shuffled, random);
            assertThat(streak(shuffled)).isEqualTo(expected);
        }
    }

    @Test
    void only_the_newest_in_a_row_count() {
        Outcome a = outcome(1, false);
        Outcome b = outcome(2, false);
        Outcome c = outcome(3, false);
        assertThat(streak(List.of(a, b)).isFailing(3)).isFalse();
        assertThat(streak(List.of(a, b, c)).isFailing(3)).isTrue();
        assertThat(streak(List.of(a, b, c, outcome(4, true))).isFailing(3)).isFalse();
        assertThat(streak(List.of(a, b, c, outcome(0, true))).isFailing(3)).isTrue();
    }

    @Test
    void begun_anew_it_forgets_what_was_before() {
        Streak anew = streak(List.of(outcome(1, false), outcome(2, false))).from(NOON.plusSeconds(5));
        assertThat(anew.and(outcome(5, false), 3).newest()).isEmpty();
        assertThat(anew.and(outcome(6, false), 3).newest()).hasSize(1);
    }

    @Test
    void it_is_kept_as_text() {
        Streak streak =
                streak(List.of(outcome(1, false), outcome(2, true))).from(NOON).and(outcome(9, false), 3);
        assertThat(Streak.parse(streak.text())).isEqualTo(streak);
        assertThat(Streak.parse(Streak.NONE.text())).isEqualTo(Streak.NONE);
        assertThat(Streak.parse("")).isEqualTo(Streak.NONE);
    }

    private static Outcome outcome(long second, boolean success) {
        return new Outcome(NOON.plusSeconds(second), new UUID(1, second), success);
    }

    private static Streak streak(List<Outcome> outcomes) {
        Streak streak = Streak.NONE;
        for (Outcome outcome : outcomes) {
            streak = streak.and(outcome, 3);
        }
        return streak;
    }
}
