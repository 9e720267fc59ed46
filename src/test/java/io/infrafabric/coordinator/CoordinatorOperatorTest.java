package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.event.CoordinatorEvent.TaskRequested;
import io.infrafabric.event.Trace;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What operators do and see, and what comes over the channel. */
@QuarkusTest
class CoordinatorOperatorTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Transactions transactions;

    private Swarm swarm;

    @BeforeEach
    void a_swarm_of_one() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
    }

    @Test
    void cancelling_ends_a_claim_and_with_cascade_all_that_waits_for_the_task() {
        swarm.submit("a");
        swarm.submit("b", "dependsOn", swarm.list("a"));
        swarm.submit("c", "dependsOn", swarm.list("b"));
        swarm.submit("apart");
        long epoch = swarm.claims("ann", "a");
        expect(swarm.operate("cancel", "a", "reason", "Not needed.", "cascade", "true"), 200);
        assertThat(List.of(swarm.state("a"), swarm.state("b"), swarm.state("c"), swarm.state("apart")))
                .containsExactly("CANCELLED", "CANCELLED", "CANCELLED", "QUEUED");

        Answer late = swarm.end("ann", "complete", "a", epoch);
        assertThat(late.code()).isEqualTo("IF_ERR_STALE_EPOCH");
        assertThat(late.body().path("reason").asText()).isEqualTo("CANCELLED");
        Answer again = swarm.operate("cancel", "a", "reason", "Again.");
        assertThat(again.code()).isEqualTo("IF_ERR_TASK_STATE");
        assertThat(again.body().path("taskState").asText()).isEqualTo("CANCELLED");
    }

    @Test
    void cancelling_alone_leaves_dependants_waiting_until_it_is_retried_and_done() {
        swarm.submit("a");
        swarm.submit("b", "dependsOn", swarm.list("a"));
        expect(swarm.operate("cancel", "a", "reason", "Not now."), 200);
        assertThat(swarm.state("b")).isEqualTo("WAITING");
        expect(swarm.operate("retry", "a", "reason", "Now."), 200);
        swarm.end("ann", "complete", "a", swarm.claims("ann", "a"));
        assertThat(swarm.state("b")).isEqualTo("QUEUED");
        assertThat(swarm.operate("retry", "b", "reason", "Why not.").code()).isEqualTo("IF_ERR_TASK_STATE");
        assertThat(swarm.operate("release", "b", "reason", "Why not.").code()).isEqualTo("IF_ERR_TASK_STATE");
    }

    @Test
    void a_task_that_is_not_over_can_be_changed() {
        swarm.submit("t", "priority", "P3");
        swarm.submit("u");
        JsonNode patched = expect(patch("t", "priority", "p0", "estimatedCost", "2.5"), 200);
        assertThat(patched.path("priority").asText()).isEqualTo("P0");
        assertThat(patched.path("estimatedCost").decimalValue()).isEqualByComparingTo("2.5");
        assertThat(patched.path("title").asText()).isEqualTo("Title of t");
        long epoch = swarm.claims("ann", "t");
        assertThat(patch("t", "assignee", swarm.of("ann")).code()).isEqualTo("IF_ERR_TASK_STATE");
        swarm.end("ann", "complete", "t", epoch);
        assertThat(patch("t", "priority", "P1").code()).isEqualTo("IF_ERR_TASK_STATE");
    }

    @Test
    void an_assignee_is_told_and_an_empty_one_is_nobody() {
        swarm.enrol("bob");
        swarm.submit("t");
        expect(patch("t", "assignee", swarm.of("bob")), 200);
        assertThat(swarm.claim("ann").status()).isEqualTo(204);
        JsonNode inbox = expect(swarm.api().get(swarm.session("bob") + "/inbox", swarm.token("bob")), 200);
        assertThat(inbox.path("items").findValuesAsText("type")).containsExactly("taskAssigned");
        assertThat(patch("t", "assignee", "nobody").code()).isEqualTo("IF_ERR_UNKNOWN_ASSIGNEE");
        expect(patch("t", "assignee", "\"\""), 200);
        swarm.claims("ann", "t");
    }

    @Test
    void dependencies_can_be_changed_but_not_into_a_cycle() {
        swarm.submit("a");
        swarm.submit("b", "dependsOn", swarm.list("a"));
        swarm.submit("c", "dependsOn", swarm.list("b"));
        for (String cyclic : List.of("a", "b", "c")) {
            Answer refused = patch("a", "dependsOn", swarm.list(cyclic));
            assertThat(refused.code()).isEqualTo("IF_ERR_CYCLIC_DEPENDENCY");
            assertThat(refused.status()).isEqualTo(422);
        }
        assertThat(swarm.state("a")).isEqualTo("QUEUED");
        assertThat(patch("a", "dependsOn", swarm.list("nowhere")).code()).isEqualTo("IF_ERR_UNKNOWN_DEPENDENCY");

        JsonNode free = expect(patch("c", "dependsOn", "[]"), 200);
        assertThat(free.path("state").asText()).isEqualTo("QUEUED");
        JsonNode waiting = expect(patch("a", "dependsOn", swarm.list("c")), 200);
        assertThat(waiting.path("state").asText()).isEqualTo("WAITING");
        assertThat(waiting.path("blockedBy").path(0).asText()).isEqualTo(swarm.of("c"));
        swarm.end("ann", "complete", "c", swarm.claims("ann", "c"));
        swarm.claims("ann", "a");
    }

    // Lists

    @Test
    void tasks_are_listed_newest_first_in_pages_and_by_state_and_assignee() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            swarm.submit("t" + i);
            names.addFirst(swarm.of("t" + i));
        }
        assertThat(pages("/coordinator/tasks?limit=2&swarm=" + swarm.id(), 3)).isEqualTo(names);
        swarm.claims("ann", "t0");
        swarm.submit("mine", "assignee", swarm.of("ann"));
        String list = "/coordinator/tasks?swarm=" + swarm.id();
        assertThat(pages(list + "&state=claimed", 1)).containsExactly(swarm.of("t0"));
        assertThat(pages(list + "&assignee=" + swarm.of("ann"), 1)).containsExactly(swarm.of("mine"));
        assertThat(expect(swarm.api().get("/coordinator/tasks", swarm.token("ann")), 200)
                        .path("items"))
                .as("a session sees its own swarm")
                .hasSize(6);
    }

    @Test
    void sessions_are_listed_in_pages_with_what_they_have_to_do() {
        expect(
                swarm.api()
                        .post(
                                "/coordinator/sessions/batch",
                                "{\"tokens\":true,\"sessions\":[" + enrolment("bob") + "," + enrolment("cid") + "]}",
                                operator),
                201);
        String list = "/coordinator/sessions?limit=2&swarm=" + swarm.id();
        assertThat(pages(list, 2)).containsExactlyInAnyOrder(swarm.of("ann"), swarm.of("bob"), swarm.of("cid"));
        swarm.submit("held");
        long epoch = swarm.claims("ann", "held");
        swarm.submit("mine", "assignee", swarm.of("ann"));
        JsonNode ann = expect(swarm.api().get(swarm.session("ann"), swarm.token("ann")), 200);
        assertThat(ann.path("leases").path(0).path("epoch").asLong()).isEqualTo(epoch);
        assertThat(ann.path("queued").asInt()).isEqualTo(1);
        assertThat(ann.path("account").asText()).isEqualTo("session:" + swarm.of("ann"));
    }

    @Test
    void a_batch_of_sessions_gets_tokens_that_hold() {
        JsonNode enrolled = expect(
                swarm.api()
                        .post(
                                "/coordinator/sessions/batch",
                                "{\"tokens\":true,\"sessions\":[" + enrolment("bob") + "]}",
                                operator),
                201);
        String token =
                enrolled.path("tokens").path(swarm.of("bob")).path("token").asText();
        assertThat(swarm.api()
                        .post(swarm.session("bob") + "/claims", null, token)
                        .status())
                .isEqualTo(204);
    }

    @Test
    void an_overview_counts_tasks_and_sessions() {
        swarm.submit("a");
        swarm.submit("b", "dependsOn", swarm.list("a"));
        JsonNode overview = expect(swarm.api().get("/coordinator/swarms/" + swarm.id(), operator), 200);
        assertThat(overview.path("tasks").path("QUEUED").asInt()).isEqualTo(1);
        assertThat(overview.path("tasks").path("WAITING").asInt()).isEqualTo(1);
        assertThat(overview.path("sessions").path("LIVE").asInt()).isEqualTo(1);
        assertThat(overview.path("oldestQueued").asText())
                .isEqualTo(swarm.read("a").path("createdAt").asText());
        assertThat(pages("/coordinator/swarms?limit=500", 1)).contains(swarm.id());
        JsonNode put =
                expect(swarm.api().put("/coordinator/swarms/" + swarm.id(), Swarm.body("quorum", "3"), operator), 200);
        assertThat(put.path("quorum").asInt()).isEqualTo(3);
    }

    // Over the channel

    @Test
    void a_task_that_is_requested_over_the_channel_is_submitted() {
        request("t", swarm.id());
        await().atMost(PATIENCE)
                .until(() -> swarm.api().get(swarm.task("t"), operator).status() == 200);
        JsonNode task = swarm.read("t");
        assertThat(task.path("payload").path("by").asText()).isEqualTo("channel");
        assertThat(task.path("priority").asText()).isEqualTo("P1");
        assertThat(task.path("traceToken").asText()).isEqualTo("trace-t");
        swarm.claims("ann", "t");
    }

    @Test
    void a_request_that_is_refused_is_a_dead_letter_and_its_replay_works_when_the_fault_is_mended() {
        String later = swarm.of("later");
        request("t", later);
        String letters = "/coordinator/dead-letters?limit=500";
        await().atMost(PATIENCE).until(() -> letter(swarm.api().get(letters, operator)) != null);
        JsonNode letter = letter(swarm.api().get(letters, operator));
        assertThat(letter.path("error").asText()).contains("no swarm " + later);

        expect(swarm.api().put("/coordinator/swarms/" + later, "{}", operator), 200);
        String replay = "/coordinator/dead-letters/" + letter.path("id").asText() + "/replay";
        expect(swarm.api().post(replay, null, operator), 200);
        await().atMost(PATIENCE)
                .until(() -> swarm.api().get(swarm.task("t"), operator).status() == 200);
        assertThat(letter(swarm.api().get(letters, operator))).isNull();
    }

    @Test
    void a_dependency_that_the_channel_names_twice_is_waited_for_once() {
        swarm.submit("a");
        request("t", swarm.id(), List.of(swarm.of("a"), swarm.of("a")));
        await().atMost(PATIENCE)
                .until(() -> swarm.api().get(swarm.task("t"), operator).status() == 200);
        swarm.end("ann", "complete", "a", swarm.claims("ann", "a"));
        assertThat(swarm.read("t").path("state").asText()).isEqualTo("QUEUED");
    }

    private void request(String name, String itsSwarm) {
        request(name, itsSwarm, null);
    }

    private void request(String name, String itsSwarm, List<String> dependsOn) {
        TaskRequested request = new TaskRequested(
                swarm.of(name),
                itsSwarm,
                "Title",
                null,
                null,
                "p1",
                null,
                dependsOn,
                null,
                null,
                "{\"by\":\"channel\"}",
                null);
        transactions
                .run(work -> {
                    work.emit(request, new Trace(null, "trace-" + name));
                    return Uni.createFrom().voidItem();
                })
                .await()
                .atMost(PATIENCE);
    }

    private JsonNode letter(Answer page) {
        for (JsonNode letter : expect(page, 200).path("items")) {
            if (letter.path("subject").asText().equals("task:" + swarm.of("t"))) {
                return letter;
            }
        }
        return null;
    }

    /** The ids on all pages of a list, which must be that many. */
    private List<String> pages(String list, int expected) {
        List<String> ids = new ArrayList<>();
        String cursor = "";
        int pages = 0;
        do {
            JsonNode page = expect(swarm.api().get(list + cursor, operator), 200);
            page.path("items").forEach(item -> ids.add(item.path("id").asText()));
            cursor = page.path("next").isNull()
                    ? null
                    : "&cursor=" + page.path("next").asText();
            pages++;
        } while (cursor != null);
        assertThat(pages).isEqualTo(expected);
        return ids;
    }

    private String enrolment(String name) {
        return Swarm.body("id", swarm.of(name), "swarm", swarm.id());
    }

    private Answer patch(String task, String... members) {
        return swarm.api().patch(swarm.task(task), Swarm.body(members), operator);
    }
}
