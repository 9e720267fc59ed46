package io.infrafabric.coordinator.schedule;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.List;

/**
 * When a cron expression fires in a zone. Where clocks are put forward, a time of the day that falls into the gap fires once,
 * right after the gap. Where they are put back, a time that comes twice fires when it comes first. An interval, which goes on
 * through all hours of the day, goes on through both: it fires whenever the clock on the wall shows one of its minutes.
 */
public final class Firings {
    private final Cron cron;
    private final ZoneRules rules;

    public Firings(Cron cron, ZoneId zone) {
        this.cron = cron;
        this.rules = zone.getRules();
    }

    /** The first firing after this moment, {@code null} if there is none. */
    public Instant next(Instant after) {
        return cron.isInterval() ? nextOfInterval(after) : nextOfDay(after);
    }

    /** So many firings, of which the first is given; fewer if there are no more. */
    public List<Instant> from(Instant first, int most) {
        List<Instant> firings = new ArrayList<>(most);
        for (Instant at = first; at != null && firings.size() < most; at = next(at)) {
            firings.add(at);
        }
        return firings;
    }

    private Instant nextOfDay(Instant after) {
        LocalDateTime local = local(after);
        for (LocalDateTime time = cron.next(local); time != null; time = cron.next(time)) {
            Instant at = first(time);
            // Not so for what had come once already when the clock was put back.
            if (at.isAfter(after)) {
                return at;
            }
        }
        return null;
    }

    /** When this time comes first, or the end of the gap that it falls into. */
    private Instant first(LocalDateTime time) {
        ZoneOffsetTransition change = rules.getTransition(time);
        return change != null && change.isGap()
                ? change.getInstant()
                : time.toInstant(change == null ? rules.getOffset(time) : change.getOffsetBefore());
    }

    private Instant nextOfInterval(Instant after) {
        LocalDateTime time = cron.next(local(after));
        Instant from = after;
        while (time != null) {
            Instant at = time.toInstant(rules.getOffset(from));
            ZoneOffsetTransition change = rules.nextTransition(from);
            if (change == null || at.isBefore(change.getInstant())) {
                return at;
            }
            from = change.getInstant();
            time = cron.nextOrSame(local(from));
        }
        return null;
    }

    private LocalDateTime local(Instant at) {
        ZoneOffset offset = rules.getOffset(at);
        return LocalDateTime.ofEpochSecond(at.getEpochSecond(), at.getNano(), offset);
    }
}
