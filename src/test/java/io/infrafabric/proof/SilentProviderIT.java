package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.bulkhead.Origin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A provider thinks for longer than a connection may be idle, before its answer and in the middle of it: the call goes on, over
 * HTTP/1.1 and over HTTP/2, while a connection without a call is closed.
 */
@Tag("proof")
@Tag("soak")
class SilentProviderIT {
    private static final String FIRST = "data: 1\n\n";
    private static final String SECOND = "data: 2\n\n";
    private static final int IDLE_MILLIS = 120_000;

    @Test
    void calls_outlive_the_silence_of_their_provider() throws Exception {
        CountDownLatch thought = new CountDownLatch(1);
        List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
        try (Cluster cluster = Cluster.start(
                        "silent",
                        1,
                        Map.of("s2.bulkhead.allow-private-addresses", "true", "quarkus.http.idle-timeout", "55s"));
                Origin origin = Origin.of((asked, out) -> {
                    if (asked.target().endsWith("/before")) {
                        thought.await();
                        out.events().chunk(FIRST).chunk(SECOND).end();
                    } else {
                        out.events().chunk(FIRST);
                        thought.await();
                        out.chunk(SECOND).end();
                    }
                });
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            String token = set(cluster, origin);
            String url = cluster.process(0).url() + "/bulkhead/providers/silent/call/v1";
            for (Version version : Version.values()) {
                for (String path : List.of("/before", "/within")) {
                    calls.add(CompletableFuture.supplyAsync(() -> call(version, url + path, token), callers));
                }
            }
            await("all are at the provider").atMost(Cluster.PATIENCE).until(() -> origin.running.get() == calls.size());
            untilIdleConnectionsAreClosed(cluster);
            thought.countDown();
            for (CompletableFuture<HttpResponse<String>> call : calls) {
                HttpResponse<String> answer = call.get(Cluster.PATIENCE.toSeconds(), TimeUnit.SECONDS);
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo(FIRST + SECOND);
            }
            assertThat(calls.stream().map(CompletableFuture::join).map(HttpResponse::version))
                    .as("both were used")
                    .contains(Version.values());
        } finally {
            thought.countDown();
        }
    }

    private static String set(Cluster cluster, Origin origin) {
        expect(
                cluster.api(0)
                        .put(
                                "/bulkhead/providers/silent",
                                Map.of("baseUrl", origin.url(), "dialect", "none"),
                                cluster.operator()),
                200);
        expect(cluster.api(0).put("/coordinator/sessions/ann", Map.of("swarm", "silent"), cluster.operator()), 200);
        return expect(cluster.api(0).post("/coordinator/sessions/ann/tokens", Map.of(), cluster.operator()), 201)
                .path("token")
                .asText();
    }

    private static HttpResponse<String> call(Version version, String url, String token) {
        // Of each its own: calls over one connection would keep each other's alive.
        try (HttpClient client = HttpClient.newBuilder().version(version).build()) {
            URI health = URI.create(url).resolve("/q/health/live");
            // The first call over HTTP/2 asks for it.
            client.send(HttpRequest.newBuilder(health).build(), BodyHandlers.discarding());
            return client.send(
                    HttpRequest.newBuilder(URI.create(url))
                            .header("x-api-key", token)
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString("{}"))
                            .build(),
                    BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A connection that began to be idle after the calls is closed: so would theirs have been. */
    private static void untilIdleConnectionsAreClosed(Cluster cluster) throws IOException {
        URI url = URI.create(cluster.process(0).url());
        try (Socket idle = new Socket(url.getHost(), url.getPort())) {
            idle.setSoTimeout(IDLE_MILLIS);
            idle.getOutputStream()
                    .write("GET /q/health/live HTTP/1.1\r\nHost: fabric\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            while (idle.getInputStream().read() >= 0) {
                // Its answer, and then nothing more.
            }
        }
    }
}
