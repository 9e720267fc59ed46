package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.proof.Swarm.Grant;
import io.infrafabric.proof.Swarm.Member;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * 50 sessions of 5 kinds at 4 processes, and 5,000 tasks of 8 kinds of {@code requires}; three of these kinds are served by
 * nobody until half way. What is judged is what the sessions were answered. No process looks again by itself, so whoever
 * waits is woken or waits for ever.
 */
@Tag("proof")
@Tag("soak")
class RequiresRaceIT {
    private static final int PROCESSES = 4;
    private static final int OF_A_KIND = 10;
    private static final int TASKS = 5000;
    private static final int BATCH = 250;
    private static final int WAIT_SECONDS = 4;
    private static final int ROUNDS = 3;
    private static final Duration BOUND = Duration.ofMinutes(3);
    /** Ten times of what is promised, since machines that run tests are slow. */
    private static final Duration QUIET = Duration.ofSeconds(1);

    private static final String LATE = "gpu";
    private static final Map<String, Kind> KINDS = Map.of(
            "web",
            new Kind(List.of("web"), List.of("node")),
            "infra",
            new Kind(List.of("infra"), List.of("docker")),
            "both",
            new Kind(List.of("infra", "web"), List.of("docker", "node")),
            "data",
            new Kind(List.of("data"), List.of("python")),
            LATE,
            new Kind(List.of("data", "gpu"), List.of("docker", "python", "secrets")));
    private static final List<List<String>> REQUIRES = List.of(
            List.of("node"),
            List.of("docker"),
            List.of("docker", "web"),
            List.of("python"),
            List.of("data", "python"),
            List.of("gpu"),
            List.of("gpu", "python"),
            List.of("docker", "secrets"));
    private static final int SERVED = 5;

    private static Cluster cluster;

    private record Kind(List<String> domains, List<String> tools) {
        boolean can(List<String> requires) {
            return requires.stream().allMatch(name -> domains.contains(name) || tools.contains(name));
        }
    }

    /** A claim that was granted; times are of this machine's clock. */
    private record Given(String task, Member member, long asked, long answered) {}

    /** A claim that was not. */
    private record Nothing(Member member, long asked, long answered) {}

    private final Queue<Given> given = new ConcurrentLinkedQueue<>();
    private final Queue<Nothing> nothing = new ConcurrentLinkedQueue<>();
    private final Map<String, Long> submitted = new ConcurrentHashMap<>();
    private final Set<String> done = ConcurrentHashMap.newKeySet();

