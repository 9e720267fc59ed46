package io.infrafabric.budget;

import static io.infrafabric.budget.Examples.usd;
import static io.infrafabric.budget.Ledger.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.budget.ClaimHolds.LeaseHold;
import io.infrafabric.budget.Reservations.End;
import io.infrafabric.budget.Reservations.Reserved;
import io.infrafabric.budget.Reservations.Standing;
import io.infrafabric.budget.Reservations.Wish;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reservations in the database: they are on the books, whatever becomes of their claim. */
@QuarkusTest
class ReservationTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    @Inject
    Transactions transactions;

    @Inject
    ClaimHolds holds;

    @Inject
    FreeHolds freeHolds;

    @Inject
    Reservations reservations;

    private final String call = UUID.randomUUID().toString();
    private Ledger ledger;
    private String ann;

    @BeforeEach
    void a_session_that_may_spend_50_in_a_swarm_that_may_spend_100() {
        ledger = new Ledger(fabric, operator);
        expect(ledger.put(ledger.swarm(), "{\"dailyLimit\":100}"), 200);
        ann = ledger.session("ann", "50");
    }

    @AfterEach
    void the_ledger_balances() {
        ledger.mustBalance();
    }

    @Test
    void what_exceeds_the_claim_is_held_besides_and_the_cost_draws_on_the_claim() {
        claim("t", "15");
        assertThat(reserve("t", "20")).isInstanceOfSatisfying(Reserved.Granted.class, granted -> {
            assertThat(granted.within()).isEqualByComparingTo("15");
            assertThat(granted.extra()).isEqualByComparingTo("5");
        });
        ledger.figures(ann, "0", "20");
        ledger.figures(ledger.swarm(), "0", "20");
        ledger.mustBalance();
        assertThat(end("t", "6")).containsExactly(true);
        ledger.figures(ann, "6", "9");
        ledger.mustBalance();
        assertThat(end("t", "6")).containsExactly(false);
        ledger.figures(ledger.swarm(), "6", "9");
        JsonNode drawn = ledger.entries(ann, "?taskId=" + ledger.of("t")).path(0);
        assertThat(drawn.path("cost").asText()).isEqualTo("call:" + call);
        assertThat(drawn.path("model").asText()).isEqualTo("model");
    }

    @Test
    void the_claim_ends_while_the_call_runs() {
        claim("t", "15");
        reserve("t", "4");
        run(work -> holds.end(work, List.of(new LeaseEnd.Returned(ledger.of("ann"), ledger.of("t"), 1))));
        ledger.figures(ann, "0", "4");
        ledger.mustBalance();
        end("t", "3");
        ledger.figures(ann, "3", "0");
    }

    @Test
    void the_session_leaves_while_the_call_runs_and_its_money_stays_held() {
        reserve(null, "7");
        run(work -> holds.lock(work, List.of(ledger.of("ann")))
                .take()
                .chain(locked -> freeHolds.giveBackAll(work, ledger.of("ann"), "operator:test")));
        ledger.figures(ann, "0", "7");
        end(null, "2");
        ledger.figures(ann, "2", "0");
    }

    @Test
    void another_claim_and_too_much_money_are_refused() {
        claim("t", "15");
        assertThat(reserve("u", "1")).isEqualTo(new Reserved.NoClaim());
        assertThat(reserve("t", "51")).isInstanceOf(Reserved.Refused.class);
        ledger.figures(ann, "0", "15");
    }

    @Test
    void of_many_at_once_those_are_granted_that_fit() {
        List<Reserved> answers = run(work -> reservations.reserve(
                work,
                IntStream.range(0, 10)
                        .mapToObj(i -> new Wish(
                                call + i, ledger.of("ann"), null, null, usd("15"), Duration.ofMinutes(1), "ann"))
                        .toList()));
        assertThat(answers).filteredOn(Reserved.Granted.class::isInstance).hasSize(3);
        ledger.figures(ann, "0", "45");
        run(work -> reservations.end(
                work,
                IntStream.range(0, 10).mapToObj(i -> ended(call + i, null, "1")).toList()));
        ledger.figures(ann, "10", "0");
    }

    @Test
    void how_the_session_stands() {
        claim("t", "15");
        assertThat(standing("t")).isEqualTo(new Standing(true, 1L));
        assertThat(standing("u")).isEqualTo(new Standing(true, null));
        assertThat(standing(null)).isEqualTo(new Standing(true, null));
        expect(ledger.put(ann, "{\"dailyLimit\":null}"), 200);
        expect(ledger.put(ledger.swarm(), "{\"dailyLimit\":null}"), 200);
        assertThat(standing("t")).isEqualTo(new Standing(false, 1L));
    }

    @Test
    void a_limit_that_comes_and_goes_while_the_call_runs_sees_what_is_held() {
        reserve(null, "7");
        expect(ledger.put(ann, "{\"dailyLimit\":null}"), 200);
        expect(ledger.put(ledger.swarm(), "{\"dailyLimit\":null}"), 200);
        ledger.mustBalance();
        expect(ledger.put(ledger.swarm(), "{\"dailyLimit\":10}"), 200);
        ledger.figures(ledger.swarm(), "0", "7");
        end(null, "8");
        ledger.figures(ledger.swarm(), "8", "0");
    }

    @Test
    void the_check_lists_a_call_past_its_end() {
        reserve(null, "7");
        pool.preparedQuery("UPDATE budget_reservation SET ends_at = now() - interval '1 hour' WHERE id = $1")
                .execute(Tuple.of(call))
                .await()
                .atMost(PATIENCE);
        assertThat(expect(ledger.api().get("/budget/check", operator), 200)
                        .path("overdueHolds")
                        .findValuesAsText("hold"))
                .contains(call);
        end(null, "0");
        ledger.figures(ann, "0", "0");
        assertThat(expect(ledger.api().get("/budget/check", operator), 200)
                        .path("overdueHolds")
                        .findValuesAsText("hold"))
                .doesNotContain(call);
    }

    private void claim(String task, String amount) {
        LeaseHold hold = new LeaseHold(ledger.of("ann"), ledger.of(task), 1, usd(amount));
        run(work -> holds.lock(work, List.of(ledger.of("ann")))
                .take()
                .map(purses -> holds.place(work, purses, List.of(hold))));
    }

    private Standing standing(String task) {
        return reservations
                .standing(pool, ledger.of("ann"), task == null ? null : ledger.of(task))
                .await()
                .atMost(PATIENCE);
    }

    private Reserved reserve(String task, String amount) {
        String of = task == null ? null : ledger.of(task);
        Wish wish = new Wish(call, ledger.of("ann"), of, null, usd(amount), Duration.ofMinutes(1), "ann");
        return run(work -> reservations.reserve(work, List.of(wish))).getFirst();
    }

    private List<Boolean> end(String task, String cost) {
        return run(work -> reservations.end(work, List.of(ended(call, task == null ? null : ledger.of(task), cost))));
    }

    private End ended(String id, String task, String cost) {
        return new End(
                id, ledger.of("ann"), task, task == null ? null : 1L, usd(cost), "model", 1L, 2L, "call", null, "ann");
    }

    private <T> T run(Function<Work, Uni<T>> action) {
        return transactions.run(action).await().atMost(PATIENCE);
    }
}
