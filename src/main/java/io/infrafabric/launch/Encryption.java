package io.infrafabric.launch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How a connection to PostgreSQL is encrypted, in terms that mean the same to both clients. They are libpq's:
 * {@code require} encrypts and checks nothing, unless there is a certificate authority, which makes it
 * {@code verify-ca}; {@code verify-ca} checks who signed the server's certificate; {@code verify-full} checks its name
 * as well. A certificate authority without a mode means {@code verify-full}.
 *
 * @param mode {@code sslmode}; if absent, nothing is encrypted
 * @param authority the file (PEM) with the certificates of accepted authorities
 */
record Encryption(Optional<Mode> mode, Optional<Path> authority) {

    /** The values of {@code sslmode}. */
    enum Mode {
        DISABLE,
        ALLOW,
        PREFER,
        REQUIRE,
        VERIFY_CA,
        VERIFY_FULL;

        /** Its form in an address. */
        String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private static final String MODE = "sslmode";
    private static final String AUTHORITY = "sslrootcert";

    /**
     * Decides, and removes what concerns encryption from {@code parameters} of the address.
     *
     * @throws Refusal if the mode is unknown, the file cannot be read, or the two contradict each other
     */
    static Encryption decide(Map<String, String> parameters, Optional<Path> caFile) {
        Optional<Mode> asked = Optional.ofNullable(parameters.remove(MODE)).map(Encryption::mode);
        Optional<Path> named = Optional.ofNullable(parameters.remove(AUTHORITY)).map(Path::of);
        Optional<Path> authority = caFile.or(() -> named);
        authority.filter(file -> !Files.isReadable(file)).ifPresent(file -> {
            throw new Refusal("S2_POSTGRES_CA_FILE names " + file + ", which cannot be read.");
        });
        if (authority.isEmpty()) {
            asked.filter(Encryption::verifies).ifPresent(mode -> {
                throw new Refusal("S2_POSTGRES_URL asks for sslmode=" + mode.text()
                        + ", which needs the authority that signed the"
                        + " server's certificate: set S2_POSTGRES_CA_FILE (for a public authority, to the system's own"
                        + " list, such as /etc/ssl/certs/ca-certificates.crt).");
            });
            return new Encryption(asked, authority);
        }
        Mode mode = asked.orElse(Mode.VERIFY_FULL);
        return switch (mode) {
            case VERIFY_CA, VERIFY_FULL -> new Encryption(Optional.of(mode), authority);
            case REQUIRE -> new Encryption(Optional.of(Mode.VERIFY_CA), authority);
            case DISABLE, ALLOW, PREFER ->
                throw new Refusal("S2_POSTGRES_CA_FILE is given, but S2_POSTGRES_URL has sslmode=" + mode.text()
                        + ", which ignores certificates: use verify-full, or leave sslmode out.");
        };
    }

    /** Parameters of an address for the reactive client, which gets the authority from its own settings. */
    Map<String, String> reactive() {
        var parameters = new LinkedHashMap<String, String>();
        mode.ifPresent(mode -> parameters.put(MODE, mode.text()));
        return parameters;
    }

    /** Parameters of an address for JDBC. */
    Map<String, String> jdbc() {
        Map<String, String> parameters = reactive();
        authority.ifPresent(file -> parameters.put(AUTHORITY, file.toString()));
        return parameters;
    }

    /**
     * Whether the reactive client accepts any certificate; by default it would check it against the JVM's authorities.
     */
    boolean trustsAll() {
        return mode.isPresent() && authority.isEmpty();
    }

    /** How the reactive client checks the name in the certificate: {@code HTTPS}, or {@code NONE}. */
    String nameCheck() {
        return mode.filter(Mode.VERIFY_FULL::equals).isPresent() ? "HTTPS" : "NONE";
    }

    private static boolean verifies(Mode mode) {
        return mode == Mode.VERIFY_CA || mode == Mode.VERIFY_FULL;
    }

    private static Mode mode(String text) {
        return Arrays.stream(Mode.values())
                .filter(mode -> mode.text().equals(text))
                .findFirst()
                .orElseThrow(() -> new Refusal("S2_POSTGRES_URL has an unknown sslmode; known are "
                        + Arrays.stream(Mode.values()).map(Mode::text).collect(Collectors.joining(", ")) + "."));
    }
}
