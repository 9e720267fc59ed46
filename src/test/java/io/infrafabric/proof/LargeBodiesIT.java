package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Twenty sessions send 60 MB each at once to a process with a heap of 256 MB: those for which there is no room are told so, come
 * again, and all get through with every byte.
 */
@Tag("proof")
@Tag("soak")
class LargeBodiesIT {
    private static final int SESSIONS = 20;
    private static final int SIZE = 60_000_000;
    private static final byte[] BEGIN = "{\"model\":\"m\",\"x\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "\"}".getBytes(StandardCharsets.US_ASCII);
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();

    private final AtomicLong most = new AtomicLong();

    @Test
    void twenty_bodies_of_sixty_megabytes_take_no_more_memory_than_they_may() throws Exception {
        HttpServer provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        provider.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        provider.createContext("/", LargeBodiesIT::digest);
        provider.start();
        try (Cluster cluster = Cluster.start("largebodies", 1, Map.of("s2.bulkhead.allow-private-addresses", "true"));
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            expect(
                    cluster.api(0)
                            .put(
                                    "/bulkhead/providers/large",
                                    Map.of(
                                            "baseUrl",
                                            "http://127.0.0.1:"
                                                    + provider.getAddress().getPort(),
                                            "dialect",
                                            "none",
                                            "maxConcurrent",
                                            SESSIONS),
                                    cluster.operator()),
                    200);
            List<String> tokens = IntStream.range(0, SESSIONS)
                    .mapToObj(number -> token(cluster, "s" + number))
                    .toList();
            URI url = URI.create(cluster.process(0).url() + "/bulkhead/providers/large/call/v1/x");
            String digest = HexFormat.of().formatHex(digest(body()));
            CompletableFuture<?>[] calls = tokens.stream()
                    .map(token -> CompletableFuture.runAsync(() -> getsThrough(cluster, url, token, digest), callers))
                    .toArray(CompletableFuture[]::new);
            CompletableFuture.allOf(calls).join();
            assertThat(most.get()).as("taken at once").isLessThanOrEqualTo(128L << 20);
            await().atMost(Cluster.PATIENCE).until(() -> taken(cluster) == 0);
            assertThat(cluster.process(0).log()).doesNotContain("OutOfMemoryError");
            cluster.assertNoErrors();
        } finally {
            provider.stop(0);
        }
    }

    private static String token(Cluster cluster, String session) {
        String path = "/coordinator/sessions/" + session;
        expect(cluster.api(0).put(path, Map.of("swarm", "large"), cluster.operator()), 200);
        return expect(cluster.api(0).post(path + "/tokens", Map.of(), cluster.operator()), 201)
                .path("token")
                .asText();
    }

    /** Sends it until it is taken: whoever is refused is told so before anything went to the provider. */
    private void getsThrough(Cluster cluster, URI url, String token, String digest) {
        HttpRequest request = HttpRequest.newBuilder(url)
                .header("x-api-key", token)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(LargeBodiesIT::body), SIZE))
                .build();
        // As Retry-After asks for.
        await().atMost(PATIENCE).pollInterval(Duration.ofSeconds(1)).until(() -> {
            try {
                HttpResponse<String> answer = CLIENT.send(request, BodyHandlers.ofString());
                most.accumulateAndGet(taken(cluster), Math::max);
                if (answer.statusCode() == 503) {
                    assertThat(answer.body()).contains("IF_ERR_OVERLOADED");
                    return false;
                }
                assertThat(answer.statusCode() + answer.body()).isEqualTo("200" + digest);
                return true;
            } catch (IOException _) {
                // The refusal may come while the body is still being sent.
                return false;
            }
        });
    }

    private static long taken(Cluster cluster) {
        return cluster.api(0)
                .get("/q/metrics", cluster.operator())
                .body()
                .asText()
                .lines()
                .filter(line -> line.startsWith("s2_bulkhead_body_bytes"))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .findFirst()
                .orElseThrow();
    }

    /** The provider: what it got, as a digest. */
    private static void digest(HttpExchange call) throws IOException {
        byte[] answer = HexFormat.of().formatHex(digest(call.getRequestBody())).getBytes(StandardCharsets.US_ASCII);
        call.sendResponseHeaders(200, answer.length);
        call.getResponseBody().write(answer);
        call.close();
    }

    private static byte[] digest(InputStream bytes) {
        try (DigestInputStream read = new DigestInputStream(bytes, MessageDigest.getInstance("SHA-256"))) {
            read.transferTo(java.io.OutputStream.nullOutputStream());
            return read.getMessageDigest().digest();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** A body that is nowhere in memory. */
    private static InputStream body() {
        return new InputStream() {
            private int at;

            @Override
            public int read() {
                if (at == SIZE) {
                    return -1;
                }
                int now = at++;
                int left = SIZE - now;
                if (now < BEGIN.length) {
                    return BEGIN[now];
                }
                return left <= END.length ? END[END.length - left] : 'a' + now % 26;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) {
                int read = 0;
                for (int next; read < length && (next = read()) >= 0; read++) {
                    bytes[offset + read] = (byte) next;
                }
                return read == 0 && length > 0 ? -1 : read;
            }
        };
    }
}
