package io.infrafabric.bus;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.infrafabric.event.Catalogue;
import io.infrafabric.event.Confidential;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.Trace;
import io.infrafabric.input.ParserMessage;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Envelopes as CloudEvents 1.0 in JSON, and back. The record is the {@code data}; extension attributes are
 * {@code traceparent}, {@code tracetoken}, {@code swarm} and {@code entityversion} (a string, because a CloudEvents
 * Integer has only 32 bits). Unknown fields are ignored, so that a newer release may add some.
 */
public final class Envelopes {
    private static final JsonMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private Envelopes() {}

    /**
     * The event's JSON.
     *
     * @throws IllegalArgumentException if it is larger than {@link Envelope#MAX_BYTES}
     */
    public static String write(Envelope envelope) {
        StringWriter out = new StringWriter(512);
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("specversion", "1.0");
            json.writeStringField("id", envelope.id().toString());
            json.writeStringField("type", envelope.type());
            json.writeStringField("source", envelope.source());
            json.writeStringField("subject", envelope.event().subject());
            json.writeStringField("time", envelope.time().toString());
            json.writeStringField("datacontenttype", "application/json");
            optional(json, "swarm", envelope.event().swarm());
            optional(json, "traceparent", envelope.trace().traceparent());
            optional(json, "tracetoken", envelope.trace().token());
            Long version = envelope.version();
            optional(json, "entityversion", version == null ? null : version.toString());
            json.writePOJOField("data", envelope.event());
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        String text = out.toString();
        refuseTooLarge(envelope, text);
        return text;
    }

    /** Reads an event's JSON. Never throws, whatever it gets. */
    public static Reading read(String json) {
        JsonNode event;
        try {
            event = JSON.readTree(json);
        } catch (JsonProcessingException notJson) {
            return new Reading.Malformed(null, null, json, ParserMessage.plain(notJson.getOriginalMessage()));
        }
        String typeName = event.path("type").asText(null);
        UUID id;
        try {
            id = UUID.fromString(event.path("id").asText());
        } catch (IllegalArgumentException noId) {
            return new Reading.Malformed(null, typeName, json, "id is not a UUID");
        }
        if (typeName == null || id.version() != 7) {
            return new Reading.Malformed(null, typeName, json, typeName == null ? "no type" : "id is not a UUIDv7");
        }
        Optional<Catalogue.Type> type = Catalogue.byName(typeName);
        if (type.isEmpty()) {
            return new Reading.Unknown(id, typeName, json);
        }
        try {
            return new Reading.Known(
                    new Envelope(
                            id,
                            typeName,
                            event.path("source").asText(""),
                            Instant.parse(event.path("time").asText()),
                            new Trace(
                                    event.path("traceparent").asText(null),
                                    event.path("tracetoken").asText(null)),
                            JSON.treeToValue(event.path("data"), type.get().record())),
                    json);
        } catch (JsonProcessingException doesNotFit) {
            return new Reading.Malformed(id, typeName, json, ParserMessage.plain(doesNotFit.getOriginalMessage()));
        } catch (DateTimeException noTime) {
            return new Reading.Malformed(id, typeName, json, noTime.getMessage());
        }
    }

    /** The JSON of a {@linkplain Confidential confidential} event without what is withheld; without its data if that does not fit. */
    static String shown(String json) {
        if (read(json) instanceof Reading.Known(Envelope envelope, String _)
                && envelope.event() instanceof Confidential confidential) {
            return write(new Envelope(
                    envelope.id(),
                    envelope.type(),
                    envelope.source(),
                    envelope.time(),
                    envelope.trace(),
                    confidential.shown()));
        }
        try {
            return JSON.readTree(json) instanceof ObjectNode event
                    ? event.without(List.of("data", "data_base64")).toString()
                    : "{}";
        } catch (JsonProcessingException notJson) {
            return "{}";
        }
    }

    private static void optional(JsonGenerator json, String name, String value) throws IOException {
        if (value != null) {
            json.writeStringField(name, value);
        }
    }

    private static void refuseTooLarge(Envelope envelope, String json) {
        // A Java character takes at most three bytes in UTF-8, so short texts need no counting.
        if (json.length() > Envelope.MAX_BYTES / 3
                && json.getBytes(StandardCharsets.UTF_8).length > Envelope.MAX_BYTES) {
            throw new IllegalArgumentException("Event " + envelope.type() + " of "
                    + envelope.event().subject() + " is larger than " + Envelope.MAX_BYTES + " bytes");
        }
    }
}
