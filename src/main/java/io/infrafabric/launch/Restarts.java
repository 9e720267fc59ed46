package io.infrafabric.launch;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How often a server that ended by itself is started again: at most so many times within a while. One that always ends again
 * has a cause that another start does not mend. For use by one thread.
 */
final class Restarts {

    private final int most;
    private final Duration within;
    private final Deque<Instant> past = new ArrayDeque<>();

    Restarts(int most, Duration within) {
        this.most = most;
        this.within = within;
    }

    /** Whether it may be started again now, which then counts. */
    boolean allow(Instant now) {
        while (!past.isEmpty() && !past.getFirst().plus(within).isAfter(now)) {
            past.removeFirst();
        }
        if (past.size() >= most) {
            return false;
        }
        past.addLast(now);
        return true;
    }
}
