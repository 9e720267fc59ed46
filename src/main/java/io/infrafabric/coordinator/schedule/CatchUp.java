package io.infrafabric.coordinator.schedule;

import io.infrafabric.coordinator.schedule.Schedule.Missed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Which firings of a schedule are made now: one that is on time, or some of those that came while nothing of the fabric ran.
 *
 * @param made those of which tasks are made, oldest first
 * @param latest the last firing that was due
 * @param leftOut how many that were due are not made; {@value #MOST_COUNTED} or more are not counted to the end
 * @param next the first firing after now, {@code null} if there is none
 */
record CatchUp(List<Instant> made, Instant latest, int leftOut, Instant next) {
    static final int MOST_COUNTED = 100_000;

    /** After so many, only these last days are looked at: nobody wants what was due before. */
    private static final Duration LAST_DAYS = Duration.ofDays(60);

    /**
     * Decides.
     *
     * @param first the first firing that is due; not after {@code now}
     * @param late how old a firing may be and not be missed
     * @param most how many are made at once
     */
    static CatchUp decide(Firings firings, Missed missed, Instant first, Instant now, Duration late, int most) {
        Deque<Instant> newest = new ArrayDeque<>();
        int due = 0;
        Instant latest = first;
        Instant next = first;
        while (next != null && !next.isAfter(now)) {
            latest = next;
            newest.addLast(latest);
            if (newest.size() > most) {
                newest.removeFirst();
            }
            due++;
            Instant from = now.minus(LAST_DAYS);
            next = firings.next(due == MOST_COUNTED && from.isAfter(latest) ? from : latest);
        }
        int make = switch (missed) {
            case ALL -> newest.size();
            case LAST -> 1;
            case NONE -> latest.isBefore(now.minus(late)) ? 0 : 1;
        };
        List<Instant> made = newest.stream().skip(newest.size() - make).toList();
        return new CatchUp(made, latest, Math.min(due, MOST_COUNTED) - make, next);
    }
}
