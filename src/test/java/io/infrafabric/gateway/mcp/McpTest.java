package io.infrafabric.gateway.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.door.Wire;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The protocol itself: both eras, no session, what is refused, and a client that goes away. */
@QuarkusTest
class McpTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    MeterRegistry metrics;

    private Swarm swarm;
    private McpCalls ann;

    @BeforeEach
    void a_session() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
        ann = new McpCalls(fabric, "", swarm.token("ann"));
    }

    @Test
    void a_client_of_2026_discovers_lists_and_calls() throws Exception {
        JsonNode discovered = ann.stateless("server/discover", "", "").path("result");
        assertThat(discovered.path("resultType").asText()).isEqualTo("complete");
        assertThat(discovered.path("supportedVersions").get(0).asText()).isEqualTo("2026-07-28");
        assertThat(discovered.path("cacheScope").asText()).isEqualTo("public");
        assertThat(discovered
                        .path("_meta")
                        .path("io.modelcontextprotocol/serverInfo")
                        .path("name")
                        .asText())
                .isEqualTo("s2-fabric");
        JsonNode listed = ann.stateless("tools/list", "", "").path("result");
        assertThat(listed.path("ttlMs").isIntegralNumber()).isTrue();
        assertThat(listed.path("tools").get(0).path("name").asText()).isEqualTo("claim_task");
        swarm.submit("t");
        JsonNode claimed = ann.stateless("tools/call", "claim_task", "\"name\":\"claim_task\"");
        assertThat(McpCalls.text(claimed)).contains("You hold " + swarm.of("t")).contains("epoch 1");
        assertThat(claimed.path("result").path("resultType").asText()).isEqualTo("complete");
    }

    @Test
    void a_client_of_2025_shakes_hands_also_after_a_discovery() throws Exception {
        ann.stateless("server/discover", "", "");
        JsonNode hands = ann.call("initialize", "\"protocolVersion\":\"2025-06-18\",\"capabilities\":{}")
                .path("result");
        assertThat(hands.path("protocolVersion").asText()).isEqualTo("2025-06-18");
        assertThat(hands.path("instructions").asText()).contains("claim_task").contains("complete_task");
        assertThat(hands.has("resultType")).isFalse();
        assertThat(ann.call("initialize", "\"protocolVersion\":\"2026-07-28\"")
                        .path("result")
                        .path("protocolVersion")
                        .asText())
                .isEqualTo("2025-11-25");
        assertThat(ann.call("ping", "").path("result").isEmpty()).isTrue();
        JsonNode listed = ann.call("tools/list", "").path("result");
        assertThat(listed.has("ttlMs")).isFalse();
        assertThat(listed.path("tools").size()).isGreaterThan(10);
        assertThat(new McpCalls(fabric, "?tools=core", swarm.token("ann"))
                        .call("tools/list", "")
                        .path("result")
                        .path("tools"))
                .extracting(tool -> tool.path("name").asText())
                .containsExactlyElementsOf(OfferedTools.CORE);
    }

    @Test
    void a_session_id_is_neither_given_out_nor_looked_at() throws Exception {
        HttpResponse<String> answer = ann.post(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}",
                "Mcp-Session-Id",
                "forgotten");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Mcp-Session-Id")).isEmpty();
    }

    @Test
    void a_notification_is_taken_and_does_nothing() throws Exception {
        swarm.submit("t");
        ann.tool("claim_task", "");
        HttpResponse<String> answer =
                ann.post("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":7}}");
        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(answer.body()).isEmpty();
        assertThat(swarm.state("t")).isEqualTo("CLAIMED");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "DELETE"})
    void there_is_nothing_to_get_or_to_delete(String method) throws Exception {
        HttpResponse<String> answer = ann.send(method, null);
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow").orElse("")).contains("POST");
    }

    @Test
    void who_has_no_token_is_told_where_to_look() throws Exception {
        for (String token : new String[] {null, "not-a-token"}) {
            HttpResponse<String> answer =
                    new McpCalls(fabric, "", token).post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}");
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(answer.headers().firstValue("WWW-Authenticate").orElse(""))
                    .startsWith("Bearer ")
                    .contains("resource_metadata=\""
                            + fabric.resolve("/.well-known/oauth-protected-resource/gateway/mcp"));
            assertThat(McpCalls.json(answer).path("error").path("message").asText())
                    .contains("IF_ERR_UNAUTHENTICATED");
            assertThat(McpCalls.json(answer).path("jsonrpc").asText()).isEqualTo("2.0");
        }
    }

    @Test
    void operators_have_rest() throws Exception {
        HttpResponse<String> answer =
                new McpCalls(fabric, "", operator).post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}");
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body()).contains("IF_ERR_FORBIDDEN");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/gateway/mcp"})
    void everybody_reads_how_to_identify_oneself(String path) {
        JsonNode metadata = swarm.api()
                .get("/.well-known/oauth-protected-resource" + path, null)
                .body();
        assertThat(metadata.path("resource").asText())
                .isEqualTo(fabric.resolve("/gateway/mcp").toString());
        assertThat(metadata.path("bearer_methods_supported").get(0).asText()).isEqualTo("header");
    }

    @Test
    void pages_of_other_origins_are_kept_out() throws Exception {
        String ping = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
        HttpResponse<String> refused = ann.post(ping, "Origin", "http://evil.example");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("IF_ERR_ORIGIN_NOT_ALLOWED");
        String own = fabric.getScheme() + "://" + fabric.getHost() + ":" + fabric.getPort();
        assertThat(ann.post(ping, "Origin", own).statusCode()).isEqualTo(200);
    }

    @Test
    void what_is_no_message_gets_an_error_of_the_protocol() throws Exception {
        for (String body :
                new String[] {"", "{", "[]", "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"ping\"}"}) {
            HttpResponse<String> answer = ann.post(body);
            assertThat(answer.statusCode()).as(body).isEqualTo(400);
            assertThat(McpCalls.json(answer).path("error").path("code").asInt()).isIn(-32700, -32600);
        }
        JsonNode unknown = ann.call("tools/guess", "");
        assertThat(unknown.path("error").path("code").asInt()).isEqualTo(-32601);
        assertThat(unknown.path("id").asInt()).isEqualTo(7);
        assertThat(ann.call("tools/call", "\"name\":\"drop_table\"")
                        .path("error")
                        .path("code")
                        .asInt())
                .isEqualTo(-32602);
        assertThat(ann.call("resources/read", "\"uri\":\"file:///etc/passwd\"")
                        .path("error")
                        .path("code")
                        .asInt())
                .isEqualTo(-32002);
    }

    @Test
    void a_huge_body_is_refused_in_the_form_of_the_protocol() throws Exception {
        HttpResponse<String> answer = ann.post("{\"jsonrpc\":\"" + "2".repeat(9_000_000) + "\"}");
        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(McpCalls.json(answer).path("error").path("message").asText()).contains("IF_ERR_BODY_TOO_LARGE");
    }

    @Test
    void a_call_that_waits_reports_progress_to_a_client_that_asked_for_it() throws Exception {
        String call = "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"claim_task\","
                + "\"arguments\":{\"waitSeconds\":1},\"_meta\":{\"progressToken\":\"p\"}}}";
        HttpResponse<String> stream = ann.post(call);
        assertThat(stream.statusCode()).isEqualTo(200);
        assertThat(stream.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        assertThat(stream.body())
                .startsWith("event: message\ndata: {")
                .contains("notifications/progress")
                .contains("\"progressToken\":\"p\"");
        String last = stream.body().substring(stream.body().lastIndexOf("data: ") + "data: ".length());
        assertThat(last)
                .contains("\"id\":7")
                .contains("There is no task for you now")
                .endsWith("\n\n");
        HttpResponse<String> plain = ann.post(call.replace(",\"_meta\":{\"progressToken\":\"p\"}", ""));
        assertThat(plain.headers().firstValue("Content-Type").orElse("")).startsWith("application/json");
    }

    @Test
    void a_client_that_goes_away_while_its_claim_waits_gets_nothing() throws Exception {
        swarm.enrol("bob");
        double before = metrics.get("s2.claims.waiting").gauge().value();
        try (Wire client = new Wire(fabric)) {
            client.call(
                    "POST",
                    "/gateway/mcp",
                    swarm.token("ann"),
                    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"claim_task\","
                            + "\"arguments\":{\"waitSeconds\":45}}}");
            await().atMost(PATIENCE)
                    .until(() -> metrics.get("s2.claims.waiting").gauge().value() > before);
        }
        swarm.submit("t");
        String granted = new McpCalls(fabric, "", swarm.token("bob")).tool("claim_task", "\"waitSeconds\":40");
        assertThat(granted).contains("You hold " + swarm.of("t"));
        assertThat(swarm.read("t").path("attempts").asInt()).isZero();
    }
}
