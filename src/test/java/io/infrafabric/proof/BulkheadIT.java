package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.bulkhead.Origin;
import io.infrafabric.fabric.Api.Answer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Providers at three processes: a silent one harms no calls to another, no process makes more calls than all may make together,
 * and what one learns of a provider the others know, also while Redis is away.
 */
@Tag("proof")
class BulkheadIT {
    private static final int PROCESSES = 3;
    private static final Map<String, String> BODY = Map.of("model", "m");

    private static final ExecutorService CALLERS = Executors.newVirtualThreadPerTaskExecutor();
    private static Cluster cluster;
    private static String token;

    @BeforeAll
    static void start() {
        // Leases of slots are shorter than usual, since the test waits for the end of some.
        cluster = Cluster.start(
                "bulkhead",
                PROCESSES,
                Map.of(
                        "s2.bulkhead.allow-private-addresses",
                        "true",
                        "s2.bulkhead.slot-lease",
                        "9s",
                        "s2.bulkhead.slot-renewal",
                        "3s"));
        String session = "/coordinator/sessions/ann";
        assertThat(cluster.api(0)
                        .put(session, Map.of("swarm", "bulkhead"), cluster.operator())
                        .status())
                .isEqualTo(200);
        token = cluster.api(0)
                .post(session + "/tokens", Map.of(), cluster.operator())
                .body()
                .path("token")
                .asText();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void a_silent_provider_harms_no_calls_to_another() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (Origin silent = Origin.of(Origin.after(never, (asked, out) -> out.whole(200, "{}")));
                Origin well = Origin.of((asked, out) -> out.whole(200, "{}"))) {
            provider("silent", silent, 10, 20);
            provider("well", well, 10, 20);
            // First all at one process, then at all of them.
            for (IntUnaryOperator process : List.<IntUnaryOperator>of(call -> 0, call -> call % PROCESSES)) {
                List<CompletableFuture<Answer>> stuck = calls("silent", 500, process);
                await("as many wait as may").atMost(Cluster.PATIENCE).until(() -> silent.running.get() == 10);
                for (CompletableFuture<Answer> call : calls("well", 20, process)) {
                    assertThat(answer(call).status()).isEqualTo(200);
                }
                assertThat(stuck.stream().filter(CompletableFuture::isDone).map(CompletableFuture::join))
                        .as("none of these was answered by the provider")
                        .allSatisfy(call -> assertThat(call.code()).isEqualTo("IF_ERR_BULKHEAD_FULL"));
                assertThat(silent.most.get()).isEqualTo(10);
            }
            never.countDown();
        }
    }

    @Test
    void never_more_calls_than_the_limit_with_redis_and_without() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> {
            Thread.sleep(10);
            out.whole(200, "{}");
        })) {
            provider("limited", origin, 10, 300);
            everyoneCalls(origin);
            cluster.servers().stopRedis();
            try {
                everyoneCalls(origin);
            } finally {
                cluster.servers().startRedis();
            }
        }
    }

    private static void everyoneCalls(Origin origin) throws Exception {
        for (CompletableFuture<Answer> call : calls("limited", 300, number -> number % PROCESSES)) {
            assertThat(answer(call).status()).isEqualTo(200);
        }
        assertThat(origin.most.get()).isLessThanOrEqualTo(10);
    }

    @Test
    void slots_of_a_killed_process_come_back() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.untilClosed())) {
            provider("orphaned", origin, 6, 20);
            List<CompletableFuture<Answer>> lost = calls("orphaned", 6, call -> 2);
            await("it has all slots").atMost(Cluster.PATIENCE).until(() -> origin.running.get() == 6);
            cluster.process(2).kill();
            assertThat(lost).allSatisfy(call -> assertThat(call).failsWithin(Cluster.PATIENCE));
            origin.answers((asked, out) -> out.whole(200, "{}"));
            for (CompletableFuture<Answer> call : calls("orphaned", 6, number -> number % 2)) {
                assertThat(answer(call).status()).isEqualTo(200);
            }
            assertThat(origin.most.get()).isEqualTo(6);
        } finally {
            cluster.again(2).awaitReady();
        }
    }

    @Test
    void a_breaker_opens_in_all_processes_without_redis_and_lets_one_probe_through() throws Exception {
        CountDownLatch probed = new CountDownLatch(1);
        AtomicInteger probes = new AtomicInteger();
        cluster.servers().stopRedis();
        try (Origin origin = Origin.of((asked, out) -> out.whole(500, "{}"))) {
            provider("failing", origin, 10, 20);
            for (int call = 0; call < 5; call++) {
                assertThat(answer(calls("failing", 1, _ -> 0).getFirst()).status())
                        .isEqualTo(500);
            }
            for (int process = 0; process < PROCESSES; process++) {
                int other = process;
                await("known at " + process)
                        .atMost(15, TimeUnit.SECONDS)
                        .until(() -> answer(calls("failing", 1, _ -> other).getFirst())
                                .code()
                                .equals("IF_ERR_PROVIDER_OPEN"));
            }
            origin.answers((asked, out) -> {
                probes.incrementAndGet();
                probed.await();
                out.whole(200, "{}");
            });
            List<CompletableFuture<Answer>> made = new ArrayList<>();
            await("a probe is made").atMost(Cluster.PATIENCE).until(() -> {
                made.addAll(calls("failing", PROCESSES, number -> number));
                return probes.get() > 0;
            });
            made.addAll(calls("failing", 10 * PROCESSES, number -> number % PROCESSES));
            await("all others are refused")
                    .atMost(Cluster.PATIENCE)
                    .until(() -> made.stream().filter(CompletableFuture::isDone).count() >= made.size() - 1);
            assertThat(probes).hasValue(1);
            probed.countDown();
            await("it is closed everywhere").atMost(Cluster.PATIENCE).until(() -> {
                List<Integer> again = new ArrayList<>();
                for (CompletableFuture<Answer> call : calls("failing", PROCESSES, number -> number)) {
                    again.add(answer(call).status());
                }
                return again.stream().allMatch(status -> status == 200);
            });
        } finally {
            cluster.servers().startRedis();
        }
    }

    private static void provider(String name, Origin origin, int concurrent, int queued) {
        Map<String, Object> body = new HashMap<>(Map.of("baseUrl", origin.url(), "dialect", "none"));
        body.put("maxConcurrent", concurrent);
        body.put("maxQueued", queued);
        body.put("queueSeconds", 60);
        body.put("breaker", Map.of("minCalls", 5, "openSeconds", 3));
        assertThat(cluster.api(0)
                        .put("/bulkhead/providers/" + name, body, cluster.operator())
                        .status())
                .isEqualTo(200);
    }

    /** Calls at once, each at a process. */
    private static List<CompletableFuture<Answer>> calls(String provider, int count, IntUnaryOperator process) {
        String path = "/bulkhead/providers/" + provider + "/call/v1/words";
        return IntStream.range(0, count)
                .mapToObj(call -> CompletableFuture.supplyAsync(
                        () -> cluster.api(process.applyAsInt(call)).post(path, BODY, token), CALLERS))
                .toList();
    }

    private static Answer answer(CompletableFuture<Answer> call) throws Exception {
        return call.get(Cluster.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
}
