package io.infrafabric.gateway.source;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.problem.Problem;
import java.util.ArrayList;
import java.util.List;

/**
 * Text with values of a body in it: {@code jira.{/issue/key}}. A brace that is meant stands twice. A value is put in as it is and not
 * looked at again, so a value that looks like a template is none.
 */
record Template(List<Object> parts) {
    private static final int LONGEST = 4000;

    /** The delivery has no value where the template needs one. */
    static final class NoValue extends Exception {
        private static final long serialVersionUID = 1L;

        NoValue(String message) {
            super(message);
        }
    }

    /** Reads a template; a {@link Problem} names the field. */
    static Template of(String field, String text) {
        if (text.isEmpty() || text.length() > LONGEST) {
            throw Problem.badInput(field, "text of 1 to " + LONGEST + " characters");
        }
        List<Object> parts = new ArrayList<>();
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean twice = i + 1 < text.length() && text.charAt(i + 1) == c;
            if ((c == '{' || c == '}') && twice) {
                plain.append(c);
                i++;
            } else if (c == '{') {
                int end = text.indexOf('}', i);
                if (end < 0) {
                    throw Problem.badInput(field, "a template whose braces close: {/a/b}");
                }
                parts.add(plain.toString());
                plain.setLength(0);
                parts.add(pointer(field, text.substring(i + 1, end)));
                i = end;
            } else if (c == '}') {
                throw Problem.badInput(field, "a template in which a brace that is meant stands twice: }}");
            } else {
                plain.append(c);
            }
        }
        parts.add(plain.toString());
        return new Template(List.copyOf(parts));
    }

    /** A JSON Pointer; a {@link Problem} names the field. */
    static JsonPointer pointer(String field, String text) {
        try {
            // Jackson takes ~ as it is where RFC 6901 does not.
            if (!text.startsWith("/") || text.matches("(?s).*~(?![01]).*")) {
                throw new IllegalArgumentException();
            }
            return JsonPointer.compile(text);
        } catch (IllegalArgumentException _) {
            throw Problem.badInput(field, "a JSON Pointer (RFC 6901), such as /issue/number");
        }
    }

    /** The text for this body. */
    String fill(JsonNode body) throws NoValue {
        StringBuilder text = new StringBuilder();
        for (Object part : parts) {
            text.append(part instanceof JsonPointer pointer ? value(pointer, body.at(pointer)) : part.toString());
        }
        return text.toString();
    }

    private static String value(JsonPointer pointer, JsonNode value) throws NoValue {
        if (!value.isValueNode() || value.isNull() || value.isMissingNode()) {
            throw new NoValue("{" + pointer + "} has no value in this delivery, or none that is text, a number or a"
                    + " boolean.");
        }
        return value.asText();
    }
}
