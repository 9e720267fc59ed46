package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.standardwebhooks.Webhook;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.launch.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A receiver of webhooks that is away for twenty attempts, while its process is killed, too: nothing is lost, and it is
 * delivered once it is back. Waits between attempts grow as in production, from half a second to three: twenty of them are what
 * five minutes are with waits from five seconds to half a minute.
 */
@Tag("proof")
@Tag("soak")
class WebhookAwayIT {
    private static final int ATTEMPTS = 20;
    private static final Duration AWAY = Duration.ofMinutes(3);
    private static final int CASES = 5;
    private static final String SECRET = "whsec_"
            + Base64.getEncoder().encodeToString("a secret of thirty-two bytes ...".getBytes(StandardCharsets.UTF_8));
    private static final Map<String, String> SETTINGS = Map.of(
            "s2.escalation.allow-private-addresses", "true",
            "s2.escalation.retry-backoff", "500ms",
            "s2.escalation.retry-backoff-max", "3s",
            "s2.escalation.timeout", "2s",
            "s2.escalation.lease", "6s",
            "s2.escalation.attempts", "600");

    /** What came; header names in lower case. */
    private record Request(String body, Map<String, List<String>> headers) {
        String id() {
            return headers.get("webhook-id").getFirst();
        }
    }

    private final Queue<Request> requests = new ConcurrentLinkedQueue<>();

    @Test
    void whatHappensWhileAReceiverIsAwayIsDeliveredOnceItIsBack() {
        try (Cluster cluster = Cluster.start("webhook", 2, SETTINGS)) {
            int port = FreePort.find();
            expect(
                    cluster.api(0)
                            .put(
                                    "/escalation/webhooks/away",
                                    Map.of("url", "http://127.0.0.1:" + port + "/hook", "secret", SECRET),
                                    cluster.operator()),
                    200);
            Accounts accounts = Accounts.make(cluster, "away");
            for (int i = 0; i < CASES; i++) {
                String account = accounts.open("session", "s" + i, accounts.swarm(), "1");
                expect(accounts.cost(cluster.api(i % 2), account, "2"), 200);
            }
            await("each is tried and waits for its next attempt")
                    .atMost(Cluster.PATIENCE)
                    .until(() -> deliveries(cluster).stream()
                                    .filter(one -> one.path("attempt").asInt() > 0)
                                    .count()
                            == CASES);
            cluster.process(0).kill();
            cluster.again(0).awaitReady();
            await("it stays away")
                    .pollInterval(Duration.ofSeconds(1))
                    .atMost(AWAY)
                    .until(() -> deliveries(cluster).stream()
                            .allMatch(one -> one.path("attempt").asInt() >= ATTEMPTS));
            assertThat(deliveries(cluster))
                    .hasSize(CASES)
                    .allSatisfy(one -> assertThat(one.path("state").asText()).isIn("WAITING", "SENDING"));

            HttpServer receiver = start(port);
            try {
                await("all is delivered")
                        .atMost(Cluster.PATIENCE.plus(Cluster.PATIENCE))
                        .until(() -> deliveries(cluster).stream()
                                .allMatch(one -> one.path("state").asText().equals("DELIVERED")));
            } finally {
                receiver.stop(0);
            }
            assertThat(requests.stream().map(Request::id).distinct()).hasSize(CASES);
            assertThat(requests)
                    .allSatisfy(request -> assertThatCode(
                                    () -> new Webhook(SECRET).verify(request.body(), request.headers()))
                            .doesNotThrowAnyException());
            assertThat(cluster.deadLetters()).isZero();
            cluster.assertNoErrors();
        }
    }

    private static List<JsonNode> deliveries(Cluster cluster) {
        Answer answer = cluster.api(1).get("/escalation/webhooks/away/deliveries", cluster.operator());
        return expect(answer, 200).path("items").valueStream().toList();
    }

    private HttpServer start(int port) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
            server.createContext("/", this::handle);
            server.start();
            return server;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        Map<String, List<String>> headers = new HashMap<>();
        exchange.getRequestHeaders().forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values));
        try (exchange) {
            requests.add(
                    new Request(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8), headers));
            exchange.sendResponseHeaders(204, -1);
        }
    }
}
