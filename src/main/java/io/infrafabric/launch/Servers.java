package io.infrafabric.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Which servers this process uses: the rule that turns what is given into a choice. An absent address means that this
 * server is embedded.
 *
 * @param postgres the PostgreSQL that was given
 * @param redisUrl the Redis that was given
 * @param redisCaFile who may have signed its certificate; absent: any of the JVM's authorities
 */
record Servers(Optional<PostgresAddress> postgres, Optional<String> redisUrl, Optional<Path> redisCaFile) {

    /** Where nobody listens: a process that migrates has clients of Redis, and gives them nothing to do. */
    private static final String NO_REDIS = "redis://localhost:1";

    /**
     * Decides. A given server is used, the others are embedded, except that a given PostgreSQL needs a given Redis:
     * several processes would share the truth and each ring its own bell, which splits the fabric (DESIGN.md, section
     * 3).
     *
     * @throws Refusal if what is given does not work together
     */
    static Servers choose(Given given) {
        if (given.migrate()) {
            return toMigrate(given);
        }
        Optional<String> redisUrl = oneOf("S2_REDIS_URL", given.redisUrl(), "S2_REDIS_URL_FILE", given.redisUrlFile());
        if (redisUrl.isEmpty() && given.amqpUrl().isPresent()) {
            throw new Refusal(
                    "S2_AMQP_URL is given, but this version carries events over Redis only: set S2_REDIS_URL.");
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

    /** The migrations are a matter of PostgreSQL alone: whatever carries the events need not be there yet. */
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

    /** Whether anything is embedded, so that a data directory is needed. */
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

    /** What is given as it is, or by the first line of a file. */
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
