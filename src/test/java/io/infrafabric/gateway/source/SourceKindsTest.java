package io.infrafabric.gateway.source;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.Swarm;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Deliveries of the kinds that sign a time, through the door: one effect, however often and however late they come. */
@QuarkusTest
class SourceKindsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String SECRET = "thirty-two bytes, of this test.!";

    /** How a source signs, and where it says which delivery it is. */
    enum Kind {
        STANDARD,
        CLOUDEVENTS,
        STRIPE,
        SLACK;

        String secret() {
            return this == STRIPE || this == SLACK
                    ? SECRET
                    : "whsec_" + Base64.getEncoder().encodeToString(SECRET.getBytes(StandardCharsets.UTF_8));
        }

        String body(String id, String key) {
            return switch (this) {
                case STANDARD -> "{\"type\": \"made\", \"key\": \"" + key + "\"}";
                case CLOUDEVENTS ->
                    "{\"specversion\": \"1.0\", \"id\": \"" + id
                            + "\", \"source\": \"/ci\", \"type\": \"made\", \"key\": \"" + key + "\"}";
                case STRIPE -> "{\"id\": \"" + id + "\", \"type\": \"made\", \"key\": \"" + key + "\"}";
                case SLACK -> "{\"event_id\": \"" + id + "\", \"type\": \"made\", \"key\": \"" + key + "\"}";
            };
        }

        Map<String, String> headers(String id, Instant at, byte[] body) {
            String time = Long.toString(at.getEpochSecond());
            Map<String, String> headers = new LinkedHashMap<>();
            headers.put("Content-Type", this == CLOUDEVENTS ? "application/cloudevents+json" : "application/json");
            switch (this) {
                case STANDARD, CLOUDEVENTS -> {
                    headers.put("webhook-id", id);
                    headers.put("webhook-timestamp", time);
                    byte[] mac = HexFormat.of().parseHex(mac(id + "." + time + ".", body));
                    headers.put("webhook-signature", "v1," + Base64.getEncoder().encodeToString(mac));
                }
                case STRIPE -> headers.put("Stripe-Signature", "t=" + time + ",v1=" + mac(time + ".", body));
                case SLACK -> {
                    headers.put("X-Slack-Request-Timestamp", time);
                    headers.put("X-Slack-Signature", "v0=" + mac("v0:" + time + ":", body));
                }
            }
            return headers;
        }

        private static String mac(String before, byte[] body) {
            byte[] start = before.getBytes(StandardCharsets.UTF_8);
            return Deliveries.hmac(
                    SECRET,
                    ByteBuffer.allocate(start.length + body.length)
                            .put(start)
                            .put(body)
                            .array());
        }
    }

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private final HttpClient http = HttpClient.newHttpClient();
    private Swarm swarm;
    private String source;

    private record Got(int status, JsonNode body) {}

    @BeforeEach
    void a_swarm() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("anna");
    }

    private void put(Kind kind) {
        source = swarm.of("source");
        expect(
                swarm.api()
                        .put(
                                "/gateway/sources/" + source,
                                "{\"kind\": \"" + kind + "\", \"swarm\": \"" + swarm.id() + "\", \"secrets\": [\""
                                        + kind.secret() + "\"], \"rules\": [{\"do\": \"submit\", \"task\": \"{/key}\","
                                        + " \"title\": \"Made\", \"event\": \"made\"}]}",
                                operator),
                200);
    }

    private Got send(Map<String, String> headers, byte[] body) {
        HttpRequest.Builder call = HttpRequest.newBuilder(fabric.resolve("/gateway/webhooks/" + source))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        headers.forEach(call::header);
        try {
            HttpResponse<String> answer = http.send(call.build(), HttpResponse.BodyHandlers.ofString());
            return new Got(answer.statusCode(), Deliveries.json(answer.body()));
        } catch (IOException | InterruptedException broken) {
            throw new IllegalStateException(broken);
        }
    }

    private Got send(Kind kind, String id, Instant at, String key) {
        byte[] body = kind.body(id, key).getBytes(StandardCharsets.UTF_8);
        return send(kind.headers(id, at, body), body);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void a_delivery_has_one_effect_however_late_its_provider_sends_it_again(Kind kind) {
        put(kind);
        Instant now = Instant.now();
        String key = swarm.of("one");
        Got first = send(kind, "m-1", now.minus(Duration.ofDays(2)), key);
        assertThat(first.status())
                .as("its provider tried for two days: %s", first.body())
                .isEqualTo(202);
        // Signed again with a new time, as providers do.
        Got again = send(kind, "m-1", now, key);
        assertThat(again.status()).isEqualTo(202);
        assertThat(again.body().path("repeated").asBoolean()).isTrue();
        assertThat(again.body().path("id")).isEqualTo(first.body().path("id"));
        Got other = send(kind, "m-2", now, swarm.of("two"));
        assertThat(other.body().path("repeated").asBoolean()).isFalse();
        for (String task : new String[] {"one", "two"}) {
            await().atMost(PATIENCE)
                    .until(() -> swarm.api().get(swarm.task(task), operator).status() == 200);
            assertThat(swarm.read(task).path("version").asInt()).isEqualTo(1);
        }
        JsonNode listed = expect(swarm.api().get("/gateway/sources/" + source + "/deliveries", operator), 200);
        assertThat(listed.path("items")).hasSize(2);

        for (Instant wrong : new Instant[] {now.minus(Duration.ofDays(4)), now.plus(Duration.ofMinutes(10))}) {
            Got refused = send(kind, "m-3", wrong, swarm.of("three"));
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.body().path("code").asText()).isEqualTo("IF_ERR_BAD_SIGNATURE");
        }
        Map<String, String> unsigned = Map.of("Content-Type", "application/json");
        assertThat(send(unsigned, kind.body("m-4", "x").getBytes(StandardCharsets.UTF_8))
                        .status())
                .isEqualTo(401);
    }

    @Test
    void names_that_no_text_of_ours_can_keep_do_no_harm() {
        put(Kind.STRIPE);
        Instant now = Instant.now();
        String odd = Kind.STRIPE.body("a\\u0000\\ud800", swarm.of("odd")).replace("made", "ma\\u0000de");
        byte[] body = odd.getBytes(StandardCharsets.UTF_8);
        Got first = send(Kind.STRIPE.headers("", now, body), body);
        assertThat(first.status()).as("%s", first.body()).isEqualTo(202);
        Got again = send(Kind.STRIPE.headers("", now, body), body);
        assertThat(again.body().path("id")).isEqualTo(first.body().path("id"));
        await().atMost(PATIENCE)
                .until(() -> swarm.api().get(swarm.task("odd"), operator).status() == 200);
    }

    @Test
    void what_is_signed_and_cannot_be_read_is_refused_and_said_to_the_operator() {
        put(Kind.STANDARD);
        byte[] deep = ("{\"a\": " + "[".repeat(1000) + "]".repeat(1000) + "}").getBytes(StandardCharsets.UTF_8);
        byte[] latin = "{\"key\": \"\u00fc\"}".getBytes(StandardCharsets.ISO_8859_1);
        byte[] form = "payload=%7B%7D".getBytes(StandardCharsets.UTF_8);
        for (byte[] body : new byte[][] {deep, latin, form}) {
            Map<String, String> headers = Kind.STANDARD.headers("m", Instant.now(), body);
            if (Arrays.equals(body, form)) {
                headers.put("Content-Type", "application/x-www-form-urlencoded");
            }
            Got refused = send(headers, body);
            assertThat(refused.status()).as("%s", refused.body()).isEqualTo(400);
            assertThat(refused.body().path("field").asText()).isEqualTo("body");
        }
        JsonNode listed =
                expect(swarm.api().get("/gateway/sources/" + source + "/deliveries?state=refused", operator), 200);
        assertThat(listed.path("items"))
                .extracting(one -> one.path("why").asText())
                .satisfiesExactly(
                        why -> assertThat(why).contains("application/json"),
                        why -> assertThat(why).contains("UTF-8"),
                        why -> assertThat(why).contains("deep"));
    }
}
