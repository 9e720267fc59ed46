package io.infrafabric.launch;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What the arguments of the command {@code token} ask for. */
sealed interface TokenWish {

    /** The usage text. */
    String USAGE = """
            token make <name> operator|viewer [swarm=<swarm>] [ttlSeconds=<seconds>]   prints the token, this once
            token list                                                                 the newest ones, as JSON
            token revoke <id>

            With S2_POSTGRES_URL (and S2_JWT_KEY_FILE, to make one) it works on that database. Without it asks the fabric that
            runs on this machine (QUARKUS_HTTP_PORT, 8080), as S2_OPERATOR_TOKEN or the token in S2_DATA_DIR (.s2) says.
            """;

    /** A new token; {@code swarm} and {@code ttlSeconds} may be {@code null}. */
    record Make(String name, String role, String swarm, Long ttlSeconds) implements TokenWish {}

    /** List the newest tokens. */
    record Show() implements TokenWish {}

    /** Revoke this token. */
    record Revoke(UUID id) implements TokenWish {}

    /** Reads the arguments after {@code token}; empty if they do not match {@link #USAGE}. */
    static Optional<TokenWish> of(String... args) {
        List<String> words = Arrays.asList(args);
        try {
            return switch (words.isEmpty() ? "" : words.getFirst()) {
                case "make" -> words.size() < 3 ? Optional.empty() : make(words);
                case "list" -> words.size() == 1 ? Optional.of(new Show()) : Optional.empty();
                case "revoke" ->
                    words.size() == 2 ? Optional.of(new Revoke(UUID.fromString(words.get(1)))) : Optional.empty();
                default -> Optional.empty();
            };
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static Optional<TokenWish> make(List<String> words) {
        String swarm = null;
        Long ttl = null;
        for (String word : words.subList(3, words.size())) {
            if (word.startsWith("swarm=")) {
                swarm = word.substring("swarm=".length());
            } else if (word.startsWith("ttlSeconds=")) {
                ttl = Long.valueOf(word.substring("ttlSeconds=".length()));
            } else {
                return Optional.empty();
            }
        }
        return Optional.of(new Make(words.get(1), words.get(2), swarm, ttl));
    }
}
