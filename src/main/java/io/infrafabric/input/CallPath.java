package io.infrafabric.input;

import java.util.Optional;

/**
 * The path of a call that is forwarded to a provider, as it stands in the request line. The door lets such calls in by other
 * headers, and with larger bodies.
 *
 * @param provider as it is written
 * @param rest what is the provider's: empty, or from its first slash on
 */
public record CallPath(String provider, String rest) {
    private static final String BEGIN = "/bulkhead/providers/";
    private static final String CALL = "/call";

    /** Reads a path, without the query; empty if it is another one, or {@code null}. */
    public static Optional<CallPath> of(String raw) {
        if (raw == null || !raw.startsWith(BEGIN)) {
            return Optional.empty();
        }
        int provider = raw.indexOf('/', BEGIN.length());
        int rest = provider + CALL.length();
        return provider > BEGIN.length()
                        && raw.startsWith(CALL, provider)
                        && (raw.length() == rest || raw.charAt(rest) == '/')
                ? Optional.of(new CallPath(raw.substring(BEGIN.length(), provider), raw.substring(rest)))
                : Optional.empty();
    }

    /** Whether it is the path of such a call. */
    public static boolean isOne(String raw) {
        return of(raw).isPresent();
    }
}
