package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static java.util.concurrent.CompletableFuture.supplyAsync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.bulkhead.Origin;
import io.infrafabric.fabric.Api.Answer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A process with all slots of a provider is killed, under the leases that processes have by default: within 30 s they are another
 * process's. How long it took is printed. {@link BulkheadIT} has the same with shorter leases.
 */
@Tag("proof")
@Tag("soak")
class SlotLeaseIT {
    private static final int SLOTS = 6;
    private static final Duration PROMISED = Duration.ofSeconds(30);
    /** How much longer it may take on a busy machine. */
    private static final int ROOM = 10;

    private static final String CALL = "/bulkhead/providers/orphaned/call/v1/words";

    @Test
    void slots_of_a_killed_process_are_another_ones_within_thirty_seconds() throws Exception {
        try (Cluster cluster = Cluster.start("slotlease", 2, Map.of("s2.bulkhead.allow-private-addresses", "true"));
                Origin origin = Origin.of((asked, out) -> out.untilClosed());
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            String token = set(cluster, origin);
            List<CompletableFuture<Answer>> lost = calls(cluster, 1, token, callers);
            await("it has all slots").atMost(Cluster.PATIENCE).until(() -> origin.running.get() == SLOTS);
            cluster.process(1).kill();
            long killed = System.nanoTime();
            assertThat(
                            cluster.number(
                                    "SELECT max(extract(epoch FROM until - now())) FROM bulkhead_slot WHERE provider = 'orphaned'"))
                    .as("seconds until the last lease ends")
                    .isGreaterThan(0)
                    .isLessThanOrEqualTo((double) PROMISED.toSeconds());
            assertThat(lost).allSatisfy(call -> assertThat(call).failsWithin(Cluster.PATIENCE));
            origin.answers((asked, out) -> out.whole(200, "{}"));
            for (CompletableFuture<Answer> call : calls(cluster, 0, token, callers)) {
                assertThat(call.get(PROMISED.multipliedBy(ROOM).toSeconds(), TimeUnit.SECONDS)
                                .status())
                        .isEqualTo(200);
            }
            Duration took = Duration.ofNanos(System.nanoTime() - killed);
            System.out.println("SlotLeaseIT: slots were back after " + took.toMillis() + " ms");
            assertThat(took).isLessThan(PROMISED.multipliedBy(ROOM));
            assertThat(origin.most.get()).isEqualTo(SLOTS);
            cluster.assertNoErrors();
        }
    }

    private static String set(Cluster cluster, Origin origin) {
        expect(
                cluster.api(0)
                        .put(
                                "/bulkhead/providers/orphaned",
                                Map.of(
                                        "baseUrl",
                                        origin.url(),
                                        "dialect",
                                        "none",
                                        "maxConcurrent",
                                        SLOTS,
                                        "queueSeconds",
                                        60),
                                cluster.operator()),
                200);
        expect(cluster.api(0).put("/coordinator/sessions/ann", Map.of("swarm", "lease"), cluster.operator()), 200);
        return expect(cluster.api(0).post("/coordinator/sessions/ann/tokens", Map.of(), cluster.operator()), 201)
                .path("token")
                .asText();
    }

    private static List<CompletableFuture<Answer>> calls(
            Cluster cluster, int process, String token, ExecutorService callers) {
        return IntStream.range(0, SLOTS)
                .mapToObj(_ -> supplyAsync(() -> cluster.api(process).post(CALL, Map.of("model", "m"), token), callers))
                .toList();
    }
}
