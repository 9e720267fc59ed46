package io.infrafabric.budget;

import static io.infrafabric.budget.Examples.usd;
import static io.infrafabric.budget.Ledger.expect;
import static io.infrafabric.budget.Ledger.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.event.BudgetEvent.CostReported;
import io.infrafabric.event.Trace;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The time that a cost names: over REST and over the channel. */
@QuarkusTest
class CostTimeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Transactions transactions;

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

    private void spent(String account, String amount) {
        assertThat(ledger.read(account).path("spentToday").decimalValue()).isEqualByComparingTo(amount);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1795884064893",
                "1e300",
                "\"1e300\"",
                "\"+294277-01-01T00:00:00Z\"",
                "\"-4713-01-01T00:00:00Z\"",
                "\"+999999999-12-31T23:59:59Z\"",
                "\"2999-01-01T00:00:00Z\"",
                "\"1970-01-01T00:00:00Z\"",
                "\"tomorrow\"",
                "1795884"
            })
    void a_time_that_cannot_be_right_is_named_and_the_same_cost_can_be_told_again(String at) {
        String body = "{\"id\":\"c\",\"amount\":2,\"at\":%s}";
        Answer answer = ledger.post(ann, "costs", body.formatted(at));
        refused(answer, 400, "IF_ERR_BAD_INPUT");
        assertThat(answer.body().path("field").asText()).isEqualTo("at");
        spent(ann, "0");
        expect(ledger.post(ann, "costs", body.formatted("\"" + Instant.now() + "\"")), 200);
        spent(ann, "2");
    }

    @Test
    void over_the_channel_a_time_that_cannot_be_right_is_left_out() {
        for (Instant at : List.of(Instant.MAX, Instant.MIN, Instant.parse("+294277-01-01T00:00:00Z"), Instant.EPOCH)) {
            run(work -> {
                work.emit(
                        new CostReported(null, ann, null, usd("1"), null, null, null, null, null, null, at),
                        Trace.NONE);
                return Uni.createFrom().voidItem();
            });
        }
        await().atMost(PATIENCE).untilAsserted(() -> spent(ann, "4"));
    }
}
