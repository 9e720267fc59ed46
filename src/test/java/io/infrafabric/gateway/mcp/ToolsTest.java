package io.infrafabric.gateway.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.Swarm;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What agents do by tools: the same as over REST, answered in a sentence. */
@QuarkusTest
class ToolsTest {
    /** A token of common tokenizers has about four characters of such JSON; the exact count is {@code McpSdksIT}'s. */
    private static final int MOST_CHARACTERS = 5200;

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    OfferedTools offered;

    private Swarm swarm;
    private McpCalls ann;
    private McpCalls bob;

    @BeforeEach
    void two_sessions() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
        swarm.enrol("bob");
        ann = new McpCalls(fabric, "", swarm.token("ann"));
        bob = new McpCalls(fabric, "", swarm.token("bob"));
    }

    @Test
    void the_descriptions_of_all_tools_are_short() {
        assertThat(offered.listed(false).toString()).hasSizeLessThan(MOST_CHARACTERS);
    }

    @Test
    void a_task_is_claimed_renewed_and_completed() throws Exception {
        swarm.submit("t", "payload", "{\"what\":\"paint it\"}", "estimatedCost", "2.5");
        String task = "\"task\":\"" + swarm.of("t") + "\"";
        assertThat(ann.tool("claim_task", ""))
                .contains("You hold " + swarm.of("t") + " (P2), epoch 1, until ")
                .contains("{\"what\":\"paint it\"}")
                .contains("You have $47.5 left today.")
                .contains("complete_task");
        assertThat(ann.tool("why", "")).contains("You hold " + swarm.of("t") + ", epoch 1");
        assertThat(ann.tool("renew_lease", task + ",\"epoch\":1,\"leaseSeconds\":600"))
                .startsWith("You hold " + swarm.of("t") + ", epoch 1, until ");
        // Models write numbers as texts now and then.
        assertThat(ann.tool("complete_task", task + ",\"epoch\":\"1\",\"result\":\"ok\""))
                .contains("is DONE");
        assertThat(swarm.read("t").path("result").asText()).isEqualTo("ok");
        assertThat(ann.tool("claim_task", "")).contains("There is no task for you now");
    }

    @Test
    void a_task_is_released_and_failed() throws Exception {
        swarm.submit("t");
        String task = "\"task\":\"" + swarm.of("t") + "\",\"epoch\":";
        ann.tool("claim_task", "");
        assertThat(ann.tool("release_task", task + "1")).contains("You no longer hold");
        bob.tool("claim_task", "");
        assertThat(bob.tool("fail_task", task + "2,\"error\":\"no paint\""))
                .contains("it is QUEUED after 1 of 3 attempts");
        assertThat(ann.tool("why", "\"id\":\"" + swarm.of("t") + "\"")).contains("no paint");
    }

    @Test
    void a_refusal_says_its_code_and_what_to_do_and_why_remembers_it() throws Exception {
        JsonNode refused =
                ann.call("tools/call", "\"name\":\"complete_task\",\"arguments\":{\"task\":\"none\",\"epoch\":1}");
        assertThat(refused.path("result").path("isError").asBoolean()).isTrue();
        assertThat(McpCalls.text(refused)).startsWith("IF_ERR_UNKNOWN_TASK: ").contains("What to do: ");
        assertThat(ann.tool("why", "")).contains("Your last call of complete_task was refused. IF_ERR_UNKNOWN_TASK");
        assertThat(bob.tool("why", "")).doesNotContain("refused");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "complete_task | \"task\":\"t\"                     | epoch: expected a whole number",
                "complete_task | \"task\":\"t\",\"epoch\":\"one\"   | epoch: expected a whole number",
                "complete_task | \"task\":\"t\",\"epoch\":1.5       | epoch: expected a whole number",
                "complete_task | \"task\":3,\"epoch\":1             | task: expected a text",
                "claim_task    | \"taskId\":\"t\"                   | claim_task has no argument taskId",
                "claim_task    | \"waitSeconds\":-1                 | waitSeconds: expected seconds, 0 to 45",
                "vote          | \"decision\":\"d\",\"vote\":\"yes\",\"rationale\":\"r\" | vote: expected one of approve, reject, abstain",
                "report_wait   | \"on\":[1]                         | on: expected a list of texts",
                "fail_task     | \"task\":\"t\",\"epoch\":1         | error: expected a text",
            })
    void a_bad_argument_is_named(String tool, String arguments, String said) throws Exception {
        assertThat(ann.tool(tool, arguments)).contains(said);
    }

    @Test
    void another_sessions_claim_is_not_to_be_ended() throws Exception {
        swarm.submit("t");
        ann.tool("claim_task", "");
        String call = "\"task\":\"" + swarm.of("t") + "\",\"epoch\":1";
        assertThat(bob.tool("complete_task", call)).startsWith("IF_ERR_FORBIDDEN");
        assertThat(swarm.state("t")).isEqualTo("CLAIMED");
        Swarm other = new Swarm(fabric, operator);
        other.enrol("eve");
        McpCalls eve = new McpCalls(fabric, "", other.token("eve"));
        assertThat(eve.tool("why", "\"id\":\"" + swarm.of("t") + "\"")).startsWith("IF_ERR_NOT_FOUND");
    }

    @Test
    void a_task_is_submitted_and_explained() throws Exception {
        assertThat(ann.tool(
                        "submit_task",
                        "\"title\":\"Paint it\",\"id\":\"" + swarm.of("p") + "\",\"priority\":\"P1\",\"assignee\":\""
                                + swarm.of("bob") + "\""))
                .contains("Task " + swarm.of("p") + " is QUEUED");
        assertThat(ann.tool("why", "\"id\":\"task:" + swarm.of("p") + "\""))
                .contains("is QUEUED (P1")
                .contains("\"Paint it\"");
        assertThat(bob.tool("read_inbox", "")).contains("1. Task " + swarm.of("p") + " is assigned to you");
        assertThat(bob.tool("read_inbox", "\"ackUpTo\":1")).isEqualTo("Your inbox is empty.");
        JsonNode read = bob.call("resources/read", "\"uri\":\"s2://task/" + swarm.of("p") + "\"");
        assertThat(read.path("result").path("contents").path(0).path("text").asText())
                .contains("Paint it");
        assertThat(bob.call("resources/read", "\"uri\":\"s2://me\"").toString()).contains(swarm.of("bob"));
        assertThat(bob.call("resources/read", "\"uri\":\"s2://inbox\"").toString())
                .contains("items");
    }

    @Test
    void structured_answers_are_those_of_rest() throws Exception {
        swarm.submit("t");
        McpCalls structured = new McpCalls(fabric, "?structured=true", swarm.token("ann"));
        JsonNode claimed =
                structured.call("tools/call", "\"name\":\"claim_task\"").path("result");
        assertThat(claimed.path("structuredContent").path("lease").path("epoch").asInt())
                .isEqualTo(1);
        JsonNode refused = structured
                .call("tools/call", "\"name\":\"why\",\"arguments\":{\"id\":\"nothing\"}")
                .path("result");
        assertThat(refused.path("structuredContent").path("code").asText()).isEqualTo("IF_ERR_NOT_FOUND");
    }

    @Test
    void help_is_asked_for_and_given() throws Exception {
        swarm.enrol("cat", "domains", "[\"sip\"]");
        McpCalls cat = new McpCalls(fabric, "?structured=true", swarm.token("cat"));
        String asked = ann.tool("ask_for_help", "\"description\":\"no dial tone\",\"domains\":[\"sip\"]");
        assertThat(asked).contains("Blocker ").contains("Asked: " + swarm.of("cat"));
        String blocker = asked.split(" ", 3)[1];
        assertThat(cat.tool("answer_help", "\"blocker\":\"" + blocker + "\",\"answer\":\"accept\""))
                .contains("is ASSIGNED");
        assertThat(cat.tool("answer_help", "\"blocker\":\"" + blocker + "\",\"answer\":\"message\""))
                .contains("text: expected");
        assertThat(cat.tool(
                        "answer_help", "\"blocker\":\"" + blocker + "\",\"answer\":\"message\",\"text\":\"dial 0\""))
                .contains("Blocker " + blocker);
        assertThat(ann.tool("why", "\"id\":\"" + blocker + "\"")).contains("no dial tone");
        assertThat(ann.tool("answer_help", "\"blocker\":\"" + blocker + "\",\"answer\":\"resolve\""))
                .contains("is RESOLVED");
    }

    @Test
    void a_human_is_asked() throws Exception {
        String asked = ann.tool("ask_human", "\"question\":\"Which?\",\"options\":[\"blue\"],\"onNoAnswer\":\"blue\"");
        assertThat(asked).startsWith("A human is asked (case ").contains("it is \"blue\", if nobody answers.");
        String id = asked.replaceAll(".*\\(case ([^)]*)\\).*", "$1");
        assertThat(ann.tool("why", "\"id\":\"" + id + "\"")).contains("is OPEN. You asked: \"Which?\". At ");
        assertThat(bob.tool("why", "\"id\":\"" + id + "\"")).startsWith("IF_ERR_NOT_FOUND");
        swarm.api().post("/escalation/cases/" + id + "/resolve", "{\"option\":\"blue\"}", operator);
        assertThat(ann.tool("read_inbox", "\"waitSeconds\":30"))
                .contains("1. Your question \"Which?\" (case " + id + ") is answered by operator:")
                .contains(": \"blue\".");
        assertThat(ann.tool("why", "\"id\":\"case:" + id + "\""))
                .contains("is RESOLVED")
                .contains(": \"blue\".");
    }

    @Test
    void waits_votes_claims_and_costs_are_told() throws Exception {
        assertThat(ann.tool("report_wait", "\"on\":[\"" + swarm.of("bob") + "\"],\"reason\":\"its contract\""))
                .isEqualTo("You wait for session:" + swarm.of("bob") + ".");
        assertThat(ann.tool("report_wait", "\"on\":[]")).isEqualTo("You wait for nothing.");

        String decision = "{\"id\":\"" + swarm.of("d") + "\",\"swarm\":\"" + swarm.id()
                + "\",\"summary\":\"Paint it\",\"rationale\":\"It is grey.\",\"quorum\":2}";
        assertThat(swarm.api().post("/consensus/decisions", decision, operator).status())
                .isEqualTo(201);
        assertThat(ann.tool(
                        "vote",
                        "\"decision\":\"" + swarm.of("d") + "\",\"vote\":\"reject\",\"rationale\":\"Grey is fine.\""))
                .contains("Your vote on " + swarm.of("d") + " counts: ");
        assertThat(bob.tool("why", "\"id\":\"" + swarm.of("d") + "\""))
                .contains("is OPEN")
                .contains("Grey is fine.");

        assertThat(
                        ann.tool(
                                "state_claim",
                                "\"id\":\"" + swarm.of("c")
                                        + "\",\"statement\":\"It is grey\",\"confidence\":0.9,\"evidence\":[\"https://example.org/a\"]"))
                .contains("Claim " + swarm.of("c") + " (version 1)");
        assertThat(bob.tool("why", "\"id\":\"" + swarm.of("c") + "\"")).contains("\"It is grey\"");

        assertThat(ann.tool("report_cost", "\"amount\":1.25,\"model\":\"sonnet\""))
                .contains("has spent $1.25 today");
        assertThat(ann.tool("why", "\"id\":\"session:" + swarm.of("ann") + "\""))
                .contains("$48.75 is left");
    }
}
