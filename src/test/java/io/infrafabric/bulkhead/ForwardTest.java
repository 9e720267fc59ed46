package io.infrafabric.bulkhead;

import static io.infrafabric.bulkhead.Bulkhead.code;
import static io.infrafabric.bulkhead.Bulkhead.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Calls to a provider, as an agent's client makes them. */
@QuarkusTest
class ForwardTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Bulkhead bulkhead;

    @BeforeEach
    void a_swarm() {
        bulkhead = new Bulkhead(fabric, operator);
    }

    @Test
    void an_answer_passes_with_its_status_headers_and_body() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(207, "{\"a\":1}", "X-Own: yes", "Set-Cookie: a=b"))) {
            bulkhead.provider("p", origin, "");
            HttpResponse<String> answer =
                    bulkhead.post("p", "/v1/messages?beta=true", "{\"model\":\"m\"}", "x-other", "z");
            assertThat(answer.statusCode()).isEqualTo(207);
            assertThat(answer.body()).isEqualTo("{\"a\":1}");
            assertThat(answer.headers().firstValue("x-own")).contains("yes");
            assertThat(answer.headers().firstValue("set-cookie")).isEmpty();
            assertThat(answer.headers().firstValue("s2-call")).isPresent();
            Origin.Asked asked = origin.requests.getFirst();
            assertThat(asked.method()).isEqualTo("POST");
            assertThat(asked.target()).isEqualTo("/v1/messages?beta=true");
            assertThat(asked.text()).isEqualTo("{\"model\":\"m\"}");
            assertThat(asked.header("x-other")).isEqualTo("z");
            assertThat(asked.header("accept-encoding")).isEqualTo("identity");
            assertThat(asked.header("host")).isEqualTo("127.0.0.1:" + origin.port());
            assertThat(asked.headers().toString()).doesNotContain(bulkhead.token());
        }
    }

    @Test
    void a_call_without_a_body_and_a_head_pass() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> {
            if (asked.method().equals("HEAD")) {
                out.head(200, "Content-Length: 12");
            } else {
                out.whole(200, "[]");
            }
        })) {
            bulkhead.provider("p", origin, "");
            var get = bulkhead.send(bulkhead.request("p", "/v1/models").GET().build(), BodyHandlers.ofString());
            assertThat(get.body()).isEqualTo("[]");
            var head = bulkhead.send(bulkhead.request("p", "/v1/models").HEAD().build(), BodyHandlers.ofString());
            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(head.headers().firstValue("content-length")).contains("12");
            assertThat(origin.requests.getFirst().headers()).doesNotContainKeys("content-length", "content-type");
        }
    }

    @Test
    void a_token_of_ours_is_taken_from_each_of_the_headers_of_clients() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"))) {
            bulkhead.provider("p", origin, "");
            URI to = fabric.resolve(bulkhead.call("p", "/x"));
            for (String header : new String[] {"Authorization", "x-api-key", "x-goog-api-key", "S2-Authorization"}) {
                String value = (header.endsWith("uthorization") ? "Bearer " : "") + bulkhead.token();
                var answer = bulkhead.send(
                        HttpRequest.newBuilder(to).header(header, value).build(), BodyHandlers.ofString());
                assertThat(answer.statusCode()).as(header + answer.body()).isEqualTo(200);
                assertThat(origin.requests.getLast().headers().toString()).doesNotContain(bulkhead.token());
            }
            var none = bulkhead.send(
                    HttpRequest.newBuilder(to)
                            .header("x-api-key", "sk-ant-of-a-provider")
                            .build(),
                    BodyHandlers.ofString());
            assertThat(none.statusCode()).isEqualTo(401);
            assertThat(json(none.body()).path("error").path("type").asText()).isEqualTo("authentication_error");
            assertThat(origin.requests).hasSize(4);
        }
    }

    @Test
    void without_a_key_of_ours_the_client_brings_its_own() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"))) {
            bulkhead.provider("p", origin, "");
            URI to = fabric.resolve(bulkhead.call("p", "/x?key=mine"));
            bulkhead.send(
                    HttpRequest.newBuilder(to)
                            .header("S2-Authorization", "Bearer " + bulkhead.token())
                            .header("x-api-key", "sk-of-the-client")
                            .build(),
                    BodyHandlers.ofString());
            assertThat(origin.requests.getFirst().header("x-api-key")).isEqualTo("sk-of-the-client");
            assertThat(origin.requests.getFirst().target()).isEqualTo("/x?key=mine");
            assertThat(origin.requests.getFirst().headers()).doesNotContainKey("s2-authorization");
        }
    }

    @Test
    void an_unknown_provider_is_named_with_those_that_there_are() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"))) {
            bulkhead.provider("p", origin, "");
            var answer = bulkhead.post("nobody", "/v1/messages", "{}");
            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(code(answer)).isEqualTo("IF_ERR_PROVIDER_NOT_ISOLATED");
            assertThat(json(answer.body()).path("providers"))
                    .extracting(JsonNode::asText)
                    .contains(bulkhead.swarm().of("p"));
            assertThat(json(answer.body()).path("error").path("message").asText())
                    .isNotEmpty();
        }
    }

    @Test
    void redirects_are_passed_on() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(307, "", "Location: https://example.org/elsewhere"))) {
            bulkhead.provider("p", origin, "");
            var answer = bulkhead.post("p", "/x", "{}");
            assertThat(answer.statusCode()).isEqualTo(307);
            assertThat(answer.headers().firstValue("location")).contains("https://example.org/elsewhere");
            assertThat(origin.requests).hasSize(1);
        }
    }

    @Test
    void an_upgrade_is_refused() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"));
                Client client = Client.to(fabric)) {
            bulkhead.provider("p", origin, "");
            client.send(bulkhead.head("GET", "p", "/v1/realtime") + "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
            assertThat(client.until("\r\n")).contains("501");
            assertThat(origin.requests).isEmpty();
        }
    }

    private void callsAndLeaves() throws IOException {
        try (Client client = Client.to(fabric)) {
            client.send(
                    bulkhead.head("POST", "p", "/x") + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
            client.until("data: 1\n\n");
        }
    }

    @Test
    void a_client_that_leaves_ends_the_call_at_the_provider() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        try (Origin origin = Origin.of((asked, out) -> {
            out.events().chunk("data: 1\n\n");
            out.untilClosed();
            closed.countDown();
        })) {
            bulkhead.provider("p", origin, "");
            callsAndLeaves();
            closed.await();
        }
    }

    @Test
    void a_provider_that_drains_is_read_to_its_end_when_the_client_leaves() throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        CountDownLatch written = new CountDownLatch(1);
        try (Origin origin = Origin.of((asked, out) -> {
            out.events().chunk("data: 1\n\n");
            left.await();
            for (int i = 0; i < 100; i++) {
                out.chunk("data: " + "x".repeat(10_000) + "\n\n");
            }
            out.end();
            written.countDown();
        })) {
            bulkhead.provider("p", origin, ",\"whenClientLeaves\":\"drain\"");
            callsAndLeaves();
            left.countDown();
            written.await();
            Awaitility.await().until(() -> running("p") == 0);
        }
    }

    @Test
    void a_provider_with_calls_under_way_is_not_deleted() throws Exception {
        CountDownLatch open = new CountDownLatch(1);
        try (Origin origin = Origin.of((asked, out) -> {
            out.events().chunk("data: 1\n\n");
            open.await();
            out.end();
        })) {
            bulkhead.provider("p", origin, "");
            var stream = bulkhead.open("p", "/x", "{}");
            var refused = bulkhead.swarm().api().delete(bulkhead.path("p"), operator);
            assertThat(refused.code()).isEqualTo("IF_ERR_PROVIDER_IN_USE");
            open.countDown();
            stream.body().readAllBytes();
            Awaitility.await().until(() -> running("p") == 0);
            assertThat(bulkhead.swarm()
                            .api()
                            .delete(bulkhead.path("p"), operator)
                            .status())
                    .isEqualTo(204);
            Awaitility.await().until(() -> bulkhead.post("p", "/x", "{}").statusCode() == 404);
        }
    }

    private int running(String name) throws IOException {
        return bulkhead.swarm()
                .api()
                .get(bulkhead.path(name), operator)
                .body()
                .path("live")
                .path("running")
                .asInt();
    }
}
