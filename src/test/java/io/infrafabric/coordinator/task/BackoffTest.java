package io.infrafabric.coordinator.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackoffTest {
    private final Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(1));

    @ParameterizedTest
    @CsvSource({"0,1", "1,1", "2,2", "3,4", "6,32", "7,60", "8,60", "100,60", "2147483647,60"})
    void the_rest_doubles_up_to_the_limit(int attempts, int seconds) {
        assertThat(backoff.after(attempts)).hasSeconds(seconds);
    }
}
