package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.proof.Swarm.Grant;
import io.infrafabric.proof.Swarm.Member;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Redis loses everything, PostgreSQL goes away, and work goes on: nothing is lost, nothing is counted twice. */
class OutageIT {
    private static final String COMPLETED = "s2.coordinator.task-completed.v1";
    private static final Map<String, List<String>> DOMAIN = Map.of("domains", List.of("outage"));
    private static final int LEASE_SECONDS = 300;
    private static final int WORKERS = 16;

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        // What got lost without a trace is looked for every minute; here more often, since the test waits for it.
        cluster = Cluster.start(
                "outage", 2, Map.of("s2.bus.sweep.housekeeping", "3s", "s2.bus.sweep.unhandled-after", "5s"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void redisLosesEverythingAndRestartsInTheMiddle() {
        int tasks = 400;
        Swarm swarm = Swarm.enrol(cluster, "redis", WORKERS, Map.of());
        long factsBefore = cluster.handledFacts(COMPLETED);
        swarm.submit(cluster.api(0), 0, tasks, DOMAIN);

        try (Crew crew = new Crew(swarm.members(), cluster::any, LEASE_SECONDS, grant -> false)) {
            for (int part = 1; part <= 4; part++) {
                awaitAccepted(crew, part * tasks / 6);
                cluster.servers().flushRedis();
            }
            awaitAccepted(crew, 5 * tasks / 6);
            cluster.servers().stopRedis();
            awaitAccepted(crew, tasks);
            cluster.servers().startRedis();
            crew.finish();
            assertThat(crew.surprises()).isEmpty();
        }

        assertEveryFactCountedOnce(swarm, tasks, factsBefore);
        assertThat(swarm.steps("completed")).isEqualTo(tasks);
        cluster.assertNoErrors();
    }

    @Test
    void postgresIsAwayForSeconds() {
        postgresIsAway("blink", Duration.ofSeconds(5), 3);
    }

    @Test
    @Tag("proof")
    void postgresIsAwayForLongerThanLeasesLast() {
        postgresIsAway("night", Duration.ofSeconds(20), 5);
    }

    private static void postgresIsAway(String name, Duration outage, int leaseSeconds) {
        Swarm swarm = Swarm.enrol(cluster, name, WORKERS + 2, Map.of("heartbeatSeconds", leaseSeconds + 2));
        Member holder = swarm.member(0);
        Member renewer = swarm.member(1);
        long factsBefore = cluster.handledFacts(COMPLETED);
        int half = 100;
        swarm.submit(cluster.api(0), 0, half, DOMAIN);

        try (Crew crew = new Crew(swarm.members().subList(2, WORKERS + 2), cluster::any, LEASE_SECONDS, g -> false)) {
            awaitAccepted(crew, half / 2);
            swarm.submit(
                    cluster.api(0),
                    List.of(
                            swarm.task(name + "-held", Map.of("assignee", holder.id(), "domains", List.of("outage"))),
                            swarm.task(
                                    name + "-renewed",
                                    Map.of("assignee", renewer.id(), "domains", List.of("outage")))));
            Grant held = holder.mustClaim(cluster.api(0), name + "-held", leaseSeconds);
            Grant renewed = renewer.mustClaim(cluster.api(1), name + "-renewed", leaseSeconds);
            cluster.servers().stopPostgres();
            assertAwayFor(outage, swarm);
            cluster.servers().startPostgres();
            awaitPulse();

            assertThat(renewer.renew(cluster.api(1), renewed, LEASE_SECONDS).status())
                    .isEqualTo(200);
            assertThat(holder.complete(cluster.api(0), held).status()).isEqualTo(200);
            assertThat(renewer.complete(cluster.api(0), renewed).status()).isEqualTo(200);
            swarm.submit(cluster.api(1), half, 2 * half, DOMAIN);
            awaitAccepted(crew, 2 * half);
            crew.finish();

            assertThat(crew.surprises()).isEmpty();
            // A lease of 300 s outlives the outage: what was granted was also completed, under that epoch.
            assertThat(crew.refused()).isEmpty();
        }
        assertThat(swarm.steps("lease-expired")).isZero();
        assertThat(swarm.steps("session-lost")).isZero();
        assertEveryFactCountedOnce(swarm, 2 * half + 2, factsBefore);
        cluster.assertNoErrors();
    }

    /** Each call is refused as one that may be tried again; Redis and the processes are there all the time. */
    private static void assertAwayFor(Duration outage, Swarm swarm) {
        int[] process = {0};
        await("calls are refused")
                .pollInterval(Duration.ofMillis(500))
                .during(outage)
                .atMost(outage.plus(Cluster.PATIENCE))
                .until(() -> {
                    process[0] = 1 - process[0];
                    Answer refused = cluster.api(process[0])
                            .post(
                                    "/coordinator/tasks",
                                    Map.of("swarm", swarm.id(), "title", "unheard"),
                                    cluster.operator());
                    return refused.status() == 503
                            && refused.headers().firstValue("Retry-After").isPresent()
                            && refused.code().equals("IF_ERR_UNAVAILABLE");
                });
        assertThat(cluster.process(0).ready()).isFalse();
    }

    /** The sweep has noticed the gap. */
    private static void awaitPulse() {
        String start = cluster.texts("SELECT pg_postmaster_start_time()::text").getFirst();
        await("the sweep runs again")
                .atMost(Cluster.PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> cluster.count("SELECT count(*) FROM bus_pulse WHERE at > ?::timestamptz", start) == 1);
        await("both answer again")
                .atMost(Cluster.PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> cluster.process(0).ready() && cluster.process(1).ready());
    }

    private static void awaitAccepted(Crew crew, int tasks) {
        await(tasks + " are done")
                .atMost(Cluster.PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() ->
                        crew.accepted().size() >= tasks || !crew.surprises().isEmpty());
    }

    private static void assertEveryFactCountedOnce(Swarm swarm, int tasks, long factsBefore) {
        await("every fact is taken in")
                .atMost(Cluster.PATIENCE)
                .until(() -> cluster.handledFacts(COMPLETED) - factsBefore >= tasks);
        await("the stream is empty")
                .atMost(Cluster.PATIENCE)
                .until(() -> cluster.channel().length() == 0);
        assertThat(cluster.handledFacts(COMPLETED) - factsBefore).isEqualTo(tasks);
        assertThat(cluster.deadLetters()).isZero();
        assertThat(swarm.inState("DONE")).isEqualTo(tasks);
        // With a half-life of 7 days an outcome has lost less than 1/1000 in these minutes.
        assertThat(swarm.outcomes()).isCloseTo(tasks, within(0.4));
    }
}
