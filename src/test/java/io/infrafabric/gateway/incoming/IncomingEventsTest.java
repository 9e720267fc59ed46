package io.infrafabric.gateway.incoming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.format.EventFormat;
import io.cloudevents.core.provider.EventFormatProvider;
import io.cloudevents.http.HttpMessageFactory;
import io.cloudevents.jackson.JsonFormat;
import io.infrafabric.coordinator.Swarm;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Events from outside; those of the official SDK, too, in all modes. */
@QuarkusTest
class IncomingEventsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String STRUCTURED = "application/cloudevents+json";
    private static final String BATCH = "application/cloudevents-batch+json";
    private static final String TASK = "s2.coordinator.task-requested.v1";

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private final HttpClient http = HttpClient.newHttpClient();
    private Swarm swarm;

    private record Got(int status, JsonNode body) {}

    @BeforeEach
    void a_swarm() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("anna");
        swarm.enrol("bert");
    }

    private Got send(String token, Map<String, String> headers, byte[] body) {
        HttpRequest.Builder call = HttpRequest.newBuilder(fabric.resolve("/gateway/events"))
                .header("Authorization", "Bearer " + token)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        headers.forEach(call::header);
        try {
            HttpResponse<String> answer = http.send(call.build(), HttpResponse.BodyHandlers.ofString());
            return new Got(answer.statusCode(), JSON.readTree(answer.body()));
        } catch (java.io.IOException | InterruptedException broken) {
            throw new IllegalStateException(broken);
        }
    }

    private Got send(String token, String type, String body) {
        return send(token, Map.of("Content-Type", type), body.getBytes(StandardCharsets.UTF_8));
    }

    private String event(String id, String type, String data) {
        return "{\"specversion\": \"1.0\", \"id\": \"" + swarm.of(id) + "\", \"source\": \"/tests\", \"type\": \""
                + type + "\", \"data\": " + data + "}";
    }

    private String task(String id) {
        return event(id, TASK, "{\"id\": \"" + swarm.of(id) + "\", \"title\": \"T\"}");
    }

    private void mustBeRefused(Got got, int status, String field) {
        assertThat(got.status()).as("%s", got.body()).isEqualTo(status);
        assertThat(got.body().path("field").asText()).as("%s", got.body()).isEqualTo(field);
    }

    private boolean exists(String task) {
        return swarm.api().get(swarm.task(task), operator).status() == 200;
    }

    @Test
    void the_sdk_is_read_in_all_modes() {
        EventFormat format = EventFormatProvider.getInstance().resolveFormat(JsonFormat.CONTENT_TYPE);
        List<CloudEvent> events = new ArrayList<>();
        for (String id : List.of("structured", "binary", "one", "two")) {
            events.add(CloudEventBuilder.v1()
                    .withId(swarm.of(id))
                    .withSource(URI.create("https://example.org/ci?a=b"))
                    .withType(TASK)
                    .withTime(OffsetDateTime.now(ZoneOffset.UTC))
                    .withSubject("täsk %")
                    .withExtension("tracetoken", "token-1")
                    .withData(
                            "application/json",
                            ("{\"id\": \"" + swarm.of(id) + "\", \"title\": \"Grüße\"}")
                                    .getBytes(StandardCharsets.UTF_8))
                    .build());
        }
        Map<String, String> headers = new TreeMap<>();
        byte[][] body = new byte[1][];
        HttpMessageFactory.createWriter(headers::put, bytes -> body[0] = bytes)
                .writeStructured(events.getFirst(), format);
        Got structured = send(swarm.token("anna"), headers, body[0]);
        assertThat(structured.status()).as("%s", structured.body()).isEqualTo(202);
        headers.clear();
        HttpMessageFactory.createWriter(headers::put, bytes -> body[0] = bytes).writeBinary(events.get(1));
        Got binary = send(swarm.token("anna"), headers, body[0]);
        assertThat(binary.status()).as("%s", binary.body()).isEqualTo(202);
        String batch = "[" + new String(format.serialize(events.get(2)), StandardCharsets.UTF_8) + ","
                + new String(format.serialize(events.get(3)), StandardCharsets.UTF_8) + "]";
        Got both = send(swarm.token("anna"), BATCH, batch);
        assertThat(both.status()).as("%s", both.body()).isEqualTo(202);
        for (String id : List.of("structured", "binary", "one", "two")) {
            await().atMost(PATIENCE).until(() -> exists(id));
            assertThat(swarm.read(id).path("title").asText()).isEqualTo("Grüße");
        }
        assertThat(both.body().path("events").path(1).path("effect").asText()).isEqualTo(swarm.task("two"));
    }

    @Test
    void the_same_event_takes_effect_once_whoever_gets_it_and_says_so() {
        String data = "{\"amount\": 1.5, \"what\": \"test\"}";
        String cost = event("c", "s2.budget.cost-reported.v1", data);
        List<CompletableFuture<Got>> calls = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            calls.add(CompletableFuture.supplyAsync(() -> send(swarm.token("anna"), STRUCTURED, cost)));
        }
        List<JsonNode> taken = calls.stream()
                .map(call -> call.join().body().path("events").path(0))
                .toList();
        assertThat(taken)
                .extracting(one -> one.path("event").asText())
                .doesNotContain("")
                .containsOnly(taken.getFirst().path("event").asText());
        assertThat(taken).filteredOn(one -> !one.path("repeated").asBoolean()).hasSize(1);
        String account = "/budget/accounts/session:" + swarm.of("anna");
        assertThat(taken.getFirst().path("effect").asText()).isEqualTo(account + "/entries");
        await().atMost(PATIENCE)
                .until(() -> swarm.api()
                                .get(account, operator)
                                .body()
                                .path("spentToday")
                                .asDouble()
                        == 1.5);
        Got twice = send(
                swarm.token("anna"),
                BATCH,
                "[" + event("d", "s2.budget.cost-reported.v1", data) + ","
                        + event("d", "s2.budget.cost-reported.v1", data) + "]");
        assertThat(twice.body().path("events").path(1).path("repeated").asBoolean())
                .isTrue();
        await().atMost(PATIENCE)
                .until(() -> swarm.api()
                                .get(account, operator)
                                .body()
                                .path("spentToday")
                                .asDouble()
                        == 3.0);
    }

    @Test
    void waits_and_blockers_are_the_sessions_own() {
        Got blocker = send(
                swarm.token("anna"),
                STRUCTURED,
                event("b", "s2.rescue.blocker-reported.v1", "{\"description\": \"Stuck\", \"domains\": [\"java\"]}"));
        assertThat(blocker.status()).as("%s", blocker.body()).isEqualTo(202);
        String at = blocker.body().path("events").path(0).path("effect").asText();
        await().atMost(PATIENCE)
                .until(() -> swarm.api().get(at, swarm.token("anna")).status() == 200);
        Got wait = send(
                swarm.token("anna"),
                STRUCTURED,
                event("w", "s2.deadlock.wait-reported.v1", "{\"waitingOn\": [\"" + swarm.of("bert") + "\"]}"));
        assertThat(wait.status()).as("%s", wait.body()).isEqualTo(202);
        await().atMost(PATIENCE)
                .until(() -> swarm.api()
                        .get("/deadlock/graph?swarm=" + swarm.id(), operator)
                        .body()
                        .toString()
                        .contains(swarm.of("bert")));
    }

    @Test
    void nobody_speaks_for_somebody_else() {
        String anna = swarm.token("anna");
        mustBeRefused(
                send(
                        anna,
                        STRUCTURED,
                        event(
                                "f",
                                "s2.deadlock.wait-reported.v1",
                                "{\"session\": \"" + swarm.of("bert") + "\", \"waitingOn\": [\"x\"]}")),
                403,
                "data.session");
        mustBeRefused(
                send(
                        anna,
                        STRUCTURED,
                        event(
                                "f",
                                "s2.budget.cost-reported.v1",
                                "{\"amount\": 1, \"account\": \"session:" + swarm.of("bert") + "\"}")),
                403,
                "data.account");
        mustBeRefused(
                send(anna, STRUCTURED, event("f", TASK, "{\"title\": \"T\", \"swarm\": \"another\"}")),
                403,
                "data.swarm");
        mustBeRefused(
                send(
                        operator,
                        STRUCTURED,
                        event(
                                "f",
                                "s2.rescue.blocker-reported.v1",
                                "{\"description\": \"x\", \"session\": \"" + swarm.of("bert") + "\", \"swarm\": \""
                                        + swarm.id() + "\"}")),
                403,
                "data.session");
    }

    @Test
    void a_batch_with_a_bad_event_says_which_and_takes_in_nothing() {
        Got got = send(
                swarm.token("anna"),
                BATCH,
                "[" + task("good") + "," + task("bad").replace("\"id\"", "\"ID\"") + "]");
        mustBeRefused(got, 400, "[1].id");
        assertThat(got.body().path("others").asText()).startsWith("No event of this batch was taken in");
        Got forbidden = send(
                swarm.token("anna"),
                BATCH,
                "[" + task("good") + "," + event("f", TASK, "{\"title\": \"T\", \"swarm\": \"another\"}") + "]");
        mustBeRefused(forbidden, 403, "[1].data.swarm");
        assertThat(forbidden.body().path("others").asText()).startsWith("No event of this batch was taken in");
        assertThat(exists("good")).isFalse();
        assertThat(send(swarm.token("anna"), BATCH, "[" + task("good") + "]").status())
                .isEqualTo(202);
        await().atMost(PATIENCE).until(() -> exists("good"));
    }

    @Test
    void bad_input_is_refused_with_its_attribute() {
        String anna = swarm.token("anna");
        mustBeRefused(
                send(anna, STRUCTURED, "{\"specversion\": \"1.0\", \"source\": \"/x\", \"type\": \"t\", \"data\": {}}"),
                400,
                "id");
        mustBeRefused(send(anna, STRUCTURED, task("x").replace("1.0", "0.3")), 400, "specversion");
        mustBeRefused(send(anna, STRUCTURED, event("x", "com.github.push", "{}")), 400, "type");
        mustBeRefused(
                send(anna, STRUCTURED, event("x", TASK, "{\"title\": \"T\", \"titel\": \"T\"}")), 400, "data.titel");
        mustBeRefused(send(anna, STRUCTURED, event("x", TASK, "{\"title\": {}}")), 400, "data.title");
        mustBeRefused(send(anna, STRUCTURED, event("x", TASK, "[]")), 400, "data");
        mustBeRefused(
                send(anna, Map.of("Content-Type", STRUCTURED), new byte[] {'{', '"', (byte) 0xff, '"', '}'}),
                400,
                "body");
        mustBeRefused(send(anna, STRUCTURED, "[".repeat(2000)), 400, "body");
        mustBeRefused(
                send(
                        anna,
                        Map.of(
                                "Content-Type",
                                "application/json",
                                "ce-specversion",
                                "1.0",
                                "ce-id",
                                "1",
                                "ce-type",
                                TASK),
                        "{}".getBytes(StandardCharsets.UTF_8)),
                400,
                "ce-source");
        assertThat(send(anna, "text/plain", "hello").status()).isEqualTo(415);
        assertThat(send(anna, STRUCTURED + "; charset=utf-16", task("x")).status())
                .isEqualTo(415);
        assertThat(send(anna, BATCH, "[" + "{},".repeat(100) + "{}]").status()).isEqualTo(413);
        for (int size : new int[] {2_000_000, 10 << 20}) {
            assertThat(send(anna, STRUCTURED, task("x").replace("\"T\"", "\"" + "T".repeat(size) + "\""))
                            .status())
                    .as("%d characters", size)
                    .isEqualTo(413);
        }
        assertThat(exists("x")).isFalse();
    }
}
