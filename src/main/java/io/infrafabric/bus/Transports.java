package io.infrafabric.bus;

import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Chooses what carries events in this process: AMQP if there is an address of a broker, otherwise Redis. */
@Singleton
final class Transports {

    /** {@code amqp://…} or {@code amqps://…}; absent with Redis. */
    static final String AMQP_URL = "s2.launch.amqp.url";

    /** Authorities that may have signed the broker's certificate (PEM); absent: those of the JVM. */
    static final String AMQP_CA_FILE = "s2.launch.amqp.ca-file";

    /** What is shown as degraded while the channel is away: {@code redis} or {@code amqp}. */
    static final String NAME = "s2.launch.channel";

    @Produces
    @Singleton
    static Transport choose(
            @ConfigProperty(name = AMQP_URL) Optional<String> amqp,
            Instance<Streams> streams,
            Instance<Queues> queues) {
        return amqp.isPresent() ? queues.get() : streams.get();
    }
}
