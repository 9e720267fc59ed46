package io.infrafabric.gateway.source;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** What GitHub's API lists becomes the same tasks as its deliveries. The API is scripted, its items are GitHub's examples. */
@QuarkusTest
@TestProfile(ScriptedGitHub.class)
class ResyncTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    @Test
    void what_was_missed_is_read_once() {
        Swarm swarm = new Swarm(fabric, operator);
        swarm.enrol("anna");
        String source = "/gateway/sources/" + swarm.of("gh");
        String repository = "r" + swarm.of("").substring(1, 9);
        String wish = "{\"repository\": \"Codertocat/" + repository + "\"}";
        String put = "{\"kind\": \"github\", \"swarm\": \"" + swarm.id() + "\", \"secrets\": [\"s\"]";
        expect(swarm.api().put(source, put + "}", operator), 200);
        Answer without = swarm.api().post(source + "/resync", wish, operator);
        assertThat(without.status()).isEqualTo(400);
        assertThat(without.body().path("field").asText()).isEqualTo("apiToken");
        expect(swarm.api().put(source, put + ", \"apiToken\": \"file:old\"}", operator), 200);
        Answer refused = swarm.api().post(source + "/resync", wish, operator);
        assertThat(refused.status()).isEqualTo(502);
        assertThat(refused.code()).isEqualTo("IF_ERR_SOURCE_API");

        expect(swarm.api().put(source, put + ", \"apiToken\": \"file:api\"}", operator), 200);
        JsonNode read = expect(swarm.api().post(source + "/resync", wish, operator), 202);
        assertThat(read.toString()).isEqualTo("{\"read\":101,\"taken\":101}");
        await().atMost(Duration.ofSeconds(60))
                .until(() -> swarm.api()
                                .get("/coordinator/tasks/gh.Codertocat." + repository + ".101", operator)
                                .status()
                        == 200);
        assertThat(swarm.api()
                        .get("/coordinator/tasks/gh.Codertocat." + repository + ".2", operator)
                        .status())
                .as("closed, and never a task")
                .isEqualTo(404);
        assertThat(expect(swarm.api().post(source + "/resync", wish, operator), 202)
                        .toString())
                .isEqualTo("{\"read\":101,\"taken\":0}");

        String task = "gh.Codertocat." + repository + ".";
        for (String number : new String[] {"5", "6", "101"}) {
            expect(swarm.claim("anna", "taskId", task + number), 201);
        }
        String later = wish.replace(repository, repository + ScriptedGitHub.LATER);
        assertThat(expect(swarm.api().post(source + "/resync", later, operator), 202)
                        .toString())
                .as("one comment is of somebody who may not command, one suite of a branch that names no task")
                .isEqualTo("{\"read\":5,\"taken\":4}");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> task(swarm, task + "101").path("state").asText().equals("DONE"));
        for (String number : new String[] {"5", "6"}) {
            JsonNode failed = task(swarm, task + number);
            assertThat(failed.path("attempts").asInt()).isEqualTo(1);
            assertThat(failed.path("error").asText()).contains("failed: https://");
        }
        assertThat(task(swarm, task + "4").path("state").asText()).isEqualTo("CANCELLED");
        assertThat(task(swarm, task + "3").path("state").asText()).isEqualTo("QUEUED");

        expect(swarm.api().post("/coordinator/tasks/" + task + "4/retry", "{\"reason\": \"again\"}", operator), 200);
        assertThat(expect(swarm.api().post(source + "/resync", later, operator), 202)
                        .path("taken")
                        .asInt())
                .isZero();
        assertThat(task(swarm, task + "4").path("state").asText()).isEqualTo("QUEUED");
        assertThat(expect(swarm.api().get("/coordinator/audit?limit=100", operator), 200)
                        .toString())
                .contains(source.substring(source.lastIndexOf('/') + 1) + "/resync");
    }

    private JsonNode task(Swarm swarm, String id) {
        return expect(swarm.api().get("/coordinator/tasks/" + id, operator), 200);
    }

    @Test
    void a_comment_that_was_delivered_is_not_read_again() {
        Swarm swarm = new Swarm(fabric, operator);
        swarm.enrol("anna");
        String name = swarm.of("gh");
        String repository = "r" + swarm.of("").substring(1, 9);
        expect(
                swarm.api()
                        .put(
                                "/gateway/sources/" + name,
                                "{\"kind\": \"github\", \"swarm\": \"" + swarm.id()
                                        + "\", \"secrets\": [\"s\"], \"apiToken\": \"file:api\"}",
                                operator),
                200);
        ObjectNode comment = (ObjectNode) Deliveries.example("issue_comment", "created");
        ((ObjectNode) comment.path("comment"))
                .put("id", 2)
                .put("body", "/s2 cancel")
                .put("author_association", "MEMBER");
        deliver(name, comment.toString().replace("Codertocat", "with a \\u0000"));
        deliver(name, comment.toString());
        String wish = "{\"repository\": \"Codertocat/" + repository + ScriptedGitHub.LATER + "\"}";
        assertThat(expect(swarm.api().post("/gateway/sources/" + name + "/resync", wish, operator), 202)
                        .path("taken")
                        .asInt())
                .as("two failures and a merge; not the comment")
                .isEqualTo(3);
    }

    /** As the door stores it. */
    private void deliver(String source, String body) {
        var proof = new SourceProof.Genuine("key-" + body.hashCode(), null, "issue_comment", null);
        List<UUID> stored = ReceivedTable.store(
                        pool, List.of(new ReceivedTable.Arriving(source, proof, body, body.length())), 1000)
                .await()
                .atMost(Duration.ofSeconds(30));
        assertThat(stored).doesNotContainNull();
    }
}
