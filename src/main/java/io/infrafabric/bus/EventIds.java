package io.infrafabric.bus;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * Makes UUIDs of version 7 (RFC 9562, section 6.2, method 1: a counter of 12 bits in {@code rand_a}). Ids of one
 * process grow strictly, even when its clock stands still or is set back. Thread-safe.
 */
@Singleton
public final class EventIds {
    private static final int COUNTER_LIMIT = 1 << 12;
    /** The counter starts in the lower half, so that at least 2048 ids fit into a millisecond. */
    private static final int COUNTER_START_LIMIT = 1 << 11;

    private final InstantSource clock;
    private final RandomGenerator random;
    private long millis = -1;
    private int counter;

    @Inject
    EventIds() {
        this(InstantSource.system(), new SplittableRandom());
    }

    /** Makes ids from this clock and this source of randomness. */
    public EventIds(InstantSource clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    /** Makes the next id. */
    public synchronized UUID next() {
        long now = clock.millis();
        if (now > millis) {
            millis = now;
            counter = random.nextInt(COUNTER_START_LIMIT);
        } else if (++counter == COUNTER_LIMIT) {
            millis++;
            counter = random.nextInt(COUNTER_START_LIMIT);
        }
        return new UUID(millis << 16 | 0x7000L | counter, random.nextLong() >>> 2 | Long.MIN_VALUE);
    }

    /** The smallest id of this instant: a bound for searching ids by time. */
    static UUID floor(Instant instant) {
        return new UUID(Math.max(0, instant.toEpochMilli()) << 16 | 0x7000L, Long.MIN_VALUE);
    }

    /** The time in an id, at UTC. */
    static OffsetDateTime timeOf(UUID id) {
        return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16).atOffset(ZoneOffset.UTC);
    }

    InstantSource clock() {
        return clock;
    }
}
