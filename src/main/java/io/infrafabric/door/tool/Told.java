package io.infrafabric.door.tool;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a tool answers.
 *
 * @param text short and plain, for the model
 * @param data the answer of the REST call, for programs; {@code null} if it has none
 */
public record Told(String text, JsonNode data) {
    /** An answer with nothing more to it. */
    public static Told of(String text) {
        return new Told(text, null);
    }
}
