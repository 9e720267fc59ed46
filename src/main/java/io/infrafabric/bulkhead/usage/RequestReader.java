package io.infrafabric.bulkhead.usage;

import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.bulkhead.usage.RequestScan.Edit;
import io.vertx.core.MultiMap;
import java.util.Locale;

/**
 * Reads a request once, before it is sent: what it may use, and whether a report of usage has to be asked for. It never
 * fails: of a body that is no JSON, it takes the size.
 */
public final class RequestReader {
    private RequestReader() {}

    /**
     * Reads a request.
     *
     * <p>It takes about a millisecond for 300 KB, so larger bodies are better read away from the event loop.
     *
     * @param path without the query, which may hold a key
     * @param body whole; {@code null} for none
     */
    public static Request read(Provider provider, String method, String path, MultiMap headers, Body body) {
        Flavour flavour = Flavour.of(provider.dialect().name().toLowerCase(Locale.ROOT), method, path);
        RequestScan scan = new RequestScan();
        if (body != null && isReadable(headers)) {
            body.inParts().forEach(part -> scan.see(part.getBytes(), 0, part.length()));
            scan.end();
        }
        boolean streams = scan.streams(flavour, path);
        Edit edit = provider.injectUsage() && flavour == Flavour.OPENAI_CHAT ? scan.askForUsage() : null;
        boolean hasOutput = flavour.isPaid() && flavour != Flavour.EMBEDDING;
        return new Request(
                provider.dialect(),
                method,
                path,
                scan.model(path),
                flavour.isPaid() ? scan.inputTokens() : 0,
                hasOutput ? scan.maxOutputTokens() : 0,
                streams,
                scan.caches(),
                scan.cachesAnHour(),
                edit != null,
                edit == null ? body : body.with(edit.from(), edit.to(), edit.text()));
    }

    private static boolean isReadable(MultiMap headers) {
        String encoding = headers.get("Content-Encoding");
        String type = headers.get("Content-Type");
        boolean isJson = type == null || type.toLowerCase(Locale.ROOT).contains("json");
        return isJson && (encoding == null || encoding.equalsIgnoreCase("identity"));
    }
}
