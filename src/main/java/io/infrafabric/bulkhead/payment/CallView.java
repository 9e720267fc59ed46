package io.infrafabric.bulkhead.payment;

import java.math.BigDecimal;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A call to a provider, as it is shown.
 *
 * @param taskId with {@code epoch} the claim that it was for; {@code null} for none
 * @param status of the provider's answer; {@code null} if there was none, or not yet
 * @param estimate the most that it may cost, in US dollars: what is held while it runs
 * @param cost what is booked for it; 0 while it runs
 * @param firstByteMillis from the request to the first byte of the answer
 */
@Schema(name = "Call")
public record CallView(
        String id,
        String provider,
        String model,
        String session,
        String swarm,
        String taskId,
        Long epoch,
        State outcome,
        Integer status,
        Tokens tokens,
        BigDecimal estimate,
        BigDecimal cost,
        CallCost.From costFrom,
        Long firstByteMillis,
        Long totalMillis,
        Instant startedAt,
        Instant endedAt) {

    /** What a call used; {@code input} is without what was read from or written to a cache. */
    @Schema(name = "CallTokens")
    public record Tokens(long input, long output, long cacheRead, long cacheWrite, long cacheWrite1h) {}

    /** What became of it. */
    @Schema(name = "CallOutcome")
    public enum State {
        /** It is under way. */
        RUNNING,
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
        /** The process was ending. */
        STOPPED,
        /** The process died: the whole estimate is booked. */
        LOST
    }
}
