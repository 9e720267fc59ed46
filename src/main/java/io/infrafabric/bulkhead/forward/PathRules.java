package io.infrafabric.bulkhead.forward;

import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.input.PlainPath;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import java.util.List;
import java.util.Set;

/** Which paths of a provider may be called, and what of the query goes along. */
final class PathRules {
    /** Parameters by which some providers take a key. */
    private static final Set<String> CREDENTIALS = Set.of("key", "api_key", "api-key", "apikey", "access_token");

    private PathRules() {}

    /**
     * Refuses a path that could be read in more than one way (400), and one that the provider does not open (403).
     *
     * @param rest as it stands in the request line
     */
    static void mustAllow(Provider provider, String rest) {
        List<String> spellings = PlainPath.spellings(rest);
        if (spellings.isEmpty()) {
            throw Problem.badInput(
                    "path",
                    "a path without '..', '//', '\\', ';', an encoded slash, control characters and a slash at its end");
        }
        String path = spellings.getLast();
        if (provider.paths().stream().noneMatch(path::startsWith)) {
            throw Problem.of(
                            Code.IF_ERR_ENDPOINT_NOT_ALLOWED,
                            "Paths of " + provider.name() + " begin with " + String.join(" or ", provider.paths())
                                    + ".")
                    .with("provider", provider.name())
                    .with("paths", provider.paths())
                    .with(
                            "whatToDo",
                            "Call such a path; for many clients the base URL ends in /call/v1, not in /call.");
        }
    }

    /**
     * The query that goes along; {@code null} for none.
     *
     * @param raw as it stands in the request line; {@code null} for none
     * @param keyed whether the fabric puts in the provider's key, so that the client's own must go
     */
    static String query(String raw, boolean keyed) {
        if (raw == null || !keyed) {
            return raw;
        }
        StringBuilder kept = new StringBuilder();
        for (String part : raw.split("&", -1)) {
            if (!CREDENTIALS.contains(part.split("=", 2)[0].toLowerCase(java.util.Locale.ROOT))) {
                kept.append(kept.isEmpty() ? "" : "&").append(part);
            }
        }
        return kept.isEmpty() ? null : kept.toString();
    }
}
