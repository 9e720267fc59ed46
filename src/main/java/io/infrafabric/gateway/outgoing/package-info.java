/**
 * Events out: what happens in the fabric, as server-sent events, for everybody who may read it.
 *
 * <p>An open stream is a number in the event log and a place at a bell, and nothing else: no thread, no connection of the database,
 * no buffer of its own. One reader in the process reads the log for all streams ({@link io.infrafabric.bus.Feed}), which also says
 * why nothing is missed and nothing comes twice. {@link io.infrafabric.gateway.outgoing.EventStream} writes a page, waits until the
 * connection has taken it, and looks for the next one; a reader that does not read therefore holds one page, and is cut off after a
 * while. It resumes by {@code Last-Event-ID}.
 *
 * <p>{@link io.infrafabric.gateway.outgoing.Visibility} is the rule of who sees what. A stream ends when its token does, and when the
 * process drains.
 */
package io.infrafabric.gateway.outgoing;
