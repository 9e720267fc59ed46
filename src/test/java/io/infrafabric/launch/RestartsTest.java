package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RestartsTest {

    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");

    @Test
    void allowsSoManyWithinAWhile() {
        var restarts = new Restarts(2, Duration.ofMinutes(10));

        assertThat(restarts.allow(NOW)).isTrue();
        assertThat(restarts.allow(NOW.plusSeconds(60))).isTrue();
        assertThat(restarts.allow(NOW.plusSeconds(599))).isFalse();
        assertThat(restarts.allow(NOW.plusSeconds(600))).isTrue();
        assertThat(restarts.allow(NOW.plusSeconds(601))).isFalse();
    }

    @Test
    void allowsNoneIfTold() {
        assertThat(new Restarts(0, Duration.ofMinutes(10)).allow(NOW)).isFalse();
    }
}
