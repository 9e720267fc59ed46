package io.infrafabric.bulkhead.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterTest {
    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "60,60000",
        "1.5,1500",
        "0,0",
        "1000000000,3600000",
        "'Sun, 29 Nov 2026 12:00:30 GMT',30000",
        "'Mon, 29 Nov 2027 12:00:30 GMT',3600000"
    })
    void seconds_and_dates_are_read_and_bounded(String header, long millis) {
        assertThat(RetryAfter.of(null, header, NOW)).contains(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource({"-1", "soon", "''", "1e9", "'Sun, 29 Nov 2020 12:00:30 GMT'"})
    void nonsense_is_none(String header) {
        assertThat(RetryAfter.of(null, header, NOW)).isEmpty();
    }

    @Test
    void milliseconds_go_first() {
        assertThat(RetryAfter.of("250", "60", NOW)).contains(Duration.ofMillis(250));
        assertThat(RetryAfter.of(null, null, NOW)).isEmpty();
    }
}
