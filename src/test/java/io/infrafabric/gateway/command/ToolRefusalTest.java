package io.infrafabric.gateway.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.Described;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What {@code POST /gateway/tools/{tool}} refuses, and how: every answer here is held against the OpenAPI document, a text by the code
 * with which it begins.
 */
@QuarkusTest
class ToolRefusalTest {
    /** The calls of REST behind the tools, by their ids. */
    private static final Set<String> BEHIND = Set.of(
            "claim",
            "completeTask",
            "failTask",
            "releaseTask",
            "renewLease",
            "submitTask",
            "readInbox",
            "acknowledgeInbox",
            "getTask",
            "getSession",
            "getDecision",
            "getClaim",
            "getBlocker",
            "getAccount",
            "getCase",
            "raiseBlocker",
            "acceptBlocker",
            "declineBlocker",
            "messageBlocker",
            "resolveBlocker",
            "withdrawBlocker",
            "putWaits",
            "castVote",
            "askHuman",
            "stateClaim",
            "reportCost");

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Swarm swarm;

    @BeforeEach
    void a_session() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
    }

    @Test
    void all_that_the_calls_behind_the_tools_refuse_is_described() {
        JsonNode tool = Described.application().document().at("/paths/~1gateway~1tools~1{tool}/post");
        Set<String> described = codes(tool);
        Set<String> behind = new TreeSet<>();
        Set<String> found = new TreeSet<>();
        Described.application()
                .document()
                .path("paths")
                .forEach(path -> path.forEach(operation -> {
                    if (BEHIND.contains(operation.path("operationId").asText())) {
                        found.add(operation.path("operationId").asText());
                        behind.addAll(codes(operation));
                    }
                }));
        assertThat(found).containsExactlyInAnyOrderElementsOf(BEHIND);
        assertThat(described).containsAll(behind).contains("IF_ERR_NOT_FOUND");
    }

    private static Set<String> codes(JsonNode operation) {
        Set<String> codes = new TreeSet<>();
        operation.path("responses").forEach(response -> {
            JsonNode at = response.has("$ref")
                    ? Described.application()
                            .document()
                            .at(response.path("$ref").asText().substring(1))
                    : response;
            at.path("x-codes").forEach(code -> codes.add(code.asText()));
        });
        return codes;
    }

    @ParameterizedTest
    @CsvSource({
        "dance, {}, 404, IF_ERR_NOT_FOUND, GET /gateway/tools",
        "why, '{\"id\": \"none\"}', 404, IF_ERR_NOT_FOUND, Nothing in your reach has the id none",
        "complete_task, {}, 400, IF_ERR_BAD_INPUT, you hold none",
        "complete_task, '{\"task\": \"none\", \"epoch\": 1}', 404, IF_ERR_UNKNOWN_TASK, none",
        "complete_task, '{\"task\": \"none\", \"epoch\": \"soon\"}', 400, IF_ERR_BAD_INPUT, epoch",
        "claim_task, '{\"waitSeconds\": \"long\"}', 400, IF_ERR_BAD_INPUT, waitSeconds",
        "claim_task, '[]', 400, IF_ERR_BAD_INPUT, a JSON object",
        "claim_task, '{', 400, IF_ERR_BAD_INPUT, a JSON object",
        "submit_task, {}, 400, IF_ERR_BAD_INPUT, title",
        "vote, '{\"decision\": \"none\", \"vote\": \"approve\", \"rationale\": \"r\"}', 404, IF_ERR_UNKNOWN_DECISION, none",
        "report_wait, '{\"on\": [\"task:none\"]}', 404, IF_ERR_UNKNOWN_TASK, none",
        "ask_human, '{\"question\": \"q\", \"deadline\": \"soon\"}', 400, IF_ERR_BAD_INPUT, deadline",
        "answer_help, '{\"blocker\": \"none\", \"answer\": \"accept\"}', 404, IF_ERR_UNKNOWN_BLOCKER, none",
    })
    void a_refusal_is_a_text_that_begins_with_its_code_and_says_what_to_do(
            String tool, String body, int status, String code, String says) {
        Answer refused = call(tool, body, swarm.token("ann"));
        assertThat(refused.status()).as("%s", refused.body()).isEqualTo(status);
        assertThat(refused.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/plain");
        assertThat(refused.body().asText()).startsWith(code + ": ").contains(says);
    }

    @Test
    void a_lease_that_was_lost_is_refused_with_the_reason_and_nothing_changes() {
        swarm.submit("t");
        long epoch = swarm.claims("ann", "t");
        assertThat(swarm.operate("release", "t", "reason", "MAINTENANCE").status())
                .isEqualTo(200);
        JsonNode before = swarm.read("t");
        Answer late = call(
                "complete_task", "{\"task\":\"" + swarm.of("t") + "\",\"epoch\":" + epoch + "}", swarm.token("ann"));
        assertThat(late.status()).isEqualTo(409);
        assertThat(late.body().asText()).startsWith("IF_ERR_STALE_EPOCH: ").contains("What to do: ");
        assertThat(swarm.read("t")).isEqualTo(before);
    }

    @Test
    void who_may_not_call_is_refused_before_any_tool_as_everywhere() {
        Answer nobody = call("why", "{}", null);
        assertThat(nobody.status()).isEqualTo(401);
        assertThat(nobody.code()).isEqualTo("IF_ERR_UNAUTHENTICATED");
        Answer boss = call("why", "{}", operator);
        assertThat(boss.status()).isEqualTo(403);
        assertThat(boss.code()).isEqualTo("IF_ERR_FORBIDDEN");
    }

    private Answer call(String tool, String body, String token, String... headers) {
        return swarm.api().post("/gateway/tools/" + tool, body, token, headers);
    }
}
