package io.infrafabric.launch;

import io.infrafabric.bus.AmqpAddress;
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
 * @param amqpUrl the given broker of AMQP, which takes the place of Redis
 * @param amqpCaFile the authorities that may have signed its certificate; absent: those of the JVM
 */
record Servers(
        Optional<PostgresAddress> postgres,
        Optional<String> redisUrl,
        Optional<Path> redisCaFile,
        Optional<String> amqpUrl,
        Optional<Path> amqpCaFile) {

    /**
     * An address where nobody listens: a process that migrates, or one on AMQP, has Redis clients, but does not use them.
     */
    private static final String NO_REDIS = "redis://localhost:1";

    /**
     * Decides. Given servers are used, and the others embedded, except that a given PostgreSQL needs a given Redis or broker:
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
        Optional<String> amqpUrl = amqp(given);
        if (redisUrl.isPresent() && amqpUrl.isPresent()) {
            throw new Refusal("S2_REDIS_URL and S2_AMQP_URL are given, but events travel over one of them: unset the"
                    + " other. All processes that share a PostgreSQL must use the same one.");
        }
        redisUrl.filter(url -> !url.matches("rediss?://.+")).ifPresent(url -> {
            throw new Refusal("S2_REDIS_URL is not an address of the form redis://host:port.");
        });
        given.redisCaFile()
                .ifPresent(file -> mustServe("S2_REDIS_CA_FILE", file, "S2_REDIS_URL", redisUrl, "rediss://"));
        boolean channel = redisUrl.isPresent() || amqpUrl.isPresent();
        if (!given.allInOne() && (given.postgresUrl().isEmpty() || !channel)) {
            throw new Refusal("This build of one function embeds no servers: set"
                    + " S2_POSTGRES_URL and S2_REDIS_URL (or S2_AMQP_URL) to those that all functions share.");
        }
        if (given.postgresUrl().isPresent() && !channel) {
            throw new Refusal(
                    "S2_POSTGRES_URL is given without S2_REDIS_URL. Processes that share a PostgreSQL must share"
                            + " a Redis too, so nothing is embedded then: set S2_REDIS_URL (or S2_AMQP_URL), or unset"
                            + " S2_POSTGRES_URL to run both embedded.");
        }
        return new Servers(
                given.postgresUrl().map(url -> postgres(given)),
                amqpUrl.isPresent() ? Optional.of(NO_REDIS) : redisUrl,
                given.redisCaFile(),
                amqpUrl,
                given.amqpCaFile());
    }

    /** The migrations need only PostgreSQL; queues are made too if a broker is given that makes them when asked. */
    private static Servers toMigrate(Given given) {
        if (!given.allInOne() || given.postgresUrl().isEmpty()) {
            throw new Refusal("migrate needs the all-in-one (a build of one function carries no migrations) and"
                    + " S2_POSTGRES_URL.");
        }
        return new Servers(
                Optional.of(postgres(given)), Optional.of(NO_REDIS), Optional.empty(), amqp(given), given.amqpCaFile());
    }

    private static Optional<String> amqp(Given given) {
        Optional<String> url = oneOf("S2_AMQP_URL", given.amqpUrl(), "S2_AMQP_URL_FILE", given.amqpUrlFile());
        url.ifPresent(address -> {
            try {
                var _ = AmqpAddress.parse(address);
            } catch (IllegalArgumentException wrong) {
                throw new Refusal("S2_AMQP_URL " + wrong.getMessage() + ".");
            }
        });
        given.amqpCaFile().ifPresent(file -> mustServe("S2_AMQP_CA_FILE", file, "S2_AMQP_URL", url, "amqps://"));
        return url;
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

    private static void mustServe(String name, Path caFile, String urlName, Optional<String> url, String prefix) {
        if (!Files.isReadable(caFile)) {
            throw new Refusal(name + " names " + caFile + ", which cannot be read.");
        }
        if (url.filter(given -> given.startsWith(prefix)).isEmpty()) {
            throw new Refusal(name + " is given, but " + urlName + " does not begin with " + prefix
                    + ", so nothing would be encrypted or checked.");
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
