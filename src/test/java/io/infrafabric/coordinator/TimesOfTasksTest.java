package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tasks that nobody may claim before a time, and tasks that end at one. */
@QuarkusTest
class TimesOfTasksTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    private Swarm swarm;

    @BeforeEach
    void a_swarm_of_two() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
        swarm.enrol("bob");
    }

    // Not before

    @Test
    void a_task_is_queued_before_its_time_and_claimed_after_it() {
        JsonNode task = swarm.submit("t", "notBefore", in(2));
        assertThat(task.path("state").asText()).isEqualTo("QUEUED");
        assertThat(swarm.claim("ann").status()).isEqualTo(204);
        Answer byName = swarm.claim("ann", "taskId", swarm.of("t"));
        assertThat(byName.code()).isEqualTo("IF_ERR_TASK_NOT_CLAIMABLE");
        assertThat(byName.body().path("notBefore").asText()).isNotEmpty();

        Answer waited = swarm.claim("ann", "waitSeconds", "30");
        assertThat(waited.status()).isEqualTo(201);
        assertThat(Instant.now()).isAfter(task.path("notBefore").asText());
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(dormant("t")).isFalse());
    }

    @Test
    void a_task_for_one_session_wakes_for_it() {
        swarm.submit("t", "notBefore", in(2), "assignee", swarm.of("bob"));
        assertThat(dormant("t")).isTrue();
        assertThat(swarm.claim("bob", "waitSeconds", "30").status()).isEqualTo(201);
    }

    @Test
    void a_task_that_waits_for_another_keeps_its_time() {
        swarm.submit("first");
        swarm.submit("t", "notBefore", in(3600), "dependsOn", swarm.list("first"));
        expect(swarm.end("ann", "complete", "first", swarm.claims("ann", "first")), 200);
        assertThat(swarm.state("t")).isEqualTo("QUEUED");
        assertThat(dormant("t")).isTrue();
        assertThat(due("@wake:", "t")).isTrue();
        assertThat(swarm.claim("ann").status()).isEqualTo(204);
    }

    @Test
    void a_task_rests_after_a_failure_and_is_then_found_by_whoever_waits() {
        swarm.submit("t");
        expect(swarm.end("ann", "fail", "t", swarm.claims("ann", "t"), "error", "First."), 200);
        assertThat(due("@wake:", "t") || !dormant("t")).isTrue();
        assertThat(swarm.claim("bob", "waitSeconds", "30").status()).isEqualTo(201);
    }

    @Test
    void a_row_that_came_due_too_early_is_written_again() {
        swarm.submit("t", "notBefore", in(3600));
        sql("UPDATE bus_due SET at = now() WHERE entity = $1", "@wake:" + swarm.of("t"));
        await().atMost(PATIENCE).until(() -> isLater("@wake:" + swarm.of("t")));
        assertThat(dormant("t")).isTrue();
    }

    @Test
    void a_task_without_a_time_has_no_due_row() {
        swarm.submit("t");
        assertThat(due("@wake:", "t")).isFalse();
        assertThat(due("@expire:", "t")).isFalse();
    }

    // Expires

    @Test
    void a_task_that_nobody_has_by_its_time_is_cancelled() {
        swarm.submit("t", "expiresAt", in(1));
        await().atMost(PATIENCE).until(() -> swarm.state("t").equals("CANCELLED"));
        JsonNode last = swarm.read("t").path("history").path(1);
        assertThat(last.path("what").asText()).isEqualTo("expired");
        assertThat(last.path("by").asText()).isEqualTo("fabric");
        assertThat(last.path("note").asText()).isEqualTo("EXPIRED");
        Answer retried = swarm.operate("retry", "t", "reason", "Again.");
        assertThat(retried.code()).isEqualTo("IF_ERR_TASK_STATE");
    }

    @Test
    void a_task_that_waits_is_cancelled_too_and_what_waits_for_it_is_stranded() {
        swarm.submit("first");
        swarm.submit("t", "dependsOn", swarm.list("first"), "expiresAt", in(1));
        swarm.submit("last", "dependsOn", swarm.list("t"));
        await().atMost(PATIENCE).until(() -> swarm.state("t").equals("CANCELLED"));
        assertThat(swarm.state("last")).isEqualTo("WAITING");
        await().atMost(PATIENCE)
                .until(() -> sql(
                                "SELECT 1 FROM escalation_case WHERE subject = $1 AND reason = 'TASK_STRANDED'",
                                "task:" + swarm.of("t"))
                        == 1);
    }

    @Test
    void what_is_over_and_not_yet_cancelled_hides_nothing() {
        for (int i = 0; i < 5; i++) {
            swarm.submit("plain" + i, "priority", "P0", "expiresAt", in(3600));
            swarm.submit("lane" + i, "priority", "P0", "fairBy", "f" + i, "expiresAt", in(3600));
            swarm.submit("own" + i, "assignee", swarm.of("ann"), "priority", "P0", "expiresAt", in(3600));
        }
        swarm.submit("own", "assignee", swarm.of("ann"));
        swarm.submit("lane", "priority", "P0", "fairBy", "f0");
        swarm.submit("plain", "expiresAt", in(3600));
        assertThat(sql(
                        "UPDATE coordinator_task SET expires_at = now() - interval '1 minute'"
                                + " WHERE swarm = $1 AND priority = 0 AND expires_at IS NOT NULL",
                        swarm.id()))
                .isEqualTo(15);
        swarm.claims("ann", "own");
        swarm.claims("ann", "lane");
        swarm.claims("bob", "plain");
        assertThat(swarm.claim("bob").status()).isEqualTo(204);
        assertThat(swarm.claim("bob", "taskId", swarm.of("plain0")).code()).isEqualTo("IF_ERR_TASK_NOT_CLAIMABLE");
    }

    @Test
    void who_has_it_by_then_may_finish_and_if_it_comes_back_it_is_cancelled() {
        swarm.submit("done", "expiresAt", in(3));
        swarm.submit("back", "expiresAt", in(3));
        long done = swarm.claims("ann", "done", "taskId", swarm.of("done"));
        long back = swarm.claims("ann", "back", "taskId", swarm.of("back"));
        await().atMost(PATIENCE).until(() -> !due("@expire:", "done") && !due("@expire:", "back"));
        expect(swarm.end("ann", "complete", "done", done), 200);
        expect(swarm.end("ann", "release", "back", back), 200);
        await().atMost(PATIENCE).until(() -> swarm.state("back").equals("CANCELLED"));
        assertThat(swarm.state("done")).isEqualTo("DONE");
    }

    @Test
    void submitting_it_again_gives_it_as_it_is() {
        String body = swarm.taskBody("t", "expiresAt", in(1));
        expect(swarm.api().post("/coordinator/tasks", body, operator), 201);
        await().atMost(PATIENCE).until(() -> swarm.state("t").equals("CANCELLED"));
        assertThat(expect(swarm.api().post("/coordinator/tasks", body, operator), 200)
                        .path("state")
                        .asText())
                .isEqualTo("CANCELLED");
    }

    // Refusals

    @Test
    void it_must_end_after_now_and_after_it_begins() {
        refused("past", "expiresAt", in(-5));
        String soon = in(60);
        refused("before", "notBefore", soon, "expiresAt", soon);
        refused("never", "expiresAt", "2026-02-30T00:00:00Z");
    }

    private void refused(String name, String... more) {
        Answer answer = swarm.api().post("/coordinator/tasks", swarm.taskBody(name, more), operator);
        assertThat(answer.status()).as(name).isEqualTo(400);
        assertThat(answer.body().path("field").asText()).isEqualTo("expiresAt");
    }

    private static String in(int seconds) {
        return Instant.now().plusSeconds(seconds).toString();
    }

    private boolean dormant(String task) {
        return sql("SELECT 1 FROM coordinator_task WHERE id = $1 AND dormant", swarm.of(task)) == 1;
    }

    private boolean due(String kind, String task) {
        return sql("SELECT 1 FROM bus_due WHERE function = 'coordinator' AND entity = $1", kind + swarm.of(task)) == 1;
    }

    private boolean isLater(String entity) {
        return sql("SELECT 1 FROM bus_due WHERE entity = $1 AND at > now() + interval '1 minute'", entity) == 1;
    }

    private int sql(String statement, String parameter) {
        return pool.preparedQuery(statement)
                .execute(Tuple.of(parameter))
                .await()
                .atMost(PATIENCE)
                .rowCount();
    }
}
