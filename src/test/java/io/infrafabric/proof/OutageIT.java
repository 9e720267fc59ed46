package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.proof.Swarm.Grant;
import io.infrafabric.proof.Swarm.Member;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Redis loses everything, PostgreSQL goes away, and work goes on: nothing is lost, nothing is counted twice. */
class OutageIT {
    private static final Map<String, List<String>> DOMAIN = Map.of("domains", List.of("outage"));
    private static final int LEASE_SECONDS = 300;
    private static final int WORKERS = 16;
    /** Told at once. */
    private static final int FACTS = 100;

    private static final int FAILURES = 10;

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
        Swarm failing = failing(5 * FAILURES);
        Costs costs = Costs.of(cluster, "redis-costs");
        long factsBefore = cluster.handledFacts(Costs.TYPE);
        swarm.submit(cluster.api(0), 0, tasks, DOMAIN);

        try (Crew crew = new Crew(swarm.members(), cluster::any, LEASE_SECONDS, grant -> false)) {
            for (int part = 1; part <= 4; part++) {
                awaitAccepted(crew, part * tasks / 6);
                costs.tell(FACTS);
                costs.commit(FACTS);
                fail(failing, (part - 1) * FAILURES, part * FAILURES);
                cluster.servers().flushRedis();
            }
            awaitAccepted(crew, 5 * tasks / 6);
            costs.tell(FACTS);
            cluster.servers().stopRedis();
            costs.commit(FACTS);
            fail(failing, 4 * FAILURES, 5 * FAILURES);
            awaitAccepted(crew, tasks);
            cluster.servers().startRedis();
            crew.finish();
            assertThat(crew.surprises()).isEmpty();
        }

        await("every failure that a process told of has its effect")
                .atMost(Cluster.PATIENCE)
                .until(() -> failuresCounted(failing) == 5 * FAILURES);
        assertEveryFactCountedOnce(costs, factsBefore);
        assertAllDone(swarm, tasks);
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

