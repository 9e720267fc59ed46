package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.event.CoordinatorEvent.TaskRequested;
import io.infrafabric.event.Trace;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tasks that rest on claims, through the door: a dispute holds them back, and its end lets them go. */
@QuarkusTest
class BasisTest {
    @TestHTTPResource("/")
    URI fabric;

    @Inject
    Disputed disputed;

    @Inject
    Disputed elsewhere;

    @Inject
    Transactions transactions;

    private Swarm swarm;

    @BeforeEach
    void swarm() {
        swarm = disputed.swarm();
    }

    private void awaitState(String task, String state) {
        await().atMost(Disputed.PATIENCE)
                .untilAsserted(() -> assertThat(swarm.state(task)).isEqualTo(state));
    }

    private List<String> blockedBy(String task) {
        return swarm.read(task)
                .path("blockedBy")
                .valueStream()
                .map(JsonNode::asText)
                .toList();
    }

    @Test
    void a_queued_task_is_held_back_while_its_basis_is_disputed() {
        JsonNode submitted = swarm.submit("t", "basis", swarm.list("a"));
        assertThat(submitted.path("basis").path(0).asText()).isEqualTo(swarm.of("a"));
        assertThat(swarm.state("t")).isEqualTo("QUEUED");
        String relation = disputed.dispute();
        awaitState("t", "WAITING");
        assertThat(blockedBy("t")).containsExactly("claim:" + swarm.of("a"));
        assertThat(swarm.claim("ann").status()).isEqualTo(204);
        disputed.end(relation);
        awaitState("t", "QUEUED");
        assertThat(blockedBy("t")).isEmpty();
        swarm.claims("ann", "t");
    }

    @Test
    void a_task_that_is_submitted_while_its_basis_is_disputed_waits() {
        String relation = disputed.dispute();
        swarm.submit("first", "basis", swarm.list("b"));
        awaitState("first", "WAITING");
        String batch = "{\"tasks\":[" + swarm.taskBody("second", "basis", swarm.list("a", "b")) + "]}";
        JsonNode tasks = expect(swarm.api().post("/coordinator/tasks/batch", batch, swarm.operator()), 201);
        assertThat(tasks.findValuesAsText("state")).containsExactly("WAITING");
        request("third");
        await().atMost(Disputed.PATIENCE)
                .until(() ->
                        swarm.api().get(swarm.task("third"), swarm.operator()).status() == 200);
        awaitState("third", "WAITING");
        disputed.end(relation);
        for (String task : List.of("first", "second", "third")) {
            awaitState(task, "QUEUED");
        }
    }

    private void request(String name) {
        TaskRequested wish = new TaskRequested(
                swarm.of(name),
                swarm.id(),
                "Title",
                null,
                null,
                null,
                null,
                null,
                List.of(swarm.of("a")),
                null,
                null,
                null);
        transactions
                .run(work -> {
                    work.emit(wish, Trace.NONE);
                    return Uni.createFrom().voidItem();
                })
                .await()
                .atMost(Disputed.PATIENCE);
    }

    @Test
    void who_holds_it_is_told_and_goes_on_and_what_is_given_back_waits() {
        swarm.submit("t", "basis", swarm.list("a"));
        long epoch = swarm.claims("ann", "t");
        String relation = disputed.dispute();
        await().atMost(Disputed.PATIENCE)
                .untilAsserted(() -> assertThat(disputed.told()).hasSize(1));
        JsonNode notice = disputed.told().getFirst();
        assertThat(notice.path("subject").asText()).isEqualTo("task:" + swarm.of("t"));
        assertThat(notice.path("data").path("claim").asText()).isEqualTo(swarm.of("a"));
        assertThat(swarm.state("t")).isEqualTo("CLAIMED");
        expect(swarm.end("ann", "release", "t", epoch), 200);
        assertThat(swarm.state("t")).isEqualTo("WAITING");
        disputed.end(relation);
        awaitState("t", "QUEUED");
        epoch = swarm.claims("ann", "t", "taskId", swarm.of("t"));
        disputed.dispute();
        await().atMost(Disputed.PATIENCE)
                .untilAsserted(() -> assertThat(disputed.told()).hasSize(2));
        expect(swarm.end("ann", "complete", "t", epoch), 200);
        assertThat(swarm.state("t")).isEqualTo("DONE");
    }

    @Test
    void a_dependency_and_a_dispute_each_count() {
        swarm.submit("before");
        swarm.submit("t", "dependsOn", swarm.list("before"), "basis", swarm.list("a"));
        String relation = disputed.dispute();
        await().atMost(Disputed.PATIENCE)
                .untilAsserted(
                        () -> assertThat(blockedBy("t")).containsExactly(swarm.of("before"), "claim:" + swarm.of("a")));
        expect(swarm.api().patch(swarm.task("t"), Swarm.body("dependsOn", "[]"), swarm.operator()), 200);
        assertThat(swarm.state("t")).isEqualTo("WAITING");
        disputed.end(relation);
        awaitState("t", "QUEUED");
        assertThat(swarm.read("t").path("history").findValuesAsText("what")).contains("unblocked");
    }

    @Test
    void a_claim_of_another_swarm_is_as_unknown_as_none() {
        Swarm other = elsewhere.swarm();
        for (String claim : List.of(swarm.of("a"), "nowhere")) {
            String basis = "[\"" + claim + "\"]";
            JsonNode refused = expect(
                    other.api().post("/coordinator/tasks", other.taskBody("t", "basis", basis), other.operator()), 422);
            assertThat(refused.path("code").asText()).isEqualTo("IF_ERR_UNKNOWN_BASIS");
            assertThat(refused.path("detail").asText()).contains(claim + ", which is no claim of its swarm");
        }
    }
}
