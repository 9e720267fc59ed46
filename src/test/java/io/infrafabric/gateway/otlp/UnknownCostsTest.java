package io.infrafabric.gateway.otlp;

import static io.infrafabric.coordinator.Swarm.expect;
import static io.infrafabric.gateway.otlp.Records.claude;
import static io.infrafabric.gateway.otlp.Records.codex;
import static io.infrafabric.gateway.otlp.Records.nanos;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.Swarm;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Agents whose hooks are seen, and no cost. Their past is made by moving what is written of it. */
@QuarkusTest
class UnknownCostsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    private Swarm swarm;

    @BeforeEach
    void a_swarm() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("anna");
    }

    @Test
    void an_agent_that_works_and_exports_nothing_has_unknown_costs_and_a_human_is_told_once() {
        hook("SessionStart");
        assertThat(silences()).as("no model was called yet").isZero();
        hook("PreToolUse");
        assertThat(isUnknown()).isFalse();
        past();
        assertThat(isUnknown()).isTrue();
        assertThat(why()).contains("Your costs are unknown since ");
        assertThat(listed().path("costsUnknownSince").asText()).isNotEmpty();
        JsonNode told = awaitCase();
        assertThat(told.path("asked").asText()).contains(swarm.of("anna"), "s2 run", "bulkhead");
        assertThat(told.path("severity").asText()).isEqualTo("LOW");

        export(codex(now(), "nobody-knows-it", 10, 1));
        assertThat(isUnknown()).isFalse();
        assertThat(why()).doesNotContain("unknown");
        await().atMost(PATIENCE)
                .until(() -> cases().getFirst().path("state").asText().equals("WITHDRAWN"));
        assertThat(cases().getFirst().path("withdrawnBecause").asText()).isEqualTo("A cost is seen.");
        earlier("UPDATE budget_export SET at = at - interval '2 minutes' WHERE account = $1");
        hook("PreToolUse");
        past();
        assertThat(isUnknown()).as("the cost is older than this silence").isTrue();
        awaitLooked();
        assertThat(cases()).as("told once").hasSize(1);
    }

    @Test
    void a_cost_that_is_reported_withdraws_the_question_too() {
        hook("PreToolUse");
        past();
        awaitCase();
        expect(
                swarm.api().post("/budget/accounts/" + account() + "/costs", "{\"amount\":0.5}", swarm.token("anna")),
                200);
        await().atMost(PATIENCE)
                .until(() ->
                        cases().getFirst().path("withdrawnBecause").asText().equals("A cost is seen."));
        assertThat(isUnknown()).isFalse();
    }

    @Test
    void a_call_whose_price_nobody_knows_is_a_cost_that_is_seen() {
        hook("Stop");
        past();
        export(codex(now(), "nobody-knows-it", 10, 1));
        assertThat(isUnknown()).isFalse();
    }

    @Test
    void a_hook_right_after_a_cost_begins_no_silence() {
        export(claude(now(), "m", 1000));
        hook("PreToolUse");
        pool.preparedQuery("UPDATE budget_silence SET since = since - interval '50 seconds' WHERE account = $1")
                .execute(Tuple.of(account()))
                .await()
                .atMost(PATIENCE);
        Instant since = since();
        hook("PostToolUse");
        assertThat(since()).isEqualTo(since);
    }

    @Test
    void a_session_that_enrols_anew_begins_anew() {
        hook("PostToolUse");
        past();
        assertThat(isUnknown()).isTrue();
        expect(swarm.api().delete(swarm.session("anna"), operator), 200);
        swarm.enrol("anna");
        assertThat(isUnknown()).isFalse();
        hook("PostToolUse");
        assertThat(isUnknown()).isFalse();
    }

    private void hook(String event) {
        expect(
                swarm.api()
                        .post(
                                "/gateway/hooks/claude",
                                "{\"hook_event_name\":\"" + event + "\",\"tool_name\":\"Read\"}",
                                swarm.token("anna")),
                200);
    }

    private void export(String record) {
        expect(swarm.api().post("/gateway/otlp/v1/logs", Records.export(List.of(record)), swarm.token("anna")), 200);
    }

    private static long now() {
        return nanos(Instant.now());
    }

    private String account() {
        return "session:" + swarm.of("anna");
    }

    /** All that is written of it happened eleven minutes earlier, and its time to be looked at has come. */
    private void past() {
        for (String sql : List.of(
                "UPDATE budget_export SET at = at - interval '11 minutes' WHERE account = $1",
                "UPDATE budget_silence SET since = since - interval '11 minutes' WHERE account = $1",
                "UPDATE bus_due SET at = at - interval '11 minutes' WHERE function = 'budget' AND entity = 'costs:' || $1")) {
            earlier(sql);
        }
    }

    private void earlier(String sql) {
        pool.preparedQuery(sql).execute(Tuple.of(account())).await().atMost(PATIENCE);
    }

    /** No look is due any more. */
    private void awaitLooked() {
        await().atMost(PATIENCE).until(() -> count("SELECT count(*) FROM bus_due WHERE entity = 'costs:' || $1") == 0);
    }

    private long silences() {
        return count("SELECT count(*) FROM budget_silence WHERE account = $1");
    }

    private long count(String sql) {
        return pool.preparedQuery(sql)
                .execute(Tuple.of(account()))
                .await()
                .atMost(PATIENCE)
                .iterator()
                .next()
                .getLong(0);
    }

    private Instant since() {
        return pool.preparedQuery("SELECT since FROM budget_silence WHERE account = $1")
                .execute(Tuple.of(account()))
                .await()
                .atMost(PATIENCE)
                .iterator()
                .next()
                .getOffsetDateTime(0)
                .toInstant();
    }

    private boolean isUnknown() {
        return expect(swarm.api().get(swarm.session("anna"), operator), 200).hasNonNull("costsUnknownSince");
    }

    private JsonNode listed() {
        return expect(swarm.api().get("/coordinator/sessions?swarm=" + swarm.id(), operator), 200)
                .path("items")
                .path(0);
    }

    private String why() {
        return expect(
                        swarm.api()
                                .post(
                                        "/gateway/mcp?structured=true",
                                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"why\","
                                                + "\"arguments\":{}}}",
                                        swarm.token("anna"),
                                        "Accept",
                                        "application/json, text/event-stream"),
                        200)
                .path("result")
                .path("content")
                .path(0)
                .path("text")
                .asText();
    }

    private JsonNode awaitCase() {
        await().atMost(PATIENCE).until(() -> !cases().isEmpty());
        return cases().getFirst();
    }

    private List<JsonNode> cases() {
        List<JsonNode> found = new ArrayList<>();
        expect(swarm.api().get("/escalation/cases?function=budget&swarm=" + swarm.id(), operator), 200)
                .path("items")
                .forEach(one -> {
                    if (one.path("reason").asText().equals("COSTS_UNKNOWN")) {
                        found.add(one);
                    }
                });
        return found;
    }
}
