package io.infrafabric.bus;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AmqpDialectTest {

    @Test
    void theProductOfTheOpenFrameTells() {
        assertThat(AmqpDialect.of("apache-activemq-artemis", "2.55.0")).isEqualTo(AmqpDialect.ARTEMIS);
        assertThat(AmqpDialect.of("RabbitMQ", "3.10.8")).isEqualTo(AmqpDialect.RABBITMQ3);
        assertThat(AmqpDialect.of("RabbitMQ", "4.1.0")).isEqualTo(AmqpDialect.RABBITMQ4);
        assertThat(AmqpDialect.of("RabbitMQ", null)).isEqualTo(AmqpDialect.RABBITMQ4);
        assertThat(AmqpDialect.of(null, null)).as("plain names").isEqualTo(AmqpDialect.ARTEMIS);
    }

    @Test
    void eachNamesQueuesInItsOwnWay() {
        assertThat(AmqpDialect.ARTEMIS.queue("s2.budget")).isEqualTo("s2.budget");
        assertThat(AmqpDialect.RABBITMQ3.queue("s2.budget")).isEqualTo("/amq/queue/s2.budget");
        assertThat(AmqpDialect.RABBITMQ4.queue("s2.budget")).isEqualTo("/queues/s2.budget");
        assertThat(AmqpDialect.ARTEMIS.topic("s2.wake")).isEqualTo("s2.wake");
        assertThat(AmqpDialect.RABBITMQ3.topic("s2.wake")).isEqualTo("/topic/s2.wake");
    }
}
