package io.infrafabric.gateway.incoming;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.event.Trace;
import io.infrafabric.input.Check;
import io.infrafabric.input.ParserMessage;
import io.infrafabric.input.Rfc3339;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * Reads CloudEvents 1.0 by the HTTP binding: one in its JSON format (structured), a batch of them, or one whose attributes are
 * headers (binary). Plain Java; every refusal names the attribute.
 */
final class CloudEventReader {
    private static final String STRUCTURED = "application/cloudevents+json";
    private static final String BATCH = "application/cloudevents-batch+json";
    private static final String HEADER = "ce-";
    private static final int LONGEST_ID = 255;
    private static final int LONGEST_SOURCE = 1024;
    private static final int DEEPEST = 64;
    private static final int EXPECTED_PARTS = 2;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private CloudEventReader() {}

    /**
     * The events of a call, one at least.
     *
     * @param contentType {@code null} if there is none
     * @param header the value of a header; {@code null} if there is none
     */
    static List<ForeignEvent> read(String contentType, UnaryOperator<String> header, byte[] body, int most) {
        String media = media(contentType);
        if (media.equals(STRUCTURED)) {
            return List.of(structured("", json("body", body)));
        }
        if (media.equals(BATCH)) {
            return batch(json("body", body), most);
        }
        if (header.apply(HEADER + "specversion") != null) {
            return List.of(binary(media, header, body));
        }
        throw unsupported("A call with an event has the content type " + STRUCTURED + " or " + BATCH
                + ", or the header ce-specversion.");
    }

    /** Whether this is the content type of a batch. */
    static boolean isBatch(String contentType) {
        return contentType != null
                && contentType.split(";", EXPECTED_PARTS)[0].strip().equalsIgnoreCase(BATCH);
    }

    private static String media(String contentType) {
        String[] parts = (contentType == null ? "" : contentType)
                .toLowerCase(Locale.ROOT)
                .split(";", EXPECTED_PARTS);
        String charset = parts.length < EXPECTED_PARTS ? "" : parts[1].replaceAll("[\\s\"]", "");
        if (charset.contains("charset=")
                && !charset.contains("charset=utf-8")
                && !charset.contains("charset=us-ascii")) {
            throw unsupported("Events are read in UTF-8 only, not in " + parts[1].strip() + ".");
        }
        return parts[0].strip();
    }

    private static Problem unsupported(String detail) {
        return Problem.of(Code.IF_ERR_UNSUPPORTED_MEDIA_TYPE, detail);
    }

