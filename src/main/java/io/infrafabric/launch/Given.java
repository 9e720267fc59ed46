package io.infrafabric.launch;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the environment says about servers and data, not yet judged. Each part is absent when its variable is absent or
 * blank.
 *
 * @param postgresUrl {@code S2_POSTGRES_URL}: a PostgreSQL to use instead of the embedded one
 * @param postgresUser {@code S2_POSTGRES_USER}
 * @param postgresPassword {@code S2_POSTGRES_PASSWORD}
 * @param postgresPasswordFile {@code S2_POSTGRES_PASSWORD_FILE}: a file whose first line is the password
 * @param postgresCaFile {@code S2_POSTGRES_CA_FILE}: the authorities that may have signed its certificate (PEM)
 * @param redisUrl {@code S2_REDIS_URL}: a Redis to use instead of the embedded one
 * @param redisUrlFile {@code S2_REDIS_URL_FILE}: a file whose first line is that address, with its password
 * @param redisCaFile {@code S2_REDIS_CA_FILE}: the authorities that may have signed its certificate (PEM)
 * @param amqpUrl {@code S2_AMQP_URL}: an AMQP broker to use instead of Redis
 * @param amqpUrlFile {@code S2_AMQP_URL_FILE}: a file whose first line is that address, with its password
 * @param amqpCaFile {@code S2_AMQP_CA_FILE}: the authorities that may have signed its certificate (PEM)
 * @param dataDirectory where embedded servers keep their data; {@code S2_DATA_DIR}, or {@code .s2}
 * @param allInOne whether this build carries servers to embed and migrations; a build of a single function does not
 * @param migrate whether to apply only the migrations (see {@link Migration})
 * @param cacheDirectory {@code S2_CACHE_DIR}: where programs of embedded servers are unpacked
 * @param restarts {@code s2.embedded.restarts}: how often within ten minutes an embedded server that ended by itself is
 * restarted
 * @param throwAway use a fresh directory below {@code dataDirectory} and delete it at the end (test runs)
 */
record Given(
        Optional<String> postgresUrl,
        Optional<String> postgresUser,
        Optional<String> postgresPassword,
        Optional<Path> postgresPasswordFile,
        Optional<Path> postgresCaFile,
        Optional<String> redisUrl,
        Optional<Path> redisUrlFile,
        Optional<Path> redisCaFile,
        Optional<String> amqpUrl,
        Optional<Path> amqpUrlFile,
        Optional<Path> amqpCaFile,
        Path dataDirectory,
        boolean allInOne,
        boolean migrate,
        boolean throwAway,
        Optional<Path> cacheDirectory,
        int restarts) {

    /** The key that {@link Migration} sets. */
    static final String MIGRATE = "s2.launch.migrate";

    private static final int RESTARTS = 5;

    /** Reads the environment; {@code value} answers a configuration key with its value, or null. */
    static Given read(Function<String, String> value, boolean allInOne) {
        return new Given(
                text(value, "s2.postgres.url"),
                text(value, "s2.postgres.user"),
                text(value, "s2.postgres.password"),
                text(value, "s2.postgres.password-file").map(Path::of),
                text(value, "s2.postgres.ca-file").map(Path::of),
                text(value, "s2.redis.url"),
                text(value, "s2.redis.url-file").map(Path::of),
                text(value, "s2.redis.ca-file").map(Path::of),
                text(value, "s2.amqp.url"),
                text(value, "s2.amqp.url-file").map(Path::of),
                text(value, "s2.amqp.ca-file").map(Path::of),
                Path.of(text(value, "s2.data-dir").orElse(".s2"))
                        .toAbsolutePath()
                        .normalize(),
                allInOne,
                text(value, MIGRATE).isPresent(),
                text(value, "s2.data-throw-away").map(Boolean::parseBoolean).orElse(false),
                text(value, "s2.cache-dir").map(Path::of),
                text(value, "s2.embedded.restarts").map(Given::restarts).orElse(RESTARTS));
    }

    /** The default address to listen on for HTTP: an embedded run is for the person at this machine. */
    String host() {
        return isEmbedded() ? "127.0.0.1" : "0.0.0.0";
    }

    /** How long it serves on by default when it is to end: nobody else would answer the clients of an embedded run. */
    String farewell() {
        return isEmbedded() ? "0s" : "5s";
    }

    private boolean isEmbedded() {
        return allInOne
                && (postgresUrl.isEmpty()
                        || redisUrl.or(() -> redisUrlFile.map(Path::toString))
                                .or(() -> amqpUrl)
                                .or(() -> amqpUrlFile.map(Path::toString))
                                .isEmpty());
    }

    /** A text of another form is refused later, with all other settings. */
    private static int restarts(String text) {
        return text.matches("\\d{1,3}") ? Integer.parseInt(text) : RESTARTS;
    }

    private static Optional<String> text(Function<String, String> value, String key) {
        return Optional.ofNullable(value.apply(key)).map(String::strip).filter(text -> !text.isEmpty());
    }
}
