package io.infrafabric.bulkhead.provider;

import io.infrafabric.bulkhead.BulkheadConfig;
import io.infrafabric.input.HttpTarget;
import io.infrafabric.problem.Problem;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * Where providers may be: public addresses over https. Where private addresses are allowed, they may be reached over http. A
 * name is resolved, and its address checked, for each connection.
 */
public final class ProviderAddress {
    private static final String FIELD = "baseUrl";

    private final boolean privateToo;

    public ProviderAddress(BulkheadConfig config) {
        this(config.allowPrivateAddresses()
                .orElse(config.embedded().filter(servers -> !servers.isBlank()).isPresent()));
    }

    ProviderAddress(boolean privateToo) {
        this.privateToo = privateToo;
    }

    /** Gives a usable address back, {@code null} for none. */
    String check(String url) {
        if (url == null) {
            return null;
        }
        HttpTarget target = HttpTarget.of(FIELD, url);
        if (url.indexOf('?') >= 0) {
            throw Problem.badInput(FIELD, "a URL without a query");
        }
        boolean isPrivate = target.isPrivateByItself(FIELD);
        if (isPrivate && !privateToo) {
            throw Problem.badInput(FIELD, "a public address (s2.bulkhead.allow-private-addresses)");
        }
        if (!target.isTls() && !privateToo) {
            throw Problem.badInput(FIELD, "https (http: only with s2.bulkhead.allow-private-addresses)");
        }
        return url;
    }

    /**
     * The address to connect to now. Blocks.
     *
     * @throws SecurityException if it may not be called
     */
    public InetAddress resolved(HttpTarget target) throws UnknownHostException {
        InetAddress address = target.resolved(privateToo);
        if (!target.isTls() && !HttpTarget.isPrivate(address)) {
            throw new SecurityException(target.host() + " is public, and may be called over https alone");
        }
        return address;
    }
}
