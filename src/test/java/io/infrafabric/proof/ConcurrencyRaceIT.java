package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.proof.Swarm.Grant;
import io.infrafabric.proof.Swarm.Member;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * 200 sessions at 4 processes, and tasks with one or two of three concurrency keys, of which 1, 3 and 10 may be held at
 * once. A process is killed, sessions die with their leases, Redis goes away, and an operator lowers and raises a number: it
 * is never exceeded, and what is free under it is used.
 */
@Tag("proof")
@Tag("soak")
class ConcurrencyRaceIT {
    private static final int PROCESSES = 4;
    private static final int SESSIONS = 200;
    private static final int LEASE_SECONDS = 4;
    private static final int QUEUED = 15;
    private static final Map<String, Integer> LIMITS = Map.of("one", 1, "three", 3, "ten", 10);
    /** How long a task with this key takes: so many of them in a second that a slow machine keeps up. */
    private static final Map<String, Integer> MILLIS = Map.of("one", 150, "three", 400, "ten", 1000);

    private static final List<List<String>> LANES =
            List.of(List.of("one"), List.of("three"), List.of("ten"), List.of("one", "three"), List.of("ten", "three"));
    private static final int LOWERED = 4;
    /** One in so many sessions dies with its lease. */
    private static final int DYING = 40;

    private static final double LEAST_USED = 0.4;
    private static final double MOST_IDLE_SECONDS = 8;
    private static final Duration PART = Duration.ofSeconds(6);
    private static final Duration BOUND = Duration.ofMinutes(3);

    private static Cluster cluster;
    private static Leases leases;

    /** What an answer told of a lease: it was held from here to there at least. */
    private record Told(String task, long from, long until) {}

    private final Queue<Told> told = new ConcurrentLinkedQueue<>();
    private final Set<String> done = ConcurrentHashMap.newKeySet();
    private final Set<Grant> accepted = ConcurrentHashMap.newKeySet();
    private final Set<String> abandoned = ConcurrentHashMap.newKeySet();
    private final int[] next = new int[LANES.size()];
    private volatile boolean feeding = true;
    private int submitted;

