package io.infrafabric.door.input;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.KeyDeserializer;
import com.fasterxml.jackson.databind.deser.std.JsonNodeDeserializer;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.deser.std.StringDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.type.LogicalType;
import io.infrafabric.input.Rfc3339;
import io.infrafabric.input.Unicode;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;

/**
 * The one place where text and moments of a JSON body are checked, before any resource sees them: texts, keys of
 * objects and everything in a free {@code payload} can be kept unchanged ({@link Unicode}); moments and days are text
 * as in {@link Rfc3339}, never numbers.
 */
final class StrictValues extends SimpleModule {
    private static final long serialVersionUID = 1L;

    StrictValues() {
        super("s2-strict-values");
        addDeserializer(String.class, new Text());
        addKeyDeserializer(String.class, new Key());
        addDeserializer(JsonNode.class, new Free());
        addDeserializer(Instant.class, new Moment());
        addDeserializer(LocalDate.class, new Day());
    }

    /** A refused value of the right type; Jackson fills in its path. */
    static final class Refused extends JsonMappingException {
        private static final long serialVersionUID = 1L;

        private final String expected;

        Refused(JsonParser parser, String expected) {
            super(parser, expected);
            this.expected = expected;
        }

        String expected() {
            return expected;
        }
    }

    private static String checked(JsonParser parser, String text) throws Refused {
        if (text != null && !Unicode.canBeKept(text)) {
            throw new Refused(parser, Unicode.EXPECTED);
        }
        return text;
    }

    private static final class Text extends StdScalarDeserializer<String> {
        private static final long serialVersionUID = 1L;

        Text() {
            super(String.class);
        }

        @Override
        public String deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return checked(parser, StringDeserializer.instance.deserialize(parser, context));
        }

        @Override
        public LogicalType logicalType() {
            return LogicalType.Textual;
        }
    }

    private static final class Key extends KeyDeserializer {
        @Override
        public Object deserializeKey(String key, DeserializationContext context) throws IOException {
            return checked(context.getParser(), key);
        }
    }

    private static final class Free extends JsonDeserializer<JsonNode> {
        private static final JsonDeserializer<? extends JsonNode> ANY =
                JsonNodeDeserializer.getDeserializer(JsonNode.class);

        @Override
        public JsonNode deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            JsonNode node = ANY.deserialize(parser, context);
            check(parser, node);
            return node;
        }

        // As deep as Jackson reads: 1,000 levels.
        private static void check(JsonParser parser, JsonNode node) throws Refused {
            if (node.isTextual()) {
                checked(parser, node.textValue());
            }
            for (String key : (Iterable<String>) node::fieldNames) {
                checked(parser, key);
            }
            for (JsonNode child : node) {
                check(parser, child);
            }
        }

        @Override
        public JsonNode getNullValue(DeserializationContext context) throws JsonMappingException {
            return ANY.getNullValue(context);
        }

        @Override
        public Object getAbsentValue(DeserializationContext context) throws JsonMappingException {
            return ANY.getAbsentValue(context);
        }

        @Override
        public LogicalType logicalType() {
            return LogicalType.Untyped;
        }
    }

    private static final class Moment extends StdScalarDeserializer<Instant> {
        private static final long serialVersionUID = 1L;

        Moment() {
            super(Instant.class);
        }

        @Override
        public Instant deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            String text = parser.hasToken(JsonToken.VALUE_STRING) ? parser.getText() : "";
            return Rfc3339.parse(text).orElseThrow(() -> new Refused(parser, Rfc3339.expectedFor(text)));
        }
    }

    private static final class Day extends StdScalarDeserializer<LocalDate> {
        private static final long serialVersionUID = 1L;

        Day() {
            super(LocalDate.class);
        }

        @Override
        public LocalDate deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            String text = parser.hasToken(JsonToken.VALUE_STRING) ? parser.getText() : "";
            return Rfc3339.day(text).orElseThrow(() -> new Refused(parser, Rfc3339.DAY_EXPECTED));
        }
    }
}
