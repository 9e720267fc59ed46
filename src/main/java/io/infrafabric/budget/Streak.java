package io.infrafabric.budget;

import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How the latest attempts of a session ended. Outcomes are told in any order; what is kept are the newest ones by the time
 * at which they happened, so that the same outcomes make the same streak in whatever order they come.
 *
 * @param after outcomes up to this moment count no more: the breaker was reset or closed then
 * @param newest newest first
 */
record Streak(Instant after, List<Outcome> newest) {
    static final Streak NONE = new Streak(Instant.EPOCH, List.of());

    private static final String SEPARATOR = " ";
    private static final String PART = "/";
    private static final String SUCCESS = "+";
    private static final String FAILURE = "-";

    /** How one attempt ended: the event that told so, and when it was written. */
    record Outcome(Instant at, UUID event, boolean success) {
        private String text() {
            return at + PART + event + PART + (success ? SUCCESS : FAILURE);
        }

        private static Outcome parse(String text) {
            String[] parts = text.split(PART, -1);
            return new Outcome(Instant.parse(parts[0]), UUID.fromString(parts[1]), parts[2].equals(SUCCESS));
        }
    }

    /** With this outcome, as far as it is among the {@code most} newest ones. */
    Streak and(Outcome outcome, int most) {
        if (!outcome.at().isAfter(after)) {
            return this;
        }
        List<Outcome> merged = Stream.concat(newest.stream(), Stream.of(outcome))
                .distinct()
                .sorted(Comparator.comparing(Outcome::at)
                        .thenComparing(Outcome::event)
                        .reversed())
                .limit(most)
                .toList();
        return new Streak(after, merged);
    }

    /** Whether the {@code count} newest outcomes are failures. */
    boolean isFailing(int count) {
        return newest.size() >= count && newest.stream().limit(count).noneMatch(Outcome::success);
    }

    /** Begun anew at this moment. */
    Streak from(Instant now) {
        return new Streak(now, List.of());
    }

    /** As it is kept in a column. */
    String text() {
        return Stream.concat(Stream.of(after.toString()), newest.stream().map(Outcome::text))
                .collect(Collectors.joining(SEPARATOR));
    }

    static Streak parse(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        String[] parts = text.split(SEPARATOR, -1);
        return new Streak(
                Instant.parse(parts[0]),
                Arrays.stream(parts).skip(1).map(Outcome::parse).toList());
    }
}
