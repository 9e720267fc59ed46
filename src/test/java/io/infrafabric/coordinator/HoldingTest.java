package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a session gives back, claims again, and holds without knowing. */
@QuarkusTest
class HoldingTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    private Swarm swarm;

    @BeforeEach
    void two_sessions() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
        swarm.enrol("bob");
    }

    // What it gave back

    @Test
    void what_a_session_gives_back_goes_to_others_at_once_and_to_itself_after_all_else() {
        swarm.submit("t");
        swarm.submit("u");
        release("ann", "t", swarm.claims("ann", "t"));
        release("ann", "u", swarm.claims("ann", "u"));
        assertThat(swarm.claim("ann").status()).isEqualTo(204);
        swarm.claims("bob", "t");
        rested("u");
        swarm.claims("ann", "u");
    }

    @Test
    void each_who_gave_it_back_has_to_wait() {
        swarm.submit("t");
        release("ann", "t", swarm.claims("ann", "t"));
        release("bob", "t", swarm.claims("bob", "t"));
        assertThat(swarm.claim("ann").status()).isEqualTo(204);
        assertThat(swarm.claim("bob").status()).isEqualTo(204);
    }

    @Test
    void a_claim_with_a_least_score_and_one_for_its_own_queue_pass_over_it_too() {
        swarm.submit("t");
        release("ann", "t", swarm.claims("ann", "t"));
        assertThat(swarm.claim("ann", "minScore", "0.1").status()).isEqualTo(204);
        swarm.claims("bob", "t");
        swarm.submit("own", "assignee", swarm.of("ann"));
        release("ann", "own", swarm.claims("ann", "own"));
        assertThat(swarm.claim("ann").status()).isEqualTo(204);
        swarm.submit("next", "assignee", swarm.of("ann"));
        swarm.claims("ann", "next");
    }

    @Test
    void who_names_it_may_have_it_at_once() {
        swarm.submit("t");
        release("ann", "t", swarm.claims("ann", "t"));
        swarm.claims("ann", "t", "taskId", swarm.of("t"));
    }

    @Test
    void a_waiting_claim_is_passed_over_for_the_next_one_in_line_and_wakes_when_the_rest_is_over() {
        swarm.submit("t");
        long epoch = swarm.claims("ann", "t");
        release("ann", "t", epoch);
        CompletableFuture<Answer> waiting = swarm.claimLater("ann", "waitSeconds", "40");
        swarm.claims("bob", "t", "waitSeconds", "40");
        swarm.submit("u");
        assertThat(expect(waiting.join(), 201).at("/task/id").asText()).isEqualTo(swarm.of("u"));
        release("ann", "u", 1);
        CompletableFuture<Answer> later = swarm.claimLater("ann", "waitSeconds", "40");
        rested("u");
        assertThat(expect(later.join(), 201).at("/task/id").asText()).isEqualTo(swarm.of("u"));
    }

    @Test
    void a_new_task_is_picked_up_although_an_older_one_rests() {
        swarm.submit("old");
        release("ann", "old", swarm.claims("ann", "old"));
        CompletableFuture<Answer> waiting = swarm.claimLater("ann", "waitSeconds", "40");
        swarm.submit("new");
        assertThat(expect(waiting.join(), 201).at("/task/id").asText()).isEqualTo(swarm.of("new"));
    }

    @Test
    void what_an_operator_takes_back_does_not_rest() {
        swarm.submit("t");
        swarm.claims("ann", "t");
        expect(swarm.operate("release", "t", "reason", "Once more."), 200);
        swarm.claims("ann", "t");
    }

    private void release(String session, String task, long epoch) {
        expect(swarm.end(session, "release", task, epoch), 200);
    }

    /** As if it had been given back long ago. */
    private void rested(String task) {
        pool.preparedQuery("UPDATE coordinator_history SET at = at - interval '1 hour' WHERE task = $1")
                .execute(Tuple.of(swarm.of(task)))
                .await()
                .indefinitely();
    }

    // What it claims again

    @Test
    void a_task_that_its_holder_claims_again_and_again_is_given_up() {
        swarm.submit("t", "estimatedCost", "2");
        long first = swarm.claims("ann", "t");
        for (int i = 1; i <= 3; i++) {
            JsonNode again = expect(swarm.claim("ann", "taskId", swarm.of("t")), 201);
            assertThat(again.at("/lease/epoch").asLong()).isEqualTo(first + i);
            assertThat(again.at("/task/attempts").asInt()).isZero();
        }
        for (int i = 1; i <= 2; i++) {
            JsonNode again = expect(swarm.claim("ann", "taskId", swarm.of("t")), 201);
            assertThat(again.at("/task/attempts").asInt()).isEqualTo(i);
            assertThat(swarm.read("t").path("attempts").asInt()).isEqualTo(i);
        }
        JsonNode over = expect(swarm.claim("ann", "taskId", swarm.of("t")), 409);
        assertThat(over.path("code").asText()).isEqualTo("IF_ERR_TASK_NOT_CLAIMABLE");
        assertThat(over.path("taskState").asText()).isEqualTo("DEAD");
        assertThat(swarm.state("t")).isEqualTo("DEAD");
        assertThat(swarm.read("t").path("attempts").asInt()).isEqualTo(3);
        JsonNode late = expect(swarm.end("ann", "complete", "t", first + 5), 409);
        assertThat(late.path("code").asText()).isEqualTo("IF_ERR_STALE_EPOCH");
        JsonNode proof = expect(swarm.api().get("/budget/check", operator), 200);
        assertThat(proof.path("differences").toString()).doesNotContain(swarm.of("ann"));
    }

    @Test
    void who_ends_it_in_between_may_claim_it_again_as_often() {
        swarm.submit("t");
        swarm.claims("ann", "t");
        for (int i = 0; i < 3; i++) {
            expect(swarm.claim("ann", "taskId", swarm.of("t")), 201);
        }
        release("ann", "t", 4);
        for (int i = 0; i < 4; i++) {
            JsonNode granted = expect(swarm.claim("ann", "taskId", swarm.of("t")), 201);
            assertThat(granted.at("/task/attempts").asInt()).isZero();
        }
    }

    // What it holds

    @Test
    void a_claim_lists_what_the_session_holds_besides() {
        swarm.submit("a");
        swarm.submit("b");
        assertThat(expect(swarm.claim("ann"), 201).path("holding").toString()).isEqualTo("[]");
        JsonNode second = expect(swarm.claim("ann"), 201);
        held(second.path("holding"), "a");
        JsonNode again = expect(swarm.claim("ann", "taskId", swarm.of("b")), 201);
        held(again.path("holding"), "a");
        CompletableFuture<Answer> waiting = swarm.claimLater("ann", "waitSeconds", "30");
        swarm.submit("c");
        held(expect(waiting.join(), 201).path("holding"), "a", "b");
        JsonNode full = expect(swarm.claim("ann"), 409);
        assertThat(full.path("code").asText()).isEqualTo("IF_ERR_SESSION_FULL");
        held(full.path("holding"), "a", "b", "c");
    }

    @Test
    void a_heartbeat_lists_all_that_the_session_holds() {
        swarm.submit("a");
        swarm.submit("b");
        swarm.claims("ann", "a");
        swarm.claims("ann", "b");
        String named = "{\"leases\":[{\"task\":\"" + swarm.of("b") + "\",\"epoch\":1}]}";
        JsonNode beat = expect(swarm.api().post(swarm.session("ann") + "/heartbeat", named, swarm.token("ann")), 200);
        assertThat(beat.path("leases")).hasSize(1);
        held(beat.path("holding"), "a", "b");
        assertThat(beat.at("/holding/1/expiresAt").asText())
                .isEqualTo(beat.at("/leases/0/expiresAt").asText());
        JsonNode none = expect(swarm.api().post(swarm.session("bob") + "/heartbeat", "{}", swarm.token("bob")), 200);
        assertThat(none.path("holding").toString()).isEqualTo("[]");
    }

    private void held(JsonNode holding, String... tasks) {
        assertThat(holding.findValuesAsText("task"))
                .containsExactly(java.util.Arrays.stream(tasks).map(swarm::of).toArray(String[]::new));
        holding.forEach(lease -> {
            assertThat(lease.path("epoch").asLong()).isPositive();
            assertThat(lease.path("expiresAt").asText()).isNotEmpty();
        });
    }
}
