package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.fabric.Api.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The same {@code Idempotency-Key} twice, wherever and whenever: one effect, one answer. */
@Tag("proof")
class IdempotencyIT {
    private static final String KEY = "Idempotency-Key";
    private static final int REPETITIONS = 25;

    private static Cluster cluster;
    private static ExecutorService calls;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("idempotency", 2, Map.of());
        calls = Executors.newVirtualThreadPerTaskExecutor();
    }

    @AfterAll
    static void stop() {
        calls.close();
        cluster.close();
    }

    @Test
    void twoConcurrentSubmitsMakeOneTask() {
        Swarm swarm = Swarm.enrol(cluster, "twice", 1, Map.of());
        for (int i = 0; i < REPETITIONS; i++) {
            String key = UUID.randomUUID().toString();
            String title = "task " + i;

            List<Answer> answers = concurrently(process -> submit(process, swarm, title, key));

            assertOneEffect(answers, 201);
        }
        assertThat(swarm.inState("QUEUED")).isEqualTo(REPETITIONS);
    }

    @Test
    void twoConcurrentClaimsGrantOneLease() {
        Swarm swarm = Swarm.enrol(cluster, "claims", 1, Map.of("maxConcurrentTasks", 2 * REPETITIONS));
        swarm.submit(cluster.api(0), 0, 2 * REPETITIONS, Map.of());
        for (int i = 0; i < REPETITIONS; i++) {
            String key = UUID.randomUUID().toString();

            List<Answer> answers =
                    concurrently(process -> swarm.member(0).claim(cluster.api(process), Map.of(), KEY, key));

            assertOneEffect(answers, 201);
        }
        assertThat(swarm.inState("CLAIMED")).isEqualTo(REPETITIONS);
        assertThat(swarm.steps("claimed")).isEqualTo(REPETITIONS);
    }

    @Test
    void aRestartForgetsNothing() {
        Swarm swarm = Swarm.enrol(cluster, "restart", 1, Map.of());
        String key = UUID.randomUUID().toString();
        Answer first = submit(0, swarm, "once", key);
        assertThat(first.status()).isEqualTo(201);

        cluster.process(0).kill();
        cluster.again(0).awaitReady();

        Answer again = submit(0, swarm, "once", key);
        assertOneEffect(List.of(first, again), 201);
        assertThat(replayed(again)).isTrue();
        assertThat(swarm.inState("QUEUED")).isEqualTo(1);
    }

    @Test
    void anotherBodyIsRefusedEverywhere() {
        Swarm swarm = Swarm.enrol(cluster, "other", 1, Map.of());
        String key = UUID.randomUUID().toString();
        assertThat(submit(0, swarm, "one", key).status()).isEqualTo(201);

        for (int process = 0; process < 2; process++) {
            Answer refused = submit(process, swarm, "another", key);
            assertThat(refused.status()).isEqualTo(422);
            assertThat(refused.code()).isEqualTo("IF_ERR_IDEMPOTENCY_KEY_REUSED");
        }
        assertThat(swarm.inState("QUEUED")).isEqualTo(1);
        cluster.assertNoErrors();
    }

    /** Without an id of its own, so that a second effect would be a second task. */
    private static Answer submit(int process, Swarm swarm, String title, String key) {
        return cluster.api(process)
                .post(
                        "/coordinator/tasks",
                        Map.of("swarm", swarm.id(), "title", title),
                        swarm.member(0).token(),
                        KEY,
                        key);
    }

    private static List<Answer> concurrently(IntFunction<Answer> call) {
        List<CompletableFuture<Answer>> both = new ArrayList<>();
        for (int process = 0; process < 2; process++) {
            int at = process;
            both.add(CompletableFuture.supplyAsync(() -> call.apply(at), calls));
        }
        return both.stream().map(CompletableFuture::join).toList();
    }

    private static void assertOneEffect(List<Answer> answers, int status) {
        assertThat(answers)
                .allSatisfy(answer ->
                        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(status));
        assertThat(answers.get(0).body()).isEqualTo(answers.get(1).body());
        assertThat(answers).filteredOn(IdempotencyIT::replayed).hasSize(1);
    }

    private static boolean replayed(Answer answer) {
        return answer.headers().firstValue("Idempotency-Replayed").equals(java.util.Optional.of("true"));
    }
}
