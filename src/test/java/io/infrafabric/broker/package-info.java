/**
 * A broker of AMQP for tests: Artemis in a process of its own, so that it can be killed and frozen. {@link
 * io.infrafabric.broker.Broker} starts one and talks to it; {@link io.infrafabric.broker.BrokerProcess} is what runs in it. It
 * keeps nothing on disk, so one that was killed has lost all.
 */
package io.infrafabric.broker;
