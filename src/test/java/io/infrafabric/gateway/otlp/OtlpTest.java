package io.infrafabric.gateway.otlp;

import static io.infrafabric.coordinator.Swarm.expect;
import static io.infrafabric.gateway.otlp.Exporter.JSON_TYPE;
import static io.infrafabric.gateway.otlp.Exporter.LOGS;
import static io.infrafabric.gateway.otlp.Records.captured;
import static io.infrafabric.gateway.otlp.Records.claude;
import static io.infrafabric.gateway.otlp.Records.codex;
import static io.infrafabric.gateway.otlp.Records.export;
import static io.infrafabric.gateway.otlp.Records.nanos;
import static io.infrafabric.gateway.otlp.Records.record;
import static io.infrafabric.gateway.otlp.Records.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.coordinator.Swarm;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What agents export, and the ledger. */
@QuarkusTest
class OtlpTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    private Swarm swarm;
    private Exporter anna;

    @BeforeEach
    void a_swarm() {
        swarm = new Swarm(fabric, operator);
        anna = Exporter.enrolled(fabric, swarm, pool);
    }

    @Test
    void what_clients_export_is_on_the_ledger_once_however_often_it_comes() {
        String export = captured("claude-code-2.1.328");
        for (int times = 0; times < 3; times++) {
            assertThat(anna.taken(export)).isEqualTo(JSON.createObjectNode());
        }
        List<JsonNode> booked = anna.entries("COST");
        assertThat(booked).hasSize(3);
        assertThat(booked)
                .extracting(entry ->
                        entry.path("amount").decimalValue().stripTrailingZeros().toPlainString())
                .containsExactlyInAnyOrder("0.005", "0.0008", "0.0008");
        assertThat(booked.getLast().path("model").asText()).isEqualTo("claude-opus-5-5");
        assertThat(booked).extracting(entry -> entry.path("tokensIn").asLong()).containsOnly(1000L, 100L);
        assertThat(anna.spent()).isEqualTo("0.0066");
    }

    @Test
    void tokens_cost_what_the_price_list_says() {
        assertThat(anna.taken(export(List.of(codex(anna.now(0), "gpt-5", 1_000_000, 100_000)))))
                .isEqualTo(JSON.createObjectNode());
        assertThat(anna.spent()).isEqualTo("2.25");
    }

    @Test
    void a_model_without_a_price_is_shown_as_unknown_and_never_as_nothing() {
        String export = captured("codex-0.169.0");
        JsonNode partial = anna.taken(export).path("partialSuccess");
        assertThat(partial.path("rejectedLogRecords").asText()).isEqualTo("0");
        assertThat(partial.path("errorMessage").asText()).contains("scripted", "unknown");
        anna.taken(export);
        assertThat(anna.entries("COST")).isEmpty();
        List<JsonNode> shown = anna.exports();
        assertThat(shown).hasSize(3);
        for (JsonNode one : shown) {
            assertThat(one.path("why").asText()).isEqualTo("UNKNOWN_PRICE");
            assertThat(one.hasNonNull("amount")).isFalse();
            assertThat(one.path("model").asText()).isEqualTo("scripted");
        }
        assertThat(shown).extracting(one -> one.path("tokensIn").asLong()).containsExactlyInAnyOrder(1000L, 100L, 100L);
    }

    @Test
    void a_cost_belongs_to_the_claim_of_its_time_even_if_it_comes_after_its_end() {
        long before = anna.now(-1);
        swarm.submit("first", "estimatedCost", "1");
        long epoch = swarm.claims("anna", "first");
        long during = anna.now(0);
        expect(swarm.end("anna", "complete", "first", epoch, "cost", "0.5"), 200);
        swarm.submit("second");
        long second = swarm.claims("anna", "second");
        long later = anna.now(0);
        anna.taken(export(List.of(
                claude(before, "claude-opus-5-5", 1000),
                claude(during, "claude-opus-5-5", 700_000),
                claude(later, "claude-opus-5-5", 3000))));
        assertThat(anna.drawn("first")).containsExactly("0.7 at " + epoch);
        assertThat(anna.drawn("second")).containsExactly("0.003 at " + second);
        assertThat(anna.entries("COST")).hasSize(1);
        // 0.5 was told at the end, so 0.2 are new.
        assertThat(anna.spent()).isEqualTo("0.704");
    }

    /** The records of Claude Code itself, which it sends in the order of their times, and all of them after it has handed in. */
    @Test
    void of_what_claude_code_sends_when_it_has_handed_in_each_cost_belongs_to_the_claim_of_its_time() {
        long before = anna.now(-1);
        swarm.submit("build", "estimatedCost", "2");
        long epoch = swarm.claims("anna", "build");
        long during = anna.now(0);
        expect(swarm.end("anna", "complete", "build", epoch), 200);
        assertThat(anna.spent()).as("until it is known, the estimate").isEqualTo("2");
        String export = captured("claude-code-2.1.328")
                .replace("1795885034434000000", "" + before)
                .replace("1795885034961000000", "" + during)
                .replace("1795885035381000000", "" + anna.now(0));
        for (int times = 0; times < 2; times++) {
            anna.taken(export);
            assertThat(anna.drawn("build")).containsExactly("8.0E-4 at " + epoch);
            assertThat(anna.entries("COST"))
                    .as("the call that led to the claim, and the one after its end, are the account's alone")
                    .extracting(entry -> entry.path("amount")
                            .decimalValue()
                            .stripTrailingZeros()
                            .toPlainString())
                    .containsExactlyInAnyOrder("0.005", "0.0008");
            assertThat(anna.spent()).isEqualTo("0.0066");
        }
    }

    @Test
    void an_exported_cost_takes_the_place_of_the_estimate_that_was_booked_without_one() {
        swarm.submit("guessed", "estimatedCost", "2");
        long epoch = swarm.claims("anna", "guessed");
        long during = anna.now(0);
        expect(swarm.end("anna", "complete", "guessed", epoch), 200);
        assertThat(anna.spent()).as("nothing is known yet").isEqualTo("2");
        String export = export(List.of(claude(during, "claude-opus-5-5", 30_000)));
        anna.taken(export);
        assertThat(anna.spent()).isEqualTo("0.03");
        anna.taken(export);
        anna.taken(export(List.of(claude(during + 1, "claude-opus-5-5", 50_000))));
        assertThat(anna.spent()).isEqualTo("0.08");
        assertThat(anna.entries("SETTLE"))
                .as("by entries of their own")
                .extracting(entry ->
                        entry.path("spent").decimalValue().stripTrailingZeros().toPlainString())
                .containsExactlyInAnyOrder("2", "-2");
        assertThat(anna.drawn("guessed")).containsExactlyInAnyOrder("0.03 at " + epoch, "0.05 at " + epoch);
        assertThat(expect(swarm.api().get("/budget/check", operator), 200)
                        .path("differences")
                        .toString())
                .doesNotContain(swarm.of("anna"));
    }

    @Test
    void a_total_that_was_told_is_no_estimate_and_stays() {
        swarm.submit("told", "estimatedCost", "2");
        long epoch = swarm.claims("anna", "told");
        long during = anna.now(0);
        expect(swarm.end("anna", "complete", "told", epoch, "cost", "1.5"), 200);
        anna.taken(export(List.of(claude(during, "claude-opus-5-5", 30_000))));
        assertThat(anna.spent()).isEqualTo("1.5");
    }

    @Test
    void a_record_may_name_its_task_and_one_that_the_session_never_had_counts_for_nothing() {
        swarm.submit("first");
        long epoch = swarm.claims("anna", "first");
        swarm.submit("second");
        swarm.claims("anna", "second");
        swarm.submit("elsewhere");
        anna.taken(export(List.of(
                claude(anna.now(0), "m", 1000, text("s2.task", swarm.of("first"))),
                claude(anna.now(-3600), "m", 2000, text("s2.task", swarm.of("elsewhere"))))));
        assertThat(anna.drawn("first")).containsExactly("0.001 at " + epoch);
        assertThat(anna.entries("COST"))
                .singleElement()
                .satisfies(entry -> assertThat(entry.hasNonNull("taskId")).isFalse());
    }

    @Test
    void what_goes_through_bulkhead_is_shown_and_not_booked_twice() {
        run("INSERT INTO bulkhead_call (day, id, provider, model, session, swarm, estimate, outcome, started_at)"
                + " VALUES ((now() AT TIME ZONE 'UTC')::date, gen_random_uuid(), 'mine', 'claude-opus-4-5-20251101', $1, 's', 0,"
                + " 'ANSWERED', now())");
        anna.taken(export(List.of(
                claude(anna.now(0), "anthropic/claude-opus-4-5", 1000),
                claude(anna.now(0), "claude-haiku-4-5", 2000))));
        assertThat(anna.entries("COST"))
                .singleElement()
                .satisfies(entry -> assertThat(entry.path("model").asText()).isEqualTo("claude-haiku-4-5"));
        assertThat(anna.exports()).singleElement().satisfies(one -> {
            assertThat(one.path("why").asText()).isEqualTo("METERED");
            assertThat(one.path("amount").asText()).isEqualTo("0.001");
        });
    }

    @Test
    void what_went_through_bulkhead_days_ago_says_nothing_about_today() {
        run("INSERT INTO bulkhead_call (day, id, provider, model, session, swarm, estimate, outcome, started_at)"
                + " VALUES ((now() AT TIME ZONE 'UTC')::date, gen_random_uuid(), 'mine', 'm', $1, 's', 0, 'ANSWERED',"
                + " now() - interval '25 hours')");
        anna.taken(export(List.of(claude(anna.now(0), "m", 1000))));
        assertThat(anna.entries("COST")).hasSize(1);
    }

    @Test
    void an_exported_cost_is_progress_at_its_time() {
        Instant at = Instant.now().minusSeconds(100);
        anna.taken(export(List.of(record(nanos(at), text("event.name", "codex.api_request")))));
        assertThat(progress()).isNull();
        anna.taken(export(List.of(claude(nanos(at), "m", 1000))));
        assertThat(progress()).isBetween(at.minusMillis(1), at.plusMillis(1));
    }

    @Test
    void the_token_says_whose_costs_these_are() {
        swarm.enrol("ben");
        swarm.submit("bens");
        swarm.claims("ben", "bens");
        anna.taken(export(List.of(claude(
                anna.now(0), "m", 1000, text("session.id", swarm.of("ben")), text("s2.task", swarm.of("bens"))))));
        assertThat(anna.spent()).isEqualTo("0.001");
        assertThat(anna.entries("COST"))
                .singleElement()
                .satisfies(entry -> assertThat(entry.hasNonNull("taskId")).isFalse());
        HttpResponse<String> operators = anna.send(LOGS, "{}".getBytes(StandardCharsets.UTF_8), operator, JSON_TYPE);
        assertThat(operators.statusCode()).isEqualTo(403);
        assertThat(anna.send(LOGS, "{}".getBytes(StandardCharsets.UTF_8), "wrong", JSON_TYPE)
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void a_scoped_credential_exports_for_its_task_alone() {
        swarm.submit("first");
        long first = swarm.claims("anna", "first");
        swarm.submit("second");
        swarm.claims("anna", "second");
        String scoped = expect(
                        swarm.api()
                                .post(
                                        "/chassis/credentials",
                                        "{\"taskId\":\"" + swarm.of("first")
                                                + "\",\"endpoints\":[\"POST /gateway/otlp/v1/logs\"]}",
                                        swarm.token("anna")),
                        201)
                .path("token")
                .asText();
        String body = export(List.of(
                claude(anna.now(0), "m", 1000), claude(anna.now(0), "m", 2000, text("s2.task", swarm.of("second")))));
        assertThat(anna.send(LOGS, body.getBytes(StandardCharsets.UTF_8), scoped, JSON_TYPE)
                        .statusCode())
                .isEqualTo(200);
        assertThat(anna.drawn("first")).containsExactlyInAnyOrder("0.001 at " + first, "0.002 at " + first);
    }

    @Test
    void nothing_but_the_numbers_is_kept() {
        String secret = "secret-" + UUID.randomUUID();
        swarm.submit("build");
        swarm.claims("anna", "build");
        anna.taken(export(
                secret,
                List.of(
                        record(anna.now(0), text("event.name", "claude_code.user_prompt"), text("prompt", secret)),
                        claude(anna.now(0), "m", 1000, text("prompt", secret), text("user.email", secret)),
                        claude(anna.now(0), "m m " + secret, 1000),
                        codex(anna.now(0), "told: " + secret, 10, 10),
                        claude(anna.now(0), "m", 1000, text("s2.task", secret)),
                        record(
                                anna.now(0),
                                text("gen_ai.system", "my " + secret),
                                Records.number("gen_ai.usage.input_tokens", 3)))));
        assertThat(anna.entries("DRAW")).hasSize(3);
        List<String> tables = new ArrayList<>();
        pool.query("SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                        + " WHERE c.relkind = 'r' AND n.nspname = current_schema()")
                .execute()
                .await()
                .atMost(PATIENCE)
                .forEach(row -> tables.add(row.getString(0)));
        assertThat(tables).hasSizeGreaterThan(30).contains("budget_export");
        for (String table : tables) {
            assertThat(pool.preparedQuery("SELECT count(*) FROM " + table + " t WHERE position($1 IN t::text) > 0")
                            .execute(Tuple.of(secret))
                            .await()
                            .atMost(PATIENCE)
                            .iterator()
                            .next()
                            .getLong(0))
                    .as(table)
                    .isZero();
        }
    }

    @Test
    void exports_at_the_same_time_book_once() {
        String body = export(LongStream.range(0, 50)
                .mapToObj(i -> claude(anna.now(0) - i, "m", 1000))
                .toList());
        Collections.nCopies(8, body).parallelStream().forEach(anna::taken);
        assertThat(anna.spent()).isEqualTo("0.05");
        // Other tests of this run break the books of their accounts.
        assertThat(expect(swarm.api().get("/budget/check", operator), 200)
                        .path("differences")
                        .toString())
                .doesNotContain(swarm.of("anna"));
    }

    private Instant progress() {
        var at = pool.preparedQuery("SELECT progress_at FROM coordinator_session WHERE id = $1")
                .execute(Tuple.of(swarm.of("anna")))
                .await()
                .atMost(PATIENCE)
                .iterator()
                .next()
                .getOffsetDateTime(0);
        return at == null ? null : at.toInstant();
    }

    private void run(String statement) {
        pool.preparedQuery(statement)
                .execute(Tuple.of(swarm.of("anna")))
                .await()
                .atMost(PATIENCE);
    }
}
