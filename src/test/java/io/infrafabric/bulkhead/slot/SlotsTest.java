package io.infrafabric.bulkhead.slot;

import static io.infrafabric.coordinator.Swarm.body;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.bulkhead.provider.Providers;
import io.infrafabric.bulkhead.slot.Ended.Failure;
import io.infrafabric.bus.Transactions;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Slots, breakers and pauses of providers on the database, in one process; other replicas are played by the test. */
@QuarkusTest
class SlotsTest {
    private static final Ended OK = new Ended.Answered(200, Duration.ofMillis(5), Duration.ofMillis(9));
    private static final Ended BAD = new Ended.Failed(Failure.CONNECT);
    private static final Duration LONG = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Slots slots;

    @Inject
    Providers providers;

    @Inject
    BreakerTransaction breakers;

    @Inject
    Transactions transactions;

    @Inject
    Pool pool;

    @Inject
    Vertx vertx;

    private Swarm swarm;
    private String name;

    @BeforeEach
    void a_name() {
        swarm = new Swarm(fabric, operator);
        name = swarm.of("provider");
    }

    @Test
    void no_more_calls_than_the_limit_and_a_freed_slot_goes_on() {
        Provider provider = provider("maxConcurrent", 3);
        List<Permit> permits = take(provider, 3);
        CompletableFuture<Permit> waiting = acquire(provider);
        assertThat(figures(provider).running()).isEqualTo(3);
        assertThat(figures(provider).queued()).isEqualTo(1);
        assertThat(waiting).isNotDone();
        permits.getFirst().end(OK);
        permits.getFirst().end(OK);
        Permit next = waiting.join();
        // Ending twice gives back one.
        assertThat(figures(provider).running()).isEqualTo(3);
        permits.get(1).end(OK);
        permits.get(2).end(BAD);
        next.end(OK);
        LiveFigures after = figures(provider);
        assertThat(List.of(after.running(), after.slots().size())).hasToString("[0, 1]");
        assertThat(List.of(after.last5min().calls(), after.last5min().failed())).hasToString("[4, 1]");
        assertThat(after.last5min().p50()).isBetween(8L, 10L);
    }

    @Test
    void a_full_queue_refuses_and_whoever_waits_too_long_is_refused() {
        Provider provider = provider("maxConcurrent", 1, "maxQueued", 1, "queueSeconds", 0.2);
        List<Permit> permits = take(provider, 1);
        CompletableFuture<Permit> first = acquire(provider);
        CompletableFuture<Permit> second = acquire(provider);
        refused(second, Code.IF_ERR_BULKHEAD_FULL);
        refused(first, Code.IF_ERR_BULKHEAD_FULL);
        permits.getFirst().end(OK);
        take(provider, 1).getFirst().end(OK);
    }