    /** More callers than connections to it: each is answered, and nobody's connection is refused. */
    @Test
    @Tag("proof")
    void postgresIsFrozen() {
        int callers = 60;
        Duration frozen = Duration.ofSeconds(12);
        Swarm swarm = Swarm.enrol(cluster, "frozen", 1, Map.of());
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            cluster.servers().freezePostgres();
            try {
                for (int caller = 0; caller < callers; caller++) {
                    Map<String, Object> task = swarm.task("frozen-" + caller, Map.of());
                    int process = caller % 2;
                    answers.add(CompletableFuture.supplyAsync(
                            () -> cluster.api(process).post("/coordinator/tasks", task, cluster.operator()), threads));
                }
                await("both know that it does not answer")
                        .atMost(Cluster.PATIENCE)
                        .until(() -> cluster.process(0).degraded().equals("postgres")
                                && cluster.process(1).degraded().equals("postgres"));
                await("both stay in service")
                        .during(frozen)
                        .atMost(frozen.plus(Cluster.PATIENCE))
                        .until(() ->
                                cluster.process(0).ready() && cluster.process(1).ready());
            } finally {
                cluster.servers().thawPostgres();
            }
            awaitPulse();
            assertThat(answers).allSatisfy(call -> {
                Answer answer = call.join();
                assertThat(answer.status()).as("%s", answer.body()).isIn(201, 503);
                assertThat(answer.headers().firstValue("Retry-After").isPresent())
                        .isEqualTo(answer.status() == 503);
            });
        }
        assertThat(swarm.inState("QUEUED"))
                .isGreaterThanOrEqualTo(answers.stream()
                        .filter(call -> call.join().status() == 201)
                        .count());
        cluster.assertNoErrors();
    }

    private static void postgresIsAway(String name, Duration outage, int leaseSeconds) {
        Swarm swarm = Swarm.enrol(cluster, name, WORKERS + 2, Map.of("heartbeatSeconds", leaseSeconds + 2));
        Member holder = swarm.member(0);
        Member renewer = swarm.member(1);
        Costs costs = Costs.of(cluster, name + "-costs");
        long factsBefore = cluster.handledFacts(Costs.TYPE);
        int half = 100;
        swarm.submit(cluster.api(0), 0, half, DOMAIN);

        try (Crew crew = new Crew(swarm.members().subList(2, WORKERS + 2), cluster::any, LEASE_SECONDS, g -> false)) {
            awaitAccepted(crew, half / 2);
            costs.tell(FACTS);
            costs.commit(FACTS);
            // What came before may have taken too long: a task of a session that was lost is anybody's.
            assertThat(holder.heartbeat(cluster.api(0)).status()).isEqualTo(200);
            assertThat(renewer.heartbeat(cluster.api(1)).status()).isEqualTo(200);
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
            costs.tell(FACTS);
            swarm.submit(cluster.api(1), half, 2 * half, DOMAIN);
            awaitAccepted(crew, 2 * half);
            crew.finish();

            assertThat(crew.surprises()).isEmpty();
            // A lease of 300 s outlives the outage: what was granted was also completed, under that epoch.
            assertThat(crew.refused()).isEmpty();
        }
        assertThat(swarm.steps("lease-expired")).isZero();
        assertThat(swarm.steps("session-lost")).isZero();
        assertEveryFactCountedOnce(costs, factsBefore);
        assertAllDone(swarm, 2 * half + 2);
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
        assertThat(cluster.process(0).ready())
                .as("it answers, so it stays in service")
                .isTrue();
        assertThat(cluster.process(0).degraded()).isEqualTo("postgres");
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
                .until(() -> cluster.process(0).degraded().equals("nothing")
                        && cluster.process(1).degraded().equals("nothing"));
    }

    private static void awaitAccepted(Crew crew, int tasks) {
        await(tasks + " are done")
                .atMost(Cluster.PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() ->
                        crew.accepted().size() >= tasks || !crew.surprises().isEmpty());
    }

    /** Sessions with one task each, at which they are going to fail: what a process tells of it is a fact for the budget. */
    private static Swarm failing(int count) {
        Swarm swarm = Swarm.enrol(cluster, "failing", count, Map.of());
        List<Map<String, Object>> tasks = new ArrayList<>();
        for (Member member : swarm.members()) {
            Answer account =
                    cluster.api(0).put("/budget/accounts/session:" + member.id(), Map.of(), cluster.operator());
            assertThat(account.status()).as("%s", account.body()).isEqualTo(200);
            tasks.add(swarm.task("of-" + member.id(), Map.of("assignee", member.id(), "maxAttempts", 1)));
        }
        swarm.submit(cluster.api(0), tasks);
        return swarm;
    }

    private static void fail(Swarm swarm, int from, int to) {
        for (Member member : swarm.members().subList(from, to)) {
            Grant grant = member.mustClaim(cluster.api(0), "of-" + member.id(), LEASE_SECONDS);
            Answer failed = cluster.api(1)
                    .post(
                            "/coordinator/tasks/" + grant.task() + "/fail",
                            Map.of("epoch", grant.epoch(), "error", "It broke."),
                            member.token());
            assertThat(failed.status()).as("%s", failed.body()).isEqualTo(200);
        }
    }

    /** Failures that the budget has counted: each session's account keeps its newest ones, by the event that told. */
    private static long failuresCounted(Swarm swarm) {
        return cluster.count(
                "SELECT sum(regexp_count(outcomes, '/')) FROM budget_account WHERE id LIKE ?",
                "session:" + swarm.id() + "-s%");
    }

    private static void assertEveryFactCountedOnce(Costs costs, long factsBefore) {
        await("every fact is taken in")
                .atMost(Cluster.PATIENCE)
                .until(() -> cluster.handledFacts(Costs.TYPE) - factsBefore >= costs.told());
        await("the stream is empty")
                .atMost(Cluster.PATIENCE)
                .until(() -> cluster.channel().length() == 0);
        assertThat(cluster.handledFacts(Costs.TYPE) - factsBefore).isEqualTo(costs.told());
        assertThat(cluster.deadLetters()).isZero();
        costs.assertBookedOnce();
    }

    private static void assertAllDone(Swarm swarm, int tasks) {
        assertThat(swarm.inState("DONE")).isEqualTo(tasks);
        // With a half-life of 7 days an outcome has lost less than 1/1000 in these minutes.
        assertThat(swarm.outcomes()).isCloseTo(tasks, within(0.4));
    }
}
