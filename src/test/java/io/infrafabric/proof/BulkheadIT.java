package io.infrafabric.proof;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.CompletableFuture.supplyAsync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.bulkhead.BulkheadConfig;
import io.infrafabric.bulkhead.Origin;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.problem.Code;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.WithDefault;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
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
    private static final String WORDS = "/v1/words";
    private static final String ILL = "/v1/ill";
    private static final String EVENT = "data: {\"words\":\"hello\"}\n\n";
    private static final int OPEN_SECONDS = 120;
    private static final Duration POLL = Duration.ofMillis(20);

    /** What is promised, and how much longer it may take on a busy machine. */
    private static final Duration KNOWN_WITHIN = Duration.ofMillis(1_500);

    private static final Duration READ_WITHIN = Duration.ofMillis(50);
    private static final int ROOM = 10;

    private static final ExecutorService CALLERS = Executors.newVirtualThreadPerTaskExecutor();
    private static Cluster cluster;
    private static String token;
    /** Of another session than the one that makes all others' calls. */
    private static String bystander;

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
        token = enrolled("ann");
        bystander = enrolled("bob");
    }

    private static String enrolled(String name) {
        String session = "/coordinator/sessions/" + name;
        assertThat(cluster.api(0)
                        .put(session, Map.of("swarm", "bulkhead"), cluster.operator())
                        .status())
                .isEqualTo(200);
        return cluster.api(0)
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
                for (CompletableFuture<Answer> call : calls("well", 20, process, bystander)) {
                    assertThat(answer(call).status()).isEqualTo(200);
                }
                assertThat(stuck.stream().filter(CompletableFuture::isDone).map(CompletableFuture::join))
                        .as("none of these was answered by the provider")
                        // By the door, if all 500 arrive before the first are refused.
                        .allSatisfy(
                                call -> assertThat(call.code()).isIn("IF_ERR_BULKHEAD_FULL", "IF_ERR_TOO_MANY_CALLS"));
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
            allAnswered(everyoneCalls(), origin);
            List<CompletableFuture<Answer>> meanwhile = everyoneCalls();
            cluster.servers().stopRedis();
            try {
                allAnswered(meanwhile, origin);
                allAnswered(everyoneCalls(), origin);
            } finally {
                cluster.servers().startRedis();
            }
        }
    }

    /** A hundred callers at each process. */
    private static List<CompletableFuture<Answer>> everyoneCalls() {
        return calls("limited", 100 * PROCESSES, number -> number % PROCESSES);
    }

    private static void allAnswered(List<CompletableFuture<Answer>> calls, Origin origin) throws Exception {
        for (CompletableFuture<Answer> call : calls) {
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

    /**
     * Without a bell, each process looks at the breaker every 750 ms ({@link BulkheadConfig#lookAgain}), twice within the time in
     * which it must know. How long it took is printed.
     */
    @Test
    void a_breaker_opens_in_all_processes_without_redis_and_lets_one_probe_through() throws Exception {
        assertThat(lookAgain().multipliedBy(2)).isLessThanOrEqualTo(KNOWN_WITHIN);
        CountDownLatch probed = new CountDownLatch(1);
        AtomicInteger probes = new AtomicInteger();
        cluster.servers().stopRedis();
        try (Origin origin = Origin.of((asked, out) -> out.whole(asked.target().equals(ILL) ? 500 : 200, "{}"))) {
            provider("failing", origin, 10, 20, OPEN_SECONDS);
            // For each of them it works so far, and only one of them will see it fail.
            for (int process = 0; process < PROCESSES; process++) {
                assertThat(call("failing", WORDS, process).status()).isEqualTo(200);
            }
            List<CompletableFuture<Long>> others = IntStream.range(1, PROCESSES)
                    .mapToObj(process -> supplyAsync(() -> refusedAt("failing", WORDS, process), CALLERS))
                    .toList();
            long opened = refusedAt("failing", ILL, 0);
            for (CompletableFuture<Long> other : others) {
                Duration late = Duration.ofNanos(
                        Math.max(0, other.get(Cluster.PATIENCE.toSeconds(), TimeUnit.SECONDS) - opened));
                System.out.println("BulkheadIT: another process refused " + late.toMillis() + " ms after the first");
                assertThat(late).isLessThan(KNOWN_WITHIN.multipliedBy(ROOM));
            }
            origin.answers((asked, out) -> {
                probes.incrementAndGet();
                probed.await();
                out.whole(200, "{}");
            });
            timeIsOver("failing");
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

    /** Calls at this process until the breaker refuses one; when that one was answered. */
    private static long refusedAt(String provider, String path, int process) {
        await("known at " + process)
                .atMost(Cluster.PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(POLL)
                .until(() -> {
                    Answer answer = call(provider, path, process);
                    assertThat(answer.status() + " " + answer.code())
                            .isIn("200 ", "500 ", "503 " + Code.IF_ERR_PROVIDER_OPEN);
                    return answer.code().equals(Code.IF_ERR_PROVIDER_OPEN.name());
                });
        return System.nanoTime();
    }

    private static Duration lookAgain() throws NoSuchMethodException {
        String byDefault = BulkheadConfig.class
                .getMethod("lookAgain")
                .getAnnotation(WithDefault.class)
                .value();
        return DurationConverter.parseDuration(byDefault);
    }

    /** As if the breaker had been open for as long as it may be without a probe. */
    private static void timeIsOver(String provider) {
        cluster.update("UPDATE bulkhead_breaker SET open_until = now() WHERE provider = ? AND open", provider);
    }

    /** However a client says what it can decode, each event is at its reader before the next one; how long it took is printed. */
    @Test
    void each_event_is_read_soon_after_it_was_written() throws Exception {
        int events = 50;
        AtomicLong written = new AtomicLong();
        Semaphore next = new Semaphore(1);
        try (Origin origin = Origin.of((asked, out) -> {
                    out.events();
                    for (int i = 0; i < events; i++) {
                        next.acquire();
                        written.set(System.nanoTime());
                        out.chunk(EVENT);
                    }
                    out.end();
                });
                HttpClient client = HttpClient.newHttpClient()) {
            provider("streaming", origin, 10, 20, OPEN_SECONDS);
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create(cluster.process(0).url() + "/bulkhead/providers/streaming/call" + WORDS))
                    .header("x-api-key", token)
                    .header("Content-Type", "application/json")
                    .header("Accept-Encoding", "gzip, br")
                    .POST(BodyPublishers.ofString("{\"stream\":true}"))
                    .build();
            List<Long> times = new ArrayList<>();
            try (InputStream read =
                    client.send(request, BodyHandlers.ofInputStream()).body()) {
                for (int i = 0; i < events; i++) {
                    assertThat(new String(read.readNBytes(EVENT.length()), US_ASCII))
                            .isEqualTo(EVENT);
                    times.add(System.nanoTime() - written.get());
                    next.release();
                }
                assertThat(read.read()).isEqualTo(-1);
            }
            Collections.sort(times);
            Duration half = Duration.ofNanos(times.get(events / 2));
            System.out.println(
                    "BulkheadIT: half of the events were read after " + half.toMillis() + " ms, the slowest after "
                            + Duration.ofNanos(times.getLast()).toMillis() + " ms");
            assertThat(half).isLessThan(READ_WITHIN.multipliedBy(ROOM));
        }
    }

    private static void provider(String name, Origin origin, int concurrent, int queued) {
        provider(name, origin, concurrent, queued, 3);
    }

    private static void provider(String name, Origin origin, int concurrent, int queued, int openSeconds) {
        Map<String, Object> body = new HashMap<>(Map.of("baseUrl", origin.url(), "dialect", "none"));
        body.put("maxConcurrent", concurrent);
        body.put("maxQueued", queued);
        body.put("queueSeconds", 60);
        body.put("breaker", Map.of("minCalls", 5, "openSeconds", openSeconds));
        assertThat(cluster.api(0)
                        .put("/bulkhead/providers/" + name, body, cluster.operator())
                        .status())
                .isEqualTo(200);
    }

    /** Calls at once, each at a process. */
    private static List<CompletableFuture<Answer>> calls(String provider, int count, IntUnaryOperator process) {
        return calls(provider, count, process, token);
    }

    private static List<CompletableFuture<Answer>> calls(
            String provider, int count, IntUnaryOperator process, String caller) {
        return IntStream.range(0, count)
                .mapToObj(call -> supplyAsync(() -> call(provider, WORDS, process.applyAsInt(call), caller), CALLERS))
                .toList();
    }

    private static Answer call(String provider, String path, int process) {
        return call(provider, path, process, token);
    }

    private static Answer call(String provider, String path, int process, String caller) {
        return cluster.api(process).post("/bulkhead/providers/" + provider + "/call" + path, BODY, caller);
    }

    private static Answer answer(CompletableFuture<Answer> call) throws Exception {
        return call.get(Cluster.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
}
