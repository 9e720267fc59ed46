package io.infrafabric.input;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The one format of a moment in a body, in the query or in a cursor: text as in RFC 3339, in the years 1970 to 9999.
 * The database accepts more, but a time far from every clock is a mistake, and some are beyond the range of the
 * database.
 */
public final class Rfc3339 {
    /** What callers should send. */
    public static final String EXPECTED = "a time as in RFC 3339, for example 2026-01-31T12:00:00Z";

    private static final Pattern SHAPE = Pattern.compile(
            "[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})");
    /** What callers should send for a day. */
    public static final String DAY_EXPECTED = "a day as in RFC 3339, for example 2026-01-31, in the years 1970 to 9999";

    private static final Pattern DAY = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");
    private static final Instant FIRST = Instant.EPOCH;
    private static final Instant END = Instant.parse("+10000-01-01T00:00:00Z");

    private static final int FIRST_YEAR = 1970;

    private Rfc3339() {}

    /** What callers should send instead of this text. */
    public static String expectedFor(String text) {
        return SHAPE.matcher(text).matches() ? EXPECTED + ", in the years 1970 to 9999" : EXPECTED;
    }

    /** The day; empty if the text is not a day or is out of bounds. */
    public static Optional<LocalDate> day(String text) {
        try {
            LocalDate day = DAY.matcher(text).matches() ? LocalDate.parse(text) : LocalDate.MIN;
            return day.getYear() < FIRST_YEAR ? Optional.empty() : Optional.of(day);
        } catch (DateTimeException _) {
            return Optional.empty();
        }
    }

    /**
     * The moment, as exact as the database keeps it (microseconds); empty if the text is not a moment or is out of
     * bounds.
     */
    public static Optional<Instant> parse(String text) {
        if (!SHAPE.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            Instant moment = OffsetDateTime.parse(text).toInstant();
            return moment.isBefore(FIRST) || !moment.isBefore(END)
                    ? Optional.empty()
                    : Optional.of(moment.truncatedTo(ChronoUnit.MICROS));
        } catch (DateTimeException _) {
            return Optional.empty();
        }
    }
}
