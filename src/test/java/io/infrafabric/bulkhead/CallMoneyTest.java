package io.infrafabric.bulkhead;

import static io.infrafabric.bulkhead.Bulkhead.code;
import static io.infrafabric.bulkhead.Bulkhead.json;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Money of calls through the door: a call may cost 30 cents, and the session has a dollar. */
@QuarkusTest
class CallMoneyTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String ASKED = "{\"model\":\"m\",\"max_tokens\":1000,\"messages\":[]}";
    private static final String ANSWER =
            "{\"type\":\"message\",\"model\":\"m\",\"usage\":{\"input_tokens\":10,\"output_tokens\":500}}";

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Bulkhead bulkhead;
    private String account;

    @BeforeEach
    void a_session_with_a_dollar() {
        bulkhead = new Bulkhead(fabric, operator);
        account = "/budget/accounts/session:" + bulkhead.swarm().of("ann");
        limit("1");
    }

    @AfterEach
    void the_ledger_balances() {
        assertThat(expect(bulkhead.swarm().api().get("/budget/check", operator), 200)
                        .path("differences")
                        .toString())
                .doesNotContain(bulkhead.swarm().of("ann"));
    }

    @Test
    void what_an_answer_used_is_booked_on_the_claim_that_it_was_for() throws Exception {
        try (Origin origin = origin()) {
            provider(origin, "");
            bulkhead.swarm().submit("t");
            long epoch = bulkhead.swarm().claims("ann", "t");
            String task = bulkhead.swarm().of("t");
            HttpResponse<String> answer =
                    bulkhead.post("p", "/v1/messages", ASKED, "S2-Task", task, "S2-Epoch", Long.toString(epoch));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            String call = answer.headers().firstValue("s2-call").orElseThrow();
            JsonNode booked = ended(call);
            assertThat(booked.path("outcome").asText()).isEqualTo("ANSWERED");
            assertThat(booked.path("costFrom").asText()).isEqualTo("ANSWER");
            assertThat(booked.path("taskId").asText()).isEqualTo(task);
            assertThat(booked.path("cost").decimalValue()).isEqualByComparingTo("0.15");
            assertThat(booked.path("firstByteMillis").isNumber()).isTrue();
            money("0.15", "0");
            JsonNode line = expect(bulkhead.swarm().api().get(account + "/entries?taskId=" + task, operator), 200)
                    .at("/items/0");
            assertThat(line.path("cost").asText()).isEqualTo("call:" + call);
            assertThat(line.path("tokensOut").asLong()).isEqualTo(500);
        }
    }

    @Test
    void what_cannot_be_paid_is_refused_and_not_sent() throws Exception {
        try (Origin origin = origin()) {
            provider(origin, "");
            limit("0.29");
            HttpResponse<String> answer = bulkhead.post("p", "/v1/messages", ASKED);
            assertThat(answer.statusCode() + " " + code(answer)).isEqualTo("402 IF_ERR_BUDGET_EXCEEDED");
            assertThat(json(answer.body()).path("estimate").decimalValue()).isEqualByComparingTo("0.3");
            assertThat(json(answer.body()).at("/error/message").asText()).isNotEmpty();
            assertThat(answer.headers().firstValue("x-should-retry")).contains("false");
            limit("1");
            HttpResponse<String> bounded = bulkhead.post("p", "/v1/messages", ASKED, "S2-Max-Cost", "0.2");
            assertThat(bounded.statusCode() + " " + code(bounded)).isEqualTo("402 IF_ERR_BUDGET_EXCEEDED");
            HttpResponse<String> stale = bulkhead.post("p", "/v1/messages", ASKED, "S2-Task", "none", "S2-Epoch", "1");
            assertThat(stale.statusCode() + " " + code(stale)).isEqualTo("409 IF_ERR_STALE_EPOCH");
            assertThat(origin.requests).isEmpty();
            money("0", "0");
        }
    }

    @Test
    void a_model_without_a_price_may_be_refused() throws Exception {
        try (Origin origin = origin()) {
            provider(origin, ",\"unknownModel\":\"refuse\"");
            HttpResponse<String> answer =
                    bulkhead.post("p", "/v1/messages", ASKED.replace("\"m\"", "\"nobody-knows-it\""));
            assertThat(answer.statusCode() + " " + code(answer)).isEqualTo("422 IF_ERR_PRICE_UNKNOWN");
            assertThat(origin.requests).isEmpty();
        }
    }

    @Test
    void an_error_costs_nothing_and_neither_does_a_provider_that_is_not_there() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> out.whole(500, "{\"type\":\"error\"}"))) {
            provider(origin, "");
            HttpResponse<String> answer = bulkhead.post("p", "/v1/messages", ASKED);
            assertThat(answer.statusCode()).isEqualTo(500);
            assertThat(ended(answer.headers().firstValue("s2-call").orElseThrow())
                            .path("costFrom")
                            .asText())
                    .isEqualTo("NONE");
        }
        HttpResponse<String> answer = bulkhead.post("p", "/v1/messages", ASKED);
        assertThat(answer.statusCode() + " " + code(answer)).isEqualTo("502 IF_ERR_PROVIDER_UNREACHABLE");
        assertThat(ended(answer.headers().firstValue("s2-call").orElseThrow())
                        .path("outcome")
                        .asText())
                .isEqualTo("NOT_SENT");
        money("0", "0");
    }

    @Test
    void a_client_that_leaves_pays_what_was_seen() throws Exception {
        try (Origin origin = Origin.of((asked, out) -> {
            out.events();
            out.chunk("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"m\",\"usage\":"
                    + "{\"input_tokens\":10,\"output_tokens\":1}}}\n\n");
            for (int i = 0; i < 5; i++) {
                out.chunk("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
                        + "{\"type\":\"text_delta\",\"text\":\"hello world \"}}\n\n");
            }
            out.untilClosed();
        })) {
            provider(origin, "");
            HttpResponse<InputStream> answer = bulkhead.open(
                    "p", "/v1/messages", ASKED.replace("\"max_tokens\"", "\"stream\":true,\"max_tokens\""));
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
                for (int events = 0; events < 5; ) {
                    events += lines.readLine().startsWith("data:") ? 1 : 0;
                }
            }
            JsonNode left = ended(answer.headers().firstValue("s2-call").orElseThrow());
            assertThat(left.path("outcome").asText()).isEqualTo("CLIENT_LEFT");
            assertThat(left.path("costFrom").asText()).isEqualTo("PARTIAL");
            assertThat(left.path("cost").decimalValue()).isBetween(new BigDecimal("0.0001"), new BigDecimal("0.29"));
            await().atMost(PATIENCE).until(() -> origin.ended.get() == 1);
        }
    }

    private static Origin origin() {
        return Origin.of((asked, out) -> out.whole(200, ANSWER, "Content-Type: application/json"));
    }

    private void provider(Origin origin, String members) {
        String body = "{\"baseUrl\":\"" + origin.url() + "\",\"dialect\":\"anthropic\"" + members + "}";
        expect(bulkhead.swarm().api().put(bulkhead.path("p"), body, operator), 200);
        String price = "/budget/prices/" + bulkhead.swarm().of("p") + "/m";
        expect(bulkhead.swarm().api().put(price, "{\"input\":0,\"output\":300}", operator), 200);
    }

    private void limit(String dollars) {
        expect(bulkhead.swarm().api().put(account, "{\"dailyLimit\":" + dollars + "}", operator), 200);
    }

    /** The call, when its end is written. */
    private JsonNode ended(String call) {
        return await().atMost(PATIENCE)
                .until(
                        () -> bulkhead.swarm()
                                .api()
                                .get("/bulkhead/calls/" + call, operator)
                                .body(),
                        body -> body.has("endedAt"));
    }

    private void money(String spent, String held) {
        JsonNode now = expect(bulkhead.swarm().api().get(account, operator), 200);
        assertThat(now.path("spentToday").decimalValue()).as("spent").isEqualByComparingTo(spent);
        assertThat(now.path("heldToday").decimalValue()).as("held").isEqualByComparingTo(held);
    }
}
