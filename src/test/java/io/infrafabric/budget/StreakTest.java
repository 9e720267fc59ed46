package io.infrafabric.budget;

import static io.infrafabric.budget.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.Streak.Failure;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreakTest {
    private static final int MOST = 3;

    @ParameterizedTest
    @ValueSource(longs = {1, 42, 2026, 991})
    void the_same_successes_and_failures_make_the_same_streak_in_any_order_and_also_twice(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            List<UnaryOperator<Streak>> told = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                // Few moments, so that some things happen at once.
                Instant at = NOON.plusMillis(random.nextInt(6));
                if (random.nextInt(4) == 0) {
                    told.add(streak -> streak.from(at));
                } else {
                    Failure failure = new Failure(at, new UUID(seed, random.nextInt(100)));
                    told.add(streak -> streak.and(failure, MOST));
                    told.add(streak -> streak.expecting(at));
                }
            }
            Streak expected = streak(told);
            List<UnaryOperator<Streak>> shuffled = new ArrayList<>(told);
            shuffled.add(told.get(random.nextInt(told.size())));
            Collections.shuffle(shuffled, random);
            assertThat(streak(shuffled)).as("seed %d, round %d", seed, round).isEqualTo(expected);
        }
    }

    /** What spares a write: the database sees the ends of attempts in one order, the channel tells of failures in any. */
    @ParameterizedTest
    @ValueSource(longs = {1, 42, 2026, 991})
    void a_success_that_finds_nothing_to_forget_need_not_be_kept(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            Streak always = Streak.NONE;
            Streak sparing = Streak.NONE;
            List<Failure> untold = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                Instant at = NOON.plusSeconds(i);
                if (random.nextInt(3) == 0) {
                    always = always.from(at);
                    sparing = sparing.isForgettable() ? sparing.from(at) : sparing;
                } else {
                    always = always.expecting(at);
                    sparing = sparing.expecting(at);
                    untold.add(new Failure(at, new UUID(seed, i)));
                }
                while (!untold.isEmpty() && random.nextInt(3) == 0) {
                    Failure late = untold.remove(random.nextInt(untold.size()));
                    always = always.and(late, MOST);
                    sparing = sparing.and(late, MOST);
                }
                assertThat(sparing.newest())
                        .as("seed %d, round %d", seed, round)
                        .isEqualTo(always.newest());
            }
            for (Failure late : untold) {
                always = always.and(late, MOST);
                sparing = sparing.and(late, MOST);
            }
            assertThat(sparing.newest()).as("seed %d, round %d", seed, round).isEqualTo(always.newest());
        }
    }

    @Test
    void only_failures_since_the_last_success_count() {
        Streak two = Streak.NONE.and(failure(1), MOST).and(failure(2), MOST);
        assertThat(two.isFailing(3)).isFalse();
        assertThat(two.and(failure(3), MOST).isFailing(3)).isTrue();
        assertThat(two.and(failure(3), MOST).from(at(4)).isFailing(1)).isFalse();
        assertThat(two.and(failure(3), MOST).from(at(0)).isFailing(3)).isTrue();
        assertThat(two.from(at(1)).and(failure(3), MOST).newest()).hasSize(2);
    }

    @Test
    void what_is_told_after_a_later_success_does_not_count() {
        Streak succeeded = Streak.NONE.expecting(at(1)).from(at(5));
        assertThat(succeeded.isForgettable()).isFalse();
        assertThat(succeeded.and(failure(1), MOST).newest()).isEmpty();
        assertThat(succeeded.and(failure(5), MOST).newest()).isEmpty();
        assertThat(succeeded.and(failure(6), MOST).newest()).hasSize(1);
    }

    @Test
    void a_success_that_began_earlier_leaves_a_later_failure_to_be_told() {
        assertThat(Streak.NONE.expecting(at(5)).from(at(4)).isForgettable()).isTrue();
    }

    @Test
    void it_is_kept_as_text() {
        Streak streak = Streak.NONE
                .and(failure(1), MOST)
                .from(at(1))
                .and(failure(9), MOST)
                .and(failure(7), MOST);
        assertThat(Streak.parse(streak.text())).isEqualTo(streak);
        assertThat(Streak.parse(streak.expecting(at(10)).text())).isEqualTo(streak.expecting(at(10)));
        assertThat(Streak.parse(Streak.NONE.text())).isEqualTo(Streak.NONE);
        assertThat(Streak.parse("")).isEqualTo(Streak.NONE);
    }

    private static Instant at(long second) {
        return NOON.plusSeconds(second);
    }

    private static Failure failure(long second) {
        return new Failure(at(second), new UUID(1, second));
    }

    private static Streak streak(List<UnaryOperator<Streak>> told) {
        Streak streak = Streak.NONE;
        for (UnaryOperator<Streak> one : told) {
            streak = one.apply(streak);
        }
        return streak;
    }
}
