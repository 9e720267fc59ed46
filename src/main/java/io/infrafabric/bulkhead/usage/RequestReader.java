package io.infrafabric.bulkhead.usage;

import io.infrafabric.bulkhead.provider.Provider;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;

/** Reads requests: which model, how much it may cost, and whether it asks for its usage. */
public final class RequestReader {
    private RequestReader() {}

    /**
     * Reads a request from its whole body.
     *
     * @param path with the query
     */
    public static Request read(Provider provider, String method, String path, MultiMap headers, Buffer body) {
        return new Request(provider.dialect(), method, path, null, 0, 0, false, body);
    }
}
