package io.infrafabric.gateway.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Deliveries that others made and signed: see {@code src/test/resources/webhooks/ORIGIN.txt}. */
final class Deliveries {
    static final ObjectMapper JSON = new ObjectMapper();

    private Deliveries() {}

    static List<JsonNode> of(String file) {
        try (InputStream in = Deliveries.class.getResourceAsStream("/webhooks/" + file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(Deliveries::json)
                    .toList();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    /** HMAC-SHA256 in hex, made by Java itself and not by the code that is tried. */
    static String hmac(String secret, byte[] signed) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(signed));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static String hmac(String secret, String signed) {
        return hmac(secret, signed.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] body(JsonNode one) {
        return one.path("body").textValue().getBytes(StandardCharsets.UTF_8);
    }

    /** One of GitHub's examples, with this id of its delivery. */
    static RawDelivery github(JsonNode one, byte[] body, String id) {
        return new RawDelivery(
                Map.of(
                        "Content-Type",
                        "application/json",
                        "X-GitHub-Event",
                        one.path("event").textValue(),
                        "X-GitHub-Delivery",
                        id,
                        "X-Hub-Signature-256",
                        one.path("signature").textValue()),
                body);
    }

    static RawDelivery signed(JsonNode one, byte[] body) {
        Map<String, String> headers = new HashMap<>();
        one.path("headers")
                .properties()
                .forEach(h -> headers.put(h.getKey(), h.getValue().textValue()));
        return new RawDelivery(headers, body);
    }

    /** The payload of the first example of this event. */
    static JsonNode example(String event, String action) {
        return of("github.jsonl").stream()
                .filter(one -> one.path("event").textValue().equals(event))
                .map(one -> json(one.path("body").textValue()))
                .filter(body -> action == null || body.path("action").asText().equals(action))
                .findFirst()
                .orElseThrow();
    }
}
