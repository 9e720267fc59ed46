package io.infrafabric.bus;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ReconnectingTest {
    private final Reconnecting reconnecting = new Reconnecting(Duration.ofMillis(100), Duration.ofSeconds(5));

    @Test
    void thePausesOfProcessesDiffer() {
        assertThat(pauses(3).distinct().count()).isGreaterThan(400);
        assertThat(pauses(3).mapToLong(Duration::toMillis).average().orElseThrow())
                .as("of 0 to 800 ms")
                .isBetween(350.0, 450.0);
    }

    @Test
    void theyGrowUpToALimitAndNeverEnd() {
        assertThat(longest(0)).isBetween(90L, 100L);
        assertThat(longest(1)).isBetween(190L, 200L);
        assertThat(longest(4)).isBetween(1500L, 1600L);
        for (int failures : new int[] {6, 63, 64, 1_000_000, Integer.MAX_VALUE}) {
            assertThat(longest(failures)).isBetween(4900L, 5000L);
        }
    }

    private long longest(int failures) {
        return pauses(failures).mapToLong(Duration::toMillis).max().orElseThrow();
    }

    private Stream<Duration> pauses(int failures) {
        SplittableRandom random = new SplittableRandom(7);
        return IntStream.range(0, 1000).mapToObj(process -> reconnecting.pause(failures, random));
    }
}
