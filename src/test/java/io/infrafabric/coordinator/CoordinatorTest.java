package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tasks from submit to completion, through the door, on a real PostgreSQL and Redis. */
@QuarkusTest
class CoordinatorTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    MeterRegistry metrics;

    private Swarm swarm;

    @BeforeEach
    void a_swarm_of_two() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
        swarm.enrol("bob");
    }

    // The journey

    @Test
    void a_task_goes_from_submit_to_done_and_its_history_tells() {
        JsonNode submitted =
                swarm.submit("t", "payload", "{\"repo\":\"x\"}", "estimatedCost", "15.50", "traceToken", "trace-9");
        assertThat(submitted.path("state").asText()).isEqualTo("QUEUED");
        assertThat(submitted.path("priority").asText()).isEqualTo("P2");

        JsonNode claimed = expect(swarm.claim("ann"), 201);
        assertThat(claimed.path("task").path("payload").path("repo").asText()).isEqualTo("x");
        assertThat(claimed.path("task").path("traceToken").asText()).isEqualTo("trace-9");
        assertThat(claimed.path("lease").path("epoch").asLong()).isEqualTo(1);
        assertThat(claimed.path("lease").path("expiresAt").asText()).endsWith("Z");

        JsonNode done = expect(swarm.end("ann", "complete", "t", 1, "result", "[1,2]", "cost", "12.50"), 200);
        assertThat(done.path("state").asText()).isEqualTo("DONE");
        assertThat(done.path("result").path(1).asInt()).isEqualTo(2);
        assertThat(done.path("cost").decimalValue()).isEqualByComparingTo("12.5");

        JsonNode read = swarm.read("t");
        assertThat(read.path("history").findValuesAsText("what")).containsExactly("submitted", "claimed", "completed");
        assertThat(read.path("history").findValuesAsText("state")).containsExactly("QUEUED", "CLAIMED", "DONE");
        assertThat(read.path("estimatedCost").decimalValue()).isEqualByComparingTo("15.5");
    }

    @Test
    void a_session_of_the_swarm_may_submit_and_gets_an_id_made_up() {
        Answer answer = swarm.api()
                .post("/coordinator/tasks", Swarm.body("swarm", swarm.id(), "title", "Mine"), swarm.token("ann"));
        assertThat(expect(answer, 201).path("id").asText()).isNotEmpty();
        assertThat(answer.body().path("submittedBy").asText()).isEqualTo(swarm.of("ann"));
    }

    @Test
    void submitting_again_gives_the_task_as_it_is_and_another_body_is_refused() {
        swarm.submit("t", "domains", "[\"a\",\"b\"]");
        swarm.claims("ann", "t");
        String same = "{ \"domains\": [\"a\", \"b\"], \"title\": \"Title of t\", \"swarm\": \"" + swarm.id()
                + "\", \"id\": \"" + swarm.of("t") + "\" }";
        JsonNode again = expect(swarm.api().post("/coordinator/tasks", same, operator), 200);
        assertThat(again.path("state").asText()).isEqualTo("CLAIMED");

        Answer other = swarm.api().post("/coordinator/tasks", swarm.taskBody("t", "priority", "P0"), operator);
        assertThat(other.code()).isEqualTo("IF_ERR_TASK_EXISTS");
        assertThat(other.status()).isEqualTo(409);
        assertThat(swarm.read("t").path("history")).hasSize(2);
    }

    // Batches and dependencies

    @Test
    void a_batch_is_added_whole_with_dependencies_among_its_tasks() {
        JsonNode tasks = expect(batch(swarm.taskBody("b", "dependsOn", swarm.list("a")), swarm.taskBody("a")), 201)
                .path("tasks");
        assertThat(tasks.findValuesAsText("state")).containsExactly("WAITING", "QUEUED");
        expect(batch(swarm.taskBody("b", "dependsOn", swarm.list("a")), swarm.taskBody("a")), 200);
    }

    @Test
    void of_a_batch_with_one_bad_task_nothing_is_added() {
        Answer refused = batch(swarm.taskBody("a"), swarm.taskBody("b", "dependsOn", swarm.list("nowhere")));
        assertThat(refused.code()).isEqualTo("IF_ERR_UNKNOWN_DEPENDENCY");
        assertThat(swarm.api().get(swarm.task("a"), operator).code()).isEqualTo("IF_ERR_UNKNOWN_TASK");
    }

    @Test
    void a_task_waits_for_all_its_dependencies() {
        swarm.submit("a");
        swarm.submit("b");
        swarm.submit("c", "dependsOn", swarm.list("a", "b"));
        assertThat(swarm.read("c").path("blockedBy")).hasSize(2);
        assertThat(swarm.claim("ann", "taskId", swarm.of("c")).code()).isEqualTo("IF_ERR_TASK_NOT_CLAIMABLE");

        swarm.end("ann", "complete", "a", swarm.claims("ann", "a"));
        assertThat(swarm.state("c")).isEqualTo("WAITING");
        assertThat(swarm.read("c").path("blockedBy").path(0).asText()).isEqualTo(swarm.of("b"));
        long epoch = swarm.claims("ann", "b");
        CompletableFuture<Answer> waiting = swarm.claimLater("bob", "waitSeconds", "30");
        swarm.end("ann", "complete", "b", epoch);
        assertThat(expect(waiting.join(), 201).path("task").path("id").asText()).isEqualTo(swarm.of("c"));
        assertThat(swarm.read("c").path("history").findValuesAsText("what"))
                .containsExactly("submitted", "unblocked", "claimed");
    }

    @Test
    void a_dead_dependency_keeps_its_dependants_waiting_and_says_so() {
        swarm.submit("a", "maxAttempts", "1");
        swarm.submit("b", "dependsOn", swarm.list("a"));
        swarm.end("ann", "fail", "a", swarm.claims("ann", "a"), "error", "It broke.");
        assertThat(swarm.state("a")).isEqualTo("DEAD");
        JsonNode dependant = swarm.read("b");
        assertThat(dependant.path("state").asText()).isEqualTo("WAITING");
        assertThat(dependant.path("blockedBy").path(0).asText()).isEqualTo(swarm.of("a"));
    }

    // Claims

    @Test
    void atomic_task_claiming() {
        int tasks = 40;
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < tasks; i++) {
            bodies.add(swarm.taskBody("t" + i));
        }
        expect(batch(bodies.toArray(String[]::new)), 201);
        List<CompletableFuture<Answer>> claims = new ArrayList<>();
        for (int s = 0; s < 10; s++) {
            swarm.enrol("s" + s, "maxConcurrentTasks", "100");
        }
        for (int i = 0; i < tasks + 10; i++) {
            claims.add(swarm.claimLater("s" + i % 10));
        }
        Set<String> claimed = new HashSet<>();
        int nothing = 0;
        for (CompletableFuture<Answer> claim : claims) {
            Answer answer = claim.join();
            if (answer.status() == 201) {
                assertThat(claimed.add(answer.body().path("task").path("id").asText()))
                        .as("claimed by one only")
                        .isTrue();
            } else {
                assertThat(answer.status()).isEqualTo(204);
                nothing++;
            }
        }
        assertThat(claimed).hasSize(tasks);
        assertThat(nothing).isEqualTo(10);
    }

    @Test
    void real_time_latency() {
        CompletableFuture<Answer> waiting = swarm.claimLater("ann", "waitSeconds", "30");
        awaitWaiting(1);
        assertThat(waiting).isNotDone();
        swarm.submit("t");
        assertThat(expect(waiting.join(), 201).path("task").path("id").asText()).isEqualTo(swarm.of("t"));
        awaitWaiting(0);
    }

    @Test
    void a_wait_that_is_in_vain_ends_with_nothing() {
        assertThat(swarm.claim("ann", "waitSeconds", "1").status()).isEqualTo(204);
        awaitWaiting(0);
    }

    @Test
    void tasks_go_by_priority_and_then_by_age() {
        swarm.submit("late", "priority", "P3");
        swarm.submit("old");
        swarm.submit("young");
        swarm.submit("urgent", "priority", "P0");
        swarm.claims("ann", "urgent");
        swarm.claims("ann", "old");
        swarm.claims("ann", "young");
        swarm.claims("bob", "late");
    }

    @Test
    void own_assigned_tasks_come_first_and_nobody_else_gets_them() {
        swarm.submit("urgent", "priority", "P0");
        swarm.submit("own", "priority", "P3", "assignee", swarm.of("ann"));
        Answer refused = swarm.claim("bob", "taskId", swarm.of("own"));
        assertThat(refused.code()).isEqualTo("IF_ERR_ASSIGNED_TO_OTHER");
        swarm.claims("ann", "own");
        swarm.claims("bob", "urgent");
        assertThat(swarm.claim("bob").status()).isEqualTo(204);
    }

    @Test
    void a_waiting_claim_is_woken_by_a_task_for_that_session_alone() {
        CompletableFuture<Answer> ann = swarm.claimLater("ann", "waitSeconds", "30");
        CompletableFuture<Answer> bob = swarm.claimLater("bob", "waitSeconds", "30");
        awaitWaiting(2);
        swarm.submit("t", "assignee", swarm.of("bob"));
        assertThat(expect(bob.join(), 201).path("task").path("id").asText()).isEqualTo(swarm.of("t"));
        assertThat(ann).isNotDone();
        swarm.submit("u");
        assertThat(expect(ann.join(), 201).path("task").path("id").asText()).isEqualTo(swarm.of("u"));
    }

    @Test
    void a_session_holds_no_more_than_it_may() {
        swarm.enrol("cid", "maxConcurrentTasks", "1");
        swarm.submit("a");
        swarm.submit("b");
        long epoch = swarm.claims("cid", "a");
        Answer full = swarm.claim("cid");
        assertThat(full.status()).isEqualTo(409);
        assertThat(full.code()).isEqualTo("IF_ERR_SESSION_FULL");
        assertThat(full.body().path("maxConcurrentTasks").asInt()).isEqualTo(1);
        swarm.end("cid", "complete", "a", epoch);
        swarm.claims("cid", "b");
    }

    @Test
    void a_task_that_another_holds_is_refused_with_its_holder() {
        swarm.submit("t");
        swarm.claims("ann", "t");
        Answer refused = swarm.claim("bob", "taskId", swarm.of("t"));
        assertThat(refused.code()).isEqualTo("IF_ERR_TASK_ALREADY_CLAIMED");
        assertThat(refused.body().path("holder").asText()).isEqualTo(swarm.of("ann"));
        assertThat(swarm.end("bob", "complete", "t", 1).code()).isEqualTo("IF_ERR_FORBIDDEN");
        assertThat(swarm.state("t")).isEqualTo("CLAIMED");
    }

    @Test
    void a_paused_swarm_gives_no_claims_until_it_is_resumed() {
        swarm.submit("t");
        swarm.submit("u");
        long epoch = swarm.claims("ann", "t");
        String path = "/coordinator/swarms/" + swarm.id();
        expect(swarm.api().post(path + "/pause", Swarm.body("reason", "Too dear."), operator), 200);
        Answer paused = swarm.claim("bob");
        assertThat(paused.status()).isEqualTo(409);
        assertThat(paused.code()).isEqualTo("IF_ERR_SWARM_PAUSED");
        assertThat(paused.body().path("reason").asText()).isEqualTo("Too dear.");
        expect(swarm.end("ann", "complete", "t", epoch), 200);
        assertThat(swarm.claim("bob", "waitSeconds", "1").code()).isEqualTo("IF_ERR_SWARM_PAUSED");

        JsonNode resumed = expect(swarm.api().post(path + "/resume", null, operator), 200);
        assertThat(resumed.path("paused").asBoolean()).isFalse();
        swarm.claims("bob", "u");
    }

    @Test
    void a_claim_that_waits_since_before_the_pause_gets_work_after_it() {
        CompletableFuture<Answer> waiting = swarm.claimLater("ann", "waitSeconds", "30");
        awaitWaiting(1);
        String path = "/coordinator/swarms/" + swarm.id();
        expect(swarm.api().post(path + "/pause", Swarm.body("reason", "Too dear."), operator), 200);
        expect(swarm.api().post(path + "/resume", null, operator), 200);
        swarm.submit("t");
        assertThat(expect(waiting.join(), 201).path("task").path("id").asText()).isEqualTo(swarm.of("t"));
    }

    @Test
    void the_outcomes_of_a_session_change_how_well_it_fits() {
        swarm.enrol("eve", "domains", "[\"rust\"]");
        swarm.submit("first", "domains", "[\"rust\"]");
        swarm.submit("second", "domains", "[\"rust\"]");
        // A newcomer scores 0.5 + 0.3 + 0.2 * 0.5; after one success the last factor is 2/3.
        assertThat(swarm.claim("eve", "minScore", "0.91").status()).isEqualTo(204);
        Answer named = swarm.claim("eve", "minScore", "0.91", "taskId", swarm.of("second"));
        assertThat(named.code()).isEqualTo("IF_ERR_TASK_NOT_CLAIMABLE");
        swarm.end("eve", "complete", "first", swarm.claims("eve", "first", "minScore", "0.9"));
        long epoch = swarm.claims("eve", "second", "minScore", "0.91");
        // A failure counts at once, too: 1 of 2 is no better than a newcomer's.
        swarm.end("eve", "fail", "second", epoch, "error", "It broke.");
        swarm.submit("third", "domains", "[\"rust\"]");
        assertThat(swarm.claim("eve", "minScore", "0.91").status()).isEqualTo(204);
    }

    private Answer batch(String... tasks) {
        return swarm.api().post("/coordinator/tasks/batch", "{\"tasks\":[" + String.join(",", tasks) + "]}", operator);
    }

    private void awaitWaiting(int calls) {
        await().atMost(PATIENCE)
                .pollInterval(10, TimeUnit.MILLISECONDS)
                .until(() -> metrics.get("s2.claims.waiting").gauge().value() == calls);
    }
}