    private static JsonNode json(String field, byte[] body) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException notText) {
            throw Problem.badInput(field, "JSON in UTF-8; these bytes are none");
        }
        try {
            JsonNode read = JSON.readTree(text);
            return read == null ? JSON.missingNode() : read;
        } catch (JsonProcessingException broken) {
            throw Problem.badInput(
                    field,
                    "JSON, at most " + DEEPEST + " levels deep: " + ParserMessage.plain(broken.getOriginalMessage()));
        }
    }

    private static List<ForeignEvent> batch(JsonNode all, int most) {
        if (!all.isArray() || all.isEmpty()) {
            throw Problem.badInput("body", "an array of 1 to " + most + " events");
        }
        if (all.size() > most) {
            throw Problem.of(
                            Code.IF_ERR_BATCH_TOO_LARGE,
                            "The batch has " + all.size() + " events; at most " + most + " are taken in at once.")
                    .with("most", most);
        }
        List<ForeignEvent> events = new ArrayList<>(all.size());
        for (int i = 0; i < all.size(); i++) {
            events.add(structured("[" + i + "].", all.get(i)));
        }
        return events;
    }

    private static ForeignEvent structured(String at, JsonNode event) {
        if (!event.isObject()) {
            throw Problem.badInput(
                    at.isEmpty() ? "body" : at.substring(0, at.length() - 1), "a CloudEvent, a JSON object");
        }
        JsonNode data = event.path("data");
        String base64 = text(at, event, "data_base64");
        if (base64 != null) {
            if (!data.isMissingNode()) {
                throw Problem.badInput(at + "data", "data or data_base64, not both");
            }
            try {
                data = json(at + "data_base64", Base64.getDecoder().decode(base64));
            } catch (IllegalArgumentException broken) {
                throw Problem.badInput(at + "data_base64", "base64");
            }
        }
        mustBeJson(at + "datacontenttype", text(at, event, "datacontenttype"));
        return event(at, name -> text(at, event, name), data);
    }

    /** An attribute, which is text; what has another form is refused. */
    private static String text(String at, JsonNode event, String name) {
        JsonNode value = event.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            throw Problem.badInput(at + name, "text");
        }
        return value.asText();
    }

    private static ForeignEvent binary(String media, UnaryOperator<String> header, byte[] body) {
        mustBeJson("Content-Type", media.isEmpty() ? null : media);
        JsonNode data = body.length == 0 ? JSON.missingNode() : json("body", body);
        return event(HEADER, name -> decoded(HEADER + name, header.apply(HEADER + name)), data);
    }

    /** Header values are percent-encoded (HTTP binding, 3.1.3.2). */
    private static String decoded(String name, String value) {
        if (value == null || value.indexOf('%') < 0) {
            return value;
        }
        try {
            // A plus stands for itself there.
            return URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException broken) {
            throw Problem.badInput(name, "text, percent-encoded");
        }
    }

    private static void mustBeJson(String field, String media) {
        String plain = media == null
                ? ""
                : media.toLowerCase(Locale.ROOT).split(";", EXPECTED_PARTS)[0].strip();
        if (!plain.isEmpty() && !plain.equals("application/json") && !plain.endsWith("+json")) {
            throw Problem.badInput(field, "application/json");
        }
    }

    private static ForeignEvent event(String at, UnaryOperator<String> attribute, JsonNode data) {
        if (!"1.0".equals(attribute.apply("specversion"))) {
            throw Problem.badInput(at + "specversion", "1.0");
        }
        String id = attribute.apply("id");
        if (id == null || id.isEmpty() || id.length() > LONGEST_ID) {
            throw Problem.badInput(
                    at + "id", "1 to " + LONGEST_ID + " characters: with the source, what makes it this event");
        }
        String source = attribute.apply("source");
        if (!Check.isVisible(source, LONGEST_SOURCE)) {
            throw Problem.badInput(at + "source", "a URI, 1 to " + LONGEST_SOURCE + " visible ASCII characters");
        }
        String type = attribute.apply("type");
        if (type == null || type.isEmpty()) {
            throw Problem.badInput(at + "type", "a type that can be sent: docs/events.md");
        }
        String time = attribute.apply("time");
        if (time != null && Rfc3339.parse(time).isEmpty()) {
            throw Problem.badInput(at + "time", Rfc3339.expectedFor(time));
        }
        String token = attribute.apply("tracetoken");
        if (token != null && Identity.traceToken(token) == null) {
            throw Problem.badInput(at + "tracetoken", Check.TRACE_TOKEN_EXPECTED);
        }
        String parent = Identity.traceparent(attribute.apply("traceparent"));
        String dataAt = at.equals(HEADER) ? "data." : at + "data.";
        return new ForeignEvent(at, source, id, type, object(dataAt, data), new Trace(parent, token));
    }

    private static JsonNode object(String at, JsonNode data) {
        if (!data.isObject()) {
            throw Problem.badInput(at.substring(0, at.length() - 1), "a JSON object");
        }
        return data;
    }

    /** The data as this record; a field that it does not have is refused, because it may be a slip of the pen. */
    static <T> T as(ForeignEvent event, Class<T> record) {
        String at = dataAt(event);
        try {
            return Records.JSON.treeToValue(event.data(), record);
        } catch (com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException unknown) {
            throw Problem.badInput(at + path(unknown), "no such field: docs/events.md has those of " + event.type());
        } catch (JsonMappingException misfit) {
            String path = path(misfit);
            throw Problem.badInput(
                    path.isEmpty() ? at.substring(0, at.length() - 1) : at + path,
                    "a value of the right kind: " + ParserMessage.plain(misfit.getOriginalMessage()));
        } catch (JsonProcessingException broken) {
            throw new UncheckedIOException(new IOException(broken));
        }
    }

    /** Where in the data it is: {@code evidence[2].url}. */
    private static String path(JsonMappingException misfit) {
        StringBuilder path = new StringBuilder();
        for (JsonMappingException.Reference step : misfit.getPath()) {
            if (step.getFieldName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return path.toString();
    }

    /** How the fields of its data are called in a refusal. */
    static String dataAt(ForeignEvent event) {
        return event.at().equals(HEADER) ? "data." : event.at() + "data.";
    }

    /** What reads records. */
    private static final class Records {
        private static final JsonMapper JSON = JsonMapper.builder()
                .addModule(new com.fasterxml.jackson.datatype.jsr310.JavaTimeModule())
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .build();
    }
}
