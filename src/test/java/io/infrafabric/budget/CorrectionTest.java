package io.infrafabric.budget;

import static io.infrafabric.budget.Examples.usd;
import static io.infrafabric.budget.Ledger.expect;
import static io.infrafabric.budget.Ledger.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.door.identity.Tokens;
import io.infrafabric.event.BudgetEvent.CostReported;
import io.infrafabric.event.Trace;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reports above the bound, corrections, and what the check finds, through the door; on a real PostgreSQL and Redis. */
@QuarkusTest
class CorrectionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String HUGE = "999999999999";

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    @Inject
    Transactions transactions;

    @Inject
    AccountTree tree;

    @Inject
    Tokens tokens;

    private Ledger ledger;
    private String ann;

    @BeforeEach
    void a_session_in_a_swarm_that_may_spend_100000() {
        ledger = new Ledger(fabric, operator);
        expect(ledger.put(ledger.swarm(), "{\"dailyLimit\":100000}"), 200);
        ann = ledger.session("ann", "50");
    }

    @AfterEach
    void the_ledger_balances() {
        ledger.mustBalance();
    }

    private <T> T run(Function<Work, Uni<T>> action) {
        return transactions.run(action).await().atMost(PATIENCE);
    }

    private void sql(String sql, Object... values) {
        pool.preparedQuery(sql).execute(Tuple.from(values)).await().atMost(PATIENCE);
    }

    private Answer correct(String account, String body, String... headers) {
        return ledger.post(account, "corrections", body, headers);
    }

    private List<JsonNode> cases() {
        JsonNode all = expect(ledger.api().get("/escalation/cases?function=budget&limit=100", operator), 200);
        return all.path("items")
                .valueStream()
                .filter(found -> found.path("subject").asText().equals("account:" + ann)
                        && found.path("reason").asText().equals("COST_ABOVE_BOUND"))
                .toList();
    }

    private JsonNode asked() {
        await().atMost(PATIENCE)
                .until(() -> cases().stream()
                        .anyMatch(one -> one.path("state").asText().equals("OPEN")));
        return cases().stream()
                .filter(one -> one.path("state").asText().equals("OPEN"))
                .findFirst()
                .orElseThrow();
    }

    private void resolve(JsonNode asked, String body) {
        expect(ledger.api().post("/escalation/cases/" + asked.path("id").asText() + "/resolve", body, operator), 200);
    }

    private void spent(String account, String amount) {
        assertThat(ledger.read(account).path("spentToday").decimalValue()).isEqualByComparingTo(amount);
    }

    private String breaker(String account) {
        return ledger.read(account).path("breaker").path("state").asText();
    }

    @Test
    void a_huge_report_stops_its_account_alone_and_counts_above_when_a_human_says_so() {
        JsonNode booked = expect(ledger.cost(ann, HUGE), 200);
        assertThat(booked.path("apartToday").decimalValue()).isEqualByComparingTo(HUGE);
        expect(ledger.cost(ann, HUGE), 200);
        spent(ann, "1999999999998");
        spent(ledger.swarm(), "0");
        assertThat(breaker(ann)).isEqualTo("OPEN");
        assertThat(breaker(ledger.swarm())).isEqualTo("CLOSED");
        ledger.mustBalance();
        expect(ledger.put(ledger.swarm(), "{\"dailyLimit\":null}"), 200);
        spent(ledger.swarm(), "0");
        expect(ledger.put(ledger.swarm(), "{\"dailyLimit\":1000}"), 200);
        spent(ledger.swarm(), "0");
        JsonNode first = asked();
        assertThat(cases()).as("one question at a time").hasSize(1);
        resolve(first, "{\"option\":\"COUNT\"}");
        await().atMost(PATIENCE).untilAsserted(() -> spent(ledger.swarm(), HUGE));
        assertThat(breaker(ledger.swarm())).isEqualTo("OPEN");
        JsonNode rest = asked();
        resolve(rest, "{\"option\":\"CORRECT\",\"parameters\":{\"amount\":12}}");
        await().atMost(PATIENCE).untilAsserted(() -> spent(ann, "1000000000011"));
        spent(ledger.swarm(), "1000000000011");
        assertThat(ledger.read(ann).has("apartToday")).isFalse();
        assertThat(ledger.entries(ann, "").findValuesAsText("kind"))
                .containsExactly("CORRECTION", "COUNT", "COST", "COST");
        expect(correct(ann, "{\"amount\":-1000000000000,\"reason\":\"too many digits\"}"), 400);
        expect(correct(ann, "{\"amount\":-" + HUGE + ",\"reason\":\"A digit too many.\"}"), 200);
        spent(ledger.swarm(), "12");
        assertThat(breaker(ledger.swarm())).isEqualTo("CLOSED");
        assertThat(breaker(ann)).isEqualTo("CLOSED");
    }

    @Test
    void every_way_to_report_is_bounded() {
        String token = ledger.token("ann");
        expect(ledger.settle(ledger.holds(ann, "1"), HUGE), 200);
        expect(correct(ann, "{\"amount\":-" + HUGE + ",\"reason\":\"no\"}"), 200);
        for (String how : List.of("complete", "fail")) {
            String task = ledger.of(how);
            expect(
                    ledger.api()
                            .post(
                                    "/coordinator/tasks",
                                    "{\"id\":\"" + task + "\",\"swarm\":\"" + ledger.of("s")
                                            + "\",\"title\":\"t\",\"estimatedCost\":1}",
                                    operator),
                    201);
            JsonNode claim = expect(
                    ledger.api()
                            .post(
                                    "/coordinator/sessions/" + ledger.of("ann") + "/claims",
                                    "{\"taskId\":\"" + task + "\"}",
                                    token),
                    201);
            String end = "{\"epoch\":" + claim.at("/lease/epoch").asLong() + ",\"cost\":" + HUGE
                    + (how.equals("fail") ? ",\"error\":\"x\"}" : "}");
            expect(ledger.api().post("/coordinator/tasks/" + task + "/" + how, end, token), 200);
            spent(ann, HUGE);
            expect(correct(ann, "{\"amount\":-" + HUGE + ",\"reason\":\"no\"}"), 200);
        }
        run(work -> {
            work.emit(
                    new CostReported(null, ann, null, usd(HUGE), null, null, null, null, null, null, null), Trace.NONE);
            return Uni.createFrom().voidItem();
        });
        await().atMost(PATIENCE).untilAsserted(() -> spent(ann, HUGE));
        spent(ledger.swarm(), "0");
        expect(correct(ann, "{\"amount\":-" + HUGE + ",\"reason\":\"no\"}"), 200);
        spent(ledger.swarm(), "0");
        // What was asked about has been corrected, so nobody has to answer.
        await().atMost(PATIENCE)
                .until(() -> cases().stream()
                        .noneMatch(one -> one.path("state").asText().equals("OPEN")));
    }

    @Test
    void many_reports_below_the_bound_do_not_stop_the_swarm_either() {
        for (int i = 0; i < 12; i++) {
            expect(ledger.cost(ann, "10000"), 200);
        }
        spent(ann, "120000");
        spent(ledger.swarm(), "10000");
        assertThat(breaker(ledger.swarm())).isEqualTo("CLOSED");
    }

    @Test
    void an_operator_corrects_what_was_spent_and_breakers_follow() {
        expect(ledger.cost(ann, "60"), 200);
        assertThat(breaker(ann)).isEqualTo("OPEN");
        refused(ledger.hold(ann, "1"), 402, "IF_ERR_BREAKER_OPEN");
        String body = "{\"amount\":-20.5,\"reason\":\"The provider gave it back.\"}";
        JsonNode corrected = expect(correct(ann, body, "Idempotency-Key", ledger.of("key")), 200);
        assertThat(corrected.path("breaker").path("state").asText()).isEqualTo("CLOSED");
        expect(correct(ann, body, "Idempotency-Key", ledger.of("key")), 200);
        ledger.figures(ann, "39.5", "0");
        ledger.figures(ledger.swarm(), "39.5", "0");
        ledger.holds(ann, "1");
        expect(correct(ann, "{\"amount\":10.5,\"reason\":\"Not all of it.\"}"), 200);
        assertThat(breaker(ann)).isEqualTo("OPEN");
        JsonNode entry = ledger.entries(ann, "").path(0);
        assertThat(entry.path("kind").asText() + " " + entry.path("what").asText())
                .isEqualTo("CORRECTION Not all of it.");
        // Not as a session of that name would be.
        assertThat(entry.path("by").asText()).isEqualTo("operator:operator");

        Answer tooLarge = correct(ann, "{\"amount\":-50.000001,\"reason\":\"x\"}");
        refused(tooLarge, 409, "IF_ERR_CORRECTION_TOO_LARGE");
        assertThat(tooLarge.body().path("spent").decimalValue()).isEqualByComparingTo("50");
        refused(
                correct(ledger.swarm(), "{\"amount\":-1,\"reason\":\"It has spent nothing itself.\"}"),
                409,
                "IF_ERR_CORRECTION_TOO_LARGE");
        refused(
                correct(ledger.account("session", "nobody"), "{\"amount\":1,\"reason\":\"x\"}"),
                404,
                "IF_ERR_UNKNOWN_ACCOUNT");
        for (String bad : List.of(
                "{\"amount\":0,\"reason\":\"x\"}",
                "{\"amount\":-0.0000001,\"reason\":\"x\"}",
                "{\"amount\":-1e999999999,\"reason\":\"x\"}",
                "{\"amount\":1}",
                "{\"reason\":\"x\"}",
                "{\"amount\":1,\"reason\":\"x\",\"day\":\"2999-01-01\"}",
                "{\"amount\":1,\"reason\":\"x\",\"day\":\"+294277-01-01\"}")) {
            refused(correct(ann, bad), 400, "IF_ERR_BAD_INPUT");
        }
        refused(
                correct(ann, "{\"amount\":-1,\"reason\":\"x\",\"day\":\"2020-01-01\"}"),
                409,
                "IF_ERR_CORRECTION_TOO_LARGE");
        expect(correct(ann, "{\"amount\":1,\"reason\":\"Forgotten.\",\"day\":\"2020-01-01\"}"), 200);
        expect(correct(ann, "{\"amount\":-1,\"reason\":\"It was not.\",\"day\":\"2020-01-01\"}"), 200);
        ledger.figures(ann, "50", "1");
    }

    /** The figures of accounts stay as they are over midnight, until something is booked; the check compares them by their day. */
    @Test
    void what_was_spent_yesterday_is_corrected_this_morning_and_the_books_still_balance() {
        sql(
                "INSERT INTO budget_entry (account, day, kind, spent, held, amount, by)"
                        + " VALUES ($1, (now() AT TIME ZONE 'UTC')::date - 1, 'COST', 20, 0, 20, 'test')",
                ann);
        sql("UPDATE budget_account SET day = day - 1, spent = 20, total_spent = 20 WHERE id = $1", ann);
        sql("UPDATE budget_account SET day = day - 1, total_spent = 20 WHERE id = $1", ledger.swarm());
        ledger.mustBalance();
        String yesterday = LocalDate.now(ZoneOffset.UTC).minusDays(1).toString();
        expect(correct(ann, "{\"amount\":-5,\"reason\":\"x\",\"day\":\"" + yesterday + "\"}"), 200);
        ledger.mustBalance();
        ledger.figures(ann, "0", "0");
        ledger.figures(ledger.swarm(), "0", "0");
    }

    private String token(Role role, String swarm) {
        return tokens.issue(new Caller("olga", swarm, role), null)
                .await()
                .atMost(PATIENCE)
                .token();
    }

    @Test
    void who_operates_a_swarm_corrects_its_accounts_and_stops_nobody_else() {
        String own = token(Role.OPERATOR, ledger.of("s"));
        String path = "/budget/accounts/" + ann + "/corrections";
        String huge = "{\"amount\":" + HUGE + ",\"reason\":\"x\"}";
        expect(ledger.api().post(path, "{\"amount\":5,\"reason\":\"x\"}", own), 200);
        spent(ledger.swarm(), "5");
        expect(ledger.api().post(path, huge, own), 200);
        spent(ledger.swarm(), "5");
        expect(ledger.api().post(path, "{\"amount\":-" + HUGE + ",\"reason\":\"x\"}", own), 200);
        spent(ann, "5");
        spent(ledger.swarm(), "5");
        refused(ledger.api().post(path, huge, token(Role.OPERATOR, ledger.of("another"))), 403, "IF_ERR_FORBIDDEN");
        refused(ledger.api().post(path, huge, token(Role.VIEWER, null)), 403, "IF_ERR_FORBIDDEN");
        refused(ledger.api().post(path, huge, ledger.token("ann")), 403, "IF_ERR_FORBIDDEN");
        refused(ledger.api().post("/budget/accounts/org/corrections", huge, own), 403, "IF_ERR_FORBIDDEN");
    }

    @Test
    void big_numbers_are_refused_or_taken_and_never_break_anything() {
        for (int i = 0; i < 3; i++) {
            expect(ledger.cost(ann, HUGE), 200);
        }
        refused(ledger.post(ann, "reset", "{\"reason\":\"x\",\"allowance\":" + HUGE + "}"), 409, "IF_ERR_NO_HEADROOM");
        expect(ledger.put(ann, "{\"dailyLimit\":" + HUGE + "}"), 200);
        refused(ledger.put(ann, "{\"dailyLimit\":1000000000000}"), 400, "IF_ERR_BAD_INPUT");
        refused(ledger.put(ann, "{\"dailyLimit\":-0.000001}"), 400, "IF_ERR_BAD_INPUT");
        expect(correct(ann, "{\"amount\":-" + HUGE + ",\"reason\":\"x\"}"), 200);
        expect(correct(ann, "{\"amount\":-" + HUGE + ",\"reason\":\"x\"}"), 200);
        expect(ledger.post(ann, "reset", "{\"reason\":\"x\",\"allowance\":" + HUGE + "}"), 200);
        Answer more = ledger.post(ann, "reset", "{\"reason\":\"x\",\"allowance\":" + HUGE + "}");
        refused(more, 400, "IF_ERR_BAD_INPUT");
        assertThat(more.body().path("field").asText()).isEqualTo("allowance");
        expect(ledger.put(ann, "{\"dailyLimit\":null}"), 200);
        for (int i = 0; i < 3; i++) {
            expect(ledger.put(ledger.swarm(), "{\"dailyLimit\":null}"), 200);
            expect(ledger.settle(ledger.holds(ann, HUGE), HUGE), 200);
        }
        spent(ann, "3999999999996");
    }

    @Test
    void what_a_swarm_may_enrol_gets_no_limit_from_another() {
        String own = token(Role.OPERATOR, ledger.of("s"));
        for (String account : List.of(ledger.account("session", "new"), ledger.account("swarm", "new"))) {
            refused(
                    ledger.api()
                            .put(
                                    "/budget/accounts/" + account,
                                    "{\"parent\":\"" + ledger.swarm() + "\",\"dailyLimit\":1000000}",
                                    own),
                    403,
                    "IF_ERR_FORBIDDEN");
            refused(ledger.api().get("/budget/accounts/" + account, operator), 404, "IF_ERR_UNKNOWN_ACCOUNT");
        }
        expect(ledger.api().put("/budget/accounts/" + ann, "{\"dailyLimit\":1000000}", own), 200);
        expect(ledger.cost(ann, "7"), 200);
        run(work -> tree.open(work, Map.of(ledger.of("ann"), ledger.of("other"))));
        assertThat(ledger.read(ann).path("parent").asText()).isEqualTo("swarm:" + ledger.of("other"));
        assertThat(ledger.read(ann).path("dailyLimit").decimalValue()).isEqualByComparingTo("50");
        spent(ann, "7");
        expect(ledger.put(ann, "{\"dailyLimit\":20}"), 200);
        run(work -> tree.open(work, Map.of(ledger.of("ann"), ledger.of("s"))));
        assertThat(ledger.read(ann).path("dailyLimit").decimalValue()).isEqualByComparingTo("20");
        String more = "{\"reason\":\"x\",\"allowance\":1000}";
        expect(ledger.api().post("/budget/accounts/" + ann + "/reset", more, own), 200);
        assertThat(ledger.read(ann).path("remaining").decimalValue()).isEqualByComparingTo("1013");
        run(work -> tree.open(work, Map.of(ledger.of("ann"), ledger.of("other"))));
        assertThat(ledger.read(ann).path("remaining").decimalValue()).isEqualByComparingTo("13");
    }
}
