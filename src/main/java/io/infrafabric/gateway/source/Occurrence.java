package io.infrafabric.gateway.source;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;

/**
 * What rules look at: something that happened outside.
 *
 * @param source its name
 * @param event what the kind of source calls it, {@code null} if it has no name
 * @param at when it was taken in, by the database's clock
 */
public record Occurrence(String source, String event, JsonNode body, Instant at) {}
