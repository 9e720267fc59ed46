package io.infrafabric.launch;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A PostgreSQL to connect to.
 *
 * @param server {@code postgresql://host:port/database}, without user, password and parameters
 * @param parameters those of the address, except for encryption
 * @param encryption how the connection is encrypted, and what is checked
 * @param user the role to log in as
 * @param password its password; empty if the server requires none
 */
record PostgresAddress(
        String server, Map<String, String> parameters, Encryption encryption, String user, String password) {

    /** An address without encryption or parameters. */
    PostgresAddress(String server, String user, String password) {
        this(server, Map.of(), new Encryption(Optional.empty(), Optional.empty()), user, password);
    }

    /**
     * Takes an address apart. A user and a password in the address ({@code postgresql://user:password@host/database})
     * count unless they are given separately.
     *
     * @param caFile the certificates of accepted authorities
     * @throws Refusal if it is not such an address, names no user, or asks for impossible encryption
     */
    static PostgresAddress parse(String text, Optional<String> user, Optional<String> password, Optional<Path> caFile) {
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
        Map<String, String> parameters = parameters(uri);
        Encryption encryption = Encryption.decide(parameters, caFile);
        return new PostgresAddress(
                "postgresql://" + uri.getHost() + ":" + port + path,
                parameters,
                encryption,
                user.or(() -> part(login, 0))
                        .orElseThrow(() -> new Refusal(
                                "S2_POSTGRES_URL is given, but not who to log in as: set S2_POSTGRES_USER (and"
                                        + " S2_POSTGRES_PASSWORD or S2_POSTGRES_PASSWORD_FILE).")),
                password.or(() -> part(login, 1)).orElse(""));
    }

    /** For the reactive client. */
    String url() {
        return with(encryption.reactive());
    }

    /** For JDBC, with the prefix {@code jdbc:}. */
    String jdbcUrl() {
        return with(encryption.jdbc());
    }

    private String with(Map<String, String> more) {
        var all = new LinkedHashMap<>(more);
        all.putAll(parameters);
        return all.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&", all.isEmpty() ? server : server + "?", ""));
    }

    private static Map<String, String> parameters(URI uri) {
        var parameters = new LinkedHashMap<String, String>();
        if (uri.getRawQuery() != null) {
            for (String parameter : uri.getRawQuery().split("&", -1)) {
                String[] parts = parameter.split("=", 2);
                parameters.put(parts[0], parts.length < 2 ? "" : decode(parts[1]));
            }
        }
        return parameters;
    }

    private static URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw notAnAddress();
        }
    }

    /** Does not repeat the given text, because it may contain a password. */
    private static Refusal notAnAddress() {
        return new Refusal("S2_POSTGRES_URL is not an address of the form postgresql://host:port/database.");
    }

    private static Optional<String> part(String[] login, int index) {
        return index < login.length ? Optional.of(decode(login[index].replace("+", "%2B"))) : Optional.empty();
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
