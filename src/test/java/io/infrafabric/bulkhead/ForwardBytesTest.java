package io.infrafabric.bulkhead;

import static io.infrafabric.bulkhead.Bulkhead.code;
import static io.infrafabric.bulkhead.Bulkhead.json;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.command.Canonical;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes pass as they come, whatever they are cut into (issue 38, "Bytes"). */
@QuarkusTest
class ForwardBytesTest {
    /** Each API, and a path of it whose answer is read for its usage; the last one is not read. */
    static final List<Arguments> DIALECTS = List.of(
            Arguments.of("anthropic", "/v1/messages"),
            Arguments.of("openai", "/v1/responses"),
            Arguments.of("gemini", "/v1beta/models/m:streamGenerateContent"),
            Arguments.of("ollama", "/api/chat"),
            Arguments.of("none", "/x"));

    private static final int MEBIBYTE = 1 << 20;

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    MeterRegistry meters;

    private Bulkhead bulkhead;

    @BeforeEach
    void a_swarm() {
        bulkhead = new Bulkhead(fabric, operator);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException none) {
            throw new AssertionError(none);
        }
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(38).nextBytes(bytes);
        return bytes;
    }

    @Test
    void a_stream_written_byte_by_byte_is_identical() throws Exception {
        byte[] events =
                ": ping\r\n\r\nevent: a\r\ndata: {\"x\":\"é\"}\r\n\r\ndata: 1\n\ndata: 2\r\r: \n\ndata: [DONE]\n\n"
                        .getBytes(StandardCharsets.UTF_8);
        try (Origin origin = Origin.of((asked, out) -> {
            out.events();
            for (byte one : events) {
                out.chunk(new byte[] {one});
            }
            out.end();
        })) {
            bulkhead.provider("p", origin, "");
            var answer = bulkhead.post("p", "/x", "{}", BodyHandlers.ofByteArray());
            assertThat(sha256(answer.body())).isEqualTo(sha256(events));
        }
    }

    /** Each byte is a write of its own, those of the head and of the chunks' sizes too. */
    @ParameterizedTest
    @FieldSource("DIALECTS")
    void an_answer_written_byte_by_byte_is_identical(String dialect, String path) throws Exception {
        String events =
                ": ping\r\n\r\nevent: a\r\ndata: {\"x\":\"é\"}\r\n\r\ndata: 1\n\ndata: 2\r\r: \n\ndata: [DONE]\n\n";
        byte[] body = events.getBytes(StandardCharsets.UTF_8);
        try (Origin origin = Origin.of((asked, out) -> {
            for (byte one :
                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
                            .formatted(body.length, events)
                            .getBytes(StandardCharsets.UTF_8)) {
                out.bytes(new byte[] {one});
            }
        })) {
            assertThat(sha256(streamed(origin, dialect, path))).isEqualTo(sha256(body));
        }
    }

    @Test
    void a_head_written_byte_by_byte_is_read() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> {
            for (byte one :
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nok".getBytes(StandardCharsets.US_ASCII)) {
                out.bytes(new byte[] {one});
            }
        })) {
            bulkhead.provider("p", origin, "");
            assertThat(bulkhead.post("p", "/x", "{}").body()).isEqualTo("ok");
        }
    }

    @ParameterizedTest
    @FieldSource("DIALECTS")
    void an_event_of_two_megabytes_passes_in_each_dialect(String dialect, String path) throws Exception {
        byte[] event = ("data: {\"x\":\"" + "y".repeat(2 * MEBIBYTE) + "\"}\n\n").getBytes(StandardCharsets.US_ASCII);
        try (Origin origin = Origin.of((asked, out) -> out.events().chunk(event).end())) {
            assertThat(sha256(streamed(origin, dialect, path))).isEqualTo(sha256(event));
        }
    }

    private byte[] streamed(Origin origin, String dialect, String path) throws Exception {
        String provider = "{\"baseUrl\":\"%s\",\"dialect\":\"%s\",\"paths\":[\"/\"]}".formatted(origin.url(), dialect);
        expect(bulkhead.swarm().api().put(bulkhead.path("p"), provider, operator), 200);
        return bulkhead.post("p", path, "{\"stream\":true}", BodyHandlers.ofByteArray())
                .body();
    }

    /** No clock: the next event is written only when the client has the one before. */
    @Test
    void each_event_arrives_before_the_next_is_written_whatever_encodings_the_client_accepts() throws Exception {
        Semaphore read = new Semaphore(0);
        try (Origin origin = Origin.of((asked, out) -> {
            out.events();
            for (int i = 0; i < 20; i++) {
                out.chunk("data: " + i + "\n\n");
                read.acquire();
            }
            out.end();
        })) {
            bulkhead.provider("p", origin, "");
            try (InputStream events = bulkhead.open("p", "/x", "{}", "Accept-Encoding", "gzip, br")
                    .body()) {
                for (int i = 0; i < 20; i++) {
                    String event = "data: " + i + "\n\n";
                    assertThat(new String(events.readNBytes(event.length()), StandardCharsets.US_ASCII))
                            .isEqualTo(event);
                    read.release();
                }
                assertThat(events.read()).isEqualTo(-1);
            }
            assertThat(origin.requests.getFirst().header("accept-encoding")).isEqualTo("identity");
        }
    }

    @Test
    void a_request_of_31_megabytes_and_an_answer_of_40_pass() throws Exception {
        String request = "{\"x\":\"" + "z".repeat(31 * MEBIBYTE) + "\"}";
        byte[] large = random(40 * MEBIBYTE);
        try (Origin origin = Origin.of(
                (asked, out) -> out.head(200, "Content-Length: " + large.length).bytes(large))) {
            bulkhead.provider("p", origin, "");
            var answer = bulkhead.post("p", "/x", request, BodyHandlers.ofByteArray());
            assertThat(sha256(answer.body())).isEqualTo(sha256(large));
            assertThat(Canonical.sha256(origin.requests.getFirst().text())).isEqualTo(Canonical.sha256(request));
        }
    }

    @Test
    void a_body_that_is_no_json_streams() throws Exception {
        byte[] upload = random(12 * MEBIBYTE);
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"))) {
            bulkhead.provider("p", origin, "");
            var answer = bulkhead.send(
                    bulkhead.request("p", "/v1/files")
                            .header("content-type", "application/octet-stream")
                            .POST(HttpRequest.BodyPublishers.ofInputStream(
                                    () -> new java.io.ByteArrayInputStream(upload)))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(sha256(origin.requests.getFirst().body())).isEqualTo(sha256(upload));
        }
    }

    @Test
    void one_byte_more_than_64_megabytes_is_refused_and_other_paths_keep_their_limit() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"));
                Client client = Client.to(fabric);
                Client other = Client.to(fabric)) {
            bulkhead.provider("p", origin, "");
            long more = 64L * MEBIBYTE + 1;
            client.send(bulkhead.head("POST", "p", "/x") + "Content-Type: application/json\r\nContent-Length: " + more
                    + "\r\n\r\n");
            assertThat(client.until("\r\n")).contains("413");
            other.send("PUT " + bulkhead.path("p") + " HTTP/1.1\r\nHost: fabric\r\nAuthorization: Bearer " + operator
                    + "\r\nContent-Type: application/json\r\nContent-Length: " + (9L * MEBIBYTE) + "\r\n\r\n");
            assertThat(other.until("\r\n")).contains("413");
            assertThat(origin.requests).isEmpty();
        }
    }

    @Test
    void a_chunked_body_that_grows_beyond_the_limit_is_refused() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"))) {
            bulkhead.provider("p", origin, "");
            AtomicLong left = new AtomicLong(64L * MEBIBYTE + 1);
            HttpRequest request = bulkhead.request("p", "/x")
                    .header("content-type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new InputStream() {
                        @Override
                        public int read() {
                            return left.getAndDecrement() > 0 ? ' ' : -1;
                        }

                        @Override
                        public int read(byte[] bytes, int offset, int length) {
                            int some = (int) Math.min(length, left.get());
                            java.util.Arrays.fill(bytes, offset, offset + Math.max(0, some), (byte) ' ');
                            left.addAndGet(-some);
                            return some <= 0 ? -1 : some;
                        }
                    }))
                    .build();
            try {
                var answer = bulkhead.send(request, BodyHandlers.ofString());
                assertThat(answer.statusCode()).isEqualTo(413);
            } catch (IOException _) {
                // The client may see the end of the connection before it has sent all.
            }
            assertThat(origin.requests).isEmpty();
        }
    }

    @Test
    void bodies_beyond_what_all_may_take_together_are_refused() throws Exception {
        Semaphore open = new Semaphore(0);
        try (Origin origin = Origin.of((asked, out) -> {
            open.acquire();
            out.whole(200, "ok");
        })) {
            bulkhead.provider("p", origin, ",\"maxConcurrent\":50");
            String head = bulkhead.head("POST", "p", "/x") + "Content-Type: application/json\r\nContent-Length: "
                    + (60L * MEBIBYTE) + "\r\n\r\n{";
            List<Client> all = new ArrayList<>();
            try {
                for (int i = 0; i < 8; i++) {
                    all.add(Client.to(fabric).send(head));
                }
                // More than all may take together: whoever comes last is refused.
                org.awaitility.Awaitility.await().until(() -> all.stream().anyMatch(Client::hasAnswer));
                for (Client client : all.stream().filter(Client::hasAnswer).toList()) {
                    assertThat(client.until("IF_ERR_OVERLOADED"))
                            .contains("503")
                            .containsIgnoringCase("retry-after");
                }
            } finally {
                for (Client client : all) {
                    client.close();
                }
            }
            assertThat(origin.requests).isEmpty();
            open.release(10);
        }
    }

    @Test
    void a_body_waits_for_room() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"))) {
            bulkhead.provider("p", origin, "");
            byte[] upload = random(42 * MEBIBYTE);
            CompletableFuture<HttpResponse<String>> second;
            try (Client first = Client.to(fabric)) {
                first.send(bulkhead.head("POST", "p", "/x") + "Content-Type: application/json\r\nContent-Length: "
                        + (60L * MEBIBYTE) + "\r\n\r\n{");
                org.awaitility.Awaitility.await()
                        .until(() ->
                                meters.get("s2.bulkhead.body.bytes").gauge().value() >= 60L * MEBIBYTE);
                // One session has half of 192 MB, so there is room for it when the first one has gone.
                second = bulkhead.sendLater(
                        bulkhead.request("p", "/x")
                                .header("content-type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofByteArray(upload))
                                .build(),
                        BodyHandlers.ofString());
            }
            assertThat(second.join().statusCode()).isEqualTo(200);
            assertThat(sha256(origin.requests.getFirst().body())).isEqualTo(sha256(upload));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "application/octet-stream"})
    void a_body_that_stops_coming_is_given_up(String type) throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(200, "ok"));
                Client client = Client.to(fabric)) {
            bulkhead.provider("p", origin, ",\"timeouts\":{\"idle\":1}");
            client.send(bulkhead.head("POST", "p", "/x") + "Content-Type: " + type
                    + "\r\nContent-Length: 100\r\n\r\n{\"a\":");
            assertThat(client.until("IF_ERR_TOO_SLOW")).contains("408");
        }
    }

    /** The provider cannot write on: what nobody reads is not kept. */
    @Test
    void a_client_that_reads_nothing_stops_the_provider() throws Exception {
        AtomicLong written = new AtomicLong();
        try (Origin origin = Origin.of((asked, out) -> {
            out.head(200, "Content-Length: " + 400L * MEBIBYTE);
            byte[] part = new byte[MEBIBYTE];
            for (int i = 0; i < 400; i++) {
                out.bytes(part);
                written.addAndGet(part.length);
            }
        })) {
            bulkhead.provider("p", origin, ",\"timeouts\":{\"idle\":2}");
            try (Client client = Client.to(fabric)) {
                client.send(bulkhead.head("POST", "p", "/x")
                        + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
                client.until("\r\n\r\n");
                // It ends as the client's fault when nothing was read for the idle time.
                org.awaitility.Awaitility.await().until(() -> origin.ended.get() == 1);
                assertThat(written.get()).isLessThan(100L * MEBIBYTE);
            }
        }
    }

    @Test
    void an_answer_that_is_cut_is_cut_for_the_client_too() throws Exception {
        try (Origin origin =
                Origin.of((asked, out) -> out.events().chunk("data: 1\n\n").close())) {
            bulkhead.provider("p", origin, "");
            var answer = bulkhead.open("p", "/x", "{}");
            assertThat(answer.statusCode()).isEqualTo(200);
            ByteArrayOutputStream seen = new ByteArrayOutputStream();
            assertThatThrownBy(() -> answer.body().transferTo(seen)).isInstanceOf(IOException.class);
            origin.answers((asked, out) ->
                    out.head(200, "Content-Length: 100").text("half").close());
            var half = bulkhead.open("p", "/x", "{}");
            assertThatThrownBy(() -> half.body().readAllBytes()).isInstanceOf(IOException.class);
        }
    }

    @Test
    void a_provider_that_falls_silent_within_its_answer_is_cut() throws Exception {
        try (Origin origin =
                Origin.of((asked, out) -> out.events().chunk("data: 1\n\n").untilClosed())) {
            bulkhead.provider("p", origin, ",\"timeouts\":{\"idle\":0.3}");
            var answer = bulkhead.open("p", "/x", "{}");
            assertThatThrownBy(() -> answer.body().readAllBytes()).isInstanceOf(IOException.class);
        }
    }

    @Test
    void a_refusal_has_the_form_of_providers_too() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.untilClosed())) {
            bulkhead.provider("p", origin, ",\"timeouts\":{\"firstByte\":0.3}");
            var answer = bulkhead.post("p", "/x", "{}");
            assertThat(answer.statusCode()).isEqualTo(504);
            assertThat(code(answer)).isEqualTo("IF_ERR_PROVIDER_TIMEOUT");
            assertThat(json(answer.body()).path("phase").asText()).isEqualTo("firstByte");
            assertThat(json(answer.body()).path("error").path("type").asText()).isEqualTo("timeout_error");
            assertThat(json(answer.body()).path("error").path("message").asText())
                    .isNotEmpty();
            assertThat(answer.headers().firstValue("x-should-retry")).contains("false");
            assertThat(answer.headers().firstValue("s2-call")).isPresent();
        }
    }
}
