package io.infrafabric.bus;

/**
 * An event as it stands in the log.
 *
 * @param seq its number in the log: of two events of one entity, the later one has the greater number
 * @param type its name on the wire
 * @param swarm {@code null} if it belongs to none
 * @param json the whole CloudEvent
 */
public record Logged(long seq, String type, String subject, String swarm, String json) {}
