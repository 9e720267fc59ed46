package io.infrafabric.launch;

import io.infrafabric.bus.ChannelQueues;
import io.infrafabric.bus.ConnectionLimit;
import io.infrafabric.bus.Schema;
import io.infrafabric.bus.Subscriptions;
import io.infrafabric.event.Catalogue;
import io.quarkus.runtime.QuarkusApplication;
import io.smallrye.mutiny.TimeoutException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Applies the migrations, subscribes every function of this release, and ends, with exit code 0 if the schema is then
 * complete: {@code java -jar quarkus-run.jar migrate}, a job before the builds of single functions are rolled out. If it
 * is told how many connections these open, it also looks whether PostgreSQL allows them, and otherwise ends with 1.
 * Flyway applies them when the process starts, as in every run of the all-in-one. This run has no port, reads no
 * channel, runs no schedule, and needs neither Redis nor a key for tokens. Given a broker of AMQP, it has that make the queues.
 */
final class Migration implements QuarkusApplication {

    /** The argument that asks for it. */
    static final String ARGUMENT = "migrate";

    /** How many connections the release opens at most, so that PostgreSQL must allow them; 0: nobody knows. */
    static final String CONNECTIONS = "s2.migrate.connections";

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

    private final String postgresUrl;
    private final Schema schema;
    private final Subscriptions subscriptions;
    private final ConnectionLimit limit;
    private final ChannelQueues queues;
    private final int connections;

    Migration(
            @ConfigProperty(name = LaunchConfigSource.POSTGRES_URL) String postgresUrl,
            Schema schema,
            Subscriptions subscriptions,
            ConnectionLimit limit,
            ChannelQueues queues,
            @ConfigProperty(name = CONNECTIONS, defaultValue = "0") int connections) {
        this.postgresUrl = postgresUrl;
        this.schema = schema;
        this.subscriptions = subscriptions;
        this.limit = limit;
        this.queues = queues;
        this.connections = connections;
    }

    /** Asks for PostgreSQL only, see {@link Servers#choose}, and switches everything else off. */
    static void prepare() {
        System.setProperty(Given.MIGRATE, "true");
        prepareAlone();
    }

    /** Switches off everything, for a process that needs nothing but the database. */
    static void prepareAlone() {
        // It would warn about Redis, which nobody needs here.
        System.setProperty("quarkus.log.category.\"io.infrafabric.bus.Regularly\".level", "ERROR");
        System.setProperty("quarkus.log.category.\"io.infrafabric.bus.Doorbell\".level", "ERROR");
        switchOff();
    }

    /** Leaves only the migrations on. Uses system properties, which outrank the environment. */
    static void switchOff() {
        System.setProperty("quarkus.http.host-enabled", "false");
        System.setProperty("quarkus.management.host-enabled", "false");
        System.setProperty("quarkus.scheduler.enabled", "false");
        // It has no port, so there is nobody to serve on for.
        System.setProperty("quarkus.shutdown.delay", "0s");
        // It would warn about channels that lead nowhere.
        System.setProperty("quarkus.log.category.\"io.smallrye.reactive.messaging\".level", "ERROR");
        for (String function : Catalogue.FUNCTIONS) {
            System.setProperty("mp.messaging.incoming." + function + ".enabled", "false");
        }
    }

    @Override
    public int run(String... args) {
        boolean complete = schema.look()
                // A look has the time limit of a probe, which the first connection may exceed on a busy machine.
                .onFailure(TimeoutException.class)
                .retry()
                .withBackOff(BETWEEN_LOOKS)
                .expireIn(PATIENCE.toMillis())
                .await()
                .atMost(PATIENCE);
        if (complete) {
            subscriptions.askForAll().await().atMost(PATIENCE);
        }
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.println((complete ? "The schema is complete in " : "The schema is NOT complete in ") + postgresUrl);
        Optional<String> tooFew = connections == 0
                ? Optional.empty()
                : tooFew(connections, limit.ask().await().atMost(PATIENCE));
        tooFew.ifPresent(out::println);
        Optional<String> noQueues = queues.areNeeded() ? noQueues() : Optional.empty();
        noQueues.ifPresent(out::println);
        return complete && tooFew.isEmpty() && noQueues.isEmpty() ? 0 : 1;
    }

    /** Has the broker make the queues; the sentence says which one there is not, and is absent if all are there. */
    private Optional<String> noQueues() {
        try {
            queues.make()
                    .onFailure(java.util.concurrent.TimeoutException.class)
                    .retry()
                    .withBackOff(BETWEEN_LOOKS)
                    .expireIn(PATIENCE.toMillis())
                    .await()
                    .atMost(PATIENCE.multipliedBy(2));
            return Optional.empty();
        } catch (CompletionException | TimeoutException failed) {
            return Optional.of("The queues of AMQP are not all there: "
                    + (failed.getCause() == null ? failed : failed.getCause()).getMessage()
                    + ". A broker that makes none by itself, such as RabbitMQ, needs a durable queue s2.<function> for each"
                    + " function.");
        }
    }

    /** The sentence that refuses a release that opens more connections than PostgreSQL allows; absent if they suffice. */
    static Optional<String> tooFew(int needed, int allowed) {
        return needed <= allowed
                ? Optional.empty()
                : Optional.of("PostgreSQL allows this login " + allowed
                        + " connections, but the functions of this release"
                        + " open up to " + needed + ", so calls would fail under load: raise max_connections (or the"
                        + " limit of the role or the database), or lower functions.<name>.max or connections in the"
                        + " chart's values. migration.checkConnections: false installs all the same.");
    }
}
