package io.infrafabric.bulkhead.slot;

import java.time.Duration;
import java.time.Instant;

/** How a call ended, as far as the provider is concerned. */
public sealed interface Ended {

    /** The provider answered, and its answer came to its end. */
    record Answered(int status, Duration firstByte, Duration total) implements Ended {}

    /** The provider failed. */
    record Failed(Failure why) implements Ended {}

    /** The provider asked for a pause (429) until then. */
    record Throttled(Instant until) implements Ended {}

    /** It says nothing about the provider: the client left, we refused, the client was wrong. */
    record Neutral() implements Ended {}

    /** What went wrong. */
    enum Failure {
        CONNECT,
        TLS,
        /** 500, 502, 503, 504 or 529. */
        STATUS,
        FIRST_BYTE,
        IDLE,
        /** The connection ended within the answer. */
        CUT,
        /** An answer with status 200 that says within that it failed. */
        STREAM_ERROR
    }
}