    @BeforeAll
    static void start() {
        cluster = Cluster.start("requires", PROCESSES, Map.of("s2.coordinator.look-again", "1h"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void everyTaskGoesToSomebodyWhoCanDoIt() {
        Swarm swarm = new Swarm("mixed", cluster, List.of());
        try (Hands hands = new Hands()) {
            for (String kind : KINDS.keySet()) {
                if (!kind.equals(LATE)) {
                    hands.send(enrol(kind), member -> work(hands, member));
                }
            }
            submit(swarm, 0, TASKS / 2);
            awaitDone(
                    hands,
                    IntStream.range(0, TASKS / 2)
                            .filter(i -> kindOf(i) < SERVED)
                            .count());

            hands.send(enrol(LATE), member -> work(hands, member));
            submit(swarm, TASKS / 2, TASKS);
            awaitDone(hands, TASKS);
            assertThat(hands.surprises()).isEmpty();
            judge(swarm);

            assertThat(quietGrants(hands, swarm))
                    .as("grants when quiet, in ms")
                    .allSatisfy((task, millis) -> assertThat(millis).as(task).isLessThan(QUIET.toMillis()));
            hands.finish();
            assertThat(hands.surprises()).isEmpty();
        }
        cluster.assertNoErrors();
    }

    private void judge(Swarm swarm) {
        assertThat(given).extracting(Given::task).doesNotHaveDuplicates().hasSize(TASKS);
        assertThat(given)
                .filteredOn(grant -> !kind(grant.member()).can(requires(grant.task())))
                .as("grants to sessions that cannot do it")
                .isEmpty();
        assertThat(swarm.inState("DONE")).isEqualTo(TASKS);
        assertThat(swarm.steps("claimed")).isEqualTo(TASKS);
        assertThat(swarm.steps("completed")).isEqualTo(TASKS);
        assertThat(nothing.stream().flatMap(this::missed).toList())
                .as("tasks that were there while somebody who can do them waited in vain")
                .isEmpty();
    }

    /** Tasks that the session could have had from the start of its claim to its end: somebody asked for them later still. */
    private Stream<String> missed(Nothing vain) {
        return given.stream()
                .filter(grant -> kind(vain.member()).can(requires(grant.task()))
                        && submitted.getOrDefault(grant.task(), Long.MAX_VALUE) < vain.asked()
                        && grant.asked() > vain.answered())
                .map(grant -> vain.member().id() + " could have had " + grant.task());
    }

    /** All sessions wait; how long each task of each kind takes from its submit to the answer of its claim. */
    private Map<String, Long> quietGrants(Hands hands, Swarm swarm) {
        Map<String, Long> millis = new HashMap<>();
        for (int i = TASKS; i < TASKS + ROUNDS * REQUIRES.size(); i++) {
            String task = swarm.id() + "-" + i;
            long before = System.nanoTime();
            submit(swarm, i, i + 1);
            awaitDone(hands, i + 1);
            given.stream()
                    .filter(grant -> grant.task().equals(task))
                    .forEach(grant -> millis.put(
                            task + " " + requires(task),
                            Duration.ofNanos(grant.answered() - before).toMillis()));
        }
        assertThat(millis).hasSize(ROUNDS * REQUIRES.size());
        return millis;
    }

    private void work(Hands hands, Member member) {
        long asked = System.nanoTime();
        Answer answer = member.claim(cluster.any(), Map.of("waitSeconds", WAIT_SECONDS));
        long answered = System.nanoTime();
        switch (answer.status()) {
            case 201 -> {
                Grant grant = Grant.of(answer);
                given.add(new Given(grant.task(), member, asked, answered));
                Answer completed = member.complete(cluster.any(), grant);
                if (completed.status() == 200) {
                    done.add(grant.task());
                } else {
                    hands.surprise(grant, completed);
                }
            }
            case 204 -> nothing.add(new Nothing(member, asked, answered));
            default -> hands.surprise(member.id(), answer);
        }
    }

    private void awaitDone(Hands hands, long tasks) {
        await(tasks + " are done")
                .atMost(BOUND)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> done.size() >= tasks || hands.isSurprised());
        assertThat(hands.surprises()).isEmpty();
        assertThat(done).hasSize(Math.toIntExact(tasks));
    }

    private static List<Member> enrol(String kind) {
        List<Map<String, Object>> sessions = new ArrayList<>();
        for (int i = 0; i < OF_A_KIND; i++) {
            sessions.add(Map.of(
                    "id",
                    kind + "-" + i,
                    "swarm",
                    "mixed",
                    "domains",
                    KINDS.get(kind).domains(),
                    "tools",
                    KINDS.get(kind).tools()));
        }
        Answer enrolled = cluster.any()
                .post("/coordinator/sessions/batch", Map.of("sessions", sessions, "tokens", true), cluster.operator());
        assertThat(enrolled.status()).as("%s", enrolled.body()).isEqualTo(201);
        return sessions.stream()
                .map(session -> (String) session.get("id"))
                .map(id -> new Member(
                        id,
                        enrolled.body().path("tokens").path(id).path("token").asText()))
                .toList();
    }

    private void submit(Swarm swarm, int from, int to) {
        for (int start = from; start < to; start += BATCH) {
            List<Map<String, Object>> tasks = IntStream.range(start, Math.min(start + BATCH, to))
                    .mapToObj(i -> swarm.task(
                            swarm.id() + "-" + i,
                            Map.of("requires", REQUIRES.get(kindOf(i)), "priority", "P" + (i / 3) % 4)))
                    .toList();
            swarm.submit(cluster.any(), tasks);
            long answered = System.nanoTime();
            submitted.putAll(
                    tasks.stream().collect(Collectors.toMap(task -> (String) task.get("id"), task -> answered)));
        }
    }

    private static int kindOf(int task) {
        return task % REQUIRES.size();
    }

    private static List<String> requires(String task) {
        return REQUIRES.get(
                kindOf(Integer.parseInt(Arrays.asList(task.split("-")).getLast())));
    }

    private static Kind kind(Member member) {
        return KINDS.get(member.id().substring(0, member.id().lastIndexOf('-')));
    }
}
