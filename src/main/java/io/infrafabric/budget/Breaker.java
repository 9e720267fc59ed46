package io.infrafabric.budget;

import io.infrafabric.event.BudgetEvent.BreakerReason;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * The visible state of an account's breaker.
 *
 * @param reason why it is not closed; {@code null} if it is closed
 * @param probeAt when one hold may try again; {@code null} unless it is open because of failures
 */
public record Breaker(State state, BreakerReason reason, Instant probeAt) {
    static final Breaker CLOSED = new Breaker(State.CLOSED, null, null);

    /** Its states. */
    @Schema(name = "BreakerState")
    public enum State {
        /** Holds are granted if they fit. */
        CLOSED,
        /** No holds. */
        OPEN,
        /** One hold may try, and its result decides. */
        PROBE
    }
}
