package io.infrafabric.launch;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Tells the configuration which servers this process uses. It lists no names and answers only its own keys, so it is
 * asked only when something is about to connect. The servers start then, and never during a build.
 *
 * <p>{@code application.properties} refers to these keys; a key without an answer is absent.
 */
public final class LaunchConfigSource implements ConfigSourceFactory {

    /** {@code postgresql://host:port/database}, for the reactive client. */
    static final String POSTGRES_URL = "s2.launch.postgres.url";

    /** The same with the prefix {@code jdbc:}, for JDBC. */
    static final String POSTGRES_JDBC_URL = "s2.launch.postgres.jdbc-url";

    /** Whether PostgreSQL's certificate must be signed by {@link #POSTGRES_CA_FILE}; absent: no. */
    static final String POSTGRES_VERIFIED = "s2.launch.postgres.verified";

    static final String POSTGRES_CA_FILE = "s2.launch.postgres.ca-file";

    /** Whether PostgreSQL may have any certificate. */
    static final String POSTGRES_TRUST_ALL = "s2.launch.postgres.trust-all";

    /** {@code HTTPS} if PostgreSQL's certificate must carry its name, otherwise {@code NONE}. */
    static final String POSTGRES_NAME_CHECK = "s2.launch.postgres.name-check";

    static final String POSTGRES_USER = "s2.launch.postgres.user";

    static final String POSTGRES_PASSWORD = "s2.launch.postgres.password";

    /** {@code redis://…}, with the password if there is one. */
    static final String REDIS_URL = "s2.launch.redis.url";

    /** Whether Redis's certificate must be signed by {@link #REDIS_CA_FILE}; absent: by an authority of the JVM. */
    static final String REDIS_VERIFIED = "s2.launch.redis.verified";

    static final String REDIS_CA_FILE = "s2.launch.redis.ca-file";

    /** {@code amqp://…}, with the password if there is one; absent with Redis. */
    static final String AMQP_URL = "s2.launch.amqp.url";

    /** Who must have signed the broker's certificate; absent: an authority of the JVM. */
    static final String AMQP_CA_FILE = "s2.launch.amqp.ca-file";

    /** What carries the events: {@code redis} or {@code amqp}. */
    static final String CHANNEL = "s2.launch.channel";

    /** The data directory, absolute; absent if nothing is embedded. */
    static final String DIRECTORY = "s2.launch.directory";

    /** The operator token of an embedded run; absent if nothing is embedded. */
    static final String OPERATOR_TOKEN = "s2.launch.operator-token";

    /** The address that HTTP listens on, unless {@code QUARKUS_HTTP_HOST} gives another one. */
    static final String HOST = "s2.launch.host";

    /** How long a process that is to end serves on, unless {@code s2.door.farewell} says otherwise. */
    static final String FAREWELL = "s2.launch.farewell";

    /** Whether pages of other origins may call: whether {@code s2.door.cors-origins} names any. */
    static final String CORS = "s2.launch.cors";

    /** Which servers are embedded: some of {@code postgres redis}, or empty. */
    static final String STARTED = "s2.launch.embedded";

    /** Why nothing was started: the sentence of a {@link Refusal}. */
    static final String REFUSED = "s2.launch.refused";

    /**
     * Whether this build carries servers to embed. Computed when the class is loaded, which for a native binary is at
     * compile time: the compiler then leaves out the code behind it, which refers to missing classes.
     */
    static final boolean ALL_IN_ONE = isAllInOne();

    private static final Set<String> KEYS = Set.of(
            POSTGRES_URL,
            POSTGRES_JDBC_URL,
            POSTGRES_VERIFIED,
            POSTGRES_CA_FILE,
            POSTGRES_TRUST_ALL,
            POSTGRES_NAME_CHECK,
            POSTGRES_USER,
            POSTGRES_PASSWORD,
            REDIS_URL,
            REDIS_VERIFIED,
            REDIS_CA_FILE,
            AMQP_URL,
            AMQP_CA_FILE,
            CHANNEL,
            DIRECTORY,
            OPERATOR_TOKEN,
            STARTED);

    private static final int ORDINAL = 50;

    /** The service loader makes it. */
    public LaunchConfigSource() {}

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        return List.of(new Answers(
                Given.read(
                        key -> {
                            var value = context.getValue(key);
                            return value == null ? null : value.getValue();
                        },
                        ALL_IN_ONE),
                isSet(context.getValue("s2.door.cors-origins")),
                () -> Settings.wrong(context.iterateNames(), context::getValue)));
    }

    private static boolean isSet(ConfigValue value) {
        return value != null && value.getValue() != null && !value.getValue().isBlank();
    }

    /** A build of one function leaves all of these out together (see the profile "function" in pom.xml). */
    private static boolean isAllInOne() {
        try {
            Class.forName("redis.embedded.core.ExecutableProvider", false, LaunchConfigSource.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException _) {
            return false;
        }
    }

    private record Answers(Given given, boolean cors, Supplier<List<String>> wrong) implements ConfigSource {

        @Override
        public Set<String> getPropertyNames() {
            return Set.of();
        }

        @Override
        public String getValue(String key) {
            if (key.equals(HOST)) {
                // Builds ask for this, too, and must not start anything.
                return given.host();
            }
            if (key.equals(FAREWELL)) {
                return given.farewell();
            }
            if (key.equals(CORS)) {
                return Boolean.toString(cors);
            }
            return KEYS.contains(key) ? Embedded.answer(key, given, wrong) : null;
        }

        @Override
        public String getName() {
            return "S2 embedded servers";
        }

        @Override
        public int getOrdinal() {
            return ORDINAL;
        }
    }
}
