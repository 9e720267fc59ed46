/**
 * Listening: a stream of lines on which an agent, or the keeper beside it, hears of everything that comes to its inbox, and by
 * which the fabric hears that it is alive.
 *
 * <p>An open stream is a place in {@link io.infrafabric.bus.Rings} and a number, and nothing else: no thread, no connection of the
 * database, no buffer. It reads a page of the inbox when a bell rings and writes it, and reads the next one when the client has
 * taken it in. Bells may be lost, so one statement for all streams of the process looks again every few seconds.
 *
 * <p>The stream ends when its token does, and when the process drains. The client opens another one with {@code ?after=} the last
 * number that it has seen; nothing is lost, because a notice stays in the inbox until it is acknowledged.
 */
package io.infrafabric.gateway.listen;
