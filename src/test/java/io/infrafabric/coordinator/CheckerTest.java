package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.body;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.bus.Transactions;
import io.infrafabric.event.CoordinatorEvent.RequestedCheck;
import io.infrafabric.event.CoordinatorEvent.RequestedLimits;
import io.infrafabric.event.CoordinatorEvent.TaskRequested;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tasks whose result a checker must accept, from the submit to the verdict. The tests give the verdicts. */
@QuarkusTest
class CheckerTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Transactions transactions;

    @Inject
    ObjectMapper json;

    private Swarm swarm;
    private Checked task;
    private String module;

    @BeforeEach
    void a_task_with_a_checker() {
        swarm = new Swarm(fabric, operator);
        task = Checked.of(swarm, transactions);
        module = swarm.of("module");
    }

    // Accepted

    @Test
    void what_is_handed_in_counts_as_held_and_is_done_when_it_is_accepted() throws Exception {
        task.submit(module, "concurrency", "[\"staging\"]").claimedBy("ann");
        swarm.submit("next", "dependsOn", swarm.list(task.name()));
        JsonNode pending = task.handIn("ann", "{\"n\":1}");
        assertThat(pending.path("state").asText()).isEqualTo("CHECKING");
        assertThat(pending.path("holder").asText()).isEqualTo(swarm.of("ann"));
        assertThat(pending.has("leaseExpiresAt")).isFalse();
        assertThat(pending.has("result"))
                .as("a result is none before it is accepted")
                .isFalse();
        assertThat(swarm.state("next")).isEqualTo("WAITING");
        heldEverywhere();

        task.exits("{\"n\":1}", 0, "Fine.");
        task.until("DONE");
        assertThat(swarm.state("next")).isEqualTo("QUEUED");
        assertThat(task.read().path("result").path("n").asInt()).isEqualTo(1);
        JsonNode verdict = json.readTree(task.lastStep().path("note").asText());
        assertThat(verdict.path("exitCode").asInt()).isZero();
        assertThat(verdict.path("fuel").asLong()).isEqualTo(4711);
        assertThat(verdict.path("inputSha256").asText()).isEqualTo("1".repeat(64));
        assertThat(expect(task.complete("ann", "{\"n\":1}", 0), 200)
                        .path("state")
                        .asText())
                .isEqualTo("DONE");
    }

    private void heldEverywhere() {
        assertThat(task.get("/coordinator/swarms/" + swarm.id())
                        .at("/tasks/CHECKING")
                        .asInt())
                .isEqualTo(1);
        assertThat(task.get("/coordinator/swarms/" + swarm.id() + "/concurrency/staging")
                        .path("running")
                        .asInt())
                .isEqualTo(1);
        assertThat(task.get("/coordinator/tasks?state=CHECKING&swarm=" + swarm.id())
                        .path("items"))
                .hasSize(1);
        assertThat(task.get(swarm.task(task.name()) + "/why")
                        .at("/reasons/0/kind")
                        .asText())
                .isEqualTo("HELD");
        assertThat(task.get(swarm.session("ann")).path("leases")).hasSize(1);
        assertThat(swarm.claim("ann", "taskId", swarm.of(task.name())).code()).isEqualTo("IF_ERR_TASK_NOT_CLAIMABLE");
        assertThat(swarm.claim("bob", "taskId", swarm.of(task.name())).code()).isEqualTo("IF_ERR_TASK_ALREADY_CLAIMED");
        swarm.submit("same", "concurrency", "[\"staging\"]");
        assertThat(swarm.claim("bob").status()).isEqualTo(204);
        JsonNode beat = expect(
                swarm.api()
                        .post(
                                swarm.session("ann") + "/heartbeat",
                                body("leases", "[" + body("task", swarm.of(task.name()), "epoch", "1") + "]"),
                                swarm.token("ann")),
                200);
        assertThat(beat.at("/leases/0").has("lost")).isFalse();
        assertThat(beat.path("holding")).hasSize(1);
        expect(swarm.end("ann", "renew", task.name(), task.epoch()), 200);
        assertThat(task.read().has("leaseExpiresAt")).isFalse();
    }

    @Test
    void the_call_waits_for_the_verdict_and_so_does_another_one_with_the_same_result() throws Exception {
        task.submit(module).claimedBy("ann");
        CompletableFuture<Answer> first = task.waiting("ann", "[1]");
        CompletableFuture<Answer> same = task.waiting("ann", "[1]");
        assertThat(task.complete("ann", "[2]", 0).code()).isEqualTo("IF_ERR_CHECK_PENDING");
        task.exits("[1]", 0, null);
        assertThat(expect(first.get(), 200).path("state").asText()).isEqualTo("DONE");
        assertThat(expect(same.get(), 200)).isEqualTo(first.get().body());
        long version = task.read().path("version").asLong();
        task.exits("[1]", 1, "Too late.");
        task.exits("[1]", 0, null);
        task.heard();
        assertThat(task.read().path("version").asLong()).isEqualTo(version);
    }

    @Test
    void an_answer_that_is_pending_is_not_kept_for_its_key() {
        task.submit(module).claimedBy("ann");
        String body = body("epoch", Long.toString(task.epoch()), "result", "[1]", "waitSeconds", "0");
        String path = swarm.task(task.name()) + "/complete";
        String[] key = {"Idempotency-Key", swarm.of("key")};
        expect(swarm.api().post(path, body, swarm.token("ann"), key), 202);
        task.exits("[1]", 0, null);
        task.until("DONE");
        expect(swarm.api().post(path, body, swarm.token("ann"), key), 200);
        Answer kept = swarm.api().post(path, body, swarm.token("ann"), key);
        assertThat(kept.headers().firstValue("Idempotency-Replayed")).contains("true");
    }

    // Refused

    @Test
    void a_refusal_gives_it_back_and_another_result_is_a_new_try() throws Exception {
        task.submit(module).claimedBy("ann");
        CompletableFuture<Answer> first = task.waiting("ann", "[1]", "cost", "2");
        task.exits("[1]", 1, "One is too few.");
        Answer refused = first.get();
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.code()).isEqualTo("IF_ERR_CHECK_REFUSED");
        assertThat(refused.body().path("said").asText()).isEqualTo("One is too few.");
        assertThat(refused.body().path("left").asInt()).isEqualTo(4);
        assertThat(refused.body().path("costRecorded").asBoolean()).isTrue();
        JsonNode back = task.read();
        assertThat(back.path("state").asText()).isEqualTo("CLAIMED");
        assertThat(back.path("epoch").asLong()).isEqualTo(task.epoch());
        assertThat(Instant.parse(back.path("leaseExpiresAt").asText())).isAfter(Instant.now());
        assertThat(task.spent("ann")).isEqualTo(2);
        JsonNode notice = task.notices("checkRefused").getFirst();
        assertThat(notice.at("/data/said").asText()).isEqualTo("One is too few.");

        assertThat(task.complete("ann", "[1]", 0).body().path("said").asText()).isEqualTo("One is too few.");
        assertThat(task.complete("ann", "[1]", 50).code()).isEqualTo("IF_ERR_CHECK_REFUSED");
        task.handIn("ann", "[2]", "cost", "3");
        task.exits("[2]", 0, null);
        task.until("DONE");
        assertThat(task.spent("ann")).isEqualTo(3);
    }

    @Test
    void the_fifth_refusal_fails_the_attempt() {
        task.submit(module).claimedBy("ann");
        for (int i = 1; i <= 5; i++) {
            task.handIn("ann", "[" + i + "]");
            task.exits("[" + i + "]", 7, "Not " + i + ".");
            task.until(i < 5 ? "CLAIMED" : "QUEUED");
        }
        JsonNode after = task.read();
        assertThat(after.path("attempts").asInt()).isEqualTo(1);
        assertThat(after.path("epoch").asLong()).isEqualTo(task.epoch() + 1);
        assertThat(after.path("error").asText()).contains("Not 5.");
        assertThat(task.notices("checkRefused")).hasSize(5);
        assertThat(task.complete("ann", "[5]", 0).code()).isEqualTo("IF_ERR_CHECK_REFUSED");
        assertThat(task.complete("ann", "[6]", 0).code()).isEqualTo("IF_ERR_STALE_EPOCH");
    }

    // Modules

    @Test
    void the_module_that_the_chassis_runs_has_the_word() {
        Checked.upload(swarm, "refuses", "exit7");
        Checked.upload(swarm, "breaks", "unreachable");
        assertThat(completed("module").path("state").asText()).isEqualTo("DONE");
        assertThat(completed("refuses").path("code").asText()).isEqualTo("IF_ERR_CHECK_REFUSED");
        assertThat(completed("breaks").path("state").asText()).isEqualTo("CHECKING");
        await().atMost(Checked.PATIENCE).until(() -> task.open().count() == 1);
        String used = "/chassis/modules/" + swarm.of("breaks");
        assertThat(swarm.api().delete(used, operator).code()).isEqualTo("IF_ERR_MODULE_PINNED");
        task.rule("ACCEPT");
        await().atMost(Checked.PATIENCE).until(() -> swarm.state("by-breaks"), "DONE"::equals);
        expect(swarm.api().delete(used, operator), 204);
    }

    private JsonNode completed(String checker) {
        swarm.submit("by-" + checker, "check", body("module", swarm.of(checker)));
        long epoch = swarm.claims("ann", "by-" + checker, "taskId", swarm.of("by-" + checker));
        return swarm.end("ann", "complete", "by-" + checker, epoch, "result", "[1]", "waitSeconds", "50")
                .body();
    }

    @Test
    void a_checker_that_does_not_exist_is_refused_wherever_a_task_is_submitted() {
        String check = body("module", "no-such-module");
        Answer single =
                swarm.api().post("/coordinator/tasks", swarm.taskBody("unknown", "check", check), swarm.operator());
        assertThat(single.status()).isEqualTo(422);
        assertThat(single.code()).isEqualTo("IF_ERR_UNKNOWN_MODULE");
        String tasks = "[" + swarm.taskBody("plain") + "," + swarm.taskBody("unknown", "check", check) + "]";
        assertThat(swarm.api()
                        .post("/coordinator/tasks/batch", body("tasks", tasks), swarm.operator())
                        .code())
                .isEqualTo("IF_ERR_UNKNOWN_MODULE");
        assertThat(swarm.api().get(swarm.task("plain"), swarm.operator()).status())
                .isEqualTo(404);
        Answer malformed = swarm.api()
                .post(
                        "/coordinator/tasks",
                        swarm.taskBody("bad", "check", body("module", "m", "sha256", "short")),
                        swarm.operator());
        assertThat(malformed.body().path("field").asText()).isEqualTo("check.sha256");
    }

    @Test
    void limits_beyond_what_the_chassis_grants_are_refused() {
        String check = body("module", module, "limits", body("fuel", "9000000000000"));
        Answer refused = swarm.api().post("/coordinator/tasks", swarm.taskBody("dear", "check", check), operator);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body().path("field").asText()).isEqualTo("check.limits.fuel");
    }

    @Test
    void a_task_that_is_requested_over_the_channel_may_have_a_checker() {
        RequestedCheck check = new RequestedCheck(module, null, new RequestedLimits(null, 1000L, null, null));
        task.tell(new TaskRequested(
                swarm.of("told"), swarm.id(), "Title", null, null, null, null, null, null, null, null, check));
        await().atMost(Checked.PATIENCE)
                .until(() -> swarm.api().get(swarm.task("told"), operator).status(), status -> status == 200);
        assertThat(swarm.read("told").at("/check/module").asText()).isEqualTo(module);
        assertThat(swarm.read("told").at("/check/sha256").asText()).hasSize(64);
        assertThat(swarm.read("told").at("/check/limits/fuel").asLong()).isEqualTo(1000);
    }

    @Test
    void a_schedule_makes_tasks_with_a_checker() {
        String schedule = "/coordinator/schedules/" + swarm.of("nightly");
        String made = body("title", "Nightly", "check", body("module", module));
        expect(
                swarm.api().put(schedule, body("swarm", swarm.id(), "cron", "@yearly", "task", made), swarm.operator()),
                200);
        JsonNode first = expect(swarm.api().post(schedule + "/run", "{}", swarm.operator()), 201);
        assertThat(first.at("/check/module").asText()).isEqualTo(module);
        assertThat(first.at("/check/sha256").asText()).hasSize(64);
        expect(swarm.operate("cancel", "nightly", "reason", "x"), 404);
        expect(swarm.api().delete(schedule, swarm.operator()), 204);
    }
}
