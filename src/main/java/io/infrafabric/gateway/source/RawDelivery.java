package io.infrafabric.gateway.source;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A delivery as it came: its headers, and the bytes that are signed. */
public final class RawDelivery {
    private final Map<String, String> headers = new TreeMap<>();
    private final byte[] body;

    /** Takes over the bytes; names of headers may have any case. */
    public RawDelivery(Map<String, String> headers, byte[] body) {
        headers.forEach((name, value) -> this.headers.put(name.toLowerCase(Locale.ROOT), value));
        this.body = body;
    }

    /** The header of this name in lower case; {@code null} if there is none. */
    public String header(String name) {
        return headers.get(name);
    }

    byte[] body() {
        return body;
    }
}
