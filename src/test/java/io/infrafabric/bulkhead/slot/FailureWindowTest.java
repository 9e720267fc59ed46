package io.infrafabric.bulkhead.slot;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bulkhead.slot.FailureWindow.Threshold;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class FailureWindowTest {
    private static final Threshold THRESHOLD = new Threshold(Duration.ofSeconds(30), 5, 0.5);

    private final FailureWindow window = new FailureWindow();

    @Test
    void opens_at_the_rate_but_not_before_there_are_enough_calls() {
        for (int call = 0; call < 4; call++) {
            assertThat(counts(true, 0)).as("call %d", call).isFalse();
        }
        assertThat(counts(true, 1)).isTrue();
        assertThat(window.described()).isEqualTo("5 of 5 calls failed");
    }

    @Test
    void a_success_never_opens() {
        for (int call = 0; call < 4; call++) {
            counts(true, 0);
        }
        assertThat(counts(false, 0)).isFalse();
        assertThat(counts(true, 0)).isTrue();
    }

    @Test
    void stays_closed_below_the_rate() {
        for (int call = 0; call < 100; call++) {
            assertThat(counts(call % 3 == 0, call / 10)).as("call %d", call).isFalse();
        }
    }

    @Test
    void forgets_what_is_older_than_the_window() {
        for (int call = 0; call < 4; call++) {
            counts(true, 0);
        }
        assertThat(counts(true, 31)).isFalse();
    }

    private boolean counts(boolean failed, int second) {
        return window.counts(failed, THRESHOLD, Duration.ofSeconds(second).toNanos());
    }
}
