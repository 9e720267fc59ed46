package io.infrafabric.escalation;

import io.infrafabric.problem.Problem;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * The parsed target of a webhook.
 *
 * @param host a name or an address, without brackets
 * @param path with the query
 */
record WebhookTarget(boolean isTls, String host, int port, String path) {
    private static final int LONGEST = 2000;
    private static final int HTTP = 80;
    private static final int HTTPS = 443;
    private static final int MOST_PORT = 65535;

    /**
     * Parses a URL.
     *
     * @throws Problem if it is not an {@code http} or {@code https} URL with a host, without user and fragment
     */
    static WebhookTarget of(String url) {
        URI uri = parsed(url);
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        boolean tls = scheme.equals("https");
        boolean usable = (tls || scheme.equals("http"))
                && uri.getHost() != null
                && uri.getRawUserInfo() == null
                && uri.getRawFragment() == null
                && uri.getPort() != 0
                && uri.getPort() <= MOST_PORT;
        if (!usable) {
            throw bad();
        }
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return new WebhookTarget(
                tls,
                uri.getHost().replaceAll("^\\[|]$", ""),
                uri.getPort() > 0 ? uri.getPort() : tls ? HTTPS : HTTP,
                uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery());
    }

    private static URI parsed(String url) {
        try {
            if (url.length() <= LONGEST) {
                return new URI(url);
            }
        } catch (URISyntaxException _) {
            // The message is below.
        }
        throw bad();
    }

    private static Problem bad() {
        return Problem.badInput(
                "url", "an http or https URL of at most " + LONGEST + " characters, without user and fragment");
    }

    /**
     * The receiver's name in a request: with brackets around an IPv6 address, and with its port unless it is the usual
     * one.
     */
    String authority() {
        String name = host.indexOf(':') < 0 ? host : "[" + host + "]";
        return port == (isTls ? HTTPS : HTTP) ? name : name + ":" + port;
    }

    /** Whether this is a name of this machine (RFC 6761, 6.3), which needs no lookup. */
    boolean isThisMachine() {
        String name = host.toLowerCase(Locale.ROOT);
        String plain = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        return plain.equals("localhost") || plain.endsWith(".localhost");
    }

    /** Whether it is this machine, the network around it, or reserved, rather than a public host. */
    static boolean isPrivate(InetAddress address) {
        return Reserved.holds(address);
    }
}
