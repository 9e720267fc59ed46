package io.infrafabric.bulkhead.usage;

import io.infrafabric.bulkhead.provider.Dialect;
import io.vertx.core.buffer.Buffer;

/**
 * A request to a provider, read once.
 *
 * @param path with the query
 * @param model {@code null} if it does not say
 * @param inputTokens how many it has at most
 * @param maxOutputTokens how many it may be answered with
 * @param streams whether it asks for a stream
 * @param body what is sent
 */
public record Request(
        Dialect dialect,
        String method,
        String path,
        String model,
        long inputTokens,
        long maxOutputTokens,
        boolean streams,
        Buffer body) {}
