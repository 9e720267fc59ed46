package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.body;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.coordinator.transaction.DepartureTransaction;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What becomes of a result whose session is taken away from it while it is checked: preempted, silent, or gone. The tests give
 * the verdicts.
 */
@QuarkusTest
class CheckedAwayTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Transactions transactions;

    @Inject
    DepartureTransaction departures;

    private Swarm swarm;
    private Checked task;

    /** Ann holds it, another one waits for it, and it may cost five. */
    @BeforeEach
    void a_task_that_is_held() {
        swarm = new Swarm(fabric, operator);
        task = Checked.of(swarm, transactions);
        task.submit(swarm.of("module"), "priority", "P2", "estimatedCost", "5").claimedBy("ann");
        swarm.submit("next", "dependsOn", swarm.list(task.name()));
    }

    private JsonNode waits(String session, String on) {
        return expect(
                swarm.api()
                        .put(
                                "/deadlock/waits/" + swarm.of(session),
                                body("waitingOn", "[\"" + on + "\"]"),
                                swarm.token(session)),
                200);
    }

    private double held(String session) {
        return task.get("/budget/accounts/session:" + swarm.of(session))
                .path("heldToday")
                .asDouble();
    }

    /** Ann waits for bob, and bob for the task that she has handed in. */
    @Test
    void preempted_it_is_queued_again_and_its_verdict_comes_too_late() throws Exception {
        CompletableFuture<Answer> waits = task.waiting("ann", "[1]", "cost", "2");
        waits("ann", "session:" + swarm.of("bob"));
        JsonNode closed = waits("bob", "task:" + swarm.of(task.name()));
        assertThat(closed.path("preempted").asText()).isEqualTo(swarm.of("ann"));

        Answer told = waits.get();
        assertThat(told.code()).isEqualTo("IF_ERR_STALE_EPOCH");
        assertThat(told.body().path("reason").asText()).isEqualTo("PREEMPTED");
        JsonNode queued = task.read();
        assertThat(queued.path("state").asText()).isEqualTo("QUEUED");
        assertThat(queued.path("priority").asText()).isEqualTo("P1");
        assertThat(queued.path("epoch").asLong()).isEqualTo(task.epoch() + 1);
        assertThat(queued.path("attempts").asInt()).isZero();
        assertThat(task.notices("preempted")).hasSize(1);
        assertThat(held("ann")).isZero();
        assertThat(task.spent("ann")).as("what it cost so far").isEqualTo(2);

        task.exits("[1]", 0, null);
        task.heard();
        assertThat(task.read().path("version")).isEqualTo(queued.path("version"));
        assertThat(swarm.state("next")).isEqualTo("WAITING");

        long before = task.epoch();
        task.claimedBy("bob").handIn("bob", "[1]", "cost", "3");
        task.judged("[1]", before, 0, null, null);
        task.heard();
        assertThat(swarm.state(task.name())).isEqualTo("CHECKING");
        task.exits("[1]", 0, null);
        task.until("DONE");
        assertThat(swarm.state("next")).isEqualTo("QUEUED");
        assertThat(task.spent("bob")).isEqualTo(3);
    }

    private void silent() {
        task.query("UPDATE coordinator_session SET last_seen = now() - interval '1 day' WHERE id = '" + swarm.of("ann")
                + "' AND $1::text IS NOT NULL");
        transactions
                .run(work -> departures.silent(work, swarm.of("ann")))
                .await()
                .atMost(Checked.PATIENCE);
        assertThat(task.get(swarm.session("ann")).path("state").asText()).isEqualTo("LOST");
    }

    @Test
    void a_silent_sessions_result_counts_with_its_money_and_its_dependants() {
        task.handIn("ann", "[1]", "cost", "2");
        silent();
        assertThat(held("ann")).as("its hold stays as long as it is checked").isPositive();
        task.exits("[1]", 0, null);
        task.until("DONE");
        assertThat(swarm.state("next")).isEqualTo("QUEUED");
        assertThat(held("ann")).isZero();
        assertThat(task.spent("ann")).isEqualTo(2);
        assertThat(expect(task.complete("ann", "[1]", 0), 200).path("state").asText())
                .isEqualTo("DONE");
    }

    @Test
    void what_is_refused_while_its_session_is_silent_is_kept_for_it_for_a_lease() {
        task.handIn("ann", "[1]", "cost", "2");
        silent();
        task.exits("[1]", 1, "No.");
        task.until("CLAIMED");
        assertThat(task.read().has("leaseExpiresAt")).isTrue();
        assertThat(task.spent("ann")).isEqualTo(2);
        assertThat(task.notices("checkRefused")).hasSize(1);
        task.handIn("ann", "[2]", "cost", "3");
        task.exits("[2]", 0, null);
        task.until("DONE");
        assertThat(task.spent("ann")).isEqualTo(3);
    }

    @Test
    void a_session_that_leaves_gives_it_back() {
        task.handIn("ann", "[1]", "cost", "2");
        expect(swarm.api().delete(swarm.session("ann"), swarm.token("ann")), 200);
        assertThat(swarm.state(task.name())).isEqualTo("QUEUED");
        assertThat(task.spent("ann")).isEqualTo(2);
        task.exits("[1]", 0, null);
        task.heard();
        assertThat(swarm.state(task.name())).isEqualTo("QUEUED");
        task.claimedBy("bob").handIn("bob", "[1]");
        task.exits("[1]", 0, null);
        task.until("DONE");
        await().atMost(Checked.PATIENCE).until(() -> swarm.state("next"), "QUEUED"::equals);
    }
}
