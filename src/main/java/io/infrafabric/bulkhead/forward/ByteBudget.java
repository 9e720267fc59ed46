package io.infrafabric.bulkhead.forward;

import java.util.HashMap;
import java.util.Map;

/**
 * How many bytes the bodies of all calls of this process may take together, while they are in memory. One session may take half of
 * them, so that it starves nobody, or one body where that is more.
 */
final class ByteBudget {
    private final long most;
    private final long mostOfOne;
    private final Map<String, Long> bySession = new HashMap<>();
    private long taken;

    /** @param largest the largest body that there may be */
    ByteBudget(long most, long largest) {
        this.most = most;
        this.mostOfOne = Math.max(most / 2, largest);
    }

    /**
     * A budget that fits into the memory of this process. Of a heap two thirds may be for what lives long: so one
     * third is for bodies.
     */
    static ByteBudget within(long heap, long most, long largest) {
        return new ByteBudget(Math.min(most, heap / 3), largest);
    }

    /** Takes so many for a session; false if there are not so many left, or left for it. */
    synchronized boolean take(String session, long bytes) {
        long own = bySession.getOrDefault(session, 0L) + bytes;
        if (taken + bytes > most || own > mostOfOne) {
            return false;
        }
        taken += bytes;
        bySession.put(session, own);
        return true;
    }

    /** Gives back what a session has taken. */
    synchronized void giveBack(String session, long bytes) {
        taken -= bytes;
        bySession.computeIfPresent(session, (_, own) -> own == bytes ? null : own - bytes);
    }

    /** How many are taken. */
    synchronized long taken() {
        return taken;
    }
}
