package io.infrafabric.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Which servers this process uses: the rule that turns the given settings into a choice. An absent address means that
 * this server is embedded.
 *
 * @param postgres the given PostgreSQL
 * @param redisUrl the given Redis
 * @param redisCaFile the authorities that may have signed its certificate; absent: those of the JVM
 */
record Servers(Optional<PostgresAddress> postgres, Optional<String> redisUrl, Optional<Path> redisCaFile) {

    /** An address where nobody listens: a process that migrates has Redis clients, but does not use them. */
    private static final String NO_REDIS = "redis://localhost:1";

    /**
     * Decides. Given servers are used, and the others embedded, except that a given PostgreSQL needs a given Redis:
     * otherwise several processes would share the truth but each ring its own bell, which splits the fabric (DESIGN.md,
     * section 3).
     *
     * @throws Refusal if the given settings do not work together
     */
    static Servers choose(Given given) {
        if (given.migrate()) {
            return toMigrate(given);
        }
        Optional<String> redisUrl = oneOf("S2_REDIS_URL", given.redisUrl(), "S2_REDIS_URL_FILE", given.redisUrlFile());
        if (redisUrl.isEmpty() && given.amqpUrl().isPresent()) {
            throw new Refusal(
                    "S2_AMQP_URL is given, but this version carries events only over Redis: set S2_REDIS_URL.");
        }
        redisUrl.filter(url -> !url.matches("rediss?://.+")).ifPresent(url -> {
            throw new Refusal("S2_REDIS_URL is not an address of the form redis://host:port.");
        });
        given.redisCaFile().ifPresent(file -> mustServe(file, redisUrl));
        if (!given.allInOne() && (given.postgresUrl().isEmpty() || redisUrl.isEmpty())) {
            throw new Refusal("This build of one function embeds no servers: set"
                    + " S2_POSTGRES_URL and S2_REDIS_URL to those that all functions share.");
        }
        if (given.postgresUrl().isEmpty()) {
            return new Servers(Optional.empty(), redisUrl, given.redisCaFile());
        }
        if (redisUrl.isEmpty()) {
            throw new Refusal(
                    "S2_POSTGRES_URL is given without S2_REDIS_URL. Processes that share a PostgreSQL must share"
                            + " a Redis too, so nothing is embedded then: set S2_REDIS_URL, or unset S2_POSTGRES_URL to run both"
                            + " embedded.");
        }
        return new Servers(Optional.of(postgres(given)), redisUrl, given.redisCaFile());
    }

    /** The migrations need only PostgreSQL: the channel need not exist yet. */
    private static Servers toMigrate(Given given) {
        if (!given.allInOne() || given.postgresUrl().isEmpty()) {
            throw new Refusal("migrate needs the all-in-one (a build of one function carries no migrations) and"
                    + " S2_POSTGRES_URL.");
        }
        return new Servers(Optional.of(postgres(given)), Optional.of(NO_REDIS), Optional.empty());
    }

    private static PostgresAddress postgres(Given given) {
        Optional<String> password = oneOf(
                "S2_POSTGRES_PASSWORD",
                given.postgresPassword(),
                "S2_POSTGRES_PASSWORD_FILE",
                given.postgresPasswordFile());
        return PostgresAddress.parse(
                given.postgresUrl().orElseThrow(), given.postgresUser(), password, given.postgresCaFile());
    }

    /** Whether anything is embedded and needs a data directory. */
    boolean embedded() {
        return postgres.isEmpty() || redisUrl.isEmpty();
    }

    private static void mustServe(Path caFile, Optional<String> redisUrl) {
        if (!Files.isReadable(caFile)) {
            throw new Refusal("S2_REDIS_CA_FILE names " + caFile + ", which cannot be read.");
        }
        if (redisUrl.filter(url -> url.startsWith("rediss:")).isEmpty()) {
            throw new Refusal(
                    "S2_REDIS_CA_FILE is given, but S2_REDIS_URL does not begin with rediss://, so nothing would"
                            + " be encrypted or checked.");
        }
    }

    /** A value given directly, or as the first line of a file. */
    private static Optional<String> oneOf(String name, Optional<String> text, String fileName, Optional<Path> file) {
        if (file.isEmpty()) {
            return text;
        }
        if (text.isPresent()) {
            throw new Refusal("Both " + name + " and " + fileName + " are given: set one of them.");
        }
        try {
            List<String> lines = Files.readAllLines(file.get());
            return Optional.of(lines.isEmpty() ? "" : lines.getFirst());
        } catch (IOException e) {
            throw new Refusal(fileName + " names " + file.get() + ", which cannot be read.");
        }
    }
}
