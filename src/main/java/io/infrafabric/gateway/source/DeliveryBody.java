package io.infrafabric.gateway.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Reads the body of a delivery: a JSON object in UTF-8, not deeper than 100, each name once. */
final class DeliveryBody {
    static final int DEEPEST = 100;

    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .build())
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /** What was read, or why not. */
    record Read(JsonNode json, String why) {}

    private DeliveryBody() {}

    /** One that was read before and stored as it came, without what no text of ours can keep. */
    static JsonNode stored(String body) {
        try {
            return ExternalText.kept(JSON.readTree(body));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("What was stored as JSON is none.", e);
        }
    }

    static Read read(String contentType, byte[] body) {
        if (contentType != null && !contentType.toLowerCase(Locale.ROOT).contains("json")) {
            return new Read(
                    null,
                    "Its content type is not JSON: have the sender use application/json. (GitHub: \"Content type\" in the"
                            + " webhook's settings.)");
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException _) {
            return new Read(null, "The body is not UTF-8.");
        }
        try {
            JsonNode json = JSON.readTree(text);
            return json.isObject() ? new Read(json, null) : new Read(null, "The body is not a JSON object.");
        } catch (JsonProcessingException bad) {
            return new Read(
                    null,
                    "The body is not JSON as it is taken here (one object, at most " + DEEPEST
                            + " deep, each name once): line "
                            + (bad.getLocation() == null
                                    ? "?"
                                    : bad.getLocation().getLineNr()) + ".");
        }
    }
}
