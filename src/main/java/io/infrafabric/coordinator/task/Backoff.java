package io.infrafabric.coordinator.task;

import java.time.Duration;

/** How long a task rests after a failed attempt: doubling, with a limit. */
public record Backoff(Duration first, Duration limit) {

    /** The rest after the given number of failed attempts (from 1). */
    Duration after(int attempts) {
        int doublings = Math.min(Math.max(attempts - 1, 0), 30);
        Duration wait = first.multipliedBy(1L << doublings);
        return wait.compareTo(limit) > 0 ? limit : wait;
    }
}
