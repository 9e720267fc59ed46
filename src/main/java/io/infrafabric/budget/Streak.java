package io.infrafabric.budget;

import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The failures of a session since its last success. Successes are known at once, in the transaction of the completion;
 * the channel reports failures in any order and arbitrarily late. What counts is when they happened, by the database's
 * clock: the newest failures stay if they are later than the newest success. So the same successes and failures make
 * the same streak in whatever order they come.
 *
 * @param after failures up to this moment no longer count: a success, or the breaker was reset or closed
 * @param expected when the last attempt failed that the channel may not have reported yet, {@code null} if none has
 * since. Without it and without failures a success has nothing to forget, now or later, and need not be written
 * @param newest newest first
 */
record Streak(Instant after, Instant expected, List<Failure> newest) {
    static final Streak NONE = new Streak(Instant.EPOCH, null, List.of());

    private static final String SEPARATOR = " ";
    private static final String PART = "/";
    private static final String EXPECTED = "!";

    /** One failed attempt: when it failed, and the event that reported it. */
    record Failure(Instant at, UUID event) {
        private String text() {
            return at + PART + event;
        }

        private static Failure parse(String text) {
            String[] parts = text.split(PART, -1);
            return new Failure(Instant.parse(parts[0]), UUID.fromString(parts[1]));
        }
    }

    /** The streak with this failure, if it is later than the last success and among the {@code most} newest ones. */
    Streak and(Failure failure, int most) {
        if (!failure.at().isAfter(after)) {
            return this;
        }
        List<Failure> merged = Stream.concat(newest.stream(), Stream.of(failure))
                .distinct()
                .sorted(Comparator.comparing(Failure::at)
                        .thenComparing(Failure::event)
                        .reversed())
                .limit(most)
                .toList();
        return new Streak(after, expected, merged);
    }

    /** Whether there are this many failures since the last success. */
    boolean isFailing(int count) {
        return newest.size() >= count;
    }

    /** The streak, expecting the channel to report a failure at this moment. */
    Streak expecting(Instant moment) {
        boolean isNewer = moment.isAfter(after) && (expected == null || moment.isAfter(expected));
        return isNewer ? new Streak(after, moment, newest) : this;
    }

    /** Whether a success has something to forget: a reported failure, or one that may be reported later. */
    boolean isForgettable() {
        return expected != null || !newest.isEmpty();
    }

    /**
     * The streak restarted at this moment: earlier failures are forgotten, and do not count if they are reported later.
     */
    Streak from(Instant moment) {
        return moment.isAfter(after)
                ? new Streak(
                        moment,
                        expected != null && expected.isAfter(moment) ? expected : null,
                        newest.stream()
                                .filter(failure -> failure.at().isAfter(moment))
                                .toList())
                : this;
    }

    /** Its form in a column. */
    String text() {
        return Stream.concat(
                        Stream.of(expected == null ? after.toString() : after + EXPECTED + expected),
                        newest.stream().map(Failure::text))
                .collect(Collectors.joining(SEPARATOR));
    }

    static Streak parse(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        String[] parts = text.split(SEPARATOR, -1);
        String[] moments = parts[0].split(EXPECTED, -1);
        return new Streak(
                Instant.parse(moments[0]),
                moments.length == 1 ? null : Instant.parse(moments[1]),
                Arrays.stream(parts).skip(1).map(Failure::parse).toList());
    }
}
