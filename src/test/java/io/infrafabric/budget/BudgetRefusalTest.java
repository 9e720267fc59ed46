package io.infrafabric.budget;

import static io.infrafabric.budget.Ledger.expect;
import static io.infrafabric.budget.Ledger.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.door.identity.Tokens;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad input and callers out of their reach, each with its own clear problem. */
@QuarkusTest
class BudgetRefusalTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Tokens tokens;

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

    private String token(Role role, String swarm) {
        return tokens.issue(new Caller("olga", swarm, role), null)
                .await()
                .atMost(PATIENCE)
                .token();
    }

    @Test
    void an_operator_of_one_swarm_has_its_accounts_and_no_others() {
        String ann = ledger.session("ann", "50");
        String own = token(Role.OPERATOR, ledger.of("s"));
        String foreign = token(Role.OPERATOR, ledger.of("another"));
        String accounts = "/budget/accounts/";
        expect(ledger.api().get(accounts + ann, own), 200);
        expect(ledger.api().put(accounts + ann, "{\"dailyLimit\":60}", own), 200);
        expect(ledger.api().put(accounts + ledger.swarm(), "{\"dailyLimit\":600}", own), 200);
        String team = ledger.account("team", "t");
        expect(ledger.api().put(accounts + team, "{\"parent\":\"" + ledger.swarm() + "\"}", own), 200);
        expect(ledger.api().post(accounts + ann + "/costs", "{\"amount\":1}", own), 200);
        expect(ledger.api().post(accounts + ann + "/reset", "{\"reason\":\"mine\"}", own), 200);
        String hold = expect(ledger.api().post(accounts + ann + "/holds", "{\"amount\":1}", own), 201)
                .path("hold")
                .asText();
        expect(ledger.api().get(accounts + ledger.swarm() + "/entries", own), 200);
        assertThat(expect(ledger.api().get("/budget/accounts", own), 200)
                        .path("items")
                        .findValuesAsText("account"))
                .containsExactlyInAnyOrder(team, ann, ledger.swarm());

        for (String account : new String[] {ann, ledger.swarm(), "org"}) {
            isForbidden(ledger.api().get(accounts + account, foreign));
            isForbidden(ledger.api().get(accounts + account + "/entries", foreign));
            isForbidden(ledger.api().put(accounts + account, "{\"dailyLimit\":1}", foreign));
            isForbidden(ledger.api().post(accounts + account + "/holds", "{\"amount\":1}", foreign));
            isForbidden(ledger.api().post(accounts + account + "/costs", "{\"amount\":1}", foreign));
            isForbidden(ledger.api().post(accounts + account + "/reset", "{\"reason\":\"x\"}", foreign));
        }
        isForbidden(ledger.api().put(accounts + "org", "{\"dailyLimit\":1}", own));
        isForbidden(ledger.api().put(accounts + ann, "{\"parent\":\"org\"}", own));
        isForbidden(ledger.api().post("/budget/holds/" + hold + "/settle", "{\"amount\":1}", foreign));
        isForbidden(ledger.api().post("/budget/holds/" + hold + "/void", null, foreign));
        isForbidden(ledger.api().get("/budget/holds/" + hold, foreign));
        assertThat(expect(ledger.api().get("/budget/accounts", foreign), 200).path("items"))
                .isEmpty();
        ledger.figures(ann, "1", "1");
    }

    @Test
    void a_viewer_reads_and_changes_nothing() {
        String ann = ledger.session("ann", "50");
        String hold = ledger.holds(ann, "1");
        String accounts = "/budget/accounts/";
        for (String viewer : new String[] {token(Role.VIEWER, ledger.of("s")), token(Role.VIEWER, null)}) {
            expect(ledger.api().get(accounts + ann, viewer), 200);
            expect(ledger.api().get(accounts + ann + "/entries", viewer), 200);
            expect(ledger.api().get("/budget/holds/" + hold, viewer), 200);
            isForbidden(ledger.api().put(accounts + ann, "{\"dailyLimit\":1}", viewer));
            isForbidden(ledger.api().post(accounts + ann + "/holds", "{\"amount\":1}", viewer));
            isForbidden(ledger.api().post(accounts + ann + "/costs", "{\"amount\":1}", viewer));
            isForbidden(ledger.api().post(accounts + ann + "/reset", "{\"reason\":\"x\"}", viewer));
            isForbidden(ledger.api().post("/budget/holds/" + hold + "/settle", "{\"amount\":1}", viewer));
        }
        isForbidden(ledger.api().get(accounts + ann, token(Role.VIEWER, ledger.of("another"))));
        ledger.figures(ann, "0", "1");
    }

    private static void isForbidden(Answer answer) {
        refused(answer, 403, "IF_ERR_FORBIDDEN");
    }

    @Test
    void while_a_swarm_is_paused_nothing_more_is_held_and_what_is_held_may_be_settled() {
        String ann = ledger.session("ann", "50");
        ledger.token("ann");
        String hold = ledger.holds(ann, "1");
        String swarm = "/coordinator/swarms/" + ledger.of("s");
        expect(ledger.api().post(swarm + "/pause", "{\"reason\":\"The provider is away.\"}", operator), 200);
        Answer paused = ledger.hold(ann, "1");
        refused(paused, 409, "IF_ERR_SWARM_PAUSED");
        assertThat(paused.body().path("reason").asText()).isEqualTo("The provider is away.");
        refused(ledger.hold(ledger.swarm(), "1"), 409, "IF_ERR_SWARM_PAUSED");
        expect(ledger.api().post(swarm + "/pause", "{\"reason\":\"It is still away.\"}", operator), 200);
        assertThat(ledger.hold(ann, "1").body().path("reason").asText()).isEqualTo("It is still away.");
        expect(ledger.settle(hold, "1"), 200);
        expect(ledger.cost(ann, "1"), 200);
        ledger.figures(ann, "2", "0");
        expect(ledger.hold("org", "0"), 201);
        expect(ledger.api().post(swarm + "/resume", null, operator), 200);
        ledger.holds(ann, "1");
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
