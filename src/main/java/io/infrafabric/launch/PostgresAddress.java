package io.infrafabric.launch;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A PostgreSQL to connect to.
 *
 * @param url {@code postgresql://host:port/database}, parameters such as {@code ?sslmode=require} included, user and
 *     password not; {@code jdbc:} before it makes it a JDBC address
 * @param user the role to log in as
 * @param password its password; empty where the server asks for none
 */
record PostgresAddress(String url, String user, String password) {

    /**
     * Takes an address apart. A user and a password in the address ({@code postgresql://user:password@host/database})
     * count unless they are given separately.
     *
     * @throws Refusal if it is not such an address, or names no user
     */
    static PostgresAddress parse(String text, Optional<String> user, Optional<String> password) {
        URI uri = uri(text);
        boolean scheme = "postgresql".equals(uri.getScheme()) || "postgres".equals(uri.getScheme());
        String path = uri.getRawPath();
        if (!scheme || uri.getHost() == null || path == null || path.length() < 2) {
            throw notAnAddress();
        }
        String[] login = uri.getRawUserInfo() == null
                ? new String[0]
                : uri.getRawUserInfo().split(":", 2);
        String port = uri.getPort() < 0 ? "5432" : Integer.toString(uri.getPort());
        String parameters = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        return new PostgresAddress(
                "postgresql://" + uri.getHost() + ":" + port + path + parameters,
                user.or(() -> part(login, 0))
                        .orElseThrow(() -> new Refusal(
                                "S2_POSTGRES_URL is given, but not who to log in as: set S2_POSTGRES_USER (and"
                                        + " S2_POSTGRES_PASSWORD or S2_POSTGRES_PASSWORD_FILE).")),
                password.or(() -> part(login, 1)).orElse(""));
    }

    private static URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw notAnAddress();
        }
    }

    /** Does not repeat what was given: a password may stand in it. */
    private static Refusal notAnAddress() {
        return new Refusal("S2_POSTGRES_URL is not an address of the form postgresql://host:port/database.");
    }

    private static Optional<String> part(String[] login, int index) {
        return index < login.length
                ? Optional.of(URLDecoder.decode(login[index].replace("+", "%2B"), StandardCharsets.UTF_8))
                : Optional.empty();
    }
}
