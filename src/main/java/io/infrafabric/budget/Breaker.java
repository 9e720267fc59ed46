package io.infrafabric.budget;

import io.infrafabric.event.BudgetEvent.BreakerReason;
import java.time.Instant;

/**
 * How an account's breaker is seen.
 *
 * @param reason why it is not closed, {@code null} if it is
 * @param probeAt when one hold may try again, {@code null} unless it is open because of failures
 */
public record Breaker(State state, BreakerReason reason, Instant probeAt) {
    static final Breaker CLOSED = new Breaker(State.CLOSED, null, null);

    /** Its states. */
    public enum State {
        /** Holds are granted as far as they fit. */
        CLOSED,
        /** No holds. */
        OPEN,
        /** One hold may try, and what becomes of it decides. */
        PROBE
    }
}
