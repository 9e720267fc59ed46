package io.infrafabric.budget;

import static io.infrafabric.budget.Ledger.expect;
import static io.infrafabric.budget.Ledger.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Money from limit to ledger, through the door, on a real PostgreSQL and Redis. */
@QuarkusTest
class BudgetTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    private Ledger ledger;

    @BeforeEach
    void a_swarm() {
        ledger = new Ledger(fabric, operator);
    }

    @AfterEach
    void the_ledger_balances() {
        ledger.mustBalance();
    }

    @Test
    void money_goes_from_hold_to_settle_and_the_rest_comes_back() {
        String ann = ledger.session("ann", "50");
        JsonNode placed = expect(ledger.hold(ann, "15"), 201);
        assertThat(placed.path("remaining").decimalValue()).isEqualByComparingTo("35");
        assertThat(placed.path("state").asText()).isEqualTo("PLACED");
        ledger.figures(ann, "0", "15");
        ledger.figures(ledger.swarm(), "0", "15");
        expect(ledger.settle(placed.path("hold").asText(), "12.50"), 200);
        ledger.figures(ann, "12.5", "0");
        ledger.figures(ledger.swarm(), "12.5", "0");
        assertThat(ledger.entries(ledger.swarm(), "").findValuesAsText("kind")).containsExactly("SETTLE", "HOLD");
    }

    @Test
    void concurrent_holds_never_exceed_the_limit_and_fill_it() throws Exception {
        String ann = ledger.session("ann", "10");
        List<Answer> answers = together(60, i -> ledger.hold(ann, "0.5"));
        assertThat(answers.stream().filter(answer -> answer.status() == 201)).hasSize(20);
        answers.stream()
                .filter(answer -> answer.status() != 201)
                .forEach(answer -> refused(answer, 402, "IF_ERR_BUDGET_EXCEEDED"));
        ledger.figures(ann, "0", "10");
    }

    @Test
    void siblings_never_exceed_what_their_parent_has() throws Exception {
        expect(ledger.put(ledger.swarm(), "{\"dailyLimit\":\"10\"}"), 200);
        List<String> sessions = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            sessions.add(ledger.session("s" + i, "50"));
        }
        List<Answer> answers = together(60, i -> ledger.hold(sessions.get(i % 6), "0.5"));
        assertThat(answers.stream().filter(answer -> answer.status() == 201)).hasSize(20);
        Answer refusal = ledger.hold(sessions.getFirst(), "1");
        refused(refusal, 402, "IF_ERR_BUDGET_EXCEEDED");
        assertThat(refusal.body().path("account").asText()).isEqualTo(ledger.swarm());
        assertThat(refusal.body().path("remaining").decimalValue()).isZero();
        ledger.figures(ledger.swarm(), "0", "10");
    }

    @Test
    void a_first_limit_counts_what_is_being_held_below_at_that_moment() throws Exception {
        String ann = ledger.session("ann", "1000");
        List<Answer> answers =
                together(40, i -> i == 20 ? ledger.put(ledger.swarm(), "{\"dailyLimit\":10}") : ledger.hold(ann, "1"));
        long granted = answers.stream().filter(answer -> answer.status() == 201).count();
        ledger.figures(ledger.swarm(), "0", Long.toString(granted));
        assertThat(ledger.read(ledger.swarm()).path("dailyLimit").decimalValue())
                .isEqualByComparingTo(BigDecimal.TEN);
        ledger.figures(ann, "0", Long.toString(granted));
    }

    @Test
    void an_account_that_moves_takes_its_money_along() {
        String ann = ledger.session("ann", "50");
        String team = ledger.account("team", "t");
        expect(ledger.put(team, "{\"parent\":\"" + ledger.swarm() + "\",\"dailyLimit\":20}"), 200);
        ledger.holds(ann, "5");
        expect(ledger.cost(ann, "3"), 200);
        ledger.figures(team, "0", "0");
        expect(ledger.put(ann, "{\"parent\":\"" + team + "\"}"), 200);
        ledger.figures(team, "3", "5");
        refused(ledger.hold(ann, "13"), 402, "IF_ERR_BUDGET_EXCEEDED");
        expect(ledger.put(ann, "{\"parent\":\"" + ledger.swarm() + "\"}"), 200);
        ledger.figures(team, "0", "0");
        ledger.figures(ledger.swarm(), "3", "5");
    }

    @Test
    void a_hold_expires_by_itself_and_a_late_settle_is_still_booked() {
        String ann = ledger.session("ann", "50");
        String hold = expect(ledger.post(ann, "holds", "{\"amount\":15,\"ttlSeconds\":1}"), 201)
                .path("hold")
                .asText();
        await().atMost(PATIENCE).untilAsserted(() -> ledger.figures(ann, "0", "0"));
        assertThat(expect(ledger.api().get("/budget/holds/" + hold, operator), 200)
                        .path("state")
                        .asText())
                .isEqualTo("EXPIRED");
        expect(ledger.settle(hold, "4"), 200);
        ledger.figures(ann, "4", "0");
    }

    @Test
    void ends_are_repeated_and_not_changed() {
        String ann = ledger.session("ann", "50");
        String settled = ledger.holds(ann, "10");
        expect(ledger.settle(settled, "25"), 200);
        expect(ledger.settle(settled, "25.00"), 200);
        refused(ledger.settle(settled, "24"), 409, "IF_ERR_HOLD_ENDED");
        refused(ledger.giveBack(settled), 409, "IF_ERR_HOLD_ENDED");
        String voided = ledger.holds(ann, "10");
        expect(ledger.giveBack(voided), 200);
        expect(ledger.giveBack(voided), 200);
        refused(ledger.settle(voided, "1"), 409, "IF_ERR_HOLD_ENDED");
        ledger.figures(ann, "25", "0");
    }

    @Test
    void a_millionth_of_a_dollar_counts() {
        String ann = ledger.session("ann", "0.000002");
        expect(ledger.cost(ann, "0.000001"), 200);
        ledger.figures(ann, "0.000001", "0");
        refused(ledger.hold(ann, "0.000002"), 402, "IF_ERR_BUDGET_EXCEEDED");
        ledger.holds(ann, "\"0.000001\"");
    }

    @Test
    void a_cost_with_an_id_counts_once() {
        String ann = ledger.session("ann", "50");
        String body =
                "{\"id\":\"c1\",\"amount\":2,\"model\":\"sonnet\",\"tokensIn\":100,\"tokensOut\":5,\"what\":\"x\"}";
        expect(ledger.post(ann, "costs", body), 200);
        expect(ledger.post(ann, "costs", body), 200);
        refused(ledger.post(ann, "costs", "{\"id\":\"c1\",\"amount\":3}"), 409, "IF_ERR_COST_EXISTS");
        ledger.figures(ann, "2", "0");
        assertThat(ledger.entries(ann, "").path(0).path("model").asText()).isEqualTo("sonnet");
    }

    @Test
    void a_call_that_is_made_twice_with_one_key_has_one_effect() throws Exception {
        String ann = ledger.session("ann", "50");
        List<Answer> answers =
                together(8, i -> ledger.post(ann, "holds", "{\"amount\":5}", "Idempotency-Key", ledger.of("key")));
        assertThat(answers).extracting(Answer::status).containsOnly(201);
        assertThat(answers)
                .extracting(answer -> answer.body().path("hold").asText())
                .containsOnly(answers.getFirst().body().path("hold").asText());
        ledger.figures(ann, "0", "5");
    }

    /** $50 a day unless somebody says otherwise, a warning at 80 %, and nothing is promised beyond the limit. */
    @Test
    void budget_enforcement() {
        ledger.token("ann");
        String ann = ledger.account("session", "ann");
        assertThat(ledger.read(ann).path("dailyLimit").decimalValue()).isEqualByComparingTo("50");
        JsonNode below = expect(ledger.cost(ann, "39.999999"), 200);
        assertThat(below.path("remaining").decimalValue()).isEqualByComparingTo("10.000001");
        assertThat(events(ann, "budget-warned")).isZero();
        expect(ledger.cost(ann, "0.000001"), 200);
        assertThat(events(ann, "budget-warned")).isEqualTo(1);

        Answer beyond = ledger.hold(ann, "10.000001");
        refused(beyond, 402, "IF_ERR_BUDGET_EXCEEDED");
        assertThat(beyond.body().path("account").asText()).isEqualTo(ann);
        assertThat(beyond.body().path("remaining").decimalValue()).isEqualByComparingTo("10");
        String last = ledger.holds(ann, "10");
        refused(ledger.hold(ann, "0.000001"), 402, "IF_ERR_BUDGET_EXCEEDED");
        expect(ledger.settle(last, "10"), 200);
        assertThat(ledger.read(ann).at("/breaker/state").asText()).isEqualTo("OPEN");
        refused(ledger.hold(ann, "0.000001"), 402, "IF_ERR_BREAKER_OPEN");

        // What was spent already is booked all the same; somebody else's money is untouched.
        expect(ledger.cost(ann, "3"), 200);
        ledger.figures(ann, "53", "0");
        ledger.holds(ledger.session("bob", "50"), "50");
    }

    @Test
    void it_warns_once_and_at_the_limit_the_breaker_opens_until_there_is_headroom() {
        String ann = ledger.session("ann", "50");
        expect(ledger.cost(ann, "39.999999"), 200);
        assertThat(events(ann, "budget-warned")).isZero();
        expect(ledger.cost(ann, "5"), 200);
        JsonNode open = expect(ledger.cost(ann, "6"), 200);
        assertThat(open.path("breaker").path("state").asText()).isEqualTo("OPEN");
        assertThat(open.path("breaker").path("reason").asText()).isEqualTo("BUDGET");
        assertThat(events(ann, "budget-warned")).isEqualTo(1);
        assertThat(events(ann, "breaker-opened")).isEqualTo(1);
        Answer refusal = ledger.hold(ann, "0.01");
        refused(refusal, 402, "IF_ERR_BREAKER_OPEN");
        assertThat(refusal.body().path("reason").asText()).isEqualTo("BUDGET");

        refused(ledger.post(ann, "reset", "{\"reason\":\"go on\"}"), 409, "IF_ERR_NO_HEADROOM");
        expect(ledger.post(ann, "reset", "{\"reason\":\"go on\",\"allowance\":10}"), 200);
        ledger.holds(ann, "9");
        assertThat(events(ann, "breaker-closed")).isEqualTo(1);
        assertThat(ledger.entries(ann, "").findValuesAsText("what")).contains("go on");
    }

    @Test
    void a_limit_below_what_is_spent_is_accepted_and_a_higher_one_closes_the_breaker() {
        String ann = ledger.session("ann", "50");
        expect(ledger.cost(ann, "30"), 200);
        JsonNode lowered = expect(ledger.put(ann, "{\"dailyLimit\":20}"), 200);
        assertThat(lowered.path("breaker").path("state").asText()).isEqualTo("OPEN");
        assertThat(list("?breaker=open&parent=" + ledger.swarm())).containsExactly(ann);
        JsonNode raised = expect(ledger.put(ann, "{\"dailyLimit\":31}"), 200);
        assertThat(raised.path("breaker").path("state").asText()).isEqualTo("CLOSED");
        JsonNode unlimited = expect(ledger.put(ann, "{\"dailyLimit\":null}"), 200);
        assertThat(unlimited.has("dailyLimit")).isFalse();
        assertThat(unlimited.path("spentToday").decimalValue()).isEqualByComparingTo("30");
        ledger.holds(ann, "1000");
    }

    @Test
    void on_the_next_day_the_breaker_is_closed() {
        String ann = ledger.session("ann", "0");
        refused(ledger.hold(ann, "1"), 402, "IF_ERR_BREAKER_OPEN");
        pool.preparedQuery("UPDATE budget_account SET day = day - 1 WHERE id = $1")
                .execute(Tuple.of(ann))
                .await()
                .indefinitely();
        assertThat(ledger.read(ann).path("breaker").path("state").asText()).isEqualTo("CLOSED");
        refused(ledger.hold(ann, "1"), 402, "IF_ERR_BUDGET_EXCEEDED");
    }

    @Test
    void the_ledger_says_who_spent_it() {
        String ann = ledger.session("ann", "50");
        String bob = ledger.session("bob", "50");
        expect(ledger.post(ann, "costs", "{\"amount\":4,\"taskId\":\"T1\"}"), 200);
        expect(ledger.post(bob, "costs", "{\"amount\":1,\"taskId\":\"T2\"}"), 200);
        assertThat(ledger.entries(ledger.swarm(), "").findValuesAsText("account"))
                .containsExactly(bob, ann);
        assertThat(ledger.entries(ledger.swarm(), "?taskId=T1").findValuesAsText("account"))
                .containsExactly(ann);
        JsonNode first =
                expect(ledger.api().get("/budget/accounts/" + ledger.swarm() + "/entries?limit=1", operator), 200);
        assertThat(ledger.entries(
                                ledger.swarm(),
                                "?limit=1&cursor=" + first.path("next").asText())
                        .findValuesAsText("account"))
                .containsExactly(ann);
        assertThat(ledger.entries(ledger.swarm(), "?from=2100-01-01T00:00:00Z")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE budget_entry SET spent = 0",
                "DELETE FROM budget_entry",
                "TRUNCATE budget_entry",
            })
    void the_ledger_is_append_only(String change) {
        assertThatThrownBy(() -> pool.query(change).execute().await().indefinitely())
                .hasMessageContaining("append-only");
    }

    private List<String> list(String query) {
        return expect(ledger.api().get("/budget/accounts" + query, operator), 200)
                .path("items")
                .findValuesAsText("account");
    }

    private long events(String account, String what) {
        return pool.preparedQuery("SELECT count(*) FROM bus_event WHERE subject = $1 AND type = $2")
                .execute(Tuple.of("account:" + account, "s2.budget." + what + ".v1"))
                .await()
                .indefinitely()
                .iterator()
                .next()
                .getLong(0);
    }

    private interface Call {
        Answer make(int index);
    }

    private static List<Answer> together(int count, Call call) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> calls = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int index = i;
                calls.add(threads.submit(() -> call.make(index)));
            }
            List<Answer> answers = new ArrayList<>();
            for (Future<Answer> made : calls) {
                answers.add(made.get());
            }
            return answers;
        }
    }
}
