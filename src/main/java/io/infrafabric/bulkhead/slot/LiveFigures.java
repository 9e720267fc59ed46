package io.infrafabric.bulkhead.slot;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;

/**
 * How a provider is doing.
 *
 * @param running calls under way in the whole fleet
 * @param queued calls that wait in this process
 */
@RegisterForReflection
public record LiveFigures(
        int running,
        int queued,
        List<HeldSlots> slots,
        BreakerNow breaker,
        List<PauseNow> pauses,
        LastMinutes last5min) {

    /** How many slots a replica has leased. */
    @RegisterForReflection
    public record HeldSlots(String replica, int held) {}

    /**
     * The breaker.
     *
     * @param state CLOSED, OPEN or HALF_OPEN
     */
    @RegisterForReflection
    public record BreakerNow(String state, String reason, Instant openUntil) {}

    /** A pause that the provider asked for. */
    @RegisterForReflection
    public record PauseNow(String model, Instant until) {}

    /** Calls of the last five minutes; times in milliseconds. */
    @RegisterForReflection
    public record LastMinutes(long calls, long failed, Long p50, Long p99, Long firstByteP50) {}
}
