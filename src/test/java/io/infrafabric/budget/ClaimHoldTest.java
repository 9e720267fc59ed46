package io.infrafabric.budget;

import static io.infrafabric.budget.Examples.usd;
import static io.infrafabric.budget.Ledger.expect;
import static io.infrafabric.budget.Ledger.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.budget.ClaimHolds.Ended;
import io.infrafabric.budget.ClaimHolds.LeaseHold;
import io.infrafabric.budget.CostRulingTransaction.Carried;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.event.BudgetEvent.CostReported;
import io.infrafabric.event.CoordinatorEvent.Reason;
import io.infrafabric.event.CoordinatorEvent.TaskFailed;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.Event;
import io.infrafabric.event.Trace;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Holds as the coordinator places and ends them, and what comes over the channel; on a real PostgreSQL and Redis. */
@QuarkusTest
class ClaimHoldTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Transactions transactions;

    @Inject
    Pool pool;

    @Inject
    AccountTree tree;

    @Inject
    ClaimHolds holds;

    @Inject
    CostRulingTransaction decisions;

    private Ledger ledger;
    private String session;
    private String account;
    private String task;

    @BeforeEach
    void a_session_with_15_held() {
        ledger = new Ledger(fabric, operator);
        session = ledger.of("ann");
        account = "session:" + session;
        task = ledger.of("task");
        run(work -> tree.open(work, Map.of(session, ledger.of("s"))));
        run(work -> holds.lock(work, List.of(session)).take().chain(purses -> {
            assertThat(purses.stopped(session)).isFalse();
            assertThat(purses.afford(session, usd("15"))).isInstanceOf(Purses.Verdict.Fits.class);
            assertThat(purses.afford(session, usd("50.000001"))).isInstanceOf(Purses.Verdict.Refused.class);
            return Uni.createFrom()
                    .item(holds.place(work, purses, List.of(new LeaseHold(session, task, 1, usd("15")))));
        }));
    }

    @AfterEach
    void the_ledger_balances() {
        ledger.mustBalance();
    }

    @Test
    void an_enrolled_session_has_50_dollars_a_day_in_its_swarm() {
        assertThat(ledger.read(account).path("dailyLimit").decimalValue()).isEqualByComparingTo("50");
        assertThat(ledger.read(account).path("parent").asText()).isEqualTo(ledger.swarm());
        ledger.figures(account, "0", "15");
    }

    @Test
    void in_another_swarm_its_account_moves_there() {
        run(work -> tree.open(work, Map.of(session, ledger.of("other"))));
        assertThat(ledger.read(account).path("parent").asText()).isEqualTo("swarm:" + ledger.of("other"));
        ledger.figures(ledger.swarm(), "0", "0");
        ledger.figures("swarm:" + ledger.of("other"), "0", "15");
    }

    @Test
    void costs_draw_on_the_hold_and_the_total_books_the_difference() {
        expect(ledger.post(account, "costs", "{\"amount\":12,\"taskId\":\"" + task + "\",\"epoch\":1}"), 200);
        ledger.figures(account, "12", "3");
        assertThat(end(new LeaseEnd.Completed(session, task, 1, usd("14"))).booked())
                .isEqualByComparingTo("14");
        ledger.figures(account, "14", "0");
        expect(ledger.post(account, "costs", "{\"amount\":2,\"taskId\":\"" + task + "\"}"), 200);
        ledger.figures(account, "14", "0");
    }

    @Test
    void a_lost_claim_leaves_what_was_drawn_and_its_late_total_is_booked_once() {
        expect(ledger.post(account, "costs", "{\"amount\":12,\"taskId\":\"" + task + "\"}"), 200);
        end(new LeaseEnd.Lost(session, task, 1));
        ledger.figures(account, "12", "0");
        assertThat(end(new LeaseEnd.Late(session, task, 1, usd("15"))).recorded())
                .isTrue();
        assertThat(end(new LeaseEnd.Late(session, task, 1, usd("15"))).recorded())
                .isTrue();
        ledger.figures(account, "15", "0");
    }

    @Test
    void a_claim_that_is_made_again_keeps_its_hold() {
        String hold = run(work ->
                holds.lock(work, List.of(session)).take().chain(purses -> holds.carry(work, purses, task, 1, 2)));
        assertThat(hold).isNotNull();
        end(new LeaseEnd.Late(session, task, 1, usd("2")));
        end(new LeaseEnd.Late(session, task, 1, usd("2")));
        ledger.figures(account, "2", "13");
        end(new LeaseEnd.Failed(session, task, 2, null));
        ledger.figures(account, "2", "0");
    }

    @Test
    void a_claims_hold_cannot_be_settled_over_rest() {
        String hold = ledger.entries(account, "").path(0).path("hold").asText();
        refused(ledger.settle(hold, "1"), 409, "IF_ERR_HOLD_OF_LEASE");
        refused(ledger.giveBack(hold), 409, "IF_ERR_HOLD_OF_LEASE");
    }

    @Test
    void a_cost_over_the_channel_is_booked_once() {
        CostReported cost =
                new CostReported("c1", account, ledger.of("s"), usd("4"), task, 1L, "sonnet", 10L, 20L, "a call", null);
        tell(cost);
        tell(cost);
        await().atMost(PATIENCE).untilAsserted(() -> ledger.figures(account, "4", "11"));
        tell(new CostReported("c2", account, ledger.of("s"), usd("1"), null, null, null, null, null, null, null));
        await().atMost(PATIENCE).untilAsserted(() -> ledger.figures(account, "5", "11"));
    }

    @Test
    void three_failures_in_a_row_stop_a_session_and_a_reset_lets_it_go_on() {
        end(new LeaseEnd.Returned(session, task, 1));
        List<TaskFailed> before = List.of(fails("a"), fails("b"), fails("c"));
        end(new LeaseEnd.Completed(session, ledger.of("d"), 1, null));
        TaskFailed last = fails("g");
        tell(last);
        tell(fails("e"));
        // Told after the success that came later than they: they do not count.
        before.forEach(this::tell);
        await().atMost(PATIENCE).until(() -> handled() == 5);
        assertThat(breaker().path("state").asText()).isEqualTo("CLOSED");
        tell(fails("f"));
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(breaker().path("reason").asText()).isEqualTo("FAILURES"));
        refused(ledger.hold(account, "1"), 402, "IF_ERR_BREAKER_OPEN");
        assertThat(run(work -> holds.lock(work, List.of(session)).take()).stopped(session))
                .isTrue();
        decided("RESET", Map.of(), "it was the network");
        ledger.holds(account, "1");
    }

    @Test
    void what_was_decided_about_no_account_is_refused() {
        String nobody = "session:" + ledger.of("nobody");

        assertThat(decided(nobody, "RAISE_LIMIT", Map.of("dailyLimit", "100"), null))
                .isEqualTo(new Carried.Unknown(nobody));
        assertThat(decided(nobody, "RESET", Map.of(), null)).isEqualTo(new Carried.Unknown(nobody));
    }

    @Test
    void a_resolved_case_raises_the_limit_or_leaves_it() {
        expect(ledger.cost(account, "60"), 200);
        decided("KEEP_STOPPED", Map.of(), null);
        refused(ledger.hold(account, "1"), 402, "IF_ERR_BREAKER_OPEN");
        decided("RAISE_LIMIT", Map.of("dailyLimit", "100"), "worth it");
        ledger.holds(account, "20");
        assertThat(ledger.read(account).path("dailyLimit").decimalValue()).isEqualByComparingTo("100");
    }

    @Test
    void a_success_closes_a_breaker_that_failures_opened() {
        for (String name : List.of("a", "b", "c")) {
            tell(fails(name));
        }
        await().atMost(PATIENCE).until(() -> breaker().path("reason").asText().equals("FAILURES"));
        end(new LeaseEnd.Completed(session, task, 1, usd("1")));
        assertThat(breaker().path("state").asText()).isEqualTo("CLOSED");
    }

    /** An attempt fails; what the channel is going to tell of it. */
    private TaskFailed fails(String name) {
        return run(work -> holds.lock(work, List.of(session))
                .take()
                .chain(purses -> holds.end(work, List.of(new LeaseEnd.Failed(session, ledger.of(name), 1, null)))
                        .replaceWith(new TaskFailed(
                                ledger.of(name), ledger.of("s"), session, List.of(), 1, Reason.FAILED, purses.now()))));
    }

    private JsonNode breaker() {
        return ledger.read(account).path("breaker");
    }

    /** How many failures of the session were taken in. */
    private long handled() {
        return pool.preparedQuery(
                        "SELECT count(*) FROM bus_event e JOIN bus_inbox i ON i.day = e.day AND i.event = e.id"
                                + " AND i.function = 'budget' WHERE e.envelope::jsonb -> 'data' ->> 'session' = $1"
                                + " AND e.type = 's2.coordinator.task-failed.v1'")
                .execute(Tuple.of(session))
                .await()
                .atMost(PATIENCE)
                .iterator()
                .next()
                .getLong(0);
    }

    private void decided(String option, Map<String, String> parameters, String note) {
        assertThat(decided(account, option, parameters, note)).isEqualTo(new Carried.Done());
    }

    private Carried decided(String about, String option, Map<String, String> parameters, String note) {
        CaseResolved resolved = new CaseResolved(
                "c1",
                "budget",
                "account:" + about,
                ledger.of("s"),
                "BREAKER_BUDGET",
                List.of(),
                option,
                parameters,
                "op",
                note);
        return run(work -> decisions.carryOut(work, CostRuling.of(resolved), Trace.NONE));
    }

    private Ended end(LeaseEnd end) {
        return run(work -> holds.lock(work, List.of(session)).take().chain(() -> holds.end(work, List.of(end))))
                .getFirst();
    }

    private void tell(Event event) {
        run(work -> {
            work.emit(event, Trace.NONE);
            return Uni.createFrom().voidItem();
        });
    }

    private <T> T run(Function<Work, Uni<T>> body) {
        return transactions.run(body).await().atMost(PATIENCE);
    }
}
