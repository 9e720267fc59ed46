package io.infrafabric.budget;

import static io.infrafabric.budget.Ledger.expect;
import static io.infrafabric.budget.Ledger.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad input and callers out of their reach, each with its own clear problem. */
@QuarkusTest
class BudgetRefusalTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Ledger ledger;

    @BeforeEach
    void a_swarm() {
        ledger = new Ledger(fabric, operator);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "\"-0.000001\"", "0.0000001", "\"a lot\"", "true", "1e999999999", "null", "[1]"})
    void what_is_no_money_is_refused(String amount) {
        String ann = ledger.session("ann", "50");
        for (Answer answer : new Answer[] {ledger.hold(ann, amount), ledger.cost(ann, amount)}) {
            refused(answer, 400, "IF_ERR_BAD_INPUT");
            assertThat(answer.body().path("field").asText()).isEqualTo("amount");
        }
        refused(ledger.settle(ledger.holds(ann, "1"), amount), 400, "IF_ERR_BAD_INPUT");
        ledger.figures(ann, "0", "1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "\"a lot\"", "true", "1e999999999", "{}"})
    void what_is_no_limit_is_refused(String limit) {
        Answer answer = ledger.put(ledger.swarm(), "{\"dailyLimit\":" + limit + "}");
        refused(answer, 400, "IF_ERR_BAD_INPUT");
        assertThat(answer.body().path("field").asText()).isEqualTo("dailyLimit");
    }

    @Test
    void other_values_have_their_bounds_too() {
        String ann = ledger.session("ann", "50");
        refused(ledger.put(ann, "{\"warnAt\":1.1}"), 400, "IF_ERR_BAD_INPUT");
        refused(ledger.post(ann, "holds", "{\"amount\":1,\"ttlSeconds\":0}"), 400, "IF_ERR_BAD_INPUT");
        refused(ledger.post(ann, "holds", "{\"amount\":1,\"ttlSeconds\":86401}"), 400, "IF_ERR_BAD_INPUT");
        refused(ledger.post(ann, "costs", "{\"amount\":1,\"epoch\":1}"), 400, "IF_ERR_BAD_INPUT");
        refused(ledger.post(ann, "costs", "{\"amount\":1,\"tokensIn\":-1}"), 400, "IF_ERR_BAD_INPUT");
        refused(ledger.post(ann, "reset", "{}"), 400, "IF_ERR_BAD_INPUT");
        refused(ledger.put("Nobody", "{}"), 400, "IF_ERR_BAD_INPUT");
        refused(ledger.api().get("/budget/accounts/" + ann + "/entries?from=today", operator), 400, "IF_ERR_BAD_INPUT");
        refused(ledger.api().get("/budget/accounts?breaker=ajar", operator), 400, "IF_ERR_BAD_INPUT");
        refused(ledger.api().get("/budget/accounts?cursor=x", operator), 400, "IF_ERR_BAD_INPUT");
    }

    @Test
    void what_is_unknown_is_named() {
        String nobody = ledger.account("session", "nobody");
        refused(ledger.hold(nobody, "1"), 404, "IF_ERR_UNKNOWN_ACCOUNT");
        refused(ledger.cost(nobody, "1"), 404, "IF_ERR_UNKNOWN_ACCOUNT");
        refused(ledger.post(nobody, "reset", "{\"reason\":\"why\"}"), 404, "IF_ERR_UNKNOWN_ACCOUNT");
        refused(ledger.api().get("/budget/accounts/" + nobody, operator), 404, "IF_ERR_UNKNOWN_ACCOUNT");
        refused(ledger.api().get("/budget/accounts/" + nobody + "/entries", operator), 404, "IF_ERR_UNKNOWN_ACCOUNT");
        refused(ledger.settle("nohold", "1"), 404, "IF_ERR_UNKNOWN_HOLD");
        refused(ledger.put(nobody, "{\"parent\":\"swarm:nowhere\"}"), 422, "IF_ERR_UNKNOWN_PARENT");
    }

    @Test
    void a_circle_among_parents_is_refused() {
        String team = ledger.account("team", "t");
        expect(ledger.put(team, "{\"parent\":\"" + ledger.swarm() + "\"}"), 200);
        refused(ledger.put(ledger.swarm(), "{\"parent\":\"" + team + "\"}"), 422, "IF_ERR_CYCLIC_ACCOUNTS");
        refused(ledger.put(team, "{\"parent\":\"" + team + "\"}"), 422, "IF_ERR_CYCLIC_ACCOUNTS");
        refused(ledger.put("org", "{\"parent\":\"" + team + "\"}"), 422, "IF_ERR_CYCLIC_ACCOUNTS");
    }

    @Test
    void the_tree_has_a_depth() {
        String parent = ledger.swarm();
        for (int level = 3; level <= 8; level++) {
            String team = ledger.account("team", "t" + level);
            expect(ledger.put(team, "{\"parent\":\"" + parent + "\"}"), 200);
            parent = team;
        }
        refused(
                ledger.put(ledger.account("team", "t9"), "{\"parent\":\"" + parent + "\"}"),
                422,
                "IF_ERR_ACCOUNTS_TOO_DEEP");
    }

    @Test
    void a_session_sees_and_spends_only_its_own() {
        String ann = ledger.session("ann", "50");
        String bob = ledger.session("bob", "50");
        String token = ledger.token("ann");
        String accounts = "/budget/accounts/";
        String hold = expect(ledger.api().post(accounts + ann + "/holds", "{\"amount\":1}", token), 201)
                .path("hold")
                .asText();
        expect(ledger.api().post("/budget/holds/" + hold + "/settle", "{\"amount\":1}", token), 200);
        expect(ledger.api().post(accounts + ann + "/costs", "{\"amount\":1}", token), 200);
        expect(ledger.api().get(accounts + ann, token), 200);
        assertThat(expect(ledger.api().get("/budget/accounts", token), 200)
                        .path("items")
                        .findValuesAsText("account"))
                .containsExactly(ann);

        refused(ledger.api().get(accounts + bob, token), 403, "IF_ERR_NOT_YOUR_SESSION");
        refused(ledger.api().get(accounts + ledger.swarm(), token), 403, "IF_ERR_FORBIDDEN");
        refused(ledger.api().post(accounts + bob + "/holds", "{\"amount\":1}", token), 403, "IF_ERR_NOT_YOUR_SESSION");
        refused(ledger.api().get("/budget/holds/" + ledger.holds(bob, "1"), token), 403, "IF_ERR_NOT_YOUR_SESSION");
        refused(ledger.api().put(accounts + ann, "{\"dailyLimit\":999}", token), 403, "IF_ERR_FORBIDDEN");
        refused(ledger.api().post(accounts + ann + "/reset", "{\"reason\":\"mine\"}", token), 403, "IF_ERR_FORBIDDEN");
        refused(ledger.api().get("/budget/check", token), 403, "IF_ERR_FORBIDDEN");
    }
}