    /** Cancelled before or after they had a slot, refused, failed, answered: whatever becomes of calls, all slots are left. */
    @Test
    void calls_that_end_at_random_points_leave_all_slots_usable() throws InterruptedException {
        Provider provider = provider("maxConcurrent", 10, "maxQueued", 20, "queueSeconds", 0.3, "breaker", noBreaker());
        Random random = new Random(38);
        AtomicInteger most = new AtomicInteger();
        AtomicInteger running = new AtomicInteger();
        CountDownLatch over = new CountDownLatch(1000);
        for (int call = 0; call < 1000; call++) {
            int cancelAfter = random.nextInt(3) == 0 ? 1 + random.nextInt(40) : 0;
            int takes = 1 + random.nextInt(20);
            Ended how = List.of(OK, BAD, new Ended.Neutral(), new Ended.Throttled(null))
                    .get(random.nextInt(4));
            String session = "s" + random.nextInt(7);
            vertx.setTimer(1 + random.nextInt(2000), _ -> {
                Cancellable asked = slots.acquire(provider, session, "m")
                        .onTermination()
                        .invoke((permit, _, _) -> {
                            if (permit == null) {
                                over.countDown();
                            }
                        })
                        .subscribe()
                        .with(
                                permit -> {
                                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                                    vertx.setTimer(takes, _ -> {
                                        running.decrementAndGet();
                                        permit.end(how);
                                        over.countDown();
                                    });
                                },
                                _ -> {});
                if (cancelAfter > 0) {
                    vertx.setTimer(cancelAfter, _ -> asked.cancel());
                }
            });
        }
        assertThat(over.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(most.get()).isLessThanOrEqualTo(10);
        await().untilAsserted(() -> assertThat(figures(provider).running()).isZero());
        List<Permit> all = take(provider, 10);
        assertThat(figures(provider).slots())
                .extracting(LiveFigures.HeldSlots::held)
                .containsExactly(10);
        all.forEach(permit -> permit.end(OK));
    }

    @Test
    void what_other_replicas_have_is_not_used_until_their_leases_end() {
        Provider provider = provider("maxConcurrent", 2);
        sql(
                "INSERT INTO bulkhead_slot (provider, slot, replica, until)"
                        + " SELECT '%s', n, 'other', now() + interval '1 hour' FROM generate_series(0, 1) n",
                name);
        CompletableFuture<Permit> waiting = acquire(provider);
        await().untilAsserted(() -> assertThat(count("SELECT wants FROM bulkhead_replica WHERE provider = '%s'", name))
                .isEqualTo(1));
        assertThat(waiting).isNotDone();
        sql("UPDATE bulkhead_slot SET replica = NULL, until = NULL WHERE provider = '%s' AND slot = 1", name);
        waiting.join().end(OK);
    }

    @Test
    void slots_that_another_replica_wants_go_to_it() {
        Provider provider = provider("maxConcurrent", 4);
        List<Permit> busy = take(provider, 4);
        Runnable hungry = () -> sql(
                "INSERT INTO bulkhead_replica (provider, replica, running, queued, wants, wanted_since,"
                        + " calls, failed, times, firsts, seen_at) VALUES ('%s', 'other', 0, 9, 4, now(), 0, 0, '{}', '{}', now())"
                        + " ON CONFLICT (provider, replica) DO UPDATE SET seen_at = now(), wants = 4",
                name);
        busy.get(0).end(OK);
        busy.get(1).end(OK);
        await().untilAsserted(() -> {
            hungry.run();
            assertThat(held("other")).isEqualTo(2);
        });
        busy.get(2).end(OK);
        await().untilAsserted(() -> {
            hungry.run();
            assertThat(held("other")).isEqualTo(3);
        });
        busy.get(3).end(OK);
    }

    @Test
    void a_changed_limit_counts_from_the_next_look() {
        Provider provider = provider("maxConcurrent", 2);
        List<Permit> two = take(provider, 2);
        List<CompletableFuture<Permit>> more = List.of(acquire(provider), acquire(provider));
        Provider larger = provider("maxConcurrent", 4);
        List<Permit> all = new ArrayList<>(two);
        more.forEach(one -> all.add(one.join()));
        Provider smaller = provider("maxConcurrent", 1);
        all.subList(0, 3).forEach(permit -> permit.end(OK));
        await().untilAsserted(() -> assertThat(count("SELECT count(*) FROM bulkhead_slot WHERE provider = '%s'", name))
                .isEqualTo(1));
        CompletableFuture<Permit> waits = acquire(smaller);
        assertThat(figures(smaller).queued()).isEqualTo(1);
        assertThat(waits).isNotDone();
        all.getLast().end(OK);
        waits.join().end(OK);
        assertThat(larger.name()).isEqualTo(smaller.name());
    }

    @Test
    void failures_open_the_breaker_and_one_probe_closes_it() {
        Provider provider = provider("breaker", Map.of("minCalls", 3, "openSeconds", 0.5));
        for (int call = 0; call < 3; call++) {
            acquire(provider).join().end(BAD);
        }
        refused(acquire(provider), Code.IF_ERR_PROVIDER_OPEN);
        await().untilAsserted(
                        () -> assertThat(figures(provider).breaker().state()).isEqualTo("OPEN"));
        assertThat(figures(provider).breaker().reason()).contains("3 of 3 calls failed");
        Queue<Permit> probes = new ConcurrentLinkedQueue<>();
        await().untilAsserted(() -> {
            for (int call = 0; call < 5; call++) {
                slots.acquire(provider, "s" + call, null).subscribe().with(probes::add, _ -> {});
            }
            assertThat(probes).hasSize(1);
        });
        assertThat(figures(provider).breaker().state()).isEqualTo("HALF_OPEN");
        probes.remove().end(OK);
        await().untilAsserted(
                        () -> assertThat(figures(provider).breaker().state()).isEqualTo("CLOSED"));
        take(provider, 3).forEach(permit -> permit.end(OK));
        assertThat(count("SELECT count(*) FROM bus_event WHERE subject = 'breaker:%s'", name))
                .isEqualTo(2);
    }

    @Test
    void a_probe_that_fails_doubles_the_time() {
        Provider provider = provider("breaker", Map.of("minCalls", 1, "openSeconds", 0.3));
        acquire(provider).join().end(BAD);
        Queue<Permit> probes = new ConcurrentLinkedQueue<>();
        await().untilAsserted(() -> {
            slots.acquire(provider, "s", null).subscribe().with(probes::add, _ -> {});
            assertThat(probes).hasSize(1);
        });
        probes.remove().end(BAD);
        await().untilAsserted(
                        () -> assertThat(count("SELECT open_millis FROM bulkhead_breaker WHERE provider = '%s'", name))
                                .isEqualTo(600));
    }

    @Test
    void what_another_replica_knows_is_known_here_without_a_bell() {
        Provider provider = provider();
        take(provider, 1).forEach(permit -> permit.end(OK));
        sql(
                "INSERT INTO bulkhead_breaker (provider, version, open, reason, by, opened_at, open_until)"
                        + " VALUES ('%s', 1, true, 'it fails elsewhere', 'other', now(), now() + interval '1 hour')",
                name);
        await().untilAsserted(() -> refused(acquire(provider), Code.IF_ERR_PROVIDER_OPEN));
        sql("DELETE FROM bulkhead_breaker WHERE provider = '%s'", name);
        sql("INSERT INTO bulkhead_pause VALUES ('%s', 'big', now() + interval '1 hour')", name);
        await().untilAsserted(() ->
                refused(slots.acquire(provider, "s", "big").subscribeAsCompletionStage(), Code.IF_ERR_PROVIDER_PAUSED));
        slots.acquire(provider, "s", "small").await().atMost(LONG).end(OK);
    }

    @Test
    void a_pause_is_told_to_all_and_never_shortened() {
        Provider provider = provider();
        Permit one = slots.acquire(provider, "s", "m").await().atMost(LONG);
        Permit two = slots.acquire(provider, "s", "m").await().atMost(LONG);
        one.end(new Ended.Throttled(Duration.ofSeconds(60)));
        two.end(new Ended.Throttled(Duration.ofSeconds(1)));
        assertThatThrownBy(() -> slots.acquire(provider, "s", "m").await().atMost(LONG))
                .isInstanceOfSatisfying(Problem.class, refusal -> {
                    assertThat(refusal.code()).isEqualTo(Code.IF_ERR_PROVIDER_PAUSED);
                    assertThat(refusal.retryAfter()).isBetween(50L, 61L);
                });
        await().untilAsserted(() -> assertThat(figures(provider).pauses()).hasSize(1));
        assertThat(count("SELECT count(*) FROM bus_event WHERE subject = 'pause:%s/m'", name))
                .isEqualTo(1);
    }

    @Test
    void an_operator_opens_and_closes() {
        Provider provider = provider();
        String path = "/bulkhead/providers/" + name;
        expect(swarm.api().post(path + "/open", Map.of("seconds", 0, "reason", "r"), operator), 400);
        JsonNode opened = expect(swarm.api().post(path + "/open", body("reason", "they move house"), operator), 200);
        assertThat(opened.path("state").asText()).isEqualTo("OPEN");
        await().untilAsserted(() -> refused(acquire(provider), Code.IF_ERR_PROVIDER_OPEN));
        JsonNode closed = expect(swarm.api().post(path + "/close", body("reason", "they are back"), operator), 200);
        assertThat(closed.path("state").asText()).isEqualTo("CLOSED");
        await().untilAsserted(() -> take(provider, 1).getFirst().end(OK));
        expect(swarm.api().post("/bulkhead/providers/" + name + "x/open", body("reason", "r"), operator), 404);
    }

    @Test
    void a_human_is_asked_when_it_stays_open_and_not_any_more_when_it_closes() {
        Provider provider = provider("breaker", Map.of("minCalls", 1));
        acquire(provider).join().end(BAD);
        await().untilAsserted(() -> assertThat(count("SELECT count(*) FROM bus_due WHERE entity = 'down:%s'", name))
                .isEqualTo(1));
        transactions.run(work -> breakers.stillDown(work, name)).await().atMost(LONG);
        sql("UPDATE bulkhead_breaker SET opened_at = now() - interval '301 seconds' WHERE provider = '%s'", name);
        transactions.run(work -> breakers.stillDown(work, name)).await().atMost(LONG);
        transactions.run(work -> breakers.stillDown(work, name)).await().atMost(LONG);
        await().untilAsserted(() -> assertThat(cases()).containsExactly("OPEN"));
        expect(swarm.api().post("/bulkhead/providers/" + name + "/close", body("reason", "back"), operator), 200);
        await().untilAsserted(() -> assertThat(cases()).containsExactly("WITHDRAWN"));
        assertThat(count("SELECT count(*) FROM bus_due WHERE entity = 'down:%s'", name))
                .isZero();
    }

    private List<String> cases() {
        List<String> states = new ArrayList<>();
        expect(swarm.api().get("/escalation/cases?function=bulkhead&limit=500", operator), 200)
                .path("items")
                .forEach(one -> {
                    if (one.path("subject").asText().equals("provider:" + name)) {
                        states.add(one.path("state").asText());
                    }
                });
        return states;
    }

    private static Map<String, Object> noBreaker() {
        return Map.of("minCalls", 10_000);
    }

    private Provider provider(Object... settings) {
        Map<String, Object> body = new HashMap<>();
        body.put("baseUrl", "http://127.0.0.1:9");
        body.put("dialect", "none");
        for (int i = 0; i < settings.length; i += 2) {
            body.put((String) settings[i], settings[i + 1]);
        }
        expect(swarm.api().put("/bulkhead/providers/" + name, body, operator), 200);
        AtomicInteger version = new AtomicInteger();
        await().untilAsserted(() -> {
            Provider found = providers.find(name).await().atMost(LONG);
            assertThat(found.version())
                    .isEqualTo(count("SELECT version FROM bulkhead_provider WHERE name = '%s'", name));
            version.set((int) found.version());
        });
        return providers.find(name).await().atMost(LONG);
    }

    private CompletableFuture<Permit> acquire(Provider provider) {
        return slots.acquire(provider, "s", null).subscribeAsCompletionStage();
    }

    private List<Permit> take(Provider provider, int count) {
        List<CompletableFuture<Permit>> asked = IntStream.range(0, count)
                .mapToObj(call -> slots.acquire(provider, "s" + call, null).subscribeAsCompletionStage())
                .toList();
        return asked.stream()
                .map(one -> Uni.createFrom().completionStage(one).await().atMost(LONG))
                .toList();
    }

    private void refused(CompletableFuture<Permit> asked, Code code) {
        assertThatThrownBy(() -> Uni.createFrom()
                        .completionStage(asked)
                        .invoke(permit -> permit.end(new Ended.Neutral()))
                        .await()
                        .atMost(LONG))
                .isInstanceOfSatisfying(
                        Problem.class, refusal -> assertThat(refusal.code()).isEqualTo(code));
    }

    private LiveFigures figures(Provider provider) {
        return slots.figures(provider).await().atMost(LONG);
    }

    private long held(String replica) {
        return count("SELECT count(*) FROM bulkhead_slot WHERE provider = '" + name + "' AND replica = '%s'", replica);
    }

    private void sql(String statement, String value) {
        pool.query(statement.formatted(value)).execute().await().atMost(LONG);
    }

    private long count(String statement, String value) {
        var rows = pool.query(statement.formatted(value)).execute().await().atMost(LONG);
        return rows.size() == 0 ? -1 : ((Number) rows.iterator().next().getValue(0)).longValue();
    }
}
