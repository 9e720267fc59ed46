package io.infrafabric.escalation;

import static io.infrafabric.escalation.Desk.Bodies.json;
import static io.infrafabric.escalation.Desk.PATIENCE;
import static io.infrafabric.escalation.Desk.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** From a budget that is spent to a case, and from an operator's word back to the budget: through door and channel. */
@QuarkusTest
class AnswerTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Transactions transactions;

    @Inject
    Pool pool;

    private Desk desk;
    private String session;
    private String account;
    private String token;

    @BeforeEach
    void a_session_with_ten_dollars() {
        desk = new Desk(fabric, operator, transactions);
        session = "ann-" + desk.swarm;
        account = "session:" + session;
        String path = "/coordinator/sessions/" + session;
        expect(200, desk.api.put(path, json("swarm", desk.swarm), operator));
        token = expect(201, desk.api.post(path + "/tokens", json(), operator))
                .path("token")
                .asText();
        expect(200, desk.api.put("/budget/accounts/swarm:" + desk.swarm, json(), operator));
        expect(200, limit(10));
    }

    private Answer limit(int dollars) {
        return desk.api.put(
                "/budget/accounts/" + account, json("parent", "swarm:" + desk.swarm, "dailyLimit", dollars), operator);
    }

    private void spend(int dollars) {
        expect(200, desk.api.post("/budget/accounts/" + account + "/costs", json("amount", dollars), operator));
    }

    private JsonNode money() {
        return expect(200, desk.api.get("/budget/accounts/" + account, operator));
    }

    private String breaker() {
        return money().path("breaker").path("state").asText();
    }

    private List<JsonNode> cases() {
        return desk.about("account:" + account);
    }

    private JsonNode stopped() {
        await().atMost(PATIENCE).until(() -> cases().size() == 1);
        return cases().getFirst();
    }

    private long openCases() {
        return expect(200, desk.api.get("/coordinator/swarms/" + desk.swarm, operator))
                .path("openCases")
                .asLong();
    }

    private List<JsonNode> told() {
        return Desk.items(expect(200, desk.api.get("/coordinator/sessions/" + session + "/inbox?after=0", token)))
                .stream()
                .filter(notice -> notice.path("type").asText().equals("caseResolved"))
                .toList();
    }

    @Test
    void an_overspent_budget_asks_once_and_a_higher_limit_lets_the_session_go_on() {
        spend(12);
        JsonNode asked = stopped();
        assertThat(breaker()).isEqualTo("OPEN");
        assertThat(asked.path("function").asText()).isEqualTo("budget");
        assertThat(asked.path("severity").asText()).isEqualTo("HIGH");
        assertThat(openCases()).isEqualTo(1);
        spend(1);
        expect(402, desk.api.post("/budget/accounts/" + account + "/holds", json("amount", 1), operator));

        String id = asked.path("id").asText();
        expect(200, desk.resolve(id, operator, "option", "RAISE_LIMIT", "parameters", Map.of("dailyLimit", "20.50")));
        await().atMost(PATIENCE).until(() -> breaker().equals("CLOSED"));
        assertThat(money().path("dailyLimit").decimalValue()).isEqualByComparingTo("20.50");
        expect(201, desk.api.post("/budget/accounts/" + account + "/holds", json("amount", 1), operator));
        await().atMost(PATIENCE).until(() -> told().size() == 1);
        JsonNode notice = told().getFirst();
        assertThat(notice.path("subject").asText()).isEqualTo("case:" + id);
        assertThat(notice.path("data").path("option").asText()).isEqualTo("RAISE_LIMIT");
        assertThat(notice.path("data").path("parameters").path("dailyLimit").asText())
                .isEqualTo("20.5");
        assertThat(openCases()).isZero();
        assertThat(cases()).hasSize(1);

        spend(20);
        await().atMost(PATIENCE).until(() -> cases().size() == 2);
        assertThat(openCases()).isEqualTo(1);
    }

    @Test
    void a_reset_with_an_allowance_lets_it_go_on_for_today() {
        spend(12);
        String id = stopped().path("id").asText();
        expect(200, desk.resolve(id, operator, "option", "RESET", "parameters", Map.of("allowance", 5)));
        await().atMost(PATIENCE).until(() -> breaker().equals("CLOSED"));
        assertThat(money().path("dailyLimit").decimalValue()).isEqualByComparingTo("10");
        expect(201, desk.api.post("/budget/accounts/" + account + "/holds", json("amount", 2), operator));
    }

    @Test
    void an_answer_that_is_not_enough_is_asked_about_again() {
        spend(12);
        String id = stopped().path("id").asText();
        expect(200, desk.resolve(id, operator, "option", "RESET"));
        await().atMost(PATIENCE).until(() -> cases().size() == 2);
        JsonNode again = cases().getFirst();
        assertThat(again.path("asked").asText()).contains("RESET was not enough", "$10", "$12");
        String second = again.path("id").asText();
        expect(200, desk.resolve(second, operator, "option", "RAISE_LIMIT", "parameters", Map.of("dailyLimit", 12)));
        await().atMost(PATIENCE).until(() -> cases().size() == 3);
        String third = cases().getFirst().path("id").asText();
        expect(200, desk.resolve(third, operator, "option", "RAISE_LIMIT", "parameters", Map.of("dailyLimit", 13)));
        await().atMost(PATIENCE).until(() -> breaker().equals("CLOSED"));
        assertThat(cases()).hasSize(3);
        assertThat(count("SELECT count(*) FROM bus_dead_letter WHERE subject = 'account:" + account + "'"))
                .isZero();
    }

    @Test
    void kept_stopped_it_stays_so_and_the_session_is_told() {
        spend(12);
        String id = stopped().path("id").asText();
        expect(200, desk.resolve(id, operator, "option", "KEEP_STOPPED", "note", "Enough for today."));
        await().atMost(PATIENCE).until(() -> told().size() == 1);
        assertThat(told().getFirst().path("data").path("note").asText()).isEqualTo("Enough for today.");
        assertThat(breaker()).isEqualTo("OPEN");
    }

    private String state(String id) {
        return desk.read(id).path("state").asText();
    }

    @Test
    void a_limit_that_is_raised_by_hand_leaves_nothing_to_decide() {
        spend(12);
        String id = stopped().path("id").asText();
        expect(200, limit(100));
        await().atMost(PATIENCE).until(() -> state(id).equals("WITHDRAWN"));
        assertThat(desk.read(id).path("withdrawnBecause").asText()).contains("LIMIT_RAISED by ");
        assertThat(openCases()).isZero();
    }

    @Test
    void a_reset_over_rest_leaves_nothing_to_decide() {
        spend(12);
        String id = stopped().path("id").asText();
        Map<String, Object> reset = json("reason", "Go on.", "allowance", 5);
        expect(200, desk.api.post("/budget/accounts/" + account + "/reset", reset, operator));
        await().atMost(PATIENCE).until(() -> state(id).equals("WITHDRAWN"));
        assertThat(desk.read(id).path("withdrawnBecause").asText()).contains("RESET by ");
    }

    @Test
    void a_new_day_leaves_nothing_to_decide() {
        spend(12);
        String id = stopped().path("id").asText();
        assertThat(count("WITH day AS (UPDATE budget_account SET day = day - 1 WHERE id = '" + account
                        + "'), due AS (UPDATE bus_due SET at = now() WHERE function = 'budget' AND entity = 'day:"
                        + account + "' RETURNING 1) SELECT count(*) FROM due"))
                .isEqualTo(1);
        await().atMost(PATIENCE).until(() -> state(id).equals("WITHDRAWN"));
        assertThat(desk.read(id).path("withdrawnBecause").asText()).contains("NEW_DAY");
    }

    @Test
    void what_is_decided_is_not_withdrawn_by_its_own_effect() {
        spend(12);
        String id = stopped().path("id").asText();
        expect(200, desk.resolve(id, operator, "option", "RAISE_LIMIT", "parameters", Map.of("dailyLimit", 20)));
        await().atMost(PATIENCE).until(() -> breaker().equals("CLOSED"));
        await().atMost(PATIENCE)
                .until(() ->
                        count("SELECT count(*) FROM bus_inbox i JOIN bus_event e ON e.day = i.day AND e.id = i.event"
                                        + " WHERE i.function = 'escalation' AND e.type = 's2.budget.breaker-closed.v1'"
                                        + " AND e.subject = 'account:" + account + "'")
                                == 1);
        assertThat(state(id)).isEqualTo("RESOLVED");
    }

    @Test
    void a_limit_can_be_decided_for_an_account_that_has_lost_its_own() {
        spend(12);
        String id = stopped().path("id").asText();
        expect(200, desk.api.put("/budget/accounts/" + account, "{\"dailyLimit\":null}", operator));
        desk.emit(new CaseResolved(
                id,
                "budget",
                "account:" + account,
                desk.swarm,
                "BREAKER_BUDGET",
                List.of(),
                "RAISE_LIMIT",
                Map.of("dailyLimit", "30"),
                "olga",
                null));
        await().atMost(PATIENCE).until(() -> money().path("dailyLimit").asInt() == 30);
        assertThat(deadLetters("account:" + account)).isZero();
    }

    private long deadLetters(String subject) {
        return count("SELECT count(*) FROM bus_dead_letter WHERE subject = '" + subject + "'");
    }

    private long count(String query) {
        return pool.query(query)
                .execute()
                .await()
                .atMost(PATIENCE)
                .iterator()
                .next()
                .getLong(0);
    }
}
