package io.infrafabric.input;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Rfc3339Test {
    @ParameterizedTest
    @CsvSource({
        "2026-01-31T12:00:00Z, 2026-01-31T12:00:00Z",
        "2026-01-31t12:00:00.1234567z, 2026-01-31T12:00:00.123456Z",
        "2026-01-31T14:00:00+02:00, 2026-01-31T12:00:00Z",
        "1970-01-01T00:00:00Z, 1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z, 9999-12-31T23:59:59.999999Z",
    })
    void a_moment_is_read_to_the_microsecond(String text, Instant moment) {
        assertThat(Rfc3339.parse(text)).contains(moment);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1795884064893",
                "1e300",
                "tomorrow",
                "2026-01-31",
                "2026-01-31T12:00Z",
                "2026-01-31T12:00:00",
                "2026-02-30T12:00:00Z",
                "2026-01-31T25:00:00Z",
                "2026-01-31T12:00:00+99:00",
                "2026-01-31T12:00:00Z\0",
                "٢٠٢٦-01-31T12:00:00Z",
                "1969-12-31T23:59:59Z",
                "1970-01-01T00:00:00+00:01",
                "0000-01-01T00:00:00Z",
                "-0001-01-01T00:00:00Z",
                "9999-12-31T23:59:59-00:01",
                "+10000-01-01T00:00:00Z",
                "+294277-01-01T00:00:00Z",
                "-999999999-01-01T00:00:00Z",
            })
    void everything_else_is_none(String text) {
        assertThat(Rfc3339.parse(text)).isEmpty();
    }

    @Test
    void a_day_is_one_of_these_years() {
        assertThat(Rfc3339.day("2026-01-31")).contains(LocalDate.of(2026, 1, 31));
        assertThat(Rfc3339.day("1970-01-01")).isPresent();
        assertThat(Rfc3339.day("9999-12-31")).isPresent();
        for (String none : List.of(
                "",
                "20260131",
                "2026-02-30",
                "1969-12-31",
                "+10000-01-01",
                "-999999999-01-01",
                "2026-01-31T12:00:00Z")) {
            assertThat(Rfc3339.day(none)).as(none).isEmpty();
        }
    }
}
