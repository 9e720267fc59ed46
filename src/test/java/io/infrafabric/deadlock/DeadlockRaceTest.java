package io.infrafabric.deadlock;

import static io.infrafabric.deadlock.Band.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.fabric.Api.Answer;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** What comes at the same time, and what only the check of the whole graph can find. */
@QuarkusTest
class DeadlockRaceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int ROUNDS = 20;

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    @Inject
    MeterRegistry metrics;

    @Test
    void both_halves_of_a_cycle_at_once_are_one_deadlock() {
        Band band = new Band(fabric, operator, "ann", "bob");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 1; round <= ROUNDS; round++) {
                both(threads, () -> band.put("ann", band.on("bob")), () -> band.put("bob", band.on("ann")))
                        .forEach(answer -> expect(answer, 200));
                assertThat(band.deadlocks()).hasSize(round);
                assertThat(band.waiting("ann").size() + band.waiting("bob").size())
                        .isEqualTo(1);
                expect(band.drop("ann", ""), 200);
                expect(band.drop("bob", ""), 200);
            }
        }
    }

    @Test
    void of_two_that_would_refuse_a_cycle_one_waits() {
        Band band = new Band(fabric, operator, "ann", "bob");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 1; round <= ROUNDS; round++) {
                assertThat(both(threads, () -> band.refusing("ann", "bob"), () -> band.refusing("bob", "ann")))
                        .extracting(Answer::status)
                        .containsExactlyInAnyOrder(200, 409);
                expect(band.drop("ann", ""), 200);
                expect(band.drop("bob", ""), 200);
            }
        }
        assertThat(band.deadlocks()).isEmpty();
    }

    /** The task is completed while somebody begins to wait for it: whichever is first, no wait stays. */
    @Test
    void an_end_and_its_edge_at_once_leave_no_edge() {
        Band band = new Band(fabric, operator, "ann", "bob");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 1; round <= ROUNDS; round++) {
                String task = "t" + round;
                band.submit(task);
                long epoch = band.claims("bob", task);
                both(
                                threads,
                                () -> band.add("ann", band.on("task:" + task)),
                                () -> band.end("bob", "complete", task, epoch))
                        .forEach(answer -> expect(answer, 200));
            }
        }
        await().atMost(PATIENCE).until(() -> band.waiting("ann").isEmpty());
    }

    /** The account opens again while somebody begins to wait for it. */
    @Test
    void an_account_that_opens_and_its_edge_at_once_leave_no_edge() {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 1; round <= ROUNDS / 2; round++) {
                Band band = new Band(fabric, operator, "ann");
                band.stop("ann");
                CompletableFuture<Void> opens = CompletableFuture.runAsync(() -> band.goOn("ann"), threads);
                expect(band.add("ann", band.on("account:session:ann")), 200);
                opens.join();
                await().atMost(PATIENCE).until(() -> band.waiting("ann").isEmpty());
            }
        }
    }

    /** A cycle that nobody was told of: it was written into the tables behind the fabric's back. */
    @Test
    void the_check_of_the_whole_graph_finds_what_was_missed() {
        double before = onlyTheCheckFound();
        Band band = new Band(fabric, operator, "ann", "bob");
        for (List<String> edge : List.of(List.of("ann", "bob"), List.of("bob", "ann"))) {
            run(
                    "INSERT INTO deadlock_edge (session, target, swarm, since, version, open, by_fabric)"
                            + " VALUES ($1, $2, $3, now(), 1, true, false)",
                    Tuple.of(band.of(edge.getFirst()), "session:" + band.of(edge.getLast()), band.swarm()));
        }
        run("INSERT INTO deadlock_swarm VALUES ($1)", Tuple.of(band.swarm()));
        run("INSERT INTO bus_due VALUES ('deadlock', $1, now())", Tuple.of("sweep:" + band.swarm()));
        await().atMost(PATIENCE).until(() -> band.deadlocks().size() == 1);
        assertThat(band.deadlocks().path(0).path("foundBy").asText()).isEqualTo("SWEEP");
        assertThat(band.waiting("ann").size() + band.waiting("bob").size()).isEqualTo(1);
        assertThat(onlyTheCheckFound()).isEqualTo(before + 1);
    }

    private double onlyTheCheckFound() {
        return metrics.counter("s2_deadlock_swept_total", "what", "deadlock").count();
    }

    private void run(String sql, Tuple parameters) {
        assertThat(pool.preparedQuery(sql)
                        .execute(parameters)
                        .await()
                        .atMost(PATIENCE)
                        .rowCount())
                .isEqualTo(1);
    }

    private static List<Answer> both(ExecutorService threads, Supplier<Answer> one, Supplier<Answer> other) {
        CompletableFuture<Answer> first = CompletableFuture.supplyAsync(one, threads);
        CompletableFuture<Answer> second = CompletableFuture.supplyAsync(other, threads);
        return List.of(first.join(), second.join());
    }
}
