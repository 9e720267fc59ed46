package io.infrafabric.gateway.hooks;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two agents that join by one name are one session: what one of them does, the other one is told, and no work is done twice. */
@QuarkusTest
class SameNameTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Swarm swarm;
    private String first;
    private String second;

    @BeforeEach
    void anna_joins_twice() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("anna");
        first = swarm.token("anna");
        swarm.enrol("anna");
        second = swarm.token("anna");
        assertThat(second).isNotEqualTo(first);
    }

    @Test
    void both_work_and_never_on_the_same_task_without_knowing() {
        swarm.submit("one");
        swarm.submit("two");
        String ones = tool(first, "claim_task", "{}");
        String twos = tool(second, "claim_task", "{}");
        assertThat(ones).startsWith("You hold " + swarm.of("one") + " ");
        assertThat(twos).startsWith("You hold " + swarm.of("two") + " ").contains(swarm.of("one"));
        // Which of the two is meant must be said.
        Answer either = call(first, "complete_task", "{}");
        assertThat(either.status()).isEqualTo(400);
        assertThat(either.body().asText()).contains(swarm.of("one") + " (1)", swarm.of("two") + " (1)");

        // One takes the other's task over: a new epoch, by which the other one learns of it.
        tool(second, "claim_task", "{\"task\":\"" + swarm.of("one") + "\"}");
        Answer late = call(first, "complete_task", "{\"task\":\"" + swarm.of("one") + "\",\"epoch\":1}");
        assertThat(late.status()).isEqualTo(409);
        assertThat(late.body().asText()).startsWith("IF_ERR_STALE_EPOCH");
        tool(second, "complete_task", "{\"task\":\"" + swarm.of("one") + "\",\"epoch\":2}");
        assertThat(swarm.state("one")).isEqualTo("DONE");
    }

    @Test
    void the_end_of_one_gives_back_what_the_name_held_and_the_result_of_the_other_one_is_refused() {
        swarm.submit("one");
        tool(first, "claim_task", "{}");
        hook(second, "SessionEnd");
        assertThat(swarm.state("one")).isEqualTo("QUEUED");
        assertThat(swarm.read("one").path("attempts").asInt()).isZero();
        Answer late = call(first, "complete_task", "{\"task\":\"" + swarm.of("one") + "\",\"epoch\":1}");
        assertThat(late.body().asText()).startsWith("IF_ERR_STALE_EPOCH");
        assertThat(swarm.state("one")).isEqualTo("QUEUED");
    }

    private String tool(String token, String tool, String arguments) {
        Answer answer = call(token, tool, arguments);
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(200);
        return answer.body().asText();
    }

    private Answer call(String token, String tool, String arguments) {
        return swarm.api().post("/gateway/tools/" + tool, arguments, token);
    }

    private JsonNode hook(String token, String event) {
        return expect(
                swarm.api()
                        .post(
                                "/gateway/hooks/claude",
                                "{\"hook_event_name\":\"" + event + "\",\"tool_name\":\"Write\",\"reason\":\"other\"}",
                                token),
                200);
    }
}
