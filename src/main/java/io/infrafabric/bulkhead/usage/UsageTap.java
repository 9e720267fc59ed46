package io.infrafabric.bulkhead.usage;

import io.vertx.core.buffer.Buffer;

/**
 * Looks at the bytes of an answer as they pass. It never fails, and its memory has a bound. One thread at a time uses it.
 */
public interface UsageTap {
    /** Sees a piece of the answer; gives what the client gets: the same bytes, but for an event that nobody but us asked for. */
    Buffer see(Buffer chunk);

    /** The answer has ended as it should; gives what is left for the client. Where it was cut, this is not called. */
    Buffer end();

    /** What was used, as far as it is known by now; also of an answer that was cut. */
    Usage usage();

    /** Whether the provider said within the answer that it failed. */
    boolean sawError();
}
