/**
 * Events in: CloudEvents 1.0 from outside, by the HTTP binding, as commands of the fabric.
 *
 * <p>{@link io.infrafabric.gateway.incoming.CloudEventReader} reads the three modes (structured, binary, batch), and
 * {@link io.infrafabric.gateway.incoming.ForeignCommands} makes commands of them: an event of the fabric that its function hears over
 * its channel ({@code docs/events.md} has the table). A caller speaks for itself only. What is wrong is said at once, with the
 * attribute; a batch is taken in as a whole or not at all.
 *
 * <p>The same event (source and id, within a swarm) takes effect once: its row is written in the transaction that writes our event into
 * the outbox, by a conditional insert. So a repeat gets the first answer, in any replica, also after a restart. The answer says under
 * which address the effect can be found; the function may refuse a command later, and then it is among its dead letters under our
 * event's id.
 */
package io.infrafabric.gateway.incoming;
