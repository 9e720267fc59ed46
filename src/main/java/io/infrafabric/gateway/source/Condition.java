package io.infrafabric.gateway.source;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** What a rule wants of one value of a body: the one at a JSON Pointer (RFC 6901). */
sealed interface Condition {
    JsonPointer pointer();

    /** The value is one of these; numbers are compared by value. */
    record In(JsonPointer pointer, List<JsonNode> values) implements Condition {}

    /** There is a value that is not null, or there is none. */
    record Exists(JsonPointer pointer, boolean there) implements Condition {}

    /** The value is text, and has this form: {@code *} is any text, {@code ?} any character. */
    record Glob(JsonPointer pointer, String pattern) implements Condition {}

    /** Why the body does not meet it; {@code null} if it does. */
    default String unmet(JsonNode body) {
        JsonNode value = body.at(pointer());
        boolean there = !value.isMissingNode() && !value.isNull();
        return switch (this) {
            case Exists exists -> exists.there() == there ? null : pointer() + (there ? " is there" : " is not there");
            case In(JsonPointer _, List<JsonNode> values) ->
                there && values.stream().anyMatch(one -> same(one, value))
                        ? null
                        : pointer() + " is " + shown(value) + ", not "
                                + (values.size() == 1 ? values.getFirst() : "one of " + values);
            case Glob(JsonPointer _, String pattern) ->
                value.isTextual() && matches(pattern, value.textValue())
                        ? null
                        : pointer() + " is " + shown(value) + ", not of the form " + pattern;
        };
    }

    private static boolean same(JsonNode one, JsonNode other) {
        if (one.isNumber() && other.isNumber()) {
            return one.decimalValue().compareTo(other.decimalValue()) == 0;
        }
        return one.equals(other);
    }

    private static String shown(JsonNode value) {
        if (value.isMissingNode()) {
            return "absent";
        }
        String text = value.toString();
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }

    /** Goes back to the last star only, so its time grows with the product of the lengths, whatever the pattern. */
    static boolean matches(String pattern, String text) {
        int p = 0;
        int t = 0;
        int star = -1;
        int from = 0;
        while (t < text.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                from = t;
            } else if (p < pattern.length() && (pattern.charAt(p) == '?' || pattern.charAt(p) == text.charAt(t))) {
                p++;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++from;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }
}
