package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.proof.Swarm.Grant;
import io.infrafabric.proof.Swarm.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The last two dependencies of a task are finished at the same instant by two processes: it is queued, once. */
@Tag("proof")
class LastDependencyIT {
    private static final int REPETITIONS = 100;
    private static final int LEASE_SECONDS = 300;

    private static Cluster cluster;
    private static ExecutorService calls;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("dependency", 2, Map.of());
        calls = Executors.newVirtualThreadPerTaskExecutor();
    }

    @AfterAll
    static void stop() {
        calls.close();
        cluster.close();
    }

    @Test
    void theDependantIsQueuedOnce() {
        Swarm swarm = Swarm.enrol(cluster, "pair", 2, Map.of("maxConcurrentTasks", REPETITIONS));
        List<Map<String, Object>> tasks = new ArrayList<>();
        for (int i = 0; i < REPETITIONS; i++) {
            tasks.add(swarm.task("left-" + i, Map.of()));
            tasks.add(swarm.task("right-" + i, Map.of()));
            tasks.add(swarm.task("top-" + i, Map.of("dependsOn", List.of("left-" + i, "right-" + i))));
        }
        swarm.submit(cluster.api(0), tasks);
        CyclicBarrier instant = new CyclicBarrier(2);

        for (int i = 0; i < REPETITIONS; i++) {
            CompletableFuture<Answer> left = complete(swarm.member(0), 0, "left-" + i, instant);
            CompletableFuture<Answer> right = complete(swarm.member(1), 1, "right-" + i, instant);
            assertThat(left.join().status()).isEqualTo(200);
            assertThat(right.join().status()).isEqualTo(200);
        }

        assertThat(swarm.inState("DONE")).isEqualTo(2 * REPETITIONS);
        assertThat(swarm.inState("QUEUED")).isEqualTo(REPETITIONS);
        assertThat(swarm.steps("unblocked")).isEqualTo(REPETITIONS);
        assertThat(cluster.texts("SELECT task FROM coordinator_history WHERE what = 'unblocked' GROUP BY task"
                        + " HAVING count(*) = 1"))
                .hasSize(REPETITIONS);
        assertThat(swarm.look(cluster.api(0), "top-0").path("blockedBy")).isEmpty();
        assertThat(swarm.member(0)
                        .mustClaim(cluster.api(1), "top-" + (REPETITIONS - 1), LEASE_SECONDS)
                        .epoch())
                .isEqualTo(1);
        cluster.assertNoErrors();
    }

    private static CompletableFuture<Answer> complete(Member member, int process, String task, CyclicBarrier instant) {
        return CompletableFuture.supplyAsync(
                () -> {
                    Grant grant = member.mustClaim(cluster.api(process), task, LEASE_SECONDS);
                    meet(instant);
                    return member.complete(cluster.api(process), grant);
                },
                calls);
    }

    private static void meet(CyclicBarrier instant) {
        try {
            instant.await(Cluster.PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (java.util.concurrent.BrokenBarrierException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }
}
