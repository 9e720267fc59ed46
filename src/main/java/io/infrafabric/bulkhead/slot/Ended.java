package io.infrafabric.bulkhead.slot;

import java.time.Duration;
import java.util.Set;

/** How a call to a provider ended, as far as its slot, the breaker and the figures care. */
public sealed interface Ended {

    /** What was wrong with a call that counts against its provider. */
    enum Failure {
        CONNECT,
        TLS,
        STATUS,
        FIRST_BYTE,
        IDLE,
        CUT,
        STREAM_ERROR
    }

    /** Statuses that say that the provider is in trouble. */
    Set<Integer> TROUBLE = Set.of(500, 502, 503, 504, 529);

    /** The provider answered to the end. One of {@link #TROUBLE} counts against it. */
    record Answered(int status, Duration firstByte, Duration total) implements Ended {}

    /** It failed. */
    record Failed(Failure why) implements Ended {}

    /**
     * It refused because it is asked too often (429). That is no failure, and calls for that model rest.
     *
     * @param retryAfter what {@code Retry-After} asks for; {@code null} if it says nothing
     */
    record Throttled(Duration retryAfter) implements Ended {}

    /** It says nothing about the provider: the client left, or the fabric refused. */
    record Neutral() implements Ended {}

    /** Whether it counts against the provider. */
    default boolean isFailure() {
        return switch (this) {
            case Answered(int status, Duration _, Duration _) -> TROUBLE.contains(status);
            case Failed _ -> true;
            case Throttled _, Neutral _ -> false;
        };
    }

    /** Whether it says that the provider works. */
    default boolean isSuccess() {
        return switch (this) {
            case Answered _ -> !isFailure();
            case Throttled _ -> true;
            case Failed _, Neutral _ -> false;
        };
    }
}
