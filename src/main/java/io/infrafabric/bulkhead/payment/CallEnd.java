package io.infrafabric.bulkhead.payment;

import io.infrafabric.bulkhead.usage.Usage;
import java.time.Duration;
import java.time.Instant;

/**
 * How a call ended.
 *
 * @param status of the provider's answer; 0 if there was none
 * @param firstByte {@code null} if none came
 */
public record CallEnd(Outcome outcome, int status, Usage usage, Duration firstByte, Duration total, Instant at) {

    /** What became of it. */
    public enum Outcome {
        /** The provider's answer came to its end. */
        ANSWERED,
        /** Nothing was sent: no connection. */
        NOT_SENT,
        /** The provider did not answer in time. */
        TIMED_OUT,
        /** The provider's answer was cut. */
        CUT,
        /** The client left. */
        CLIENT_LEFT,
        /** The process is ending. */
        STOPPED
    }
}
