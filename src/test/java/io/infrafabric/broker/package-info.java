/**
 * Brokers of AMQP for tests, each in a process of its own, so that it can be killed and frozen. {@link
 * io.infrafabric.broker.Broker} is what a test does with one. Artemis comes along with the build ({@link
 * io.infrafabric.broker.BrokerProcess} is what runs in its process); RabbitMQ is used where this machine has one ({@link
 * io.infrafabric.broker.RabbitBroker}). One that was killed has lost all. {@link io.infrafabric.broker.Signal} is
 * what tests send to the processes of all their servers.
 */
package io.infrafabric.broker;
