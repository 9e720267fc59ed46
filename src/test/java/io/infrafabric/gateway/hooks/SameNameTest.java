package io.infrafabric.gateway.hooks;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two agents that join by one name are one session: what one of them does, the other one is told, and no work is done twice. */
@QuarkusTest
class SameNameTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

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
    void the_end_of_one_takes_nothing_from_the_other_one_and_the_end_of_the_last_gives_back_all() {
        hook(first, "a", "SessionStart");
        hook(second, "b", "SessionStart");
        swarm.submit("one");
        swarm.submit("two");
        tool(first, "claim_task", "{}");
        hook(first, "a", "PostToolUse");
        tool(second, "claim_task", "{}");
        hook(second, "b", "PostToolUse");
        hook(second, "b", "SessionEnd");
        assertThat(swarm.state("one")).isEqualTo("CLAIMED");
        assertThat(swarm.state("two"))
                .as("its name still has it, and the one that goes on")
                .isEqualTo("CLAIMED");
        tool(first, "complete_task", "{\"task\":\"" + swarm.of("one") + "\",\"epoch\":1}");
        assertThat(hook(first, "a", "Stop").path("reason").asText())
                .as("it is kept from stopping while the name holds what the other one left")
                .contains(swarm.of("two"));
        hook(first, "a", "SessionEnd");
        assertThat(swarm.state("two")).isEqualTo("QUEUED");
        assertThat(swarm.read("two").path("attempts").asInt()).isZero();
    }

    @Test
    void the_result_of_one_that_goes_on_after_the_end_of_all_is_refused() {
        swarm.submit("one");
        tool(first, "claim_task", "{}");
        hook(second, "b", "SessionEnd");
        assertThat(swarm.state("one"))
                .as("no hook of another one was ever seen")
                .isEqualTo("QUEUED");
        Answer late = call(first, "complete_task", "{\"task\":\"" + swarm.of("one") + "\",\"epoch\":1}");
        assertThat(late.body().asText()).startsWith("IF_ERR_STALE_EPOCH");
        assertThat(swarm.state("one")).isEqualTo("QUEUED");
    }

    @Test
    void one_whose_memory_is_cleared_is_another_conversation_from_then_on() {
        hook(first, "a", "SessionStart");
        swarm.submit("one");
        tool(first, "claim_task", "{}");
        hook(first, "a", "SessionEnd", "clear");
        hook(first, "c", "SessionStart");
        assertThat(swarm.state("one")).isEqualTo("CLAIMED");
        hook(first, "c", "SessionEnd");
        assertThat(swarm.state("one")).isEqualTo("QUEUED");
    }

    @Test
    void of_a_crowd_that_ends_at_once_the_last_gives_back_all() {
        for (int round = 0; round < 10; round++) {
            String task = "t" + round;
            List<String> crowd = List.of("a" + round, "b" + round, "c" + round, "d" + round);
            crowd.forEach(one -> hook(first, one, "SessionStart"));
            swarm.submit(task);
            tool(first, "claim_task", "{\"task\":\"" + swarm.of(task) + "\"}");
            CompletableFuture.allOf(crowd.stream()
                            .map(one -> CompletableFuture.runAsync(() -> hook(second, one, "SessionEnd")))
                            .toArray(CompletableFuture[]::new))
                    .join();
            assertThat(swarm.state(task)).isEqualTo("QUEUED");
        }
    }

    @Test
    void one_that_nobody_has_seen_for_long_is_taken_to_be_gone() {
        hook(first, "a", "SessionStart");
        pool.preparedQuery(
                        "UPDATE gateway_conversation SET open = jsonb_build_object('a', extract(epoch FROM now()) - 3700)"
                                + " WHERE session = $1")
                .execute(Tuple.of(swarm.of("anna")))
                .await()
                .atMost(PATIENCE);
        hook(second, "b", "SessionStart");
        swarm.submit("one");
        tool(second, "claim_task", "{}");
        hook(second, "b", "SessionEnd");
        assertThat(swarm.state("one")).isEqualTo("QUEUED");
    }

    @Test
    void a_session_has_so_many_conversations_and_no_more() {
        for (int i = 0; i < ConversationTable.MOST + 10; i++) {
            hook(first, "c" + i, "SessionStart");
        }
        assertThat(pool.preparedQuery(
                                "SELECT count(*) FROM gateway_conversation c, jsonb_each(c.open) WHERE c.session = $1")
                        .execute(Tuple.of(swarm.of("anna")))
                        .await()
                        .atMost(PATIENCE)
                        .iterator()
                        .next()
                        .getLong(0))
                .isEqualTo(ConversationTable.MOST);
    }

    private String tool(String token, String tool, String arguments) {
        Answer answer = call(token, tool, arguments);
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(200);
        return answer.body().asText();
    }

    private Answer call(String token, String tool, String arguments) {
        return swarm.api().post("/gateway/tools/" + tool, arguments, token);
    }

    private JsonNode hook(String token, String conversation, String event) {
        return hook(token, conversation, event, "other");
    }

    private JsonNode hook(String token, String conversation, String event, String reason) {
        String body = Swarm.body(
                "session_id", conversation, "hook_event_name", event, "tool_name", "Write", "reason", reason);
        return expect(swarm.api().post("/gateway/hooks/claude", body, token), 200);
    }
}
