package io.infrafabric.gateway.incoming;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.event.Trace;

/**
 * A CloudEvent from outside.
 *
 * @param at how its attributes are called in a refusal: what stands before their names, for example {@code [2].}
 * @param source with {@code id} what makes it this event
 * @param data its data, a JSON object
 * @param trace its extensions {@code traceparent} and {@code tracetoken}
 */
record ForeignEvent(String at, String source, String id, String type, JsonNode data, Trace trace) {}
