package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.body;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.door.identity.Tokens;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is in another swarm is to sessions and operators of this one as what does not exist; who only reads writes nothing. */
@QuarkusTest
class ReachTest {
    private static final String TASKS = "/coordinator/tasks";

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Tokens tokens;

    private Swarm swarm;
    private Swarm other;
    private String limited;

    @BeforeEach
    void two_swarms() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
        other = new Swarm(fabric, operator);
        other.enrol("eve");
        other.submit("theirs");
        other.claims("eve", "theirs");
        limited = token(new Caller("limited", swarm.id(), Role.OPERATOR));
    }

    private String token(Caller caller) {
        return tokens.issueAll(List.of(caller), null)
                .await()
                .indefinitely()
                .getFirst()
                .token();
    }

    /** The same answer for both ids, apart from the ids themselves and the trace. */
    private void same(String known, Function<String, Answer> call) {
        String unknown = known.replaceAll("^[a-z]+", "nothing");
        Answer one = call.apply(known);
        Answer none = call.apply(unknown);
        assertThat(one.status()).isEqualTo(none.status()).isGreaterThanOrEqualTo(400);
        assertThat(told(one.body(), known))
                .isEqualTo(told(none.body(), unknown))
                .doesNotContain(other.id());
    }

    private static String told(JsonNode body, String id) {
        ((ObjectNode) body).remove("traceToken");
        return body.toString().replace(id, "ID");
    }

    @Test
    void a_session_cannot_tell_a_task_of_another_swarm_from_none() {
        String ann = swarm.token("ann");
        String theirs = other.of("theirs");
        for (String how : List.of("complete", "fail", "release", "renew")) {
            for (int epoch = 0; epoch <= 2; epoch++) {
                String body = body("epoch", Integer.toString(epoch)).replace("}", ",\"error\":\"E\"}");
                String sent = how.equals("fail") ? body : body("epoch", Integer.toString(epoch));
                same(theirs, id -> swarm.api().post(TASKS + "/" + id + "/" + how, sent, ann));
            }
        }
        same(theirs, id -> swarm.api().get(TASKS + "/" + id, ann));
        same(theirs, id -> swarm.claim("ann", "taskId", id));
        same(theirs, id -> swarm.api().post(TASKS, swarm.taskBody("x", "dependsOn", "[\"" + id + "\"]"), ann));
        same(theirs, id -> swarm.api().post(TASKS + "/" + id + "/cancel", body("reason", "Why."), ann));
        JsonNode beat = expect(
                swarm.api()
                        .post(
                                swarm.session("ann") + "/heartbeat",
                                "{\"leases\":[{\"task\":\"" + theirs
                                        + "\",\"epoch\":1},{\"task\":\"none\",\"epoch\":1}]}",
                                ann),
                200);
        assertThat(beat.path("leases").findValuesAsText("lost")).containsExactly("UNKNOWN_TASK", "UNKNOWN_TASK");
        assertThat(other.state("theirs")).isEqualTo("CLAIMED");
    }

    @Test
    void an_operator_of_another_swarm_cannot_either() {
        String theirs = other.of("theirs");
        String reason = body("reason", "Why.");
        for (String how : List.of("cancel", "retry", "release")) {
            same(theirs, id -> swarm.api().post(TASKS + "/" + id + "/" + how, reason, limited));
        }
        same(theirs, id -> swarm.api().get(TASKS + "/" + id, limited));
        same(theirs, id -> swarm.api().patch(TASKS + "/" + id, body("priority", "P0"), limited));
        swarm.submit("mine");
        same(theirs, id -> swarm.api().patch(swarm.task("mine"), body("dependsOn", "[\"" + id + "\"]"), limited));
        same(other.of("eve"), id -> swarm.api().get("/coordinator/sessions/" + id, limited));
        same(other.of("eve"), id -> swarm.api().delete("/coordinator/sessions/" + id, limited));
        same(other.of("eve"), id -> swarm.api().patch(swarm.task("mine"), body("assignee", id), limited));
    }

    @Test
    void an_assignee_of_another_swarm_or_one_that_left_is_refused_like_an_unknown_one() {
        same(other.of("eve"), id -> swarm.api().post(TASKS, swarm.taskBody("x", "assignee", id), operator));
        swarm.enrol("gone");
        expect(swarm.api().delete(swarm.session("gone"), operator), 200);
        same(swarm.of("gone"), id -> swarm.api().post(TASKS, swarm.taskBody("x", "assignee", id), operator));
        swarm.submit("mine");
        same(swarm.of("gone"), id -> swarm.api().patch(swarm.task("mine"), body("assignee", id), operator));
        JsonNode refused = expect(swarm.api().patch(swarm.task("mine"), body("assignee", "nobody"), operator), 422);
        assertThat(refused.path("code").asText()).isEqualTo("IF_ERR_UNKNOWN_ASSIGNEE");
    }

    @Test
    void an_id_that_another_swarm_uses_is_taken_and_no_more_is_said() {
        JsonNode taken = expect(
                swarm.api()
                        .post(
                                TASKS,
                                body("id", other.of("theirs"), "swarm", swarm.id(), "title", "T"),
                                swarm.token("ann")),
                409);
        assertThat(taken.path("code").asText()).isEqualTo("IF_ERR_TASK_EXISTS");
        assertThat(taken.toString())
                .doesNotContain(other.id())
                .doesNotContain("CLAIMED")
                .doesNotContain("epoch");
    }

    @Test
    void a_viewer_is_refused_an_empty_batch_too() {
        String viewer = token(new Caller("dan", null, Role.VIEWER));
        expect(swarm.api().post("/coordinator/sessions/batch", "{\"sessions\":[]}", viewer), 403);
        expect(swarm.api().post("/coordinator/sessions/batch", "{\"sessions\":[]}", swarm.token("ann")), 403);
        expect(swarm.api().post("/coordinator/sessions/batch", "{\"sessions\":[]}", operator), 400);
        expect(swarm.api().post(TASKS + "/batch", "{\"tasks\":[]}", viewer), 403);
        expect(swarm.api().post(TASKS + "/batch", "{\"tasks\":[]}", operator), 400);
    }

    @Test
    void a_claim_waits_in_a_paused_swarm_until_it_is_resumed() {
        swarm.submit("t");
        expect(swarm.api().post("/coordinator/swarms/" + swarm.id() + "/pause", body("reason", "Why."), operator), 200);
        Answer now = swarm.claim("ann");
        assertThat(now.status()).isEqualTo(409);
        assertThat(now.headers().firstValue("Retry-After")).hasValue("10");
        Answer after = swarm.claim("ann", "waitSeconds", "1");
        assertThat(after.status()).isEqualTo(409);
        assertThat(after.body().path("code").asText()).isEqualTo("IF_ERR_SWARM_PAUSED");
        CompletableFuture<Answer> waiting = swarm.claimLater("ann", "waitSeconds", "50");
        expect(swarm.api().post("/coordinator/swarms/" + swarm.id() + "/resume", "", operator), 200);
        assertThat(expect(waiting.join(), 201).at("/task/id").asText()).isEqualTo(swarm.of("t"));
    }

    @Test
    void a_batch_with_as_many_dependencies_as_may_be_is_linked_and_one_with_more_is_refused_as_such() {
        JsonNode refused = expect(swarm.api().post(TASKS + "/batch", batch(501), operator), 422);
        assertThat(refused.path("code").asText()).isEqualTo("IF_ERR_TOO_MANY_DEPENDENCIES");
        assertThat(refused.path("max").asInt()).isEqualTo(50_000);
        assertThat(expect(swarm.api().post(TASKS + "/batch", batch(500), operator), 201)
                        .path("tasks"))
                .hasSize(600);
    }

    /** A hundred tasks, and so many that depend on all of these. */
    private String batch(int dependants) {
        StringBuilder all = new StringBuilder("{\"tasks\":[");
        StringBuilder first = new StringBuilder();
        for (int i = 0; i < 100 + dependants; i++) {
            String id = swarm.of("e" + i);
            all.append(i == 0 ? "" : ",")
                    .append(body(
                            "id",
                            id,
                            "swarm",
                            swarm.id(),
                            "title",
                            "T",
                            "dependsOn",
                            i < 100 ? "[]" : "[" + first + "]"));
            if (i < 100) {
                first.append(i == 0 ? "" : ",").append('"').append(id).append('"');
            }
        }
        return all.append("]}").toString();
    }
}
