package io.infrafabric.launch;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Limits how often a server that ended by itself is restarted within a while. If it keeps ending, its cause is one that
 * a restart does not fix. For use by one thread.
 */
final class Restarts {

    private final int most;
    private final Duration within;
    private final Deque<Instant> past = new ArrayDeque<>();

    Restarts(int most, Duration within) {
        this.most = most;
        this.within = within;
    }

    /** Whether it may be restarted now; if so, counts the restart. */
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
