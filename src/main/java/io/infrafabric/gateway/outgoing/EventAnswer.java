package io.infrafabric.gateway.outgoing;

/**
 * An answer that is an event stream.
 *
 * @param begin what begins to write it
 */
public record EventAnswer(Runnable begin) {}
