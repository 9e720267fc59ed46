package io.infrafabric.bus;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Where a broker of AMQP 1.0 listens: {@code amqp://user:password@host:port/virtual-host}, with {@code amqps} for TLS. All but
 * the host may be left out; the ports are 5672 and 5671 (IANA).
 *
 * @param virtualHost of RabbitMQ; the name goes into the open frame as {@code vhost:<name>}
 */
public record AmqpAddress(
        String host,
        int port,
        boolean encrypted,
        Optional<String> user,
        Optional<String> password,
        Optional<String> virtualHost) {

    private static final int PORT = 5672;
    private static final int PORT_OF_TLS = 5671;

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException if it has another form; the message does not contain it, because of its password
     */
    public static AmqpAddress parse(String url) {
        if (!url.matches("amqps?://.+")) {
            throw new IllegalArgumentException("is not an address of the form amqp://host:port or amqps://host:port");
        }
        URI uri;
        try {
            uri = URI.create(url);
        } catch (IllegalArgumentException _) {
            throw new IllegalArgumentException(
                    "is not a URL: write special characters of the user name and the password with their percent codes");
        }
        if (uri.getHost() == null) {
            throw new IllegalArgumentException("names no host");
        }
        boolean encrypted = uri.getScheme().equals("amqps");
        String[] login = uri.getRawUserInfo() == null
                ? new String[0]
                : uri.getRawUserInfo().split(":", 2);
        return new AmqpAddress(
                uri.getHost(),
                uri.getPort() > 0 ? uri.getPort() : encrypted ? PORT_OF_TLS : PORT,
                encrypted,
                login.length > 0 ? Optional.of(plain(login[0])) : Optional.empty(),
                login.length > 1 ? Optional.of(plain(login[1])) : Optional.empty(),
                Optional.ofNullable(uri.getPath())
                        .filter(path -> path.length() > 1)
                        .map(path -> path.substring(1)));
    }

    private static String plain(String text) {
        // A plus stands for itself in this part of a URL.
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return (encrypted ? "amqps://" : "amqp://") + host + ":" + port;
    }
}
