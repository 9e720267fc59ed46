package io.infrafabric.door.tool;

import java.util.List;

/**
 * An argument of a tool.
 *
 * @param description what the model reads of it; {@code null} if the name says it all
 * @param options the words that it may be; empty for any
 */
public record Field(String name, Kind kind, boolean required, String description, List<String> options) {

    /** What its value looks like. */
    public enum Kind {
        TEXT("string", "a text"),
        WHOLE("integer", "a whole number"),
        NUMBER("number", "a number"),
        SWITCH("boolean", "true or false"),
        TEXTS("array", "a list of texts"),
        ANY(null, "any JSON");

        private final String type;
        private final String expected;

        Kind(String type, String expected) {
            this.type = type;
            this.expected = expected;
        }

        /** Its name in JSON Schema; {@code null} for any. */
        public String type() {
            return type;
        }

        /** What a refusal says was expected. */
        public String expected() {
            return expected;
        }
    }

    /** A field that may be left out. */
    public static Field value(String name, Kind kind) {
        return new Field(name, kind, false, null, List.of());
    }

    /** A text that may be left out. */
    public static Field text(String name) {
        return value(name, Kind.TEXT);
    }

    /** The same, to be given. */
    public Field must() {
        return new Field(name, kind, true, description, options);
    }

    /** The same with a description. */
    public Field says(String what) {
        return new Field(name, kind, required, what, options);
    }

    /** The same as one of these words. */
    public Field oneOf(String... words) {
        return new Field(name, kind, required, description, List.of(words));
    }
}
