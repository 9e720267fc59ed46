package io.infrafabric.bulkhead.payment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bulkhead.payment.CallEnd.Outcome;
import io.infrafabric.bulkhead.provider.Dialect;
import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.bulkhead.provider.Provider.BreakerLimits;
import io.infrafabric.bulkhead.provider.Provider.Timeouts;
import io.infrafabric.bulkhead.provider.Provider.UnknownModel;
import io.infrafabric.bulkhead.provider.Provider.WhenClientLeaves;
import io.infrafabric.bulkhead.usage.Body;
import io.infrafabric.bulkhead.usage.Request;
import io.infrafabric.bulkhead.usage.Usage;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.problem.Problem;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Money before and after calls, on a real ledger. A million tokens of output of the model cost 300 dollars, so a call with at
 * most 1,000 may cost 0.30.
 */
@QuarkusTest
class PaymentsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Payments payments;

    @Inject
    PaymentTransaction transaction;

    @Inject
    Pool pool;

    private final String suffix = "-" + UUID.randomUUID();
    private final String provider = "p" + suffix;
    private final String ann = "ann" + suffix;
    private Api api;
    private String token;

    @BeforeEach
    void a_session_with_a_dollar() {
        api = new Api(fabric.toString().replaceAll("/$", ""));
        token = enrolled(ann);
        expect(api.put("/budget/accounts/session:" + ann, "{\"dailyLimit\":1}", operator), 200);
        price(provider);
    }

    @AfterEach
    void the_ledger_balances() {
        assertThat(expect(api.get("/budget/check", operator), 200)
                        .path("differences")
                        .toString())
                .doesNotContain(suffix);
    }

    @Test
    void a_call_is_held_before_and_booked_after() {
        Payment call = before(null, null, null);
        money("0", "0.3");
        JsonNode running = get(call);
        assertThat(running.path("outcome").asText()).isEqualTo("RUNNING");
        assertThat(running.path("estimate").decimalValue()).isEqualByComparingTo("0.3");
        after(call, Outcome.ANSWERED, used(500));
        money("0.15", "0");
        JsonNode ended = get(call);
        assertThat(ended.path("outcome").asText()).isEqualTo("ANSWERED");
        assertThat(ended.path("costFrom").asText()).isEqualTo("ANSWER");
        assertThat(ended.path("cost").decimalValue()).isEqualByComparingTo("0.15");
        assertThat(ended.at("/tokens/output").asLong()).isEqualTo(500);
        assertThat(events(call, "s2.bulkhead.call-finished.v1")).isEqualTo(1);
        assertThat(payments.today(provider).await().atMost(PATIENCE).costToday())
                .isEqualByComparingTo("0.15");
    }

    @Test
    void only_the_first_end_of_a_call_counts() {
        Payment call = before(null, null, null);
        after(call, Outcome.ANSWERED, used(500));
        payments.after(call, end(Outcome.CUT, used(1000)));
        transaction
                .end(List.of(new PaymentTransaction.Ending(
                        call,
                        end(Outcome.CUT, used(1000)),
                        new CallCost(BigDecimal.ONE, CallCost.From.ANSWER, used(1000)))))
                .await()
                .atMost(PATIENCE);
        money("0.15", "0");
        assertThat(get(call).path("outcome").asText()).isEqualTo("ANSWERED");
        assertThat(events(call, "s2.bulkhead.call-finished.v1")).isEqualTo(1);
    }

    @Test
    void money_left_three_calls_pass_and_the_others_get_402_with_the_estimate() {
        for (int i = 0; i < 3; i++) {
            before(null, null, null);
        }
        refused(
                "IF_ERR_BUDGET_EXCEEDED",
                problem -> assertThat(problem.extensions().get("estimate")).isEqualTo(new BigDecimal("0.300000")),
                null,
                null,
                null);
    }

    @Test
    void a_call_above_its_own_bound_is_refused() {
        refused("IF_ERR_BUDGET_EXCEEDED", problem -> {}, null, null, new BigDecimal("0.29"));
        before(null, null, new BigDecimal("0.30"));
    }

    @Test
    void a_claims_own_hold_comes_first_and_its_end_leaves_the_rest_to_the_call() {
        String task = claimed("0.2");
        money("0", "0.2");
        Payment call = before(task, 1L, null);
        money("0", "0.3");
        expect(api.post("/coordinator/tasks/" + task + "/release", "{\"epoch\":1}", token), 200);
        money("0", "0.3");
        after(call, Outcome.ANSWERED, used(1000));
        money("0.3", "0");
        assertThat(get(call).path("taskId").asText()).isEqualTo(task);
        refused("IF_ERR_STALE_EPOCH", problem -> {}, task, 1L, null);
    }

    @Test
    void without_a_limit_nothing_is_held_and_the_row_comes_after() {
        expect(api.put("/budget/accounts/session:" + ann, "{\"dailyLimit\":null}", operator), 200);
        Payment call = before(null, null, null);
        money("0", "0");
        assertThat(api.get("/bulkhead/calls/" + call.call(), token).status()).isEqualTo(404);
        after(call, Outcome.ANSWERED, used(500));
        money("0.15", "0");
        assertThat(get(call).path("costFrom").asText()).isEqualTo("ANSWER");
        assertThat(events(call, "s2.bulkhead.call-finished.v1")).isEqualTo(1);
    }

    @Test
    void a_call_whose_process_died_costs_its_estimate_once() {
        Payment call = before(null, null, null);
        assertThat(lose(call)).isZero();
        pool.preparedQuery("UPDATE bulkhead_running SET lease_until = now() - interval '1 second' WHERE id = $1")
                .execute(Tuple.of(call.call()))
                .await()
                .atMost(PATIENCE);
        assertThat(lose(call)).isEqualTo(1);
        assertThat(lose(call)).isZero();
        money("0.3", "0");
        payments.after(call, end(Outcome.ANSWERED, used(500)));
        JsonNode lost = get(call);
        assertThat(lost.path("outcome").asText()).isEqualTo("LOST");
        assertThat(lost.path("costFrom").asText()).isEqualTo("ESTIMATE");
        assertThat(events(call, "s2.bulkhead.call-lost.v1")).isEqualTo(1);
        assertThat(payments.today(provider).await().atMost(PATIENCE).costUnknown())
                .isEqualByComparingTo("0.3");
        money("0.3", "0");
    }

    @Test
    void a_provider_may_refuse_models_without_a_price() {
        Request unknown =
                new Request(Dialect.ANTHROPIC, "POST", "/v1/messages", "nobody-knows-it", 0, 1000, true, new Body());
        assertThatThrownBy(() -> payments.before(
                                provider(UnknownModel.REFUSE), unknown, caller(), null, null, null, Instant.now())
                        .await()
                        .atMost(PATIENCE))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> assertThat(problem.code().name()).isEqualTo("IF_ERR_PRICE_UNKNOWN"));
        before(null, null, null);
    }

    @Test
    void a_session_sees_its_own_calls() {
        Payment call = before(null, null, null);
        String bob = enrolled("bob" + suffix);
        assertThat(api.get("/bulkhead/calls/" + call.call(), bob).status()).isEqualTo(404);
        assertThat(expect(api.get("/bulkhead/calls", bob), 200).path("items")).isEmpty();
        assertThat(api.get("/bulkhead/calls?session=" + ann, bob).code()).isEqualTo("IF_ERR_NOT_YOUR_SESSION");
        assertThat(expect(api.get("/bulkhead/calls?provider=" + provider, operator), 200)
                        .at("/items/0/id")
                        .asText())
                .isEqualTo(call.call().toString());
        assertThat(api.get("/bulkhead/calls/nonsense", token).code()).isEqualTo("IF_ERR_UNKNOWN_CALL");
        assertThat(api.get("/bulkhead/calls/" + UUID.randomUUID(), token).code())
                .isEqualTo("IF_ERR_UNKNOWN_CALL");
    }

    private String enrolled(String session) {
        expect(api.put("/coordinator/sessions/" + session, "{\"swarm\":\"s" + suffix + "\"}", operator), 200);
        return expect(api.post("/coordinator/sessions/" + session + "/tokens", "{}", operator), 201)
                .path("token")
                .asText();
    }

    private void price(String of) {
        expect(api.put("/budget/prices/" + of + "/m", "{\"input\":0,\"output\":300}", operator), 200);
    }

    /** A task that the session holds, with this estimate. */
    private String claimed(String estimate) {
        String task = "t" + suffix;
        expect(
                api.post(
                        "/coordinator/tasks",
                        "{\"id\":\"" + task + "\",\"swarm\":\"s" + suffix + "\",\"title\":\"t\",\"estimatedCost\":"
                                + estimate + "}",
                        operator),
                201);
        expect(api.post("/coordinator/sessions/" + ann + "/claims", "{\"taskId\":\"" + task + "\"}", token), 201);
        return task;
    }

    private Caller caller() {
        return new Caller(ann, "s" + suffix, Role.SESSION);
    }

    private Provider provider(UnknownModel unknown) {
        return new Provider(
                provider,
                URI.create("http://127.0.0.1:9"),
                Dialect.ANTHROPIC,
                1,
                1,
                MINUTE,
                new Timeouts(MINUTE, MINUTE, MINUTE, MINUTE),
                new BreakerLimits(MINUTE, 5, 0.5, MINUTE),
                null,
                WhenClientLeaves.ABORT,
                unknown,
                true,
                List.of("/"),
                1,
                Instant.EPOCH,
                Instant.EPOCH,
                "operator:test");
    }

    private Uni<Payment> beginning(String task, Long epoch, BigDecimal most) {
        Request request = new Request(
                Dialect.ANTHROPIC, "POST", "/v1/messages", "m", 0, 1000, true, Body.of(Buffer.buffer("{}")));
        return payments.before(provider(UnknownModel.DEAREST), request, caller(), task, epoch, most, Instant.now());
    }

    private Payment before(String task, Long epoch, BigDecimal most) {
        return beginning(task, epoch, most).await().atMost(PATIENCE);
    }

    private void refused(
            String code, java.util.function.Consumer<Problem> more, String task, Long epoch, BigDecimal most) {
        assertThatThrownBy(() -> before(task, epoch, most)).isInstanceOfSatisfying(Problem.class, problem -> {
            assertThat(problem.code().name()).isEqualTo(code);
            more.accept(problem);
        });
    }

    private static Usage used(long output) {
        return new Usage("m", 0, output, 0, 0, 0, Usage.From.ANSWER);
    }

    private static CallEnd end(Outcome outcome, Usage usage) {
        return new CallEnd(outcome, 200, usage, Duration.ofMillis(5), Duration.ofMillis(50), Instant.now());
    }

    private void after(Payment call, Outcome outcome, Usage usage) {
        payments.after(call, end(outcome, usage));
        await().atMost(PATIENCE)
                .until(() -> api.get("/bulkhead/calls/" + call.call(), token)
                        .body()
                        .path("outcome")
                        .asText()
                        .equals(outcome.name()));
    }

    private int lose(Payment call) {
        return transaction.lose(List.of(call)).await().atMost(PATIENCE);
    }

    private JsonNode get(Payment call) {
        return expect(api.get("/bulkhead/calls/" + call.call(), token), 200);
    }

    private long events(Payment call, String type) {
        return pool.preparedQuery("SELECT count(*) FROM bus_event WHERE subject = $1 AND type = $2")
                .execute(Tuple.of("call:" + call.call(), type))
                .await()
                .atMost(PATIENCE)
                .iterator()
                .next()
                .getLong(0);
    }

    private void money(String spent, String held) {
        JsonNode account = expect(api.get("/budget/accounts/session:" + ann, operator), 200);
        assertThat(account.path("spentToday").decimalValue()).as("spent").isEqualByComparingTo(spent);
        assertThat(account.path("heldToday").decimalValue()).as("held").isEqualByComparingTo(held);
    }

    private static JsonNode expect(Answer answer, int status) {
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(status);
        return answer.body();
    }
}
