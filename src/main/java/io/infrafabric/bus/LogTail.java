package io.infrafabric.bus;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * The end of the event log, in the order of its numbers, without holes that may still be filled.
 *
 * <p>An event gets its number when it is written and is seen when its transaction commits, so a greater number may be seen
 * first. The tail stops before such a hole. A hole is empty for good when every transaction that was writing to the log
 * after the greater number was seen has ended, and a later look still finds nothing: then the transaction that took the
 * number was rolled back. Two events of one entity are never out of order, because the second one's transaction waits for
 * the first one's entity lock, and takes its numbers after that.
 *
 * <p>Keeps the newest events in memory, for all readers of the process. Thread-safe.
 */
final class LogTail {
    /** How many events one look of a reader passes by. */
    private static final int SCANNED = 2000;

    private final int mostEvents;
    private final long mostChars;
    private final ArrayList<Logged> recent = new ArrayList<>();
    /** How many at the start of {@code recent} are forgotten; they are cleared away when they are half of it. */
    private int forgotten;

    private long chars;
    private long floor;
    private long settled;
    /** Holes up to this number are empty for good. */
    private long emptyUpTo;
    /** A number that was seen beyond a hole, and who was writing to the log after that; 0 if there is no question. */
    private long beyond;

    private Set<String> writers = Set.of();

    /**
     * A tail that begins here.
     *
     * @param settled everything up to this number is known to be seen, or never to come
     */
    LogTail(long settled, int mostEvents, long mostChars) {
        this.settled = settled;
        this.floor = settled;
        this.mostEvents = mostEvents;
        this.mostChars = mostChars;
    }

    /** Everything up to this number was passed on to readers, or never will be seen. */
    synchronized long settled() {
        return settled;
    }

    /** Everything after this number and up to {@link #settled} is in memory. */
    synchronized long floor() {
        return floor;
    }

    /** A page of the log as one look saw it: what stands after {@link #settled}, by number. Gives what readers may have now. */
    synchronized List<Logged> take(List<Logged> page) {
        int taken = 0;
        for (Logged event : page) {
            if (event.seq() != settled + 1 && event.seq() - 1 > emptyUpTo) {
                break;
            }
            settled = event.seq();
            recent.add(event);
            chars += event.json().length();
            taken++;
        }
        forget();
        return List.copyOf(page.subList(0, taken));
    }

    /** Whether somebody has to find out who may still fill the hole before which this page was left. */
    synchronized boolean stopsIn(List<Logged> page) {
        return beyond == 0 && !page.isEmpty() && page.getLast().seq() > settled;
    }

    /** These were writing after a look saw this page, with a hole in it. */
    synchronized void hole(List<Logged> page, Set<String> writing) {
        beyond = page.getLast().seq();
        writers = Set.copyOf(writing);
    }

    /** Whether it is open who may fill a hole. */
    synchronized boolean isOpen() {
        return beyond > 0;
    }

    /** These are writing now. If all others have ended, the next look shows what the hole will ever have. */
    synchronized void stillWriting(Set<String> writing) {
        if (Collections.disjoint(writers, writing)) {
            emptyUpTo = Math.max(emptyUpTo, beyond);
            beyond = 0;
        }
    }

    private void forget() {
        while (recent.size() - forgotten > mostEvents || (chars > mostChars && recent.size() - forgotten > 1)) {
            Logged oldest = recent.get(forgotten);
            recent.set(forgotten++, null);
            floor = oldest.seq();
            chars -= oldest.json().length();
        }
        if (forgotten > recent.size() / 2) {
            recent.subList(0, forgotten).clear();
            forgotten = 0;
        }
    }

    /**
     * What a reader wants of the events after this number; {@code null} if they are no longer in memory.
     *
     * @param most events at most, and {@code mostChars} characters unless the first one alone is longer
     */
    synchronized Feed.Slice after(long seq, Wanted wanted, int most, int mostChars) {
        if (seq < floor) {
            return null;
        }
        List<Logged> found = new ArrayList<>();
        int index = firstAfter(seq);
        int end = Math.min(recent.size(), index + SCANNED);
        long upTo = Math.max(
                seq, end == recent.size() ? settled : recent.get(end - 1).seq());
        long length = 0;
        for (; index < end; index++) {
            Logged event = recent.get(index);
            if (wanted.wants(event)) {
                length += event.json().length();
                if (found.size() == most || (length > mostChars && !found.isEmpty())) {
                    return new Feed.Slice(found, event.seq() - 1, 0);
                }
                found.add(event);
            }
        }
        return new Feed.Slice(found, upTo, 0);
    }

    private int firstAfter(long seq) {
        int low = forgotten;
        int high = recent.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (recent.get(middle).seq() <= seq) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
