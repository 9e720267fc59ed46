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
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Deliveries through the door, and what becomes of tasks. Bodies are GitHub's documented examples, with the names of the test. */
@QuarkusTest
class SourceTest {
    private static final String SECRET = "a secret of the test";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Swarm swarm;
    private String source;
    private String repository;

    @BeforeEach
    void a_source_of_github() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("anna", "domains", "[\"bug\"]");
        source = swarm.of("gh");
        repository = "r" + UUID.randomUUID().toString().substring(0, 8);
        put("github", "\"secrets\": [\"" + SECRET + "\"]");
    }

    private JsonNode put(String kind, String more) {
        return expect(putting(kind, more), 200);
    }

    private Answer putting(String kind, String more) {
        return putting(kind, more, swarm.id());
    }

    private Answer putting(String kind, String more, String in) {
        String body = "{\"kind\": \"" + kind + "\", \"swarm\": \"" + in + "\", " + more + "}";
        return swarm.api().put("/gateway/sources/" + source, body, operator);
    }

    private JsonNode issue(String action, int number, String title, String... labels) {
        ObjectNode body = (ObjectNode) Deliveries.example("issues", "opened");
        body.put("action", action);
        ObjectNode issue = (ObjectNode) body.path("issue");
        issue.put("number", number).put("title", title).put("state_reason", "not_planned");
        var list = issue.putArray("labels");
        for (String label : labels) {
            list.addObject().put("name", label);
        }
        return ours(body);
    }

    private JsonNode ours(JsonNode body) {
        ((ObjectNode) body.path("repository")).put("name", repository);
        return body;
    }

    private String id(int number) {
        return "gh.Codertocat." + repository + "." + number;
    }

    private Answer send(String secret, String event, String id, String body) {
        return swarm.api()
                .post(
                        "/gateway/webhooks/" + source,
                        body,
                        null,
                        "X-GitHub-Event",
                        event,
                        "X-GitHub-Delivery",
                        id,
                        "X-Hub-Signature-256",
                        "sha256=" + Deliveries.hmac(secret, body));
    }

    /** Sends it, and waits until it is applied; gives it as it is listed. */
    private JsonNode apply(String event, JsonNode body) {
        String id = expect(send(SECRET, event, UUID.randomUUID().toString(), body.toString()), 202)
                .path("id")
                .asText();
        return handled(id);
    }

    private JsonNode handled(String id) {
        return await().atMost(PATIENCE)
                .until(() -> listed(id), one -> !one.path("state").asText().equals("PENDING"));
    }

    private JsonNode listed(String id) {
        for (JsonNode one : expect(
                        swarm.api().get("/gateway/sources/" + source + "/deliveries?limit=100", operator), 200)
                .path("items")) {
            if (one.path("id").asText().equals(id)) {
                return one;
            }
        }
        throw new AssertionError("no delivery " + id);
    }

    private JsonNode task(String id) {
        return expect(swarm.api().get("/coordinator/tasks/" + id, operator), 200);
    }

    private long claim(String id) {
        return expect(swarm.claim("anna", "taskId", id), 201).at("/lease/epoch").asLong();
    }

    @Test
    void an_issue_becomes_a_task_and_a_merged_pull_request_completes_it() {
        JsonNode applied = apply("issues", issue("labeled", 1, "Fix it", "s2", "bug"));
        assertThat(applied.path("state").asText()).as(applied.toString()).isEqualTo("APPLIED");
        JsonNode task = task(id(1));
        assertThat(task.path("title").asText()).isEqualTo("Fix it");
        assertThat(task.path("domains").toString()).isEqualTo("[\"bug\"]");
        assertThat(task.path("completedBy").asText()).isEqualTo(source);
        assertThat(task.path("submittedBy").asText()).isEqualTo("source:" + source);
        assertThat(task.at("/payload/external/data/number").asInt()).isEqualTo(1);

        long epoch = claim(id(1));
        JsonNode early =
                apply("pull_request", merged("s2/" + id(1), Instant.now().minusSeconds(3600)));
        assertThat(early.at("/results/0/effect").asText()).isEqualTo("NOTHING");
        assertThat(early.at("/results/0/text").asText()).contains("granted at");
        assertThat(task(id(1)).path("state").asText()).isEqualTo("CLAIMED");

        apply("pull_request", merged("s2/" + id(1), Instant.now().plusSeconds(1)));
        assertThat(task(id(1)).path("state").asText()).isEqualTo("DONE");
        Answer late = swarm.api()
                .post("/coordinator/tasks/" + id(1) + "/complete", "{\"epoch\": " + epoch + "}", swarm.token("anna"));
        assertThat(late.status()).isEqualTo(409);
        assertThat(late.body().path("reason").asText()).isEqualTo("ENDED_BY_SOURCE");
        assertThat(late.body().path("source").asText()).isEqualTo("source:" + source);
        assertThat(expect(swarm.api().get(swarm.session("anna") + "/inbox", swarm.token("anna")), 200)
                        .toString())
                .contains("leaseLost", "ENDED_BY_SOURCE");
    }

    private JsonNode merged(String branch, Instant at) {
        ObjectNode body = (ObjectNode) Deliveries.example("pull_request", "closed");
        ((ObjectNode) body.path("pull_request")).put("merged", true).put("merged_at", at.toString());
        ((ObjectNode) body.at("/pull_request/head")).put("ref", branch);
        return ours(body);
    }

    @Test
    void a_failed_run_fails_the_claim_that_its_branch_names_and_no_later_one() {
        apply("issues", issue("opened", 2, "Fix it", "s2"));
        long first = claim(id(2));
        JsonNode failed = apply("workflow_run", failed("s2/" + id(2) + "/" + first, Instant.now()));
        assertThat(failed.at("/results/0/effect").asText())
                .as(failed.toString())
                .isEqualTo("DONE");
        JsonNode task = task(id(2));
        assertThat(task.path("attempts").asInt()).isEqualTo(1);
        assertThat(task.path("error").asText()).contains("failed: https://github.com/");

        await().atMost(PATIENCE)
                .until(() -> swarm.claim("anna", "taskId", id(2)).status() == 201);
        JsonNode again = apply(
                "workflow_run",
                failed("s2/" + id(2) + "/" + first, Instant.now().plusSeconds(1)));
        assertThat(again.at("/results/0/effect").asText()).isEqualTo("NOTHING");
        assertThat(task(id(2)).path("state").asText()).isEqualTo("CLAIMED");
        assertThat(task(id(2)).path("attempts").asInt()).isEqualTo(1);
    }

    private JsonNode failed(String branch, Instant at) {
        ObjectNode body = (ObjectNode) Deliveries.example("workflow_run", "completed");
        ((ObjectNode) body.path("workflow_run"))
                .put("conclusion", "failure")
                .put("head_branch", branch)
                .put("created_at", at.toString())
                .remove("head_repository");
        return ours(body);
    }

    @Test
    void an_issue_that_changes_brings_its_task_up_to_date_and_closing_it_cancels() {
        apply("issues", issue("opened", 3, "Old", "s2"));
        JsonNode changed = apply("issues", issue("labeled", 3, "New", "s2", "bug"));
        assertThat(changed.path("state").asText()).as(changed.toString()).isEqualTo("APPLIED");
        assertThat(task(id(3)).path("title").asText()).isEqualTo("New");
        assertThat(task(id(3)).path("domains").toString()).isEqualTo("[\"bug\"]");

        claim(id(3));
        JsonNode held = apply("issues", issue("labeled", 3, "Newer", "s2", "bug"));
        assertThat(held.path("state").asText()).isEqualTo("APPLIED");
        assertThat(held.at("/results/0/effect").asText()).isEqualTo("NOTHING");
        assertThat(task(id(3)).path("title").asText()).isEqualTo("New");

        apply("issues", issue("closed", 3, "New", "s2"));
        assertThat(task(id(3)).path("state").asText()).isEqualTo("CANCELLED");
        ObjectNode comment = (ObjectNode) Deliveries.example("issue_comment", "created");
        ((ObjectNode) comment.path("issue")).put("number", 3);
        ((ObjectNode) comment.path("comment")).put("body", "/s2 retry").put("author_association", "NONE");
        apply("issue_comment", ours(comment));
        assertThat(task(id(3)).path("state").asText()).isEqualTo("CANCELLED");
        ((ObjectNode) comment.path("comment")).put("author_association", "MEMBER");
        apply("issue_comment", ours(comment));
        assertThat(task(id(3)).path("state").asText()).isEqualTo("QUEUED");
    }

    @Test
    void a_source_ends_and_changes_no_task_that_is_not_its_own() {
        swarm.submit("theirs");
        swarm.claims("anna", "theirs");
        JsonNode merged = apply(
                "pull_request", merged("s2/" + swarm.of("theirs"), Instant.now().plusSeconds(1)));
        assertThat(merged.at("/results/0/text").asText()).contains("completedBy");
        assertThat(swarm.state("theirs")).isEqualTo("CLAIMED");
    }

    @Test
    void a_delivery_that_is_known_has_no_second_effect() {
        String body = issue("opened", 4, "Once", "s2").toString();
        JsonNode first = expect(send(SECRET, "issues", "d-1", body), 202);
        JsonNode second = expect(send(SECRET, "issues", "d-1", body), 202);
        assertThat(second.path("repeated").asBoolean()).isTrue();
        assertThat(second.path("id")).isEqualTo(first.path("id"));
        JsonNode known = expect(
                send(SECRET, "issues", "d-1", issue("opened", 40, "Other", "s2").toString()), 202);
        assertThat(known.path("repeated").asBoolean())
                .as("another body under a delivery's id")
                .isTrue();
        Answer replayed = send(SECRET, "issues", "d-2", body);
        assertThat(replayed.status()).isEqualTo(401);
        assertThat(replayed.code()).isEqualTo("IF_ERR_DELIVERY_REPLAYED");
        handled(first.path("id").asText());
        assertThat(task(id(4)).path("version").asInt()).isEqualTo(1);
        assertThat(swarm.api().get("/coordinator/tasks/" + id(40), operator).status())
                .isEqualTo(404);
    }

    @Test
    void what_is_refused_says_why_and_is_listed_without_a_body() {
        String body = issue("opened", 5, "No", "s2").toString();
        Answer wrong = send("another secret", "issues", "d-1", body);
        assertThat(wrong.status()).isEqualTo(401);
        assertThat(wrong.code()).isEqualTo("IF_ERR_BAD_SIGNATURE");
        assertThat(send(SECRET, "issues", "d-2", "[]").status()).isEqualTo(400);
        assertThat(swarm.api()
                        .post("/gateway/webhooks/nobody-" + UUID.randomUUID(), body, null)
                        .code())
                .isEqualTo("IF_ERR_UNKNOWN_SOURCE");
        JsonNode refused =
                expect(swarm.api().get("/gateway/sources/" + source + "/deliveries?state=refused", operator), 200);
        assertThat(refused.path("items").size()).isEqualTo(2);
        assertThat(refused.at("/items/1/why").asText()).contains("signature");
        assertThat(refused.toString()).doesNotContain("Codertocat");
        assertThat(send(SECRET, "issues", "d-1", body).status())
                .as("what was refused is not known")
                .isEqualTo(202);
    }

    @Test
    void secrets_are_rotated_without_a_gap_and_never_shown() {
        JsonNode both = put("github", "\"secrets\": [\"" + SECRET + "\", \"the new one\"]");
        assertThat(both.path("secrets").toString()).isEqualTo("[\"(kept)\",\"(kept)\"]");
        assertThat(send(SECRET, "ping", "d-1", "{\"zen\": 1}").status()).isEqualTo(202);
        assertThat(send("the new one", "ping", "d-2", "{\"zen\": 2}").status()).isEqualTo(202);
        put("github", "\"secrets\": [\"the new one\"]");
        assertThat(send(SECRET, "ping", "d-3", "{\"zen\": 3}").status()).isEqualTo(401);
        assertThat(send("the new one", "ping", "d-4", "{\"zen\": 4}").status()).isEqualTo(202);
    }

    @Test
    void a_rehearsal_says_what_would_happen_and_nothing_does() {
        JsonNode would = expect(
                        swarm.api()
                                .post(
                                        "/gateway/sources/" + source + "/test",
                                        "{\"event\": \"issues\", \"body\": " + issue("opened", 6, "Maybe", "s2") + "}",
                                        operator),
                        200)
                .at("/rules/0");
        assertThat(would.path("matches").asBoolean()).isTrue();
        assertThat(would.path("effect").asText()).isEqualTo("DONE");
        assertThat(would.at("/action/task").asText()).isEqualTo(id(6));
        assertThat(swarm.api().get("/coordinator/tasks/" + id(6), operator).status())
                .isEqualTo(404);
        JsonNode not = expect(
                swarm.api()
                        .post(
                                "/gateway/sources/" + source + "/test",
                                "{\"event\": \"issues\", \"body\": " + issue("opened", 6, "Maybe") + "}",
                                operator),
                200);
        assertThat(not.at("/rules/0/matches").asBoolean()).isFalse();
        assertThat(not.at("/rules/0/text").asText()).contains("label s2");
    }

    @Test
    void all_rules_that_match_fire_in_order_and_a_missing_value_makes_a_dead_delivery() {
        put("github", "\"rules\": [" + """
                {"name": "first", "event": "issues", "do": "submit", "task": "{/key}.1", "title": "{/title}"},
                {"name": "none", "event": "push", "do": "cancel", "task": "{/key}.1"},
                {"name": "bad", "event": "issues", "do": "submit", "task": "{/nothing}", "title": "{/title}"},
                {"name": "last", "event": "issues", "do": "submit", "task": "{/key}.2", "title": "{/title}"}]""");
        String key = swarm.of("k");
        JsonNode dead = apply("issues", Deliveries.json("{\"key\": \"" + key + "\", \"title\": \"T\"}"));
        assertThat(dead.path("state").asText()).isEqualTo("DEAD");
        assertThat(dead.path("why").asText()).startsWith("bad: {/nothing} has no value");
        assertThat(dead.path("results"))
                .extracting(one -> one.path("rule").asText())
                .containsExactly("first", "bad", "last");
        assertThat(task(key + ".1").path("title").asText()).isEqualTo("T");
        assertThat(task(key + ".2").path("title").asText()).isEqualTo("T");

        put("github", "\"rules\": [{\"do\": \"cancel\", \"task\": \"{/key}.1\", \"reason\": \"Not now: {/title}\"}]");
        String path =
                "/gateway/sources/" + source + "/deliveries/" + dead.path("id").asText() + "/replay";
        expect(swarm.api().post(path, null, operator), 200);
        assertThat(handled(dead.path("id").asText()).path("state").asText()).isEqualTo("APPLIED");
        assertThat(task(key + ".1").path("state").asText()).isEqualTo("CANCELLED");
    }

    @Test
    void what_cannot_be_used_is_refused_when_it_is_put() {
        for (String[] bad : new String[][] {
            {
                "\"rules\": [{\"do\": \"cancel\", \"task\": \"t\", \"when\": [{\"pointer\": \"x\", \"equals\": 1}]}]",
                "rules[0].when[0].pointer"
            },
            {"\"secrets\": [\"env:HOME\"]", "secrets[0]"},
            {"\"secrets\": [\"file:/etc/passwd\"]", "secrets[0]"},
            {"\"apiToken\": \"ghp_plain\"", "apiToken"},
            {"\"publicKeys\": [\"whpk_AAAA\"]", "publicKeys"},
            {"\"tolerance\": 9999999", "tolerance"},
            {"\"secrets\": []", "secrets"}
        }) {
            Answer refused = putting("github", bad[0]);
            assertThat(refused.status()).as(bad[0]).isEqualTo(400);
            assertThat(refused.body().path("field").asText()).isEqualTo(bad[1]);
        }
        assertThat(putting("slack", "\"secrets\": [\"x\"]").status()).isEqualTo(400);
        Answer nowhere = putting("github", "\"secrets\": [\"x\"]", "nowhere");
        assertThat(nowhere.status()).isEqualTo(404);
        assertThat(nowhere.code()).isEqualTo("IF_ERR_UNKNOWN_SWARM");
        assertThat(expect(swarm.api().get("/gateway/sources/" + source, operator), 200)
                        .path("version")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void slack_is_answered_with_its_challenge() {
        source = swarm.of("slack");
        put("slack", "\"secrets\": [\"slack secret\"]");
        String body = "{\"type\": \"url_verification\", \"challenge\": \"abc\"}";
        String now = Long.toString(Instant.now().getEpochSecond());
        Answer answer = swarm.api()
                .post(
                        "/gateway/webhooks/" + source,
                        body,
                        null,
                        "X-Slack-Request-Timestamp",
                        now,
                        "X-Slack-Signature",
                        "v0=" + Deliveries.hmac("slack secret", "v0:" + now + ":" + body));
        assertThat(expect(answer, 200).path("challenge").asText()).isEqualTo("abc");
    }

    @Test
    void only_operators_of_its_swarm_reach_a_source() {
        assertThat(swarm.api()
                        .get("/gateway/sources/" + source, swarm.token("anna"))
                        .status())
                .isEqualTo(403);
        assertThat(swarm.api().get("/gateway/sources", null).status()).isEqualTo(401);
        assertThat(expect(swarm.api().get("/gateway/sources?limit=500", operator), 200)
                        .toString())
                .contains(source);
        assertThat(swarm.api().delete("/gateway/sources/" + source, operator).status())
                .isEqualTo(204);
        assertThat(send(SECRET, "ping", "d", "{}").status()).isEqualTo(404);
    }
}
