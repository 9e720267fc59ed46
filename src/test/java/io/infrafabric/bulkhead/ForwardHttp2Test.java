package io.infrafabric.bulkhead;

import static io.infrafabric.bulkhead.Bulkhead.code;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that speak HTTP/2: their calls share a connection, and none harms another. */
@QuarkusTest
class ForwardHttp2Test {
    private static final int LARGE = 5 << 20;

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
    private Bulkhead bulkhead;

    @BeforeEach
    void a_connection() throws Exception {
        bulkhead = new Bulkhead(fabric, operator);
        // The first call asks for HTTP/2.
        client.send(HttpRequest.newBuilder(fabric.resolve("/q/health/live")).build(), BodyHandlers.discarding());
    }

    @AfterEach
    void none() {
        client.shutdownNow();
    }

    private HttpRequest request(String type, BodyPublisher body) {
        return HttpRequest.newBuilder(fabric.resolve(bulkhead.call("p", "/v1/x")))
                .timeout(Duration.ofSeconds(60))
                .header("x-api-key", bulkhead.token())
                .header("content-type", type)
                .POST(body)
                .build();
    }

    private <T> HttpResponse<T> post(String body, BodyHandler<T> as) throws IOException, InterruptedException {
        HttpResponse<T> answer = client.send(request("application/json", BodyPublishers.ofString(body)), as);
        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
        return answer;
    }

    @Test
    void bytes_pass_in_both_directions() throws Exception {
        byte[] large = new byte[LARGE];
        new Random(38).nextBytes(large);
        try (Origin origin =
                Origin.of((asked, out) -> out.events().chunk(asked.body()).end())) {
            bulkhead.provider("p", origin, "");
            for (String type : List.of("application/json", "application/octet-stream")) {
                HttpResponse<byte[]> answer =
                        client.send(request(type, BodyPublishers.ofByteArray(large)), BodyHandlers.ofByteArray());
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.body()).as(type).isEqualTo(large);
            }
            assertThat(origin.requests.getFirst().headers().keySet()).noneMatch(name -> name.startsWith(":"));
            assertThat(origin.requests.getFirst().header("host")).isEqualTo("127.0.0.1:" + origin.port());
        }
    }

    @Test
    void an_answer_that_is_cut_ends_its_own_call_alone() throws Exception {
        CountDownLatch word = new CountDownLatch(1);
        try (Origin origin = Origin.of((asked, out) -> {
            out.events().chunk("data: 1\n\n");
            if (asked.text().contains("cut")) {
                out.close();
            } else {
                word.await();
                out.end();
            }
        })) {
            bulkhead.provider("p", origin, "");
            HttpResponse<InputStream> whole = post("{}", BodyHandlers.ofInputStream());
            HttpResponse<InputStream> cut = post("{\"x\":\"cut\"}", BodyHandlers.ofInputStream());
            assertThatThrownBy(() -> cut.body().readAllBytes()).isInstanceOf(IOException.class);
            word.countDown();
            assertThat(new String(whole.body().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII))
                    .isEqualTo("data: 1\n\n");
        }
    }

    @Test
    void a_call_that_its_client_gives_up_ends_at_the_provider() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        try (Origin origin = Origin.of((asked, out) -> {
            out.events().chunk("data: 1\n\n").untilClosed();
            closed.countDown();
        })) {
            bulkhead.provider("p", origin, "");
            post("{}", BodyHandlers.ofInputStream()).body().close();
            closed.await();
        }
    }

    @Test
    void refusals_have_their_status_and_leave_the_connection_to_others() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
        try (Origin origin = Origin.of((asked, out) -> out.untilClosed())) {
            bulkhead.provider("p", origin, ",\"timeouts\":{\"firstByte\":0.3}");
            for (int call = 0; call < 5; call++) {
                calls.add(client.sendAsync(
                        request("application/json", BodyPublishers.ofString("{}")), BodyHandlers.ofString()));
            }
            for (CompletableFuture<HttpResponse<String>> call : calls) {
                assertThat(call.join().statusCode() + " " + code(call.join())).isEqualTo("504 IF_ERR_PROVIDER_TIMEOUT");
            }
            origin.answers((asked, out) -> out.whole(200, "ok"));
        }
    }
}
