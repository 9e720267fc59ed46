package io.infrafabric.bulkhead.usage;

import io.infrafabric.bulkhead.provider.Dialect;
import java.util.Locale;

/**
 * A call as it will be sent.
 *
 * @param path without the query, which may hold a key
 * @param model {@code null} if the call names none
 * @param inputTokens the most that the input may come to, by its bytes; 0 if the call is of a kind that costs nothing
 * @param maxOutputTokens the most that may come out; -1 if the call does not say, 0 if nothing can
 * @param streams whether it asks for a stream
 * @param caches whether it asks to write to a cache
 * @param cachesAnHour whether it asks to write to one that lives an hour
 * @param asksForUsage whether a report of usage was asked for that the client did not ask for
 * @param body as it is to be sent
 */
public record Request(
        Dialect dialect,
        String method,
        String path,
        String model,
        long inputTokens,
        long maxOutputTokens,
        boolean streams,
        boolean caches,
        boolean cachesAnHour,
        boolean asksForUsage,
        Body body) {

    /** A request that asks for nothing of a cache, and to which nothing was added. */
    public Request(
            Dialect dialect,
            String method,
            String path,
            String model,
            long inputTokens,
            long maxOutputTokens,
            boolean streams,
            Body body) {
        this(dialect, method, path, model, inputTokens, maxOutputTokens, streams, false, false, false, body);
    }

    /** The same without its body, for as long as only the answer matters. */
    public Request withoutBody() {
        return new Request(
                dialect,
                method,
                path,
                model,
                inputTokens,
                maxOutputTokens,
                streams,
                caches,
                cachesAnHour,
                asksForUsage,
                new Body());
    }

    /** Whether the call uses a model, and so may cost something. */
    public boolean isPaid() {
        return flavour().isPaid();
    }

    Flavour flavour() {
        return Flavour.of(dialect.name().toLowerCase(Locale.ROOT), method, path);
    }
}
