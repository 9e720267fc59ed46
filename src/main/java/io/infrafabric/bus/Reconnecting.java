package io.infrafabric.bus;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long a connection that was lost, or did not open, stays closed: anything up to a limit that doubles with each failure in a
 * row (full jitter), so that the processes of an installation do not all come back to their broker at once. It never gives up.
 *
 * @param first the limit after one failure
 * @param most the limit after many
 */
record Reconnecting(Duration first, Duration most) {
    private static final int MOST_DOUBLINGS = 16;

    /**
     * The pause.
     *
     * @param before how many failures came in a row before this one
     */
    Duration pause(int before, RandomGenerator random) {
        long limit = Math.min(most.toMillis(), first.toMillis() << Math.min(before, MOST_DOUBLINGS));
        return Duration.ofMillis(random.nextLong(limit + 1));
    }
}
