package io.infrafabric.input;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** Dates in headers (RFC 9110, 5.6.7). */
public final class HttpDate {
    private HttpDate() {}

    /** How long it is until this date; empty if the text is no date, or the date is past. */
    public static Optional<Duration> until(String text, Instant now) {
        try {
            Duration wait =
                    Duration.between(now, Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text.strip())));
            return wait.isNegative() ? Optional.empty() : Optional.of(wait);
        } catch (DateTimeException _) {
            return Optional.empty();
        }
    }
}
