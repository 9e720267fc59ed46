package io.infrafabric.bulkhead.usage;

import io.vertx.core.buffer.Buffer;

/** Looks at the bytes of an answer as they pass. Not for several threads. */
public interface UsageTap {

    /** What the client gets for these bytes: the same, without the one event that we asked for ourselves. */
    Buffer see(Buffer chunk);

    /** What the client still gets when the answer has ended; may be empty. */
    Buffer end();

    /** What was used, as far as it was seen. */
    Usage usage();

    /** Whether an answer of status 200 said within that it failed. */
    boolean sawError();
}
