package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** 64 claimants at 4 processes race for the same tasks: each is claimed once. */
class ClaimRaceIT {
    private static final int PROCESSES = 4;
    private static final int CLAIMANTS = 64;
    private static final int LEASE_SECONDS = 300;

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("race", PROCESSES, Map.of());
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void everyTaskIsClaimedOnce() {
        race("few", 200);
    }

    @Test
    @Tag("proof")
    void everyOneOfManyTasksIsClaimedOnce() {
        race("many", 2000);
    }

    private static void race(String name, int tasks) {
        Swarm swarm = Swarm.enrol(cluster, name, CLAIMANTS, Map.of());
        swarm.submit(cluster.api(0), 0, tasks, Map.of());

        try (Crew crew = new Crew(swarm.members(), cluster::any, LEASE_SECONDS, grant -> false)) {
            await("all are done")
                    .atMost(Duration.ofMinutes(3))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() ->
                            crew.accepted().size() == tasks || !crew.surprises().isEmpty());
            crew.finish();

            assertThat(crew.surprises()).isEmpty();
            assertThat(crew.grants()).hasSize(tasks);
            assertThat(crew.grants().values())
                    .allSatisfy(grants -> assertThat(grants)
                            .singleElement()
                            .satisfies(grant -> assertThat(grant.epoch()).isEqualTo(1)));
            assertThat(crew.refused()).isEmpty();
            assertThat(crew.accepted()).hasSize(tasks);
        }
        assertThat(swarm.inState("DONE")).isEqualTo(tasks);
        assertThat(swarm.steps("claimed")).isEqualTo(tasks);
        assertThat(swarm.steps("completed")).isEqualTo(tasks);
        cluster.assertNoErrors();
    }
}
