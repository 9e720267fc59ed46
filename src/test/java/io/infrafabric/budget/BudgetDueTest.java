package io.infrafabric.budget;

import static io.infrafabric.budget.Ledger.expect;
import static io.infrafabric.budget.Ledger.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.event.CoordinatorEvent.Reason;
import io.infrafabric.event.CoordinatorEvent.TaskFailed;
import io.infrafabric.event.Trace;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What comes due for the budget, from the row to its effect; and what becomes of deadlines when nothing ran. */
@QuarkusTest
class BudgetDueTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration GAP = Duration.ofHours(2);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    @Inject
    Transactions transactions;

    @Inject
    AccountTable accounts;

    private Ledger ledger;

    @BeforeEach
    void a_swarm() {
        ledger = new Ledger(fabric, operator);
    }

    @AfterEach
    void the_ledger_balances() {
        ledger.mustBalance();
    }

    private RowSet<io.vertx.mutiny.sqlclient.Row> sql(String sql, Object... values) {
        return pool.preparedQuery(sql).execute(Tuple.from(values)).await().atMost(PATIENCE);
    }

    private long events(String account, String what) {
        return sql(
                        "SELECT count(*) FROM bus_event WHERE subject = $1 AND type = $2",
                        "account:" + account,
                        "s2.budget." + what + ".v1")
                .iterator()
                .next()
                .getLong(0);
    }

    /** Whatever waits for this comes due now. */
    private void comesDue(String entity) {
        assertThat(sql("UPDATE bus_due SET at = now() WHERE function = 'budget' AND entity = $1", entity)
                        .rowCount())
                .as("due rows of %s", entity)
                .isEqualTo(1);
    }

    private String breaker(String account) {
        return ledger.read(account).path("breaker").path("state").asText();
    }

    private void fails(String account, int times) {
        for (int i = 0; i < times; i++) {
            String task = "t" + i;
            transactions
                    .run(work -> {
                        work.emit(
                                new TaskFailed(
                                        task,
                                        ledger.of("s"),
                                        Purses.sessionOf(account),
                                        List.of(),
                                        1,
                                        Reason.FAILED,
                                        null),
                                Trace.NONE);
                        return Uni.createFrom().voidItem();
                    })
                    .await()
                    .atMost(PATIENCE);
        }
    }

    @Test
    void when_the_next_day_comes_due_the_breaker_is_told_to_be_closed() {
        String ann = ledger.session("ann", "0");
        assertThat(breaker(ann)).isEqualTo("OPEN");
        comesDue("day:" + ann);
        // It came before its day did: nothing has closed.
        await().atMost(PATIENCE)
                .until(() -> sql("SELECT 1 FROM bus_due WHERE entity = $1", "day:" + ann)
                                .size()
                        == 0);
        assertThat(events(ann, "breaker-closed")).isZero();
        // The database's clock stays where it is; instead the day, on which nothing was booked, becomes yesterday.
        sql(
                "WITH a AS (UPDATE budget_account SET day = day - 1 WHERE id = $1)"
                        + " INSERT INTO bus_due VALUES ('budget', 'day:' || $1, now())",
                ann);
        await().atMost(PATIENCE).until(() -> events(ann, "breaker-closed") == 1);
        assertThat(breaker(ann)).isEqualTo("CLOSED");
        expect(ledger.put(ann, "{\"dailyLimit\":10}"), 200);
        expect(ledger.hold(ann, "10"), 201);
    }

    @Test
    void when_the_wait_after_failures_is_over_one_hold_may_try() {
        String ann = ledger.session("ann", "50");
        fails(ann, 3);
        await().atMost(PATIENCE).until(() -> breaker(ann).equals("OPEN"));
        refused(ledger.hold(ann, "1"), 402, "IF_ERR_BREAKER_OPEN");
        sql("UPDATE budget_account SET probe_at = now() WHERE id = $1", ann);
        comesDue("probe:" + ann);
        await().atMost(PATIENCE).until(() -> events(ann, "probe-allowed") == 1);
        assertThat(breaker(ann)).isEqualTo("PROBE");
        ledger.holds(ann, "1");
        refused(ledger.hold(ann, "1"), 402, "IF_ERR_BREAKER_OPEN");
    }

    /** From failed tasks to a human who is asked, one try after the wait, and its success: all through the door. */
    @Test
    void circuit_breaker() {
        String token = ledger.token("ann");
        String ann = ledger.account("session", "ann");
        for (String task : List.of("a", "b")) {
            expect(ends(token, claims(token, task), "fail"), 200);
        }
        expect(ends(token, claims(token, "c"), "complete"), 200);
        for (String task : List.of("d", "e", "f")) {
            assertThat(breaker(ann)).isEqualTo("CLOSED");
            expect(ends(token, claims(token, task), "fail"), 200);
        }
        await().atMost(PATIENCE).until(() -> breaker(ann).equals("OPEN"));
        assertThat(ledger.read(ann).at("/breaker/reason").asText()).isEqualTo("FAILURES");
        Answer refused = claim(token, "g");
        refused(refused, 402, "IF_ERR_BREAKER_OPEN");
        String open = "/escalation/cases?state=open&swarm=" + ledger.of("s");
        await().atMost(PATIENCE)
                .until(() -> expect(ledger.api().get(open, operator), 200)
                                .path("items")
                                .size()
                        == 1);

        sql("UPDATE budget_account SET probe_at = now() WHERE id = $1", ann);
        comesDue("probe:" + ann);
        await().atMost(PATIENCE).until(() -> breaker(ann).equals("PROBE"));
        JsonNode probe = expect(claim(token, "g"), 201);
        refused(claim(token, "h"), 402, "IF_ERR_BREAKER_OPEN");
        expect(ends(token, probe, "complete"), 200);

        assertThat(breaker(ann)).isEqualTo("CLOSED");
        expect(ends(token, claims(token, "h"), "complete"), 200);
        await().atMost(PATIENCE)
                .until(() -> expect(ledger.api().get(open, operator), 200)
                        .path("items")
                        .isEmpty());
    }

    private JsonNode claims(String token, String task) {
        return expect(claim(token, task), 201);
    }

    /** Claims that task, which is submitted first unless it is there. */
    private Answer claim(String token, String task) {
        Map<String, Object> body = Map.of(
                "id", ledger.of(task), "swarm", ledger.of("s"), "title", task, "estimatedCost", 1, "maxAttempts", 1);
        assertThat(ledger.api().post("/coordinator/tasks", body, operator).status())
                .isIn(200, 201);
        return ledger.api()
                .post(
                        "/coordinator/sessions/" + ledger.of("ann") + "/claims",
                        Map.of("taskId", ledger.of(task)),
                        token);
    }

    private Answer ends(String token, JsonNode claimed, String how) {
        Map<String, Object> body =
                new HashMap<>(Map.of("epoch", claimed.at("/lease/epoch").asLong()));
        if (how.equals("fail")) {
            body.put("error", "It broke.");
        }
        String task = claimed.at("/task/id").asText();
        return ledger.api().post("/coordinator/tasks/" + task + "/" + how, body, token);
    }

    @Test
    void a_probe_that_comes_due_too_early_allows_nothing() {
        String ann = ledger.session("ann", "50");
        fails(ann, 3);
        await().atMost(PATIENCE).until(() -> breaker(ann).equals("OPEN"));
        comesDue("probe:" + ann);
        await().atMost(PATIENCE)
                .until(() -> sql("SELECT 1 FROM bus_due WHERE entity = $1", "probe:" + ann)
                                .size()
                        == 0);
        refused(ledger.hold(ann, "1"), 402, "IF_ERR_BREAKER_OPEN");
        assertThat(events(ann, "probe-allowed")).isZero();
    }

    @Test
    void after_a_gap_in_which_nothing_ran_holds_and_probes_go_on_where_they_were() {
        String ann = ledger.session("ann", "50");
        String bob = ledger.session("bob", "50");
        String hold = ledger.holds(ann, "1");
        String settled = ledger.holds(ann, "1");
        expect(ledger.settle(settled, "1"), 200);
        fails(bob, 3);
        await().atMost(PATIENCE).until(() -> breaker(bob).equals("OPEN"));
        Instant expiry = expiry(hold);
        Instant ended = expiry(settled);
        Instant probe = probe(bob);

        transactions
                .run(work -> accounts.extend(work.connection(), Instant.now(), GAP))
                .await()
                .atMost(PATIENCE);

        assertThat(expiry(hold)).isEqualTo(expiry.plus(GAP));
        assertThat(expiry(settled)).isEqualTo(ended);
        assertThat(probe(bob)).isEqualTo(probe.plus(GAP));
        assertThat(next(ann)).isEqualTo(expiry.plus(GAP));
    }

    @Test
    void what_was_over_before_the_gap_does_not_move() {
        String ann = ledger.session("ann", "50");
        String hold = ledger.holds(ann, "1");
        Instant expiry = expiry(hold);

        transactions
                .run(work -> accounts.extend(work.connection(), expiry, GAP))
                .await()
                .atMost(PATIENCE);

        assertThat(expiry(hold)).isEqualTo(expiry);
        assertThat(next(ann)).isEqualTo(expiry);
    }

    private Instant expiry(String hold) {
        JsonNode read = expect(ledger.api().get("/budget/holds/" + hold, operator), 200);
        return Instant.parse(read.path("expiresAt").asText());
    }

    private Instant probe(String account) {
        return Instant.parse(
                ledger.read(account).path("breaker").path("probeAt").asText());
    }

    private Instant next(String account) {
        return sql("SELECT next_expiry FROM budget_account WHERE id = $1", account)
                .iterator()
                .next()
                .getOffsetDateTime(0)
                .toInstant();
    }
}
