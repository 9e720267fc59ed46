package io.infrafabric.bulkhead;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.launch.KnownNoise;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** However calls end, on either side and at any point, their slots, their money and their memory come back. */
@QuarkusTest
class ForwardEndsTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int CALLS = 1_000;
    private static final int SLOTS = 8;
    /** In which a provider answers, see below; the last ones are good answers. */
    private static final int WAYS = 12;

    private static final String BODY = "{\"model\":\"m\",\"max_tokens\":10,\"stream\":true}";

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    MeterRegistry meters;

    @Inject
    Pool pool;

    private Bulkhead bulkhead;

    /** A client that goes at some point: before its body is whole, while it waits, within the answer, or never. */
    private void callsAndLeaves(int kind) {
        try (Client client = Client.to(fabric)) {
            String head = bulkhead.head("POST", "p", "/v1/messages") + "Content-Type: application/json\r\n"
                    + "Connection: close\r\nContent-Length: ";
            switch (kind) {
                case 0 -> client.send(head + (BODY.length() + 100) + "\r\n\r\n" + BODY);
                case 1 -> client.send(head + BODY.length() + "\r\n\r\n" + BODY);
                case 2 -> client.send(head + BODY.length() + "\r\n\r\n" + BODY).until("HTTP/1.1");
                default -> client.send(head + BODY.length() + "\r\n\r\n" + BODY).rest();
            }
        } catch (IOException | AssertionError _) {
            // The fabric may have been first.
        }
    }

    /** Cut, reset, silent, in trouble or well: before its head, within its answer, or at its end. */
    private static void answers(int kind, Origin.Out out) throws IOException {
        switch (kind) {
            case 0 -> out.close();
            case 1 -> out.reset();
            case 2 -> out.text("no HTTP\r\n\r\n").close();
            case 3 -> out.untilClosed();
            case 4 -> out.events().chunk("data: 1\n\n").close();
            case 5 -> out.events().chunk("data: 1\n\n").reset();
            case 6 -> out.events().chunk("data: 1\n\n").untilClosed();
            case 7 -> out.whole(500, "{}");
            case 8 -> out.whole(429, "{}");
            default -> out.events().chunk("data: 1\n\n").end();
        }
    }

    /** What nobody was there to hear, but for what is known ({@link KnownNoise}). Quarkus logs it under this name. */
    private final List<LogRecord> uncaught = new CopyOnWriteArrayList<>();

    private final Logger log = Logger.getLogger("io.quarkus.vertx.core.runtime.VertxCoreRecorder");
    private final KnownNoise noise = new KnownNoise();
    private final Handler listener = new Handler() {
        @Override
        public void publish(LogRecord said) {
            if (noise.isLoggable(said)) {
                uncaught.add(said);
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        log.addHandler(listener);
    }

    @AfterEach
    void nothing_was_uncaught() {
        log.removeHandler(listener);
        assertThat(uncaught).extracting(LogRecord::getMessage).isEmpty();
    }

    @Test
    void all_slots_are_usable_after_calls_that_ended_at_random_points() throws Exception {
        bulkhead = new Bulkhead(fabric, operator);
        String account = "/budget/accounts/session:" + bulkhead.swarm().of("ann");
        expect(bulkhead.swarm().api().put(account, "{\"dailyLimit\":1000}", operator), 200);
        Random random = new Random(38);
        List<Integer> leaves = random.ints(CALLS, 0, 5).boxed().toList();
        List<Integer> misbehaves = random.ints(CALLS, 0, WAYS).boxed().toList();
        AtomicInteger asks = new AtomicInteger();
        try (Origin origin = Origin.of((asked, out) -> answers(misbehaves.get(asks.getAndIncrement() % CALLS), out));
                ExecutorService callers = Executors.newFixedThreadPool(3 * SLOTS)) {
            String body = "{\"baseUrl\":\"" + origin.url() + "\",\"dialect\":\"anthropic\",\"maxConcurrent\":" + SLOTS
                    + ",\"queueSeconds\":0.5,\"timeouts\":{\"firstByte\":0.2,\"idle\":0.2},"
                    + "\"breaker\":{\"minCalls\":10000}}";
            expect(bulkhead.swarm().api().put(bulkhead.path("p"), body, operator), 200);
            String price = "/budget/prices/" + bulkhead.swarm().of("p") + "/m";
            expect(bulkhead.swarm().api().put(price, "{\"input\":1,\"output\":10}", operator), 200);
            CompletableFuture.allOf(IntStream.range(0, CALLS)
                            .mapToObj(
                                    call -> CompletableFuture.runAsync(() -> callsAndLeaves(leaves.get(call)), callers))
                            .toArray(CompletableFuture[]::new))
                    .join();
            await().atMost(PATIENCE).until(() -> live().path("running").asInt() == 0);
            allSlotsAtOnce(origin, callers);
        }
        await("the end of each")
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(outcomes())
                        .contains("ANSWERED", "CUT", "TIMED_OUT", "CLIENT_LEFT")
                        .doesNotContain("RUNNING"));
        await("memory").atMost(PATIENCE).until(() -> bodyBytes() == 0);
        await("money")
                .atMost(PATIENCE)
                .until(() -> expect(bulkhead.swarm().api().get(account, operator), 200)
                                .path("heldToday")
                                .decimalValue()
                                .signum()
                        == 0);
    }

    private void allSlotsAtOnce(Origin origin, ExecutorService callers) {
        CountDownLatch word = new CountDownLatch(1);
        expect(
                bulkhead.swarm()
                        .api()
                        .put(bulkhead.path("p"), "{\"queueSeconds\":60,\"timeouts\":{\"firstByte\":60}}", operator),
                200);
        await().atMost(PATIENCE).until(() -> origin.running.get() == 0);
        origin.answers(Origin.after(word, (asked, out) -> out.whole(200, "{}")));
        List<CompletableFuture<Integer>> all = IntStream.range(0, SLOTS)
                .mapToObj(_ -> CompletableFuture.supplyAsync(this::status, callers))
                .toList();
        await().atMost(PATIENCE).until(() -> origin.running.get() == SLOTS);
        word.countDown();
        assertThat(all.stream().map(CompletableFuture::join)).containsOnly(200);
    }

    /** In what ways calls of the session ended. */
    private Set<String> outcomes() {
        Set<String> outcomes = new TreeSet<>();
        pool.preparedQuery("SELECT DISTINCT coalesce(outcome, 'RUNNING') FROM bulkhead_call WHERE session = $1")
                .execute(Tuple.of(bulkhead.swarm().of("ann")))
                .await()
                .atMost(PATIENCE)
                .forEach(row -> outcomes.add(row.getString(0)));
        return outcomes;
    }

    private double bodyBytes() {
        return meters.get("s2.bulkhead.body.bytes").gauge().value();
    }

    private int status() {
        try {
            HttpResponse<String> answer = bulkhead.post("p", "/v1/messages", BODY);
            return answer.statusCode();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private JsonNode live() {
        return expect(bulkhead.swarm().api().get(bulkhead.path("p"), operator), 200)
                .path("live");
    }
}
