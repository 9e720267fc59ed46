package io.infrafabric.escalation;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * When a delivery that failed is tried again: exponential backoff with full jitter (each wait is random between zero
 * and the step), so that many deliveries to a receiver that was away do not all come back at once.
 *
 * @param attempts after this many it is dead
 * @param step the longest wait after the first attempt; doubles with each further one
 * @param longest the longest wait of all
 */
record Retry(int attempts, Duration step, Duration longest) {
    private static final int MOST_DOUBLINGS = 30;

    /** Whether no attempt is left after this many. */
    boolean isOver(int made) {
        return made >= attempts;
    }

    /**
     * The wait after {@code made} attempts (at least one).
     *
     * @param asked what the receiver asked for (Retry-After), or {@code null}; honoured up to the longest wait
     */
    Duration delay(int made, Duration asked, RandomGenerator random) {
        Duration bound = bound(made);
        Duration jittered = Duration.ofMillis(random.nextLong(bound.toMillis() + 1));
        Duration wish = asked == null ? Duration.ZERO : min(asked, longest);
        return jittered.compareTo(wish) < 0 ? wish : jittered;
    }

    /** The longest wait after {@code made} attempts. */
    Duration bound(int made) {
        int doublings = Math.min(made - 1, MOST_DOUBLINGS);
        return min(step.multipliedBy(1L << doublings), longest);
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
