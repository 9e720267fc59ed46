package io.infrafabric.bulkhead;

import static io.infrafabric.bulkhead.Bulkhead.code;
import static io.infrafabric.bulkhead.Bulkhead.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys, tokens and paths stay where they belong (issue 38, "Safety" and "Retry"). */
@QuarkusTest
class ForwardSafetyTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @ConfigProperty(name = "s2.bulkhead.own-directory")
    String directory;

    private Bulkhead bulkhead;

    @BeforeEach
    void a_swarm() {
        bulkhead = new Bulkhead(fabric, operator);
    }

    /** A file with this key, and the reference to it. */
    private String key(String name, String key) throws Exception {
        Path keys = Files.createDirectories(Path.of(directory, "keys"));
        Files.writeString(keys.resolve(bulkhead.swarm().of(name)), key);
        return ",\"auth\":{\"key\":\"file:" + bulkhead.swarm().of(name) + "\",\"header\":\"x-api-key\"}";
    }

    @Test
    void paths_of_providers_are_no_labels_of_metrics() throws Exception {
        String id = "file-" + UUID.randomUUID();
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"))) {
            bulkhead.provider("p", origin, "");
            assertThat(bulkhead.post("p", "/" + id, "{}").statusCode()).isEqualTo(200);
        }
        Awaitility.await().untilAsserted(() -> {
            String metrics = bulkhead.send(
                            HttpRequest.newBuilder(fabric.resolve("/q/metrics"))
                                    .header("Authorization", "Bearer " + operator)
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
            assertThat(metrics).contains("uri=\"/bulkhead/providers/{p}/call\"").doesNotContain(id);
            assertThat(metrics.lines().filter(line -> line.contains("uri=")))
                    .noneMatch(line -> line.contains(bulkhead.swarm().of("p")));
        });
    }

    @Test
    void the_key_is_put_in_and_every_credential_of_the_client_taken_out() throws Exception {
        String key = "sk-" + UUID.randomUUID();
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"))) {
            bulkhead.provider("p", origin, key("k", key + "\n"));
            var answer = bulkhead.send(
                    HttpRequest.newBuilder(fabric.resolve(bulkhead.call("p", "/x?key=mine&a=1&api_key=2")))
                            .header("Authorization", "Bearer " + bulkhead.token())
                            .header("x-api-key", "sk-of-the-client")
                            .header("x-goog-api-key", "of-the-client")
                            .header("api-key", "of-the-client")
                            .header("Cookie", "a=b")
                            .header("Forwarded", "for=10.0.0.1")
                            .header("X-Forwarded-For", "10.0.0.1")
                            .header("S2-Trace-Token", "t")
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            Origin.Asked asked = origin.requests.getFirst();
            assertThat(asked.header("x-api-key")).isEqualTo(key);
            assertThat(asked.target()).isEqualTo("/x?a=1");
            assertThat(asked.headers().keySet())
                    .doesNotContain(
                            "authorization", "x-goog-api-key", "api-key", "cookie", "forwarded", "x-forwarded-for")
                    .doesNotContain("s2-trace-token");
            assertThat(asked.headers().toString())
                    .doesNotContain("of-the-client")
                    .doesNotContain(bulkhead.token());
        }
    }

    @Test
    void a_key_is_read_again_when_its_file_changes_and_is_shown_nowhere() throws Exception {
        String first = "sk-" + UUID.randomUUID();
        String second = "sk-other-" + UUID.randomUUID();
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"))) {
            bulkhead.provider("p", origin, key("k", first));
            bulkhead.post("p", "/x", "{}");
            key("k", second);
            Awaitility.await().until(() -> {
                bulkhead.post("p", "/x", "{}");
                return origin.requests.getLast().header("x-api-key").equals(second);
            });
            var shown = bulkhead.swarm().api().get(bulkhead.path("p"), operator).body();
            assertThat(shown.path("keyPresent").asBoolean()).isTrue();
            assertThat(shown.toString()).doesNotContain(first).doesNotContain(second);
            assertThat(bulkhead.swarm()
                            .api()
                            .get(bulkhead.path("p"), bulkhead.token())
                            .body()
                            .has("auth"))
                    .isFalse();
            Files.delete(Path.of(directory, "keys", bulkhead.swarm().of("k")));
            Awaitility.await().until(() -> bulkhead.post("p", "/x", "{}").statusCode() == 503);
            assertThat(code(bulkhead.post("p", "/x", "{}"))).isEqualTo("IF_ERR_PROVIDER_KEY_MISSING");
        }
    }

    @Test
    void a_new_address_loses_the_key() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"));
                Origin other = Origin.of((asked, out) -> out.whole(200, "ok"))) {
            bulkhead.provider("p", origin, key("k", "sk-secret"));
            var moved = bulkhead.provider("p", other, "");
            assertThat(moved.has("auth")).isFalse();
            bulkhead.post("p", "/x", "{}");
            Awaitility.await().until(() -> {
                bulkhead.post("p", "/x", "{}");
                return !other.requests.isEmpty();
            });
            assertThat(other.requests.getLast().headers().toString()).doesNotContain("sk-secret");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PATH",
                "env:PATH",
                "env:S2_JWT",
                "file:/etc/passwd",
                "file:../jwt.key",
                "file:keys/../../jwt.key",
                "file:",
                "sk-ant-a-real-key"
            })
    void only_references_to_keys_are_taken(String key) {
        var answer = bulkhead.swarm()
                .api()
                .put(
                        bulkhead.path("p"),
                        "{\"baseUrl\":\"http://127.0.0.1:9\",\"dialect\":\"none\",\"auth\":{\"key\":\"" + key + "\"}}",
                        operator);
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(400);
        assertThat(answer.body().path("field").asText()).isEqualTo("auth.key");
    }

    @Test
    void a_key_that_comes_back_in_a_header_is_taken_out() throws Exception {
        try (Origin origin = Origin.of((asked, out) ->
                out.whole(200, "ok", "X-Echo: you sent " + asked.header("x-api-key"), "X-Other: fine"))) {
            bulkhead.provider("p", origin, key("k", "sk-secret-38"));
            var answer = bulkhead.post("p", "/x", "{}");
            assertThat(answer.headers().firstValue("x-other")).contains("fine");
            assertThat(answer.headers().map().toString()).doesNotContain("sk-secret-38");
        }
    }

    @Test
    void connection_names_no_header_of_ours_away() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"));
                Client client = Client.to(fabric)) {
            bulkhead.provider("p", origin, key("k", "sk-secret"));
            client.send(bulkhead.head("POST", "p", "/x")
                    + "Connection: x-api-key, x-private, close\r\nX-Private: a\r\nx-api-key: b\r\nTE: trailers\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
            client.until("\r\n\r\nok");
            Origin.Asked asked = origin.requests.getFirst();
            assertThat(asked.header("x-api-key")).isEqualTo("sk-secret");
            assertThat(asked.headers()).doesNotContainKeys("x-private", "te");
        }
    }

    /** A folded line is one value with spaces (RFC 9112, 5.2), whatever it hides; no line is folded any more when it leaves. */
    @Test
    void folded_headers_are_unfolded_before_anything_is_decided() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.head(
                                200,
                                "X-Answer: a",
                                "\tb",
                                "Connection: x-own,",
                                " x-mine",
                                "X-Mine: m",
                                "Content-Length: 2")
                        .text("ok"));
                Client client = Client.to(fabric)) {
            bulkhead.provider("p", origin, key("k", "sk-secret"));
            client.send(bulkhead.head("POST", "p", "/x")
                    + "X-Folded: a\r\n  b\r\nConnection: close,\r\n\tx-private\r\nX-Private: p\r\n"
                    + "X-Hides:\r\n x-api-key: mine\r\nX-Ours:\r\n " + bulkhead.token() + "\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
            String answer = client.until("\r\n\r\nok");
            assertThat(answer).startsWith("HTTP/1.1 200").doesNotContainIgnoringCase("x-mine");
            assertThat(answer).containsPattern("(?i)x-answer: a +b\r\n");
            Origin.Asked asked = origin.requests.getFirst();
            assertThat(asked.header("x-folded")).matches("a +b");
            assertThat(asked.header("x-hides")).isEqualTo("x-api-key: mine");
            assertThat(asked.header("x-api-key")).isEqualTo("sk-secret");
            assertThat(asked.headers()).doesNotContainKeys("x-private", "x-ours");
        }
    }

    /** Chunks go before a length (RFC 9112, 6.3), and what leaves has one of them. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 40\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nContent-Length: 40",
                "Content-Length: 40\r\nTransfer-Encoding:\r\n chunked",
                "Content-Length: 2\r\nTransfer-Encoding: \tchunked",
                "Content-Length: 2\r\nTransfer-Encoding: identity, chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"
            })
    void a_length_beside_chunks_smuggles_nothing(String lengths) throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"))) {
            assertThat(smuggled(origin, lengths)).startsWith("HTTP/1.1 200 ").endsWith("ok");
            assertThat(origin.requests).hasSize(1).allSatisfy(asked -> {
                assertThat(asked.target()).isEqualTo("/x");
                assertThat(asked.text()).isEqualTo("{}");
                assertThat(asked.header("content-length")).isEqualTo("2");
                assertThat(asked.headers()).doesNotContainKey("transfer-encoding");
            });
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 2\r\nContent-Length: 40",
                "Content-Length: 2, 40",
                "Content-Length: +2",
                "Content-Length: 2\r\n 0",
                "Content-Length : 2",
                "Transfer-Encoding : chunked"
            })
    void a_length_that_can_be_read_in_two_ways_is_refused(String lengths) throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"))) {
            assertThat(smuggled(origin, lengths)).startsWith("HTTP/1.1 400 ");
            assertThat(origin.requests).isEmpty();
        }
    }

    /** What comes back for a call with these headers, whose body has another call behind it. */
    private String smuggled(Origin origin, String lengths) throws Exception {
        bulkhead.provider("p", origin, "");
        String second = bulkhead.head("POST", "p", "/smuggled") + "Content-Length: 0\r\n\r\n";
        try (Client client = Client.to(fabric)) {
            client.send(bulkhead.head("POST", "p", "/x") + "Content-Type: application/json\r\nConnection: close\r\n"
                    + lengths + "\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + second);
            return client.rest();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/../admin",
                "/v1/%2e%2e/admin",
                "/v1/%252e%252e/admin",
                "/v1%2fadmin",
                "/v1%252fadmin",
                "/v1\\admin",
                "/v1/%5cadmin",
                "//v1",
                "/v1//x",
                "/v1/%00",
                "/v1/%0d%0aX:1",
                "/v1/x;a=b"
            })
    void a_path_that_can_be_read_in_two_ways_is_refused(String path) throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"));
                Client client = Client.to(fabric)) {
            bulkhead.provider("p", origin, "");
            client.send(bulkhead.head("GET", "p", path) + "Connection: close\r\n\r\n");
            assertThat(client.rest()).startsWith("HTTP/1.1 400");
            assertThat(origin.requests).isEmpty();
        }
    }

    @Test
    void a_path_that_the_provider_does_not_open_is_refused() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"))) {
            bulkhead.provider("p", origin, ",\"paths\":[\"/v1/\"]");
            var answer = bulkhead.post("p", "/admin/keys", "{}");
            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(code(answer)).isEqualTo("IF_ERR_ENDPOINT_NOT_ALLOWED");
            assertThat(bulkhead.post("p", "/v1/x", "{}").statusCode()).isEqualTo(200);
            assertThat(origin.requests).hasSize(1);
        }
    }

    @Test
    void the_fabric_as_its_own_upstream_is_refused() throws Exception {
        bulkhead.provider(
                "p", "http://127.0.0.1:" + fabric.getPort() + bulkhead.path("p") + "/call", key("k", bulkhead.token()));
        var answer = bulkhead.post("p", "/x", "{}");
        assertThat(answer.statusCode()).isEqualTo(508);
        assertThat(code(answer)).isEqualTo("IF_ERR_PROVIDER_LOOP");
    }

    @Test
    void a_token_of_ours_in_the_query_does_not_leave() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"))) {
            bulkhead.provider("p", origin, "");
            assertThat(bulkhead.post("p", "/x?key=" + bulkhead.token(), "{}").statusCode())
                    .isEqualTo(400);
            assertThat(origin.requests).isEmpty();
        }
    }

    @Test
    void operators_call_no_provider() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"))) {
            bulkhead.provider("p", origin, "");
            var answer = bulkhead.send(
                    HttpRequest.newBuilder(fabric.resolve(bulkhead.call("p", "/x")))
                            .header("x-api-key", operator)
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(origin.requests).isEmpty();
        }
    }

    // What was sent is never sent again

    @Test
    void a_provider_that_accepts_and_closes_sees_one_request() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.close())) {
            bulkhead.provider("p", origin, "");
            var answer = bulkhead.post("p", "/x", "{}");
            assertThat(answer.statusCode()).isEqualTo(502);
            assertThat(code(answer)).isEqualTo("IF_ERR_PROVIDER_UNREACHABLE");
            assertThat(json(answer.body()).path("sent").asBoolean()).isTrue();
            assertThat(answer.headers().firstValue("x-should-retry")).contains("false");
            assertThat(origin.requests).hasSize(1);
        }
    }

    @Test
    void where_nobody_listens_another_try_costs_nothing() throws Exception {
        int port;
        try (Origin origin = Origin.of((asked, out) -> out.close())) {
            port = origin.port();
        }
        bulkhead.provider("p", "http://127.0.0.1:" + port, "");
        var answer = bulkhead.post("p", "/x", "{}");
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(json(answer.body()).path("sent").asBoolean()).isFalse();
        assertThat(answer.headers().firstValue("x-should-retry")).isEmpty();
        assertThat(answer.headers().firstValue("retry-after")).isPresent();
    }
}
