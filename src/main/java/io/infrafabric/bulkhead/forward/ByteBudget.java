package io.infrafabric.bulkhead.forward;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How many bytes the bodies of all calls of this process may take together, while they are in memory. One session may take half of
 * them, so that it starves nobody, or one body where that is more. A large body may wait until others have gone, and large ones go
 * in the order in which they came; small ones pass them. Thread-safe.
 */
final class ByteBudget {
    /** A body of this size or less waits for nobody: there is room for thousands of them. */
    static final int SMALL = 262_144;

    private final long most;
    private final long mostOfOne;
    private final Map<String, Long> bySession = new HashMap<>();
    private final Set<Wish> waiting = new LinkedHashSet<>();
    private long taken;

    /**
     * One that waits for its bytes.
     *
     * @param granted run once, on the thread that made room
     */
    record Wish(String session, long bytes, Runnable granted) {
        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

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

    /** Takes so many for a session; false if there are not so many left, or left for it, or if others wait for them. */
    synchronized boolean take(String session, long bytes) {
        if ((bytes > SMALL && !waiting.isEmpty()) || !isThere(session, bytes)) {
            return false;
        }
        add(session, bytes);
        return true;
    }

    /** The same for more bytes of a body that has some: it does not wait for those that have none. */
    synchronized boolean takeMore(String session, long bytes) {
        if (!isThere(session, bytes)) {
            return false;
        }
        add(session, bytes);
        return true;
    }

    private boolean isThere(String session, long bytes) {
        return taken + bytes <= most && isLeftFor(session, bytes);
    }

    private boolean isLeftFor(String session, long bytes) {
        return bySession.getOrDefault(session, 0L) + bytes <= mostOfOne;
    }

    private void add(String session, long bytes) {
        taken += bytes;
        bySession.merge(session, bytes, Long::sum);
    }

    /** Waits for bytes; false if there will never be so many. */
    boolean await(Wish wish) {
        if (wish.bytes() > Math.min(most, mostOfOne)) {
            return false;
        }
        synchronized (this) {
            waiting.add(wish);
        }
        grant();
        return true;
    }

    /** Waits no more; false if the bytes were taken before. */
    synchronized boolean withdraw(Wish wish) {
        return waiting.remove(wish);
    }

    /** Gives back what a session has taken. */
    void giveBack(String session, long bytes) {
        synchronized (this) {
            taken -= bytes;
            bySession.computeIfPresent(session, (_, own) -> own == bytes ? null : own - bytes);
        }
        grant();
    }

    /** Serves those that wait. One whose session has enough is passed over; but nobody passes one that only needs more room. */
    private void grant() {
        List<Wish> granted = new ArrayList<>();
        synchronized (this) {
            for (Iterator<Wish> all = waiting.iterator(); all.hasNext(); ) {
                Wish next = all.next();
                if (isLeftFor(next.session(), next.bytes())) {
                    if (!isThere(next.session(), next.bytes())) {
                        break;
                    }
                    all.remove();
                    add(next.session(), next.bytes());
                    granted.add(next);
                }
            }
        }
        granted.forEach(wish -> wish.granted().run());
    }

    /** How many are taken. */
    synchronized long taken() {
        return taken;
    }
}
