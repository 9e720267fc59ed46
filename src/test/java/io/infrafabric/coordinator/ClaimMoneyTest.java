package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.coordinator.transaction.StoppedTransaction;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A claim and its hold are one: how money goes with leases, through the door. */
@QuarkusTest
class ClaimMoneyTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Transactions transactions;

    @Inject
    StoppedTransaction stopped;

    private Swarm swarm;

    @BeforeEach
    void a_swarm_of_two() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
        swarm.enrol("bob");
    }

    @AfterEach
    void the_ledger_balances() {
        JsonNode proof = expect(swarm.api().get("/budget/check", operator), 200);
        assertThat(proof.path("differences").toString())
                .doesNotContain(swarm.id().substring("swarm".length()));
    }

    @Test
    void a_claim_holds_its_estimate_and_completion_books_what_it_cost() {
        swarm.submit("t", "estimatedCost", "15");
        JsonNode granted = expect(swarm.claim("ann"), 201);
        assertThat(granted.path("hold").asText()).isNotEmpty();
        figures("ann", "0", "15");
        JsonNode money = expect(swarm.api().get("/coordinator/swarms/" + swarm.id(), operator), 200)
                .path("money");
        assertThat(money.path("heldToday").decimalValue()).isEqualByComparingTo("15");
        long epoch = granted.path("lease").path("epoch").asLong();
        JsonNode ended = expect(swarm.end("ann", "complete", "t", epoch, "cost", "12.5"), 200);
        assertThat(ended.path("costRecorded").asBoolean()).isTrue();
        figures("ann", "12.5", "0");
        assertThat(expect(swarm.end("ann", "complete", "t", epoch, "cost", "12.5"), 200))
                .isEqualTo(ended);
        figures("ann", "12.5", "0");
    }

    @Test
    void told_nothing_a_completion_has_cost_the_estimate_and_a_failure_nothing() {
        swarm.submit("t", "estimatedCost", "15");
        expect(swarm.end("ann", "complete", "t", swarm.claims("ann", "t")), 200);
        figures("ann", "15", "0");
        swarm.submit("u", "estimatedCost", "15");
        expect(swarm.end("bob", "fail", "u", swarm.claims("bob", "u"), "error", "It broke."), 200);
        figures("bob", "0", "0");
        swarm.submit("v", "estimatedCost", "15");
        expect(
                swarm.end(
                        "bob",
                        "fail",
                        "v",
                        swarm.claims("bob", "v", "taskId", swarm.of("v")),
                        "error",
                        "x",
                        "cost",
                        "3"),
                200);
        figures("bob", "3", "0");
    }

    @Test
    void what_is_released_taken_back_or_left_holds_nothing() {
        swarm.submit("t", "estimatedCost", "15");
        expect(swarm.end("ann", "release", "t", swarm.claims("ann", "t")), 200);
        figures("ann", "0", "0");
        swarm.claims("ann", "t", "taskId", swarm.of("t"));
        figures("ann", "0", "15");
        expect(swarm.operate("release", "t", "reason", "needed elsewhere"), 200);
        figures("ann", "0", "0");
        swarm.claims("ann", "t", "taskId", swarm.of("t"));
        expect(swarm.operate("cancel", "t", "reason", "no longer wanted"), 200);
        figures("ann", "0", "0");
        swarm.submit("u", "estimatedCost", "15");
        swarm.claims("ann", "u");
        expect(swarm.api().delete(swarm.session("ann"), operator), 200);
        figures("ann", "0", "0");
    }

    @Test
    void what_cannot_be_paid_is_passed_over_and_402_comes_only_if_money_alone_was_in_the_way() {
        limit("ann", "20");
        for (int i = 0; i < 5; i++) {
            swarm.submit("dear" + i, "estimatedCost", "25", "priority", "P1");
        }
        Answer refused = swarm.claim("ann");
        assertThat(refused.status() + " " + refused.code()).isEqualTo("402 IF_ERR_BUDGET_EXCEEDED");
        assertThat(refused.body().path("account").asText()).isEqualTo("session:" + swarm.of("ann"));
        assertThat(refused.body().path("remaining").decimalValue()).isEqualByComparingTo("20");
        assertThat(swarm.claim("ann", "waitSeconds", "50").code()).isEqualTo("IF_ERR_BUDGET_EXCEEDED");
        assertThat(swarm.claim("ann", "taskId", swarm.of("dear0")).code()).isEqualTo("IF_ERR_BUDGET_EXCEEDED");
        assertThat(swarm.state("dear0")).isEqualTo("QUEUED");
        swarm.submit("cheap", "estimatedCost", "20");
        swarm.claims("ann", "cheap");
        swarm.submit("free");
        swarm.claims("ann", "free");
        assertThat(swarm.claim("ann").status()).isEqualTo(402);
        for (int i = 0; i < 2; i++) {
            expect(swarm.claim("bob"), 201);
        }
    }

    @Test
    void sessions_share_what_their_swarm_may_spend() {
        account("swarm:" + swarm.id(), "{\"dailyLimit\":20}");
        swarm.submit("a", "estimatedCost", "15");
        swarm.submit("b", "estimatedCost", "15");
        swarm.claims("ann", "a");
        Answer refused = swarm.claim("bob");
        assertThat(refused.status()).isEqualTo(402);
        assertThat(refused.body().path("account").asText()).isEqualTo("swarm:" + swarm.id());
        assertThat(refused.body().path("remaining").decimalValue()).isEqualByComparingTo("5");
    }

    @Test
    void claiming_again_keeps_the_hold() {
        swarm.submit("t", "estimatedCost", "15");
        JsonNode first = expect(swarm.claim("ann"), 201);
        JsonNode again = expect(swarm.claim("ann", "taskId", swarm.of("t")), 201);
        assertThat(again.path("hold").asText())
                .isNotEmpty()
                .isEqualTo(first.path("hold").asText());
        figures("ann", "0", "15");
        Answer late = swarm.end(
                "ann", "complete", "t", first.path("lease").path("epoch").asLong(), "cost", "2");
        assertThat(late.status()).isEqualTo(409);
        assertThat(late.body().path("costRecorded").asBoolean()).isTrue();
        figures("ann", "2", "13");
        expect(
                swarm.end(
                        "ann",
                        "complete",
                        "t",
                        again.path("lease").path("epoch").asLong(),
                        "cost",
                        "9"),
                200);
        figures("ann", "9", "0");
    }

    @Test
    void costs_that_were_reported_one_by_one_are_in_the_total() {
        swarm.submit("t");
        long epoch = swarm.claims("ann", "t");
        cost("ann", "t", "4");
        cost("ann", "t", "5");
        figures("ann", "9", "0");
        expect(swarm.end("ann", "complete", "t", epoch, "cost", "10"), 200);
        figures("ann", "10", "0");
    }

    @Test
    void a_lost_lease_leaves_what_was_spent_and_its_late_total_is_booked_once() {
        swarm.submit("t", "estimatedCost", "15");
        long epoch = swarm.claims("ann", "t", "leaseSeconds", "2");
        cost("ann", "t", "12");
        figures("ann", "12", "3");
        await().atMost(PATIENCE).untilAsserted(() -> figures("ann", "12", "0"));
        for (int i = 0; i < 3; i++) {
            Answer late = swarm.end("ann", "complete", "t", epoch, "cost", "14");
            assertThat(late.code()).isEqualTo("IF_ERR_STALE_EPOCH");
            assertThat(late.body().path("costRecorded").asBoolean()).isTrue();
            figures("ann", "14", "0");
        }
        Answer stranger = swarm.end("bob", "complete", "t", epoch, "cost", "7");
        assertThat(stranger.status()).isEqualTo(409);
        assertThat(stranger.body().path("costRecorded").asBoolean()).isFalse();
        figures("bob", "0", "0");
    }

    @Test
    void a_session_that_has_spent_all_gets_nothing_and_its_tasks_pass_to_others() {
        swarm.submit("own", "assignee", swarm.of("ann"));
        swarm.submit("common");
        expect(
                swarm.api().post("/budget/accounts/session:" + swarm.of("ann") + "/costs", "{\"amount\":50}", operator),
                200);
        Answer refused = swarm.claim("ann");
        assertThat(refused.status() + " " + refused.code()).isEqualTo("402 IF_ERR_BREAKER_OPEN");
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(inbox("ann").findValuesAsText("type")).contains("budgetWarned", "breakerOpened"));
        assertThat(looksLater("ann")).isTrue();
        swarm.claims("bob", "common");
        transactions
                .run(work -> stopped.stillStopped(work, swarm.of("ann")))
                .await()
                .atMost(PATIENCE);
        swarm.claims("bob", "own");
        assertThat(swarm.read("own").path("history").findValuesAsText("what")).contains("unassigned");
        limit("ann", "100");
        swarm.submit("more");
        swarm.claims("ann", "more");
        await().atMost(PATIENCE).until(() -> !looksLater("ann"));
    }

    @Test
    void when_the_breaker_has_closed_meanwhile_the_tasks_stay_assigned() {
        swarm.submit("own", "assignee", swarm.of("ann"));
        transactions
                .run(work -> stopped.stillStopped(work, swarm.of("ann")))
                .await()
                .atMost(PATIENCE);
        assertThat(swarm.claim("bob").status()).isEqualTo(204);
        swarm.claims("ann", "own");
    }

    /** Whether it will be looked whether the session is still stopped. */
    private boolean looksLater(String session) {
        return transactions
                .run(work -> work.connection()
                        .preparedQuery("SELECT 1 FROM bus_due WHERE function = 'coordinator' AND entity = $1")
                        .execute(Tuple.of("stopped:" + swarm.of(session)))
                        .map(rows -> rows.size() == 1))
                .await()
                .atMost(PATIENCE);
    }

    private JsonNode inbox(String session) {
        return expect(swarm.api().get(swarm.session(session) + "/inbox", swarm.token(session)), 200)
                .path("items");
    }

    private void cost(String session, String task, String amount) {
        String body = "{\"amount\":" + amount + ",\"taskId\":\"" + swarm.of(task) + "\"}";
        expect(swarm.api().post("/budget/accounts/session:" + swarm.of(session) + "/costs", body, operator), 200);
    }

    private void limit(String session, String amount) {
        account("session:" + swarm.of(session), "{\"dailyLimit\":" + amount + "}");
    }

    private void account(String account, String body) {
        expect(swarm.api().put("/budget/accounts/" + account, body, operator), 200);
    }

    private void figures(String session, String spent, String held) {
        JsonNode read = expect(swarm.api().get("/budget/accounts/session:" + swarm.of(session), operator), 200);
        assertThat(new BigDecimal(read.path("spentToday").asText())).as("spent").isEqualByComparingTo(spent);
        assertThat(new BigDecimal(read.path("heldToday").asText())).as("held").isEqualByComparingTo(held);
    }
}
