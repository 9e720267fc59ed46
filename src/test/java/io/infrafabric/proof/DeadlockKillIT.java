package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.Api.NoAnswer;
import io.infrafabric.proof.Swarm.Grant;
import io.infrafabric.proof.Swarm.Member;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jgrapht.alg.cycle.CycleDetector;
import org.jgrapht.graph.DefaultDirectedGraph;
import org.jgrapht.graph.DefaultEdge;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Sessions claim tasks and wait for each other and for each other's tasks at random, at two processes, one of which is killed
 * in the midst. At the end nobody waits in a circle, no task is lost, and no money is left held. Repeat a run with
 * {@code -Ds2.seed=}; the timing is not repeated.
 */
@Tag("proof")
@Tag("soak")
class DeadlockKillIT {
    private static final int SESSIONS = 200;
    private static final int TASKS = 300;
    private static final Duration PLAY = Duration.ofSeconds(60);

    /** By then the first check of a swarm in which somebody waits is over. */
    private static final int FIRST_CHECK_SECONDS = 10;

    private static final int LEASE_SECONDS = 600;
    private static final Duration BOUND = Duration.ofMinutes(2);

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("deadlock", 2, Map.of("s2.bus.reader.claim-idle", "5s", "s2.deadlock.sweep", "600s"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void nobodyWaitsInACircleAndNothingIsLost() {
        long seed = Long.getLong("s2.seed", System.nanoTime());
        System.out.println("DeadlockKillIT: -Ds2.seed=" + seed);
        Swarm swarm =
                Swarm.enrol(cluster, "deadlock", SESSIONS, Map.of("maxConcurrentTasks", 3, "heartbeatSeconds", 3600));
        swarm.submit(cluster.api(0), 0, TASKS, Map.of("estimatedCost", 1));

        long began = cluster.count("SELECT extract(epoch FROM now())");
        Queue<String> surprises = new ConcurrentLinkedQueue<>();
        CountDownLatch over = new CountDownLatch(1);
        AtomicLong said = new AtomicLong();
        List<Thread> players = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            Member member = swarm.member(i);
            RandomGenerator random = new SplittableRandom(seed + i);
            players.add(Thread.ofVirtual().start(() -> play(member, random, over, said, surprises)));
        }
        await("the play is in full swing")
                .atMost(BOUND)
                .until(() -> said.get() > 10L * SESSIONS || !surprises.isEmpty());
        cluster.process(1).kill();
        cluster.again(1).awaitReady();
        assertThat(over(over, PLAY)).as("ended early").isFalse();
        over.countDown();
        players.forEach(DeadlockKillIT::join);
        assertThat(surprises).isEmpty();

        await("all events are taken in").atMost(BOUND).until(() -> cluster.hasHeardAll("deadlock"));
        assertThat(cluster.count("SELECT count(*) FROM deadlock_history"))
                .as("deadlocks")
                .isPositive();
        // Until both processes know that somebody waits here, the first check may find what a claim has closed.
        assertThat(cluster.count(
                        "SELECT count(*) FROM deadlock_history WHERE found_by = 'SWEEP'"
                                + " AND extract(epoch FROM at) > ?",
                        began + FIRST_CHECK_SECONDS))
                .isZero();
        assertThat(isCyclic()).as("somebody waits in a circle").isFalse();
        assertNobodyPreemptedOutsideACycle();

        finish(swarm);
        assertThat(swarm.inState("DONE")).isEqualTo(TASKS);
        assertThat(cluster.count("SELECT count(*) FROM budget_hold WHERE state = 'PLACED'"))
                .isZero();
        assertThat(cluster.count("SELECT count(*) FROM budget_account WHERE held <> 0"))
                .isZero();
        assertThat(cluster.deadLetters()).isZero();
        cluster.assertNoErrors();
    }

    private static void play(
            Member member, RandomGenerator random, CountDownLatch over, AtomicLong said, Queue<String> surprises) {
        String waits = "/deadlock/waits/" + member.id();
        boolean ended = false;
        while (!ended) {
            try {
                Api api = cluster.any();
                String session = "deadlock-s" + random.nextInt(SESSIONS);
                String task = "task:deadlock-" + random.nextInt(TASKS);
                String mode = random.nextInt(3) == 0 ? "any" : "all";
                Answer answer = switch (random.nextInt(8)) {
                    case 0, 1 -> member.claim(api, Map.of("leaseSeconds", LEASE_SECONDS));
                    case 2, 3 ->
                        api.put(waits, Map.of("waitingOn", List.of(session, task), "mode", mode), member.token());
                    case 4 -> api.post(waits + "/edges", Map.of("waitingOn", List.of(session)), member.token());
                    case 5 -> api.post(waits + "/edges", Map.of("waitingOn", List.of(task)), member.token());
                    case 6 -> api.put(waits + "?onCycle=refuse", Map.of("waitingOn", List.of(session)), member.token());
                    default -> api.delete(waits, member.token());
                };
                // A session may not wait for itself, nor claim more than it may; all else has to work, but at a process
                // that
                // is just starting again (503).
                if (answer.status() >= 500
                        && !List.of("IF_ERR_OUTCOME_UNKNOWN", "IF_ERR_UNAVAILABLE", "IF_ERR_ENDING")
                                .contains(answer.code())) {
                    surprises.add(answer.status() + " " + answer.body());
                }
                said.incrementAndGet();
                ended = over(over, Duration.ofMillis(random.nextInt(1000)));
            } catch (NoAnswer killed) {
                ended = over(over, Duration.ofMillis(200));
            } catch (RuntimeException | AssertionError surprise) {
                surprises.add(surprise.toString());
                ended = true;
            }
        }
    }

    /** By JGraphT, on who waits as it stands in the tables; one free alternative is enough, so those are left out. */
    private static boolean isCyclic() {
        DefaultDirectedGraph<String, DefaultEdge> graph = new DefaultDirectedGraph<>(DefaultEdge.class);
        for (String edge : cluster.texts(
                "SELECT 'session:' || e.session || ' ' || e.target FROM deadlock_edge e"
                        + " JOIN deadlock_wait w ON w.session = e.session WHERE e.open AND (w.mode = 'ALL' OR 1 ="
                        + " (SELECT count(*) FROM deadlock_edge o WHERE o.session = e.session AND o.open))"
                        + " UNION ALL SELECT 'task:' || id || ' session:' || holder FROM coordinator_task WHERE holder IS NOT NULL")) {
            String from = edge.substring(0, edge.indexOf(' '));
            String to = edge.substring(from.length() + 1);
            graph.addVertex(from);
            graph.addVertex(to);
            graph.addEdge(from, to);
        }
        return new CycleDetector<>(graph).detectCycles();
    }

    private static void assertNobodyPreemptedOutsideACycle() {
        assertThat(cluster.texts("SELECT id::text FROM deadlock_history WHERE NOT ('session:' || victim = ANY(cycle))"))
                .isEmpty();
        assertThat(cluster.texts("SELECT h.task FROM coordinator_history h WHERE h.what = 'preempted' AND NOT EXISTS"
                        + " (SELECT FROM deadlock_history d WHERE d.victim = h.session AND h.task = ANY(d.released))"))
                .as("claims that were taken without a deadlock")
                .isEmpty();
    }

    /** Everybody completes what it holds and claims again, until all is done: nothing stands in the way any more. */
    private static void finish(Swarm swarm) {
        Api api = cluster.api(0);
        for (int round = 0; round < TASKS && swarm.inState("DONE") < TASKS; round++) {
            for (Member member : swarm.members()) {
                JsonNode leases = api.get("/coordinator/sessions/" + member.id(), cluster.operator())
                        .body()
                        .path("leases");
                for (JsonNode lease : leases) {
                    Grant held = new Grant(
                            lease.path("task").asText(),
                            member.id(),
                            lease.path("epoch").asLong());
                    assertThat(member.complete(api, held).status()).isEqualTo(200);
                }
                assertThat(member.claim(api, Map.of("leaseSeconds", LEASE_SECONDS))
                                .status())
                        .isIn(201, 204);
            }
        }
    }

    private static boolean over(CountDownLatch over, Duration most) {
        try {
            return over.await(most.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
