package io.infrafabric.bus;

/**
 * How a broker names queues and topics. AMQP 1.0 leaves that to brokers, so each has its own way; which one it is stands in the
 * frame with which it opens a connection.
 */
enum AmqpDialect {
    /** Plain names, and capabilities that say whether one is a queue or a topic. The broker makes both when asked. */
    ARTEMIS,
    /**
     * The plugin {@code rabbitmq_amqp1_0} of RabbitMQ 3. {@code /queue/x} would declare the queue anew, and is refused for a
     * durable one; so queues are there before.
     */
    RABBITMQ3,
    /** RabbitMQ 4 (address format 2). Queues are there before. */
    RABBITMQ4;

    /**
     * The dialect of a broker by the properties of its open frame. A product that is not known gets plain names, which most
     * understand.
     *
     * @param product may be {@code null}
     * @param version may be {@code null}
     */
    static AmqpDialect of(String product, String version) {
        if (!"RabbitMQ".equalsIgnoreCase(product)) {
            return ARTEMIS;
        }
        return version != null && version.matches("[0-3]\\..*") ? RABBITMQ3 : RABBITMQ4;
    }

    /** The address of a queue. */
    String queue(String name) {
        return switch (this) {
            case ARTEMIS -> name;
            case RABBITMQ3 -> "/amq/queue/" + name;
            case RABBITMQ4 -> "/queues/" + name;
        };
    }

    /** The address of a topic, for senders and receivers. */
    String topic(String name) {
        return switch (this) {
            case ARTEMIS -> name;
            // RabbitMQ 4 still takes the addresses of format 1, unless its operator forbids them.
            case RABBITMQ3, RABBITMQ4 -> "/topic/" + name;
        };
    }
}
