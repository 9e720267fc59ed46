package io.infrafabric.dissent;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;

/**
 * Who may do something that takes long, and when: one at a time for each caller, some callers at once, the others in the
 * order in which they asked. So nobody waits because of how often somebody else asks. Thread-safe; what starts is run
 * outside the lock.
 */
final class CallerTurns<K> {

    /** What is said to who asks. */
    enum Asked {
        /** It is started, now or when its turn comes. */
        TAKEN,
        /** The caller has one under way, or waits for its turn. */
        TWICE,
        /** Too many wait. */
        FULL
    }

    private record Waiting<K>(K caller, Runnable start) {}

    private final int atOnce;
    private final int mostWaiting;
    private final Set<K> callers = new HashSet<>();
    private final Queue<Waiting<K>> waiting = new ArrayDeque<>();
    private int running;

    /**
     * @param atOnce how many callers at once
     * @param mostWaiting how many more may wait
     */
    CallerTurns(int atOnce, int mostWaiting) {
        this.atOnce = atOnce;
        this.mostWaiting = mostWaiting;
    }

    /** Has {@code start} run when it is the caller's turn; {@link #over} has to follow. */
    Asked ask(K caller, Runnable start) {
        synchronized (this) {
            if (callers.contains(caller)) {
                return Asked.TWICE;
            }
            if (running >= atOnce) {
                if (waiting.size() >= mostWaiting) {
                    return Asked.FULL;
                }
                callers.add(caller);
                waiting.add(new Waiting<>(caller, start));
                return Asked.TAKEN;
            }
            callers.add(caller);
            running++;
        }
        start.run();
        return Asked.TAKEN;
    }

    /** The caller's turn is over; the next one's begins. */
    void over(K caller) {
        Waiting<K> next;
        synchronized (this) {
            callers.remove(caller);
            next = waiting.poll();
            if (next == null) {
                running--;
            }
        }
        if (next != null) {
            next.start().run();
        }
    }
}
