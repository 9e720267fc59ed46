package io.infrafabric.gateway.source;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.infrafabric.coordinator.Swarm;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * GitHub closes the issue of a pull request that is merged, and often says so first. What somebody works on is then not
 * cancelled before the pull request can complete it; what nobody completes is.
 */
@QuarkusTest
@TestProfile(ScriptedGitHub.class)
class ClosedIssueTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Swarm swarm;
    private String source;
    private String repository;

    @BeforeEach
    void a_source() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("anna");
        source = "/gateway/sources/" + swarm.of("gh");
        repository = "r" + UUID.randomUUID().toString().substring(0, 8);
        String body = "{\"kind\": \"github\", \"swarm\": \"" + swarm.id() + "\", \"secrets\": [\"file:old\"]}";
        expect(swarm.api().put(source, body, operator), 200);
    }

    private String send(String event, JsonNode body) {
        ((ObjectNode) body.path("repository")).put("name", repository);
        String text = body.toString();
        return expect(
                        swarm.api()
                                .post(
                                        source.replace("sources", "webhooks"),
                                        text,
                                        null,
                                        "X-GitHub-Event",
                                        event,
                                        "X-GitHub-Delivery",
                                        UUID.randomUUID().toString(),
                                        "X-Hub-Signature-256",
                                        "sha256=" + Deliveries.hmac(ScriptedGitHub.OLD, text)),
                        202)
                .path("id")
                .asText();
    }

    private JsonNode issue(String action, int number, String reason) {
        ObjectNode body = (ObjectNode) Deliveries.example("issues", "opened");
        body.put("action", action);
        ObjectNode issue = (ObjectNode) body.path("issue");
        issue.put("number", number).put("state_reason", reason);
        issue.putArray("labels").addObject().put("name", "s2");
        return body;
    }

    private JsonNode merged(String task) {
        ObjectNode body = (ObjectNode) Deliveries.example("pull_request", "closed");
        ((ObjectNode) body.path("pull_request"))
                .put("merged", true)
                .put("merged_at", Instant.now().plusSeconds(1).toString());
        ((ObjectNode) body.at("/pull_request/head")).put("ref", "s2/" + task);
        return body;
    }

    private String id(int number) {
        return "gh.Codertocat." + repository + "." + number;
    }

    private String state(int number) {
        return swarm.api()
                .get("/coordinator/tasks/" + id(number), operator)
                .body()
                .path("state")
                .asText();
    }

    private JsonNode delivery(String id) {
        for (JsonNode one :
                expect(swarm.api().get(source + "/deliveries", operator), 200).path("items")) {
            if (one.path("id").asText().equals(id)) {
                return one;
            }
        }
        throw new AssertionError("no delivery " + id);
    }

    private void begun(int number) {
        send("issues", issue("opened", number, null));
        await().atMost(PATIENCE).until(() -> state(number).equals("QUEUED"));
        expect(swarm.claim("anna", "taskId", id(number)), 201);
    }

    @Test
    void the_merge_that_closed_it_completes_it_although_it_comes_later() {
        begun(1);
        String closed = send("issues", issue("closed", 1, "completed"));
        // The next delivery is not held up by the one that waits.
        send("issues", issue("opened", 2, null));
        await().atMost(PATIENCE).until(() -> state(2).equals("QUEUED"));
        assertThat(delivery(closed).path("state").asText()).isEqualTo("PENDING");
        assertThat(state(1)).isEqualTo("CLAIMED");
        send("pull_request", merged(id(1)));
        await().atMost(PATIENCE).until(() -> state(1).equals("DONE"));
        await().atMost(PATIENCE)
                .until(() -> delivery(closed).path("state").asText().equals("APPLIED"));
        assertThat(delivery(closed).at("/results/0/effect").asText()).isEqualTo("NOTHING");
        assertThat(state(1)).isEqualTo("DONE");
    }

    @Test
    void what_nobody_completes_is_cancelled_after_a_while() {
        begun(3);
        String closed = send("issues", issue("closed", 3, "completed"));
        await().atMost(PATIENCE).until(() -> state(3).equals("CANCELLED"));
        assertThat(delivery(closed).at("/results/0/effect").asText()).isEqualTo("DONE");
    }

    @Test
    void what_nobody_holds_or_wants_is_cancelled_at_once() {
        send("issues", issue("opened", 4, null));
        await().atMost(PATIENCE).until(() -> state(4).equals("QUEUED"));
        send("issues", issue("closed", 4, "completed"));
        begun(5);
        String given = send("issues", issue("closed", 5, "not_planned"));
        send("issues", issue("opened", 6, null));
        await().atMost(PATIENCE).until(() -> state(6).equals("QUEUED"));
        assertThat(delivery(given).at("/results/0/effect").asText())
                .as("deliveries are applied in their order, and this one did not wait")
                .isEqualTo("DONE");
        assertThat(state(5)).isEqualTo("CANCELLED");
        assertThat(state(4)).isEqualTo("CANCELLED");
    }
}
