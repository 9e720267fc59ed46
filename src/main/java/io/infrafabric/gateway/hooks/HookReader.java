package io.infrafabric.gateway.hooks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Reads a hook's body: four names at its top. Prompts, what tools were given and what they answered are passed over without being
 * made into text.
 */
final class HookReader {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int LONGEST_NAME = 200;

    private HookReader() {}

    /** The call; {@code null} if the body is not a JSON object. */
    static HookCall read(byte[] body) {
        try (JsonParser parser = JSON.createParser(body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            String event = null;
            String conversation = null;
            String tool = null;
            String reason = null;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                switch (field) {
                    case "hook_event_name" -> event = name(parser, value);
                    case "session_id" -> conversation = name(parser, value);
                    case "tool_name" -> tool = name(parser, value);
                    case "reason" -> reason = name(parser, value);
                    default -> parser.skipChildren();
                }
            }
            return parser.currentToken() == JsonToken.END_OBJECT && parser.nextToken() == null
                    ? new HookCall(event, conversation, tool, reason)
                    : null;
        } catch (JsonProcessingException notJson) {
            return null;
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static String name(JsonParser parser, JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_STRING && parser.getTextLength() <= LONGEST_NAME) {
            return parser.getText();
        }
        parser.skipChildren();
        return null;
    }
}
