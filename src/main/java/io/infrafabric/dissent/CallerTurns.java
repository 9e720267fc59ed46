package io.infrafabric.dissent;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;

/**
 * Admits long jobs: one at a time for each caller, a few callers at once, the others in the order in which they asked.
 * So nobody waits because somebody else asks often. Thread-safe; jobs run outside the lock.
 */
final class CallerTurns<K> {

    /** The answer to a caller. */
    enum Asked {
        /** The job starts now, or when its turn comes. */
        TAKEN,
        /** The caller already has a job under way or waiting. */
        TWICE,
        /** Too many callers wait. */
        FULL
    }

    private record Waiting<K>(K caller, Runnable start) {}

    private final int atOnce;
    private final int mostWaiting;
    private final Set<K> callers = new HashSet<>();
    private final Queue<Waiting<K>> waiting = new ArrayDeque<>();
    private int running;

    /**
     * @param atOnce the most callers at once
     * @param mostWaiting the most further callers that wait
     */
    CallerTurns(int atOnce, int mostWaiting) {
        this.atOnce = atOnce;
        this.mostWaiting = mostWaiting;
    }

    /** Runs {@code start} when it is the caller's turn; {@link #over} must follow. */
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

    /** Ends the caller's turn, and begins the next one's. */
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
