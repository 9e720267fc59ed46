package io.infrafabric.input;

import io.infrafabric.problem.Problem;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * An HTTP address that somebody configured for calls of ours: a webhook's, a provider's.
 *
 * @param host a name or an address, without brackets
 * @param path with the query
 */
public record HttpTarget(boolean isTls, String host, int port, String path) {
    private static final Pattern LITERAL = Pattern.compile("[0-9.]+|.*:.*");
    private static final int LONGEST = 2000;
    private static final int HTTP = 80;
    private static final int HTTPS = 443;
    private static final int MOST_PORT = 65535;

    /**
     * Parses a URL.
     *
     * @throws Problem if it is not an {@code http} or {@code https} URL with a host, without user and fragment
     */
    public static HttpTarget of(String field, String url) {
        URI uri = parsed(field, url);
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        boolean tls = scheme.equals("https");
        boolean usable = (tls || scheme.equals("http"))
                && uri.getHost() != null
                && uri.getRawUserInfo() == null
                && uri.getRawFragment() == null
                && uri.getPort() != 0
                && uri.getPort() <= MOST_PORT;
        if (!usable) {
            throw bad(field);
        }
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return new HttpTarget(
                tls,
                uri.getHost().replaceAll("^\\[|]$", ""),
                uri.getPort() > 0 ? uri.getPort() : tls ? HTTPS : HTTP,
                uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery());
    }

    private static URI parsed(String field, String url) {
        try {
            if (url.length() <= LONGEST) {
                return new URI(url);
            }
        } catch (URISyntaxException _) {
            // The message is below.
        }
        throw bad(field);
    }

    private static Problem bad(String field) {
        return Problem.badInput(
                field, "an http or https URL of at most " + LONGEST + " characters, without user and fragment");
    }

    /**
     * The receiver's name in a request: with brackets around an IPv6 address, and with its port unless it is the usual
     * one.
     */
    public String authority() {
        String name = host.indexOf(':') < 0 ? host : "[" + host + "]";
        return port == (isTls ? HTTPS : HTTP) ? name : name + ":" + port;
    }

    /** Whether this is a name of this machine (RFC 6761, 6.3), which needs no lookup. */
    public boolean isThisMachine() {
        String name = host.toLowerCase(Locale.ROOT);
        String plain = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        return plain.equals("localhost") || plain.endsWith(".localhost");
    }

    /** Whether it is this machine, the network around it, or reserved, rather than a public host. */
    public static boolean isPrivate(InetAddress address) {
        return Reserved.holds(address);
    }

    /**
     * Whether the host is this machine by its name, or an address that is private. Other names are checked when they are
     * resolved, for each connection.
     *
     * @throws Problem if the host looks like an address and is none
     */
    public boolean isPrivateByItself(String field) {
        if (isThisMachine()) {
            return true;
        }
        try {
            return LITERAL.matcher(host).matches() && isPrivate(InetAddress.ofLiteral(host));
        } catch (IllegalArgumentException _) {
            throw Problem.badInput(field, "a host that is a name or an IP address");
        }
    }

    /**
     * The address that the host has now, without the name: so only what was checked here can be called. Blocks.
     *
     * @throws SecurityException if it is private and may not be
     */
    public InetAddress resolved(boolean privateToo) throws UnknownHostException {
        InetAddress address = InetAddress.getByName(host);
        if (!privateToo && isPrivate(address)) {
            throw new SecurityException(host + " is a private address");
        }
        return InetAddress.getByAddress(address.getAddress());
    }
}
