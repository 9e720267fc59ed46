package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
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
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Ten sessions work at two processes. Whenever they stand still, one process says why each session does not get each task: the one
 * task of which it gives no reason and nothing that comes before is the one that the session's next claim gets at the other
 * process, and where there is none, the claim gets nothing. Repeat a run with {@code -Ds2.seed=}; the timing is not repeated.
 */
@Tag("proof")
class WhyIT {
    private static final int SESSIONS = 10;
    private static final int ROUNDS = 4;
    /** Claims and completions of each round: fewer than there are tasks. */
    private static final int WORK = 60;

    /** Queued tasks that need no key and no other time. */
    private static final int PLAIN = 40;

    private static final List<List<String>> TOOLS =
            List.of(List.of("git"), List.of("docker", "git"), List.of("python"));

    private static Cluster cluster;

    private final Map<String, Queue<Grant>> held = new ConcurrentHashMap<>();
    private final Set<String> kinds = new TreeSet<>();
    private int submitted;
    private int foretold;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("why", 2, Map.of());
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void whatASessionIsToldIsWhatItGets() {
        long seed = Long.getLong("s2.seed", System.nanoTime());
        System.out.println("WhyIT: -Ds2.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        Swarm swarm = enrol();
        for (int round = 0; round < ROUNDS; round++) {
            fill(swarm, random);
            work(swarm, seed + round);
            fill(swarm, random);
            await("nothing is on its way").atMost(Cluster.PATIENCE).until(() -> cluster.hasHeardAll("coordinator"));
            for (Member member : swarm.members()) {
                askAndClaim(member, random.nextInt(2));
            }
        }
        System.out.println("WhyIT: foretold " + foretold + " of " + ROUNDS * SESSIONS + " claims, reasons " + kinds);
        assertThat(foretold).as("claims that were foretold").isBetween(ROUNDS, ROUNDS * SESSIONS - 1);
        assertThat(kinds)
                .contains("ASSIGNED", "CONCURRENCY", "DEPENDENCY", "FAIRNESS", "REQUIREMENT", "SESSION_FULL", "TIME");
        cluster.assertNoErrors();
    }

    private static Swarm enrol() {
        List<Map<String, Object>> sessions = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            sessions.add(Map.of(
                    "id", "why-s" + i, "swarm", "why", "tools", TOOLS.get(i % 3), "maxConcurrentTasks", 1 + i % 4));
        }
        JsonNode tokens = expect(
                        cluster.api(0)
                                .post(
                                        "/coordinator/sessions/batch",
                                        Map.of("sessions", sessions, "tokens", true),
                                        cluster.operator()),
                        201)
                .path("tokens");
        return new Swarm(
                "why",
                cluster,
                sessions.stream()
                        .map(session -> (String) session.get("id"))
                        .map(id -> new Member(id, tokens.path(id).path("token").asText()))
                        .toList());
    }

    /** Everybody claims and completes, and keeps some of what it claims. */
    private void work(Swarm swarm, long seed) {
        AtomicInteger left = new AtomicInteger(WORK);
        try (Hands hands = new Hands()) {
            hands.send(swarm.members(), member -> {
                int turn = left.getAndDecrement();
                SplittableRandom random = new SplittableRandom(seed * WORK + turn);
                Queue<Grant> mine = held.computeIfAbsent(member.id(), id -> new ConcurrentLinkedQueue<>());
                if (turn <= 0) {
                    Hands.rest();
                } else if (mine.isEmpty() || random.nextInt(3) == 0) {
                    claim(hands, member, mine);
                } else {
                    Grant grant = mine.remove();
                    Answer completed = member.complete(cluster.any(), grant);
                    if (completed.status() != 200) {
                        hands.surprise(grant, completed);
                    }
                }
            });
            await("the work of this round")
                    .atMost(Cluster.PATIENCE)
                    .until(() -> left.get() <= 0 || hands.isSurprised());
            hands.finish();
            assertThat(hands.surprises()).isEmpty();
        }
    }

    private static void claim(Hands hands, Member member, Queue<Grant> mine) {
        Answer answer = member.claim(cluster.any(), Map.of("steal", false, "leaseSeconds", 600));
        if (answer.status() == 201) {
            mine.add(Grant.of(answer));
        } else if (answer.status() != 204 && !answer.code().equals("IF_ERR_SESSION_FULL")) {
            hands.surprise(member.id(), answer);
        }
    }

    /** Asks one process about every task, then claims at the other one. */
    private void askAndClaim(Member member, int process) {
        List<String> first = new ArrayList<>();
        for (String task : cluster.texts(
                "SELECT id FROM coordinator_task WHERE swarm = 'why' AND state IN ('QUEUED', 'WAITING')")) {
            JsonNode why = expect(
                    cluster.api(process)
                            .get("/coordinator/tasks/" + task + "/why?session=" + member.id(), cluster.operator()),
                    200);
            why.path("reasons").forEach(reason -> kinds.add(reason.path("kind").asText()));
            if (why.path("reasons").isEmpty() && why.path("place").asInt(-1) == 0) {
                first.add(task);
            }
        }
        assertThat(first)
                .as("tasks of which each comes first for %s", member.id())
                .hasSizeLessThan(2);
        Answer answer = member.claim(cluster.api(1 - process), Map.of("steal", false, "leaseSeconds", 600));
        if (first.isEmpty()) {
            assertThat(answer.status()).as("%s: %s", member.id(), answer.body()).isNotEqualTo(201);
        } else {
            foretold++;
            assertThat(answer.status()).as("%s: %s", member.id(), answer.body()).isEqualTo(201);
            Grant grant = Grant.of(answer);
            assertThat(grant.task()).isEqualTo(first.getFirst());
            held.computeIfAbsent(member.id(), id -> new ConcurrentLinkedQueue<>())
                    .add(grant);
        }
    }

    private static long plain() {
        return cluster.count("SELECT count(*) FROM coordinator_task WHERE swarm = 'why' AND state = 'QUEUED'"
                + " AND NOT dormant AND concurrency IS NULL");
    }

    /** Submits tasks of all kinds. */
    private void fill(Swarm swarm, SplittableRandom random) {
        List<Map<String, Object>> tasks = new ArrayList<>();
        for (long plain = plain(); plain < PLAIN; plain++) {
            Map<String, Object> more = new HashMap<>();
            more.put("priority", "P" + random.nextInt(3));
            if (random.nextInt(3) > 0) {
                more.put("requires", TOOLS.get(random.nextInt(3)));
            }
            if (random.nextInt(3) == 0) {
                more.put("concurrency", random.nextBoolean() ? List.of("a") : List.of("a", "b"));
            }
            if (random.nextInt(3) == 0) {
                more.put("fairBy", random.nextBoolean() ? "alice" : "bob");
            }
            if (random.nextInt(8) == 0) {
                more.put("notBefore", Instant.now().plus(Duration.ofHours(1)).toString());
            }
            if (submitted > 0 && random.nextInt(8) == 0) {
                more.put("dependsOn", List.of("why-" + (submitted - 1)));
            }
            if (random.nextInt(8) == 0) {
                more.put("requires", List.of());
                more.put("assignee", "why-s" + random.nextInt(SESSIONS));
            }
            tasks.add(swarm.task("why-" + submitted++, more));
        }
        if (!tasks.isEmpty()) {
            swarm.submit(cluster.any(), tasks);
        }
    }
}
