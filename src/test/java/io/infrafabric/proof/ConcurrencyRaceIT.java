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
import java.util.concurrent.Exchanger;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * 200 sessions at 4 processes, and tasks with one or two of three concurrency keys, of which 1, 3 and 10 may be held at
 * once. A process is killed, sessions die with their leases, sessions that wait for each other are preempted, sessions with
 * nothing to do steal, Redis goes away, and an operator lowers and raises a number: it is never exceeded, and what is free
 * under it is used.
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
    /** One in so many sessions waits for another one that does the same. */
    private static final int RIVALS = 12;

    private static final Duration MEETING = Duration.ofMillis(500);
    /** Sessions that are there and claim nothing: what is assigned to them is stolen. */
    private static final int OWNERS = 4;

    private static final int ASSIGNED = 12;
    /** One in so many sessions steals. */
    private static final int THIEVES = 10;

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
    private final Exchanger<Member> meeting = new Exchanger<>();
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
        List<Member> owners = swarm.members().subList(0, OWNERS);
        List<Member> workers = swarm.members().subList(OWNERS, SESSIONS);

        try (Hands hands = new Hands()) {
            Thread feeder = Thread.ofVirtual().start(() -> feed(hands, swarm, owners));
            hands.send(workers, member -> work(hands, member));
            hands.send(owners, ConcurrencyRaceIT::look);
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
            await("all but what owners keep are done")
                    .atMost(BOUND)
                    .until(() -> hands.isSurprised()
                            || (swarm.inState("DONE") + swarm.inState("QUEUED") == submitted
                                    && kept(swarm) == swarm.inState("QUEUED")));
            hands.finish();

            assertThat(hands.surprises()).isEmpty();
            judge(leases.between(start, quiet), leases.between(start, end));
        }
        assertThat(abandoned).as("leases that ended").isNotEmpty();
        assertThat(swarm.steps("preempted")).as("preempted").isPositive();
        assertThat(swarm.steps("stolen")).as("stolen").isPositive();
        assertThat(swarm.steps("completed")).isEqualTo(submitted - kept(swarm));
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
        boolean steals = Math.floorMod(member.id().hashCode(), THIEVES) == 0;
        Answer answer = Hands.insist(() ->
                member.claim(cluster.any(), Map.of("waitSeconds", 2, "leaseSeconds", LEASE_SECONDS, "steal", steals)));
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
        if (oneIn(RIVALS, grant, 1)) {
            told.add(new Told(grant.task(), from, micros(Instant.now())));
            quarrel(member);
            complete(hands, member, grant);
            return;
        }
        int millis = keys(grant.task()).stream().mapToInt(MILLIS::get).min().orElseThrow();
        LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
        told.add(new Told(grant.task(), from, Math.min(micros(Instant.now()), end)));
        complete(hands, member, grant);
    }

    private void complete(Hands hands, Member member, Grant grant) {
        Answer completed = Hands.insist(() -> member.complete(cluster.any(), grant));
        if (completed.status() == 200) {
            accepted.add(grant);
            done.add(grant.task());
        } else if (!completed.code().equals("IF_ERR_STALE_EPOCH")) {
            hands.surprise(grant, completed);
        }
    }

    /** Waits for another session that holds something, as that one does for this one: one of the two is preempted. */
    private void quarrel(Member member) {
        Member other;
        try {
            other = meeting.exchange(member, MEETING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException nobody) {
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        String waits = "/deadlock/waits/" + member.id();
        Hands.insist(() ->
                cluster.any().put(waits, Map.of("waitingOn", List.of("session:" + other.id())), member.token()));
        Hands.insist(() -> cluster.any().delete(waits, member.token()));
    }

    private static void look(Member owner) {
        Hands.insist(() -> owner.heartbeat(cluster.any()));
        pass(Duration.ofSeconds(1));
    }

    private static long kept(Swarm swarm) {
        return cluster.count(
                "SELECT count(*) FROM coordinator_task WHERE swarm = ? AND state = 'QUEUED' AND assignee IS NOT NULL",
                swarm.id());
    }

    private static boolean dies(Grant grant) {
        return oneIn(DYING, grant, 0);
    }

    private static boolean oneIn(int many, Grant grant, int salt) {
        return new SplittableRandom(((long) grant.task().hashCode() << 32) | (grant.epoch() * 31 + salt)).nextInt(many)
                == 0;
    }

    /** Sees to it that something with each keys is always queued. */
    private void feed(Hands hands, Swarm swarm, List<Member> owners) {
        try {
            while (feeding && !hands.isSurprised()) {
                Map<String, Long> queued = queued(swarm);
                List<Map<String, Object>> tasks = new ArrayList<>();
                for (int lane = 0; lane < LANES.size(); lane++) {
                    List<String> keys = LANES.get(lane);
                    long missing = QUEUED - queued.getOrDefault(String.join(",", keys), 0L);
                    for (int i = 0; i < missing; i++) {
                        tasks.add(swarm.task(id(lane), Map.of("concurrency", keys, "maxAttempts", 20)));
                    }
                }
                assigned(owners).forEach((owner, missing) -> {
                    for (int i = 0; i < missing; i++) {
                        int lane = i % LANES.size();
                        Map<String, Object> more = Map.of(
                                "concurrency", LANES.get(lane), "maxAttempts", 20, "assignee", owner, "priority", "P1");
                        tasks.add(swarm.task(id(lane), more));
                    }
                });
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

    private String id(int lane) {
        return "keys-" + lane + "-" + next[lane]++;
    }

    /** What each owner lacks of the tasks that are assigned to it. */
    private static Map<String, Long> assigned(List<Member> owners) {
        Map<String, Long> missing = new HashMap<>();
        owners.forEach(owner -> missing.put(
                owner.id(),
                ASSIGNED
                        - cluster.count(
                                "SELECT count(*) FROM coordinator_task WHERE assignee = ? AND state = 'QUEUED'",
                                owner.id())));
        return missing;
    }

    private static Map<String, Long> queued(Swarm swarm) {
        Map<String, Long> queued = new HashMap<>();
        cluster.texts(
                        "SELECT array_to_string(concurrency, ',') || ' ' || count(*) FROM coordinator_task"
                                + " WHERE swarm = ? AND state = 'QUEUED' AND assignee IS NULL GROUP BY concurrency",
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