    @BeforeAll
    static void start() {
        cluster = Cluster.start(
                "concurrency",
                PROCESSES,
                Map.of("s2.coordinator.retry-backoff-max", "1s", "s2.budget.failures", "1000"));
        leases = Leases.watch(cluster);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void noMoreAreHeldThanMayBeAndNoFewer() {
        // A claim whose answer was lost with its process counts as a lease until it runs out.
        Swarm swarm = Swarm.enrol(cluster, "keys", SESSIONS, Map.of("maxConcurrentTasks", 100));
        LIMITS.forEach((key, atMost) -> allow(swarm, key, atMost));

        try (Hands hands = new Hands()) {
            Thread feeder = Thread.ofVirtual().start(() -> feed(hands, swarm));
            hands.send(swarm.members(), member -> work(hands, member));
            await("the work is in full swing").atMost(BOUND).until(() -> done.size() >= QUEUED || hands.isSurprised());

            double start = leases.now();
            pass(PART);
            double quiet = leases.now();
            cluster.process(1).kill();
            cluster.again(1);
            pass(PART);
            allow(swarm, "ten", LOWERED);
            pass(PART);
            allow(swarm, "ten", LIMITS.get("ten"));
            cluster.servers().stopRedis();
            pass(PART);
            cluster.servers().startRedis();
            cluster.process(1).awaitReady();
            pass(PART);
            double end = leases.now();
            feeding = false;
            join(feeder);
            await("all are done").atMost(BOUND).until(() -> swarm.inState("DONE") == submitted || hands.isSurprised());
            hands.finish();

            assertThat(hands.surprises()).isEmpty();
            judge(leases.between(start, quiet), leases.between(start, end));
        }
        assertThat(abandoned).as("leases that ended").isNotEmpty();
        assertThat(swarm.steps("completed")).isEqualTo(submitted);
        assertThat(accepted).extracting(Grant::task).doesNotHaveDuplicates();
        LIMITS.forEach((key, atMost) -> assertThat(mostAtOnce(key))
                .as("tasks with %s at once, as sessions were told", key)
                .isBetween(1, atMost));
        cluster.assertNoErrors();
    }

    private static void judge(Map<String, Leases.Use> quiet, Map<String, Leases.Use> all) {
        System.out.println("ConcurrencyRaceIT: quiet " + quiet);
        System.out.println("ConcurrencyRaceIT: all " + all);
        assertThat(all).containsOnlyKeys(LIMITS.keySet());
        all.forEach((key, use) -> {
            assertThat(use.over()).as("grants beyond the number of %s", key).isEmpty();
            assertThat(use.most()).as("most of %s at once", key).isEqualTo(LIMITS.get(key));
            assertThat(use.idle())
                    .as("longest time with less of %s than may be, in s", key)
                    .isLessThan(MOST_IDLE_SECONDS);
            assertThat(quiet.get(key).used())
                    .as("what was used of %s when quiet", key)
                    .isGreaterThan(LEAST_USED);
        });
    }

    /** The most tasks with this key that were held at the same time, as the answers say. */
    private int mostAtOnce(String key) {
        record Edge(long at, int change) {}
        List<Edge> edges = new ArrayList<>();
        told.stream()
                .filter(lease -> keys(lease.task()).contains(key) && lease.from() < lease.until())
                .forEach(lease -> {
                    edges.add(new Edge(lease.from(), 1));
                    edges.add(new Edge(lease.until(), -1));
                });
        edges.sort((one, other) -> one.at() == other.at()
                ? Integer.compare(one.change(), other.change())
                : Long.compare(one.at(), other.at()));
        int held = 0;
        int most = 0;
        for (Edge edge : edges) {
            held += edge.change();
            most = Math.max(most, held);
        }
        return most;
    }

    private void work(Hands hands, Member member) {
        Answer answer = Hands.insist(() ->
                member.claim(cluster.any(), Map.of("waitSeconds", 2, "leaseSeconds", LEASE_SECONDS, "steal", false)));
        switch (answer.status()) {
            case 201 -> granted(hands, member, answer, micros(Instant.now()));
            case 204 -> {}
            default -> hands.surprise(member.id(), answer);
        }
    }

    private void granted(Hands hands, Member member, Answer answer, long from) {
        Grant grant = Grant.of(answer);
        long end = micros(
                Instant.parse(answer.body().path("lease").path("expiresAt").asText()));
        if (dies(grant)) {
            abandoned.add(grant.task());
            told.add(new Told(grant.task(), from, end));
            return;
        }
        int millis = keys(grant.task()).stream().mapToInt(MILLIS::get).min().orElseThrow();
        LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
        told.add(new Told(grant.task(), from, Math.min(micros(Instant.now()), end)));
        Answer completed = Hands.insist(() -> member.complete(cluster.any(), grant));
        if (completed.status() == 200) {
            accepted.add(grant);
            done.add(grant.task());
        } else if (!completed.code().equals("IF_ERR_STALE_EPOCH")) {
            hands.surprise(grant, completed);
        }
    }

    private static boolean dies(Grant grant) {
        return new SplittableRandom(((long) grant.task().hashCode() << 32) | grant.epoch()).nextInt(DYING) == 0;
    }

    /** Sees to it that something with each keys is always queued. */
    private void feed(Hands hands, Swarm swarm) {
        try {
            while (feeding && !hands.isSurprised()) {
                Map<String, Long> queued = queued(swarm);
                List<Map<String, Object>> tasks = new ArrayList<>();
                for (int lane = 0; lane < LANES.size(); lane++) {
                    List<String> keys = LANES.get(lane);
                    long missing = QUEUED - queued.getOrDefault(String.join(",", keys), 0L);
                    for (int i = 0; i < missing; i++) {
                        tasks.add(swarm.task(
                                "keys-" + lane + "-" + next[lane]++, Map.of("concurrency", keys, "maxAttempts", 20)));
                    }
                }
                if (!tasks.isEmpty()) {
                    Answer answer = Hands.insist(() -> cluster.any()
                            .post(
                                    "/coordinator/tasks/batch",
                                    Map.of("tasks", tasks),
                                    cluster.operator(),
                                    "Idempotency-Key",
                                    "feed-" + submitted));
                    if (answer.status() != 201) {
                        hands.surprise("feeder", answer);
                    }
                    submitted += tasks.size();
                }
                pass(Duration.ofMillis(300));
            }
        } catch (RuntimeException broken) {
            feeding = false;
            throw broken;
        }
    }

    private static Map<String, Long> queued(Swarm swarm) {
        Map<String, Long> queued = new HashMap<>();
        cluster.texts(
                        "SELECT array_to_string(concurrency, ',') || ' ' || count(*) FROM coordinator_task"
                                + " WHERE swarm = ? AND state = 'QUEUED' GROUP BY concurrency",
                        swarm.id())
                .forEach(row -> queued.put(row.split(" ", -1)[0], Long.parseLong(row.split(" ", -1)[1])));
        return queued;
    }

    private static void allow(Swarm swarm, String key, int atMost) {
        Answer answer = Hands.insist(() -> cluster.api(0)
                .put(
                        "/coordinator/swarms/" + swarm.id() + "/concurrency/" + key,
                        Map.of("atMost", atMost),
                        cluster.operator()));
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(200);
    }

    private static List<String> keys(String task) {
        return LANES.get(Integer.parseInt(task.split("-", -1)[1]));
    }

    private static void pass(Duration time) {
        LockSupport.parkNanos(time.toNanos());
    }

    private static long micros(Instant time) {
        return time.getEpochSecond() * 1_000_000 + time.getNano() / 1000;
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
