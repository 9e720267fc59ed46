package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.body;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A task is assigned only to whoever has all that it requires, and only for as long. */
@QuarkusTest
class RequirementsTest {
    private static final String TASKS = "/coordinator/tasks";
    private static final String DOCKER = "[\"docker\"]";

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Swarm swarm;

    @BeforeEach
    void ann_has_docker_and_bob_has_not() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann", "domains", "[\"gpu\",\"cli\"]", "tools", DOCKER);
        swarm.enrol("bob", "domains", "[\"cli\"]");
    }

    @Test
    void an_assignee_that_lacks_a_name_is_refused_with_what_is_missing() {
        lacks(submit("one", "assignee", swarm.of("bob"), "requires", "[\"gpu\",\"docker\",\"cli\"]"));
        String batch = "{\"tasks\":[" + swarm.taskBody("two") + ","
                + swarm.taskBody("three", "assignee", swarm.of("bob"), "requires", "[\"docker\",\"gpu\"]") + "]}";
        lacks(swarm.api().post(TASKS + "/batch", batch, operator));
        assertThat(swarm.api().get(swarm.task("two"), operator).status()).isEqualTo(404);
        swarm.submit("four", "requires", "[\"docker\",\"gpu\"]");
        lacks(patch("four", "assignee", swarm.of("bob")));
        assertThat(swarm.read("four").has("assignee")).isFalse();
        expect(patch("four", "assignee", swarm.of("ann")), 200);
        swarm.submit("five", "assignee", swarm.of("ann"), "requires", "[\"gpu\",\"docker\",\"cli\"]");
    }

    private void lacks(Answer answer) {
        expect(answer, 422);
        assertThat(answer.code()).isEqualTo("IF_ERR_REQUIREMENT_MISSING");
        assertThat(answer.body().path("missing").toString()).isEqualTo("[\"docker\",\"gpu\"]");
        assertThat(answer.body().path("field").asText()).isEqualTo("assignee");
        assertThat(answer.body().path("session").asText()).isEqualTo(swarm.of("bob"));
    }

    @Test
    void who_loses_a_name_loses_the_assignments_that_require_it_and_goes_on_with_what_it_holds() {
        swarm.submit("held", "assignee", swarm.of("ann"), "requires", DOCKER, "priority", "P0");
        long epoch = swarm.claims("ann", "held");
        swarm.submit("queued", "assignee", swarm.of("ann"), "requires", DOCKER);
        swarm.submit("blocked", "assignee", swarm.of("ann"), "requires", DOCKER, "dependsOn", swarm.list("held"));
        swarm.submit("over", "assignee", swarm.of("ann"), "requires", DOCKER);
        expect(swarm.operate("cancel", "over", "reason", "Not now."), 200);
        swarm.submit("other", "assignee", swarm.of("ann"), "requires", "[\"gpu\"]");
        expect(swarm.api().put(swarm.session("ann"), body("tools", "[\"gpu\"]", "domains", DOCKER), operator), 200);
        assertThat(swarm.read("queued").path("assignee").asText())
                .as("a tool that has become a domain is not lost")
                .isEqualTo(swarm.of("ann"));

        expect(swarm.api().put(swarm.session("ann"), body("domains", "[\"cli\"]"), swarm.token("ann")), 200);
        for (String task : new String[] {"held", "queued", "blocked", "over"}) {
            assertThat(swarm.read(task).has("assignee")).as(task).isFalse();
        }
        assertThat(swarm.read("other").path("assignee").asText()).isEqualTo(swarm.of("ann"));
        JsonNode queued = swarm.read("queued");
        assertThat(queued.path("history").findValuesAsText("what")).containsExactly("submitted", "unassigned");
        assertThat(queued.path("history").path(1).path("note").asText()).isEqualTo(swarm.of("ann"));
        JsonNode told = expect(swarm.api().get(swarm.session("ann") + "/inbox", swarm.token("ann")), 200)
                .path("items");
        assertThat(IntStream.range(0, told.size())
                        .mapToObj(told::path)
                        .filter(notice -> notice.path("type").asText().equals("taskUnassigned"))
                        .map(notice -> notice.path("subject").asText())
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(
                        "task:" + swarm.of("held"), "task:" + swarm.of("queued"), "task:" + swarm.of("blocked"));
        expect(swarm.end("ann", "complete", "held", epoch), 200);
        assertThat(swarm.state("queued")).isEqualTo("QUEUED");
        expect(swarm.operate("retry", "over", "reason", "Now."), 200);
    }

    @Test
    void twenty_names_are_taken_and_kept_in_one_order_and_no_more_and_none_that_is_empty() {
        String twenty = names(20);
        JsonNode task = swarm.submit("twenty", "requires", twenty);
        assertThat(task.path("requires")).hasSize(20);
        assertThat(task.path("requires").path(2).asText()).isEqualTo("n10");
        bad(submit("many", "requires", names(21)), "requires");
        bad(submit("empty", "requires", "[\"\"]"), "requires");
        bad(submit("comma", "requires", "[\"a,b\"]"), "requires");
        bad(submit("none", "requires", "[null]"), "requires");
        JsonNode free = swarm.submit("free", "requires", "[]");
        assertThat(free.has("requires")).isFalse();
    }

    private static String names(int count) {
        return IntStream.range(0, count).mapToObj(i -> "\"n" + i + "\"").collect(Collectors.joining(",", "[", "]"));
    }

    private static void bad(Answer answer, String field) {
        expect(answer, 400);
        assertThat(answer.body().path("field").asText()).isEqualTo(field);
    }

    private Answer submit(String name, String... more) {
        return swarm.api().post(TASKS, swarm.taskBody(name, more), operator);
    }

    private Answer patch(String name, String... members) {
        return swarm.api().patch(swarm.task(name), body(members), operator);
    }
}
