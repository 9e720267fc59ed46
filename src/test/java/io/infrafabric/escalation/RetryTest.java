package io.infrafabric.escalation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class RetryTest {
    private final Retry retry = new Retry(16, Duration.ofSeconds(5), Duration.ofHours(6));

    @Test
    void the_bound_doubles_up_to_the_longest_wait() {
        assertThat(retry.bound(1)).isEqualTo(Duration.ofSeconds(5));
        assertThat(retry.bound(2)).isEqualTo(Duration.ofSeconds(10));
        assertThat(retry.bound(10)).isEqualTo(Duration.ofSeconds(2560));
        assertThat(retry.bound(15)).isEqualTo(Duration.ofHours(6));
        assertThat(retry.bound(1_000_000)).isEqualTo(Duration.ofHours(6));
    }

    @Test
    void the_wait_is_anywhere_below_the_bound() {
        RandomGenerator random = new SplittableRandom(7);
        Duration least = retry.bound(4);
        Duration most = Duration.ZERO;
        for (int i = 0; i < 10_000; i++) {
            Duration delay = retry.delay(4, null, random);
            assertThat(delay).isBetween(Duration.ZERO, retry.bound(4));
            least = delay.compareTo(least) < 0 ? delay : least;
            most = delay.compareTo(most) > 0 ? delay : most;
        }
        assertThat(least).isLessThan(Duration.ofSeconds(1));
        assertThat(most).isGreaterThan(Duration.ofSeconds(39));
    }

    @Test
    void the_same_seed_waits_the_same() {
        assertThat(retry.delay(9, null, new SplittableRandom(42)))
                .isEqualTo(retry.delay(9, null, new SplittableRandom(42)));
    }

    @Test
    void what_the_receiver_asks_for_is_kept_within_bounds() {
        assertThat(retry.delay(1, Duration.ofMinutes(2), new SplittableRandom(1)))
                .isEqualTo(Duration.ofMinutes(2));
        assertThat(retry.delay(1, Duration.ofDays(9), new SplittableRandom(1))).isEqualTo(Duration.ofHours(6));
    }

    @Test
    void a_receiver_that_is_away_for_five_minutes_does_not_use_up_the_attempts() {
        for (int seed = 0; seed < 10_000; seed++) {
            RandomGenerator random = new SplittableRandom(seed);
            Duration until = Duration.ZERO;
            for (int made = 1; !retry.isOver(made); made++) {
                until = until.plus(retry.delay(made, null, random));
            }
            assertThat(until).as("seed %d", seed).isGreaterThan(Duration.ofMinutes(5));
        }
    }
}
