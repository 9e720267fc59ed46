package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.FabricProcess;
import io.infrafabric.proof.Swarm.Grant;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The race of {@link ClaimRaceIT} while processes are killed and started again, and claimants die with a task in their
 * hands. Repeat a run with {@code -Ds2.seed=}; what the seed decides is who is killed and who dies, not the timing.
 */
@Tag("proof")
class KillIT {
    private static final int PROCESSES = 4;
    private static final int CLAIMANTS = 64;
    private static final int KILLS = 6;
    private static final int TASKS_PER_KILL = 100;
    private static final int LEASE_SECONDS = 2;
    private static final double ABANDONED = 0.1;
    private static final Duration BOUND = Duration.ofMinutes(2);

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        // A claimant that is killed three times in a row would be stopped by its breaker, as it should; here it goes
        // on.
        cluster = Cluster.start(
                "kill",
                PROCESSES,
                Map.of(
                        "s2.coordinator.retry-backoff-max", "2s",
                        "s2.bus.reader.claim-idle", "5s",
                        "s2.budget.failures", "1000"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void everyTaskIsDoneOnceWhoeverIsKilled() {
        long seed = Long.getLong("s2.seed", System.nanoTime());
        System.out.println("KillIT: -Ds2.seed=" + seed);
        Random killer = new Random(seed);
        // A claim whose answer was lost with its process counts as a lease until it runs out.
        Swarm swarm = Swarm.enrol(cluster, "kill", CLAIMANTS, Map.of("maxConcurrentTasks", 100));

        try (Crew crew = new Crew(swarm.members(), cluster::any, LEASE_SECONDS, grant -> dies(seed, grant))) {
            int submitted = 0;
            for (int kill = 0; kill < KILLS; kill++) {
                int victim = killer.nextInt(PROCESSES);
                swarm.submit(
                        cluster.process((victim + 1) % PROCESSES).awaitReady().api(),
                        submitted,
                        submitted + TASKS_PER_KILL,
                        Map.of("maxAttempts", 10));
                submitted += TASKS_PER_KILL;
                int midst = submitted - TASKS_PER_KILL / 2;
                await("the work is in full swing")
                        .atMost(BOUND)
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> crew.accepted().size() >= midst
                                || !crew.surprises().isEmpty());
                cluster.process(victim).kill();
                FabricProcess next = cluster.again(victim);
                if (kill % 2 == 0) {
                    next.awaitReady();
                }
            }
            long tasks = submitted;
            await("all are done").atMost(BOUND).until(() -> swarm.inState("DONE") == tasks);
            crew.finish();

            assertThat(crew.surprises()).isEmpty();
            assertOneCompletionEach(swarm, crew, submitted);
            assertThat(crew.abandoned()).isNotEmpty();
            for (int process = 0; process < PROCESSES; process++) {
                cluster.process(process).awaitReady();
            }
            assertThat(crew.abandoned()).allSatisfy(grant -> assertRefused(swarm, cluster.any(), grant));
        }
        cluster.assertNoErrors();
    }

    /** Decided by what is granted, so that the seed alone says who dies. */
    private static boolean dies(long seed, Grant grant) {
        return new SplittableRandom(seed ^ (((long) grant.task().hashCode() << 32) | grant.epoch())).nextDouble()
                < ABANDONED;
    }

    /** One completion a task, and under the newest of all epochs that were ever granted. */
    private static void assertOneCompletionEach(Swarm swarm, Crew crew, int tasks) {
        assertThat(crew.accepted()).hasSize(tasks);
        crew.accepted().forEach((task, completions) -> {
            assertThat(completions).as(task).hasSize(1);
            long epoch = completions.iterator().next().epoch();
            assertThat(crew.grants().get(task))
                    .as(task)
                    .allSatisfy(grant -> assertThat(grant.epoch()).isLessThanOrEqualTo(epoch));
        });
        assertThat(swarm.steps("completed")).isEqualTo(tasks);
        assertThat(cluster.texts(
                        "SELECT done.task FROM coordinator_history done JOIN coordinator_history h ON h.task = done.task"
                                + " WHERE done.what = 'completed' AND h.what = 'claimed'"
                                + " AND (h.epoch > done.epoch OR h.version > done.version)"))
                .as("tasks that were granted again before or after their completion")
                .isEmpty();
        assertThat(cluster.texts("SELECT task || '@' || epoch FROM coordinator_history WHERE what = 'claimed'"
                        + " GROUP BY task, epoch HAVING count(*) > 1"))
                .as("epochs that were granted twice")
                .isEmpty();
    }

    private static void assertRefused(Swarm swarm, Api api, Grant grant) {
        Answer late = swarm.member(grant.session()).complete(api, grant);
        assertThat(late.status()).as("%s: %s", grant, late.body()).isEqualTo(409);
        assertThat(late.code()).isEqualTo("IF_ERR_STALE_EPOCH");
        assertThat(late.body().path("taskState").asText()).isEqualTo("DONE");
        assertThat(late.body().path("currentEpoch").asLong()).isGreaterThan(grant.epoch());
    }
}
