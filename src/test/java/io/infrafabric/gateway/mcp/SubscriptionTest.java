package io.infrafabric.gateway.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.coordinator.Swarm;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code subscriptions/listen}: a client of 2026 is told when its inbox has something new. */
@QuarkusTest
class SubscriptionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    MeterRegistry metrics;

    private Swarm swarm;
    private McpCalls anna;

    @BeforeEach
    void a_session() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("anna");
        anna = new McpCalls(fabric, "", swarm.token("anna"));
    }

    private HttpRequest request(String id, String wishes) {
        return HttpRequest.newBuilder(fabric.resolve("/gateway/mcp"))
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .header("Authorization", "Bearer " + swarm.token("anna"))
                .header("MCP-Protocol-Version", "2026-07-28")
                .header("Mcp-Method", "subscriptions/listen")
                .POST(BodyPublishers.ofString("{\"jsonrpc\":\"2.0\",\"id\":\"" + id
                        + "\",\"method\":\"subscriptions/listen\",\"params\":{\"notifications\":" + wishes
                        + ",\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                        + "\"io.modelcontextprotocol/clientCapabilities\":{}}}}"))
                .build();
    }

    private static JsonNode message(String line) {
        try {
            return JSON.readTree(line.substring("data: ".length()));
        } catch (java.io.IOException broken) {
            throw new java.io.UncheckedIOException(broken);
        }
    }

    @Test
    void a_client_is_told_of_each_change_until_it_leaves() {
        Queue<String> lines = new ConcurrentLinkedQueue<>();
        try (HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build()) {
            var _ = client.sendAsync(
                    request(
                            "listen:1",
                            "{\"resourceSubscriptions\":[\"s2://inbox\",\"s2://me\"],\"toolsListChanged\":true}"),
                    info -> {
                        assertThat(info.headers().firstValue("Content-Type")).contains("text/event-stream");
                        return java.net.http.HttpResponse.BodySubscribers.fromLineSubscriber(new Lines(lines));
                    });
            await().atMost(PATIENCE).until(() -> data(lines).size() == 1);
            JsonNode first = data(lines).getFirst();
            assertThat(first.path("method").asText()).isEqualTo("notifications/subscriptions/acknowledged");
            assertThat(first.path("params").path("notifications").toString())
                    .isEqualTo("{\"resourceSubscriptions\":[\"s2://inbox\"]}");
            assertThat(first.path("params").path("_meta").toString())
                    .isEqualTo("{\"io.modelcontextprotocol/subscriptionId\":\"listen:1\"}");
            assertThat(metrics.get("s2.listening").gauge().value()).isPositive();

            swarm.submit("t", "assignee", "\"" + swarm.of("anna") + "\"");
            await().atMost(PATIENCE).until(() -> data(lines).size() == 2);
            JsonNode told = data(lines).get(1);
            assertThat(told.path("method").asText()).isEqualTo("notifications/resources/updated");
            assertThat(told.path("params").path("uri").asText()).isEqualTo("s2://inbox");
            swarm.submit("u", "assignee", "\"" + swarm.of("anna") + "\"");
            await().atMost(PATIENCE).until(() -> data(lines).size() == 3);
            client.shutdownNow();
        }
        await().atMost(PATIENCE).until(() -> metrics.get("s2.listening").gauge().value() == 0);
    }

    @Test
    void other_forms_are_refused() throws Exception {
        assertThat(anna.call("subscriptions/listen", "\"notifications\":{}")
                        .path("error")
                        .path("code")
                        .asInt())
                .isEqualTo(-32601);
        JsonNode bad = anna.stateless("subscriptions/listen", "", "\"notifications\":[]");
        assertThat(bad.path("error").path("code").asInt()).isEqualTo(-32602);
        assertThat(bad.path("error").path("message").asText()).startsWith("notifications: ");
        JsonNode found = anna.stateless("server/discover", "", "");
        assertThat(found.path("result")
                        .path("capabilities")
                        .path("resources")
                        .path("subscribe")
                        .asBoolean())
                .isTrue();
    }

    private static List<JsonNode> data(Queue<String> lines) {
        return lines.stream()
                .filter(line -> line.startsWith("data: "))
                .map(SubscriptionTest::message)
                .toList();
    }

    /** Keeps lines as they come. */
    private record Lines(Queue<String> lines) implements java.util.concurrent.Flow.Subscriber<String> {
        @Override
        public void onSubscribe(java.util.concurrent.Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(String line) {
            lines.add(line);
        }

        @Override
        public void onError(Throwable broken) {}

        @Override
        public void onComplete() {}
    }
}
