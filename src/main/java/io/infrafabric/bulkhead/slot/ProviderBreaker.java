package io.infrafabric.bulkhead.slot;

import io.infrafabric.bulkhead.slot.FailureWindow.Threshold;
import java.time.Duration;
import java.util.UUID;

/**
 * The breaker of a provider as this process sees it. The database has the truth, a row with a version; this is what was
 * last seen of it, with what this process wants to write: that it opens, that it asks for the probe, what the probe came to. Not
 * thread-safe.
 */
final class ProviderBreaker {
    /** Until an operator closes it. */
    private static final long NO_END = Long.MAX_VALUE;

    /** How long callers rest while a probe is under way, whose end nobody knows. */
    private static final Duration WHILE_PROBED = Duration.ofSeconds(5);

    /** How long callers rest if nobody knows the end at all. */
    private static final Duration UNKNOWN = Duration.ofMinutes(5);

    /**
     * The row as it was seen.
     *
     * @param left until when it is open, {@code null}: until it is closed
     * @param probing whether a call is under way that decides
     */
    record Seen(long version, boolean open, String reason, Duration left, boolean probing) {
        static final Seen CLOSED = new Seen(0, false, null, null, false);
    }

    /** That the breaker opens, unless the row has changed since this version. */
    record Trip(long version, String why) {}

    /** What a probe came to. */
    enum Result {
        /** The provider works. */
        CLOSE,
        /** It does not. */
        REOPEN,
        /** Nobody knows; another call may probe. */
        RELEASE
    }

    /** Whether calls may pass. */
    sealed interface Way {
        record Clear() implements Way {}

        /** The next call may try whether the provider works, if no other process does. */
        record Probe() implements Way {}

        record Closed(String reason, Duration retryAfter) implements Way {}
    }

    private enum Phase {
        ASKED,
        WON,
        OVER
    }

    private final FailureWindow window = new FailureWindow();
    private long version;
    private boolean open;
    private String reason;
    private long openUntil;
    private boolean probedElsewhere;

    private Trip trip;
    private long trippedUntil;

    private UUID probe;
    private Phase phase;
    private Result result;

    long version() {
        return version;
    }

    Way way(long now) {
        if (trip != null && trippedUntil - now <= 0) {
            // The database is away. Calls begin again, and trip it again if the provider still fails.
            trip = null;
        }
        if (trip != null) {
            return new Way.Closed(trip.why(), atLeast(trippedUntil - now));
        }
        if (!open) {
            return new Way.Clear();
        }
        if (openUntil == NO_END) {
            return new Way.Closed(reason, UNKNOWN);
        }
        if (openUntil - now > 0) {
            return new Way.Closed(reason, atLeast(openUntil - now));
        }
        return probe == null && !probedElsewhere ? new Way.Probe() : new Way.Closed(reason, WHILE_PROBED);
    }

    private static Duration atLeast(long nanos) {
        return Duration.ofNanos(Math.max(Duration.ofSeconds(1).toNanos(), nanos));
    }

    /** Learns how the row is; says whether that changes which calls may pass. */
    boolean seen(Seen row, long now) {
        boolean changed = row.version() != version || row.open() != open;
        if (changed) {
            window.clear();
        }
        version = row.version();
        open = row.open();
        reason = row.reason();
        openUntil = row.left() == null ? NO_END : now + row.left().toNanos();
        probedElsewhere = row.probing() && probe == null;
        if (trip != null && trip.version() != version) {
            trip = null;
            changed = true;
        }
        return changed;
    }

    /** The provider is gone, and its row. */
    void gone() {
        trip = null;
        forget();
    }

    /** Counts a call that began under this version; says whether the breaker opens because of it. */
    boolean counts(boolean failed, long began, Threshold threshold, Duration openFor, long now) {
        if (open || trip != null || began != version || !window.counts(failed, threshold, now)) {
            return false;
        }
        trip = new Trip(
                version, window.described() + " within " + threshold.window().toSeconds() + " s");
        trippedUntil = now + openFor.toNanos();
        window.clear();
        return true;
    }

    /** What is to be written, {@code null} if nothing. */
    Trip trip() {
        return trip;
    }

    // The probe

    /** Asks to probe, under this token. */
    void ask(UUID token) {
        probe = token;
        phase = Phase.ASKED;
        result = null;
    }

    /** The token to ask with, {@code null} if there is nothing to ask. */
    UUID asked() {
        return phase == Phase.ASKED ? probe : null;
    }

    /** The token of a probe that this process may make or makes, {@code null} if there is none. */
    UUID won() {
        return phase == Phase.WON ? probe : null;
    }

    /** Whether this process was the one to get the probe. */
    void answered(boolean won) {
        if (won) {
            phase = Phase.WON;
        } else {
            forget();
            probedElsewhere = true;
        }
    }

    /** What the probe came to. Without one, this does nothing. */
    void probed(UUID token, Result came) {
        if (token.equals(probe)) {
            phase = Phase.OVER;
            result = came;
        }
    }

    /** What is to be written about the probe, {@code null} if nothing. */
    Result result() {
        return result;
    }

    UUID probe() {
        return probe;
    }

    /** The row knows what the probe came to, or nobody asks for it any more. */
    void forget() {
        probe = null;
        phase = null;
        result = null;
    }
}
