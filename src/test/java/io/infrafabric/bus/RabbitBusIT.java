package io.infrafabric.bus;

import io.infrafabric.broker.Broker;
import io.infrafabric.broker.RabbitBroker;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;

/** The same on RabbitMQ 3 with its plugin {@code rabbitmq_amqp1_0}, where this machine has one. */
@Tag("proof")
@Tag("soak")
class RabbitBusIT extends AmqpBusIT {

    @Override
    Broker make() {
        Optional<Path> programs = RabbitBroker.installed();
        Assumptions.assumeTrue(
                programs.isPresent(),
                "Skipped all of RabbitBusIT (the guarantees of the bus on RabbitMQ): there is no rabbitmq-server 3");
        return RabbitBroker.start(programs.get(), List.of(BusBed.PROBE));
    }

    /** It counts heartbeats in whole seconds, and sends none to those who want them sooner. */
    @Override
    Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>(super.settings());
        settings.put("s2.bus.amqp.heartbeat", "2s");
        return settings;
    }

    /** Its plugin ends the connection, or says nothing. */
    @Override
    boolean answersWhenFull() {
        return false;
    }
}
