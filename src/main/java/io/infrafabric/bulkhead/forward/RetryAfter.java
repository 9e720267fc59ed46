package io.infrafabric.bulkhead.forward;

import io.infrafabric.input.HttpDate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/** How long a provider wants to be left alone. */
final class RetryAfter {
    /** Providers have asked for years. */
    static final Duration MOST = Duration.ofHours(1);

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}(\\.[0-9]{1,9})?");
    private static final double MILLIS = 1_000;

    private RetryAfter() {}

    /**
     * Reads {@code retry-after-ms} and {@code Retry-After} (seconds, or a date); at most an hour. Empty if there is none that
     * makes sense.
     *
     * @param millis the header of the first name; {@code null} for none
     * @param header the header of the second one; {@code null} for none
     */
    static Optional<Duration> of(String millis, String header, Instant now) {
        Optional<Duration> exact = number(millis, 1);
        return exact.isPresent() ? exact : number(header, MILLIS).or(() -> date(header, now));
    }

    private static Optional<Duration> number(String text, double unit) {
        if (text == null || !NUMBER.matcher(text.strip()).matches()) {
            return Optional.empty();
        }
        double wait = Math.min(Double.parseDouble(text.strip()) * unit, (double) MOST.toMillis());
        return Optional.of(Duration.ofMillis((long) Math.ceil(wait)));
    }

    private static Optional<Duration> date(String text, Instant now) {
        return text == null
                ? Optional.empty()
                : HttpDate.until(text, now).map(wait -> wait.compareTo(MOST) > 0 ? MOST : wait);
    }
}
