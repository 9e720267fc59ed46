package io.infrafabric.bulkhead.forward;

import io.infrafabric.bulkhead.provider.Provider.Auth;
import io.vertx.core.MultiMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Which headers pass, in both directions. */
final class HeaderRules {
    /** How many fabrics a call has passed. */
    static final String HOPS = "s2-hops";

    private static final Set<String> HOP_BY_HOP = Set.of(
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authenticate",
            "proxy-authorization",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "http2-settings");

    private static final Set<String> NEVER_SENT =
            Set.of("host", "content-length", "accept-encoding", "expect", "forwarded", "cookie", "via");

    private static final Set<String> CREDENTIALS =
            Set.of("authorization", "x-api-key", "x-goog-api-key", "api-key", "x-amz-security-token");

    private static final String OURS = "s2-";

    private HeaderRules() {}

    /**
     * The headers for the provider, without those of the body's length.
     *
     * @param auth {@code null} if the client brings its own credential
     * @param key the key; {@code null} with {@code auth}
     * @param ours whether a value has a token of ours in it
     */
    static MultiMap toProvider(MultiMap given, Auth auth, String key, Predicate<String> ours, int hops) {
        MultiMap sent = MultiMap.caseInsensitiveMultiMap();
        Set<String> named = namedBy(given);
        for (Map.Entry<String, String> header : given) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            boolean stays = HOP_BY_HOP.contains(name)
                    || NEVER_SENT.contains(name)
                    || named.contains(name)
                    || name.startsWith(OURS)
                    || name.startsWith("x-forwarded-")
                    || name.startsWith(":")
                    || (auth != null && (CREDENTIALS.contains(name) || name.equals(auth.header())))
                    || ours.test(header.getValue());
            if (!stays) {
                sent.add(name, header.getValue());
            }
        }
        sent.set("accept-encoding", "identity");
        sent.set(HOPS, Integer.toString(hops));
        if (auth != null) {
            sent.set(auth.header(), auth.scheme().isEmpty() ? key : auth.scheme() + " " + key);
        }
        return sent;
    }

    /**
     * Copies the headers of an answer for the client.
     *
     * @param key the key that was sent, which must not come back; {@code null} for none
     * @param sameLength whether the answer's bytes all pass, so that their number still holds
     */
    static void toClient(MultiMap given, String key, boolean sameLength, MultiMap answer) {
        Set<String> named = namedBy(given);
        for (Map.Entry<String, String> header : given) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            boolean stays = HOP_BY_HOP.contains(name)
                    || named.contains(name)
                    || name.equals("set-cookie")
                    || name.equals("set-cookie2")
                    || name.startsWith(OURS)
                    || (name.equals("content-length") && !sameLength)
                    || (key != null
                            && (header.getValue().contains(key)
                                    || header.getKey().contains(key)));
            if (!stays) {
                answer.add(header.getKey(), header.getValue());
            }
        }
    }

    /** The headers that {@code Connection} names: they are for this connection alone. */
    private static Set<String> namedBy(MultiMap given) {
        Set<String> named = new HashSet<>();
        for (String value : given.getAll("connection")) {
            for (String name : value.split(",", -1)) {
                named.add(name.strip().toLowerCase(Locale.ROOT));
            }
        }
        return named;
    }
}
