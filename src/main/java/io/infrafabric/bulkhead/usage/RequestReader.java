package io.infrafabric.bulkhead.usage;

import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.bulkhead.usage.RequestScan.Edit;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.Locale;

/**
 * Reads a request once, before it is sent: what it may use, and whether a report of usage has to be asked for. It never
 * fails: of a body that is no JSON, it takes the size.
 */
public final class RequestReader {
    private static final int CHUNK = 64 * 1024;

    private RequestReader() {}

    /**
     * Reads a request.
     *
     * <p>It takes about a millisecond for 300 KB, so larger bodies are better read away from the event loop.
     *
     * @param path without the query, which may hold a key
     * @param body whole; {@code null} for none
     */
    public static Request read(Provider provider, String method, String path, MultiMap headers, Buffer body) {
        Flavour flavour = Flavour.of(provider.dialect().name().toLowerCase(Locale.ROOT), method, path);
        RequestScan scan = new RequestScan();
        if (body != null && isReadable(headers)) {
            byte[] chunk = new byte[Math.min(CHUNK, body.length())];
            for (int at = 0; at < body.length(); at += chunk.length) {
                int to = Math.min(at + chunk.length, body.length());
                body.getBytes(at, to, chunk);
                scan.see(chunk, 0, to - at);
            }
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
                edit == null ? body : edited(body, edit));
    }

    private static Buffer edited(Buffer body, Edit edit) {
        return Buffer.buffer(body.length() + edit.text().length())
                .appendBuffer(body, 0, edit.from())
                .appendString(edit.text())
                .appendBuffer(body, edit.to(), body.length() - edit.to());
    }

    private static boolean isReadable(MultiMap headers) {
        String encoding = headers.get("Content-Encoding");
        String type = headers.get("Content-Type");
        boolean isJson = type == null || type.toLowerCase(Locale.ROOT).contains("json");
        return isJson && (encoding == null || encoding.equalsIgnoreCase("identity"));
    }
}
