package io.infrafabric.budget;

import static io.infrafabric.budget.Examples.usd;
import static io.infrafabric.budget.Ledger.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.budget.ClaimHolds.LeaseHold;
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
import java.util.function.Function;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the check of the books says: totals that are wrong, and holds past their end. */
@QuarkusTest
class BudgetCheckTest {
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

    @Test
    void the_check_says_when_totals_are_wrong_and_they_heal() {
        String team = ledger.account("team", "t");
        expect(ledger.put(team, "{\"parent\":\"" + ledger.swarm() + "\"}"), 200);
        for (String account : List.of(team, ledger.swarm())) {
            String hold = ledger.holds(account, "2");
            sql("UPDATE budget_account SET total_held = 1, total_spent = 3 WHERE id = $1", account);
            JsonNode proof = expect(ledger.api().get("/budget/check", operator), 200);
            assertThat(proof.path("balanced").asBoolean()).isFalse();
            assertThat(proof.path("differences")
                            .valueStream()
                            .filter(found -> found.path("account").asText().equals(account))
                            .map(found -> found.path("what").asText()))
                    .containsExactly("totalHeld", "totalSpent");
            if (account.equals(ledger.swarm())) {
                expect(ledger.put(account, "{\"dailyLimit\":100000}"), 200);
                ledger.figures(account, "0", "4");
            }
            expect(ledger.giveBack(hold), 200);
            ledger.mustBalance();
            ledger.holds(team, "1");
            ledger.holds(team, "1");
        }
    }

    @Test
    void the_check_lists_holds_past_their_end() {
        String free = ledger.holds(ann, "2");
        String task = ledger.of("gone");
        String lease = run(work -> holds.lock(work, List.of(ledger.of("ann")))
                .take()
                .map(purses -> holds.place(work, purses, List.of(new LeaseHold(ledger.of("ann"), task, 1, usd("3"))))
                        .get(task)));
        sql("UPDATE budget_hold SET expires_at = now() - interval '59 seconds' WHERE id = $1", free);
        assertThat(overdue()).containsExactly(lease);
        sql("UPDATE budget_hold SET expires_at = now() - interval '1 hour' WHERE id = $1", free);
        assertThat(overdue()).containsExactlyInAnyOrder(lease, free);
        expect(ledger.giveBack(free), 200);
        run(work -> holds.end(work, List.of(new LeaseEnd.Lost(ledger.of("ann"), task, 1))));
        assertThat(overdue()).isEmpty();
    }

    private List<String> overdue() {
        return expect(ledger.api().get("/budget/check", operator), 200)
                .path("overdueHolds")
                .valueStream()
                .filter(found -> found.path("account").asText().equals(ann))
                .map(found -> found.path("hold").asText())
                .toList();
    }
}
