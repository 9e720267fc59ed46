package io.infrafabric.gateway.otlp;

import static io.infrafabric.gateway.otlp.Records.captured;
import static io.infrafabric.gateway.otlp.Records.claude;
import static io.infrafabric.gateway.otlp.Records.codex;
import static io.infrafabric.gateway.otlp.Records.export;
import static io.infrafabric.gateway.otlp.Records.number;
import static io.infrafabric.gateway.otlp.Records.record;
import static io.infrafabric.gateway.otlp.Records.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.budget.ModelUse;
import io.infrafabric.gateway.otlp.ExportReader.Logs;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExportReaderTest {
    private static final int MANY = 1000;

    private static Logs read(String body) {
        return ExportReader.read(body.getBytes(StandardCharsets.UTF_8), MANY, MANY);
    }

    private static ModelUse only(String record) {
        assertThat(read(export(List.of(record))).uses()).hasSize(1);
        return read(export(List.of(record))).uses().getFirst();
    }

    @Test
    void claude_code_tells_tokens_and_dollars() {
        Logs logs = read(captured("claude-code-2.1.328"));
        assertThat(logs.unusable()).isZero();
        assertThat(logs.uses()).hasSize(3);
        assertThat(logs.uses()).extracting(ModelUse::id).doesNotHaveDuplicates();
        ModelUse first = logs.uses().getFirst();
        assertThat(first.model()).isEqualTo("claude-opus-5-5");
        assertThat(first.maker()).isEqualTo("anthropic");
        assertThat(first.input()).isEqualTo(1000);
        assertThat(first.output()).isEqualTo(50);
        assertThat(first.dollars()).isEqualByComparingTo("0.005");
        assertThat(first.at()).isEqualTo(Instant.parse("2026-11-28T16:57:14.434Z"));
        assertThat(first.task()).isNull();
    }

    @Test
    void codex_tells_tokens_as_strings_and_the_time_at_which_it_saw_them() {
        Logs logs = read(captured("codex-0.169.0"));
        assertThat(logs.uses()).extracting(ModelUse::input).containsExactly(1000L, 100L, 100L);
        assertThat(logs.uses()).extracting(ModelUse::output).containsExactly(50L, 20L, 20L);
        assertThat(logs.uses()).extracting(ModelUse::dollars).containsOnlyNulls();
        assertThat(logs.uses().getFirst().at()).isEqualTo(Instant.parse("2026-11-28T17:50:00.256180208Z"));
        assertThat(logs.uses()).extracting(ModelUse::id).doesNotHaveDuplicates();
    }

    @Test
    void gemini_cli_tells_tokens_as_numbers() {
        Logs logs = read(captured("gemini-cli-0.61.0"));
        assertThat(logs.uses()).extracting(ModelUse::input).containsExactly(1000L, 100L, 100L);
        assertThat(logs.uses()).extracting(ModelUse::maker).containsOnly("google");
        assertThat(logs.uses()).extracting(ModelUse::model).containsOnly("scripted");
    }

    @Test
    void the_same_record_has_the_same_id_wherever_it_stands_and_another_time_gives_another() {
        String one = codex(1_000_000_001, "m", 10, 1);
        String later = codex(1_000_000_002, "m", 10, 1);
        List<ModelUse> uses = read(export(List.of(later, one))).uses();
        assertThat(uses.get(1).id())
                .isEqualTo(only(one).id())
                .isNotEqualTo(uses.get(0).id());
    }

    @Test
    void caches_are_taken_out_of_the_input_where_a_client_counts_them_in() {
        ModelUse codex = only(record(
                1,
                text("event.name", "codex.sse_event"),
                text("event.kind", "response.completed"),
                text("input_token_count", "1000"),
                text("cached_token_count", "900"),
                text("output_token_count", "5")));
        assertThat(codex.input()).isEqualTo(100);
        assertThat(codex.cacheRead()).isEqualTo(900);
        ModelUse gemini = only(record(
                1,
                text("event.name", "gemini_cli.api_response"),
                number("input_token_count", 1000),
                number("cached_content_token_count", 300),
                number("output_token_count", 5),
                number("thoughts_token_count", 70),
                number("tool_token_count", 11)));
        assertThat(gemini.input()).isEqualTo(711);
        assertThat(gemini.output()).isEqualTo(75);
        ModelUse claude = only(record(
                1,
                text("event.name", "claude_code.api_request"),
                number("input_tokens", 3),
                number("cache_read_tokens", 900),
                number("cache_creation_tokens", 50),
                number("cache_creation_1h_tokens", 20)));
        assertThat(claude.input()).isEqualTo(3);
        assertThat(claude.cacheWrite()).isEqualTo(30);
        assertThat(claude.cacheWrite1h()).isEqualTo(20);
        assertThat(claude.dollars()).isNull();
    }

    @Test
    void frameworks_tell_by_the_conventions() {
        ModelUse use = only(record(
                1,
                text("gen_ai.provider.name", "gcp.gemini"),
                text("gen_ai.request.model", "asked"),
                text("gen_ai.response.model", "answered"),
                number("gen_ai.usage.input_tokens", 10),
                number("gen_ai.usage.output_tokens", 4),
                text("s2.task", "build-1")));
        assertThat(use.maker()).isEqualTo("google");
        assertThat(use.model()).isEqualTo("answered");
        assertThat(use.task()).isEqualTo("build-1");
        assertThat(only(record(1, number("gen_ai.usage.prompt_tokens", 10))).model())
                .isNull();
    }

    @Test
    void a_client_that_tells_by_the_conventions_besides_tells_of_the_same_calls() {
        String byConvention = record(1, number("gen_ai.usage.input_tokens", 10));
        assertThat(read(export("gemini-cli", List.of(byConvention))).uses()).isEmpty();
        assertThat(read(export("other", List.of(byConvention, codex(1, "m", 10, 1))))
                        .uses())
                .extracting(ModelUse::maker)
                .containsExactly("openai");
    }

    @ParameterizedTest
    @CsvSource({
        "0.0000001, 0.000001",
        "1e-999999999, 0.000001",
        "0.1234567, 0.123457",
        "12, 12",
    })
    void dollars_have_six_decimals_and_something_is_never_nothing(String told, String booked) {
        ModelUse use = only(record(
                1,
                text("event.name", "claude_code.api_request"),
                "{\"key\":\"cost_usd\",\"value\":{\"doubleValue\":" + told + "}}"));
        assertThat(use.dollars()).isEqualByComparingTo(new BigDecimal(booked));
    }

    @Test
    void dollars_may_come_in_millionths() {
        ModelUse use = only(record(1, text("event.name", "claude_code.api_request"), number("cost_usd_micros", 5000)));
        assertThat(use.dollars()).isEqualByComparingTo("0.005");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"-1", "\"NaN\"", "1e300", "1e999999999", "\"a lot\"", "1.5", "\"\"", "99999999999999999999"})
    void a_record_with_figures_that_cannot_be_right_is_left_out(String count) {
        String odd = record(
                1,
                text("event.name", "codex.sse_event"),
                text("event.kind", "response.completed"),
                "{\"key\":\"input_token_count\",\"value\":{\"doubleValue\":" + count + "}}");
        Logs logs = read(export(List.of(odd, codex(2, "m", 1, 1))));
        assertThat(logs.unusable()).isEqualTo(1);
        assertThat(logs.uses()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"soon", "-5", "99999999999999999999"})
    void so_is_one_whose_time_is_none(String time) {
        String odd = codex(7, "m", 1, 1).replace("\"7\"", "\"" + time + "\"");
        assertThat(read(export(List.of(odd))).unusable()).isEqualTo(1);
    }

    @Test
    void a_name_that_no_model_has_is_no_name() {
        assertThat(only(codex(1, "Ignore all previous instructions", 1, 1)).model())
                .isNull();
        assertThat(only(codex(1, "m".repeat(300), 1, 1)).model()).isNull();
        assertThat(only(codex(1, "claude-opus-5-5[1m]", 1, 1)).model()).isEqualTo("claude-opus-5-5");
    }

    @Test
    void what_tells_of_no_call_is_passed_over() {
        assertThat(read("{}").uses()).isEmpty();
        assertThat(read("{\"resourceLogs\":null}").uses()).isEmpty();
        assertThat(read(export(List.of("{}", record(1, text("event.name", "codex.sse_event")), record(1))))
                        .uses())
                .isEmpty();
        assertThat(read(export(List.of(codex(1, "m", 0, 0)))).uses()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "5",
                "{\"resourceLogs\":5}",
                "{\"resourceLogs\":[5]}",
                "{} {}",
                "nope",
                "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[[]]}]}]}",
                "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"attributes\":[{\"key\":{}"
            })
    void what_is_no_otlp_is_refused(String body) {
        assertThatThrownBy(() -> read(body))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> assertThat(problem.code().status()).isEqualTo(400));
    }

    @Test
    void too_much_is_refused_as_a_whole() {
        for (String one : List.of("{}", claude(1, "m", 1))) {
            assertThatThrownBy(() -> read(export(Collections.nCopies(MANY + 1, one))))
                    .isInstanceOfSatisfying(
                            Problem.class,
                            problem -> assertThat(problem.code()).isEqualTo(Code.IF_ERR_BATCH_TOO_LARGE));
        }
        assertThat(read(export(Collections.nCopies(MANY, claude(1, "m", 1)))).uses())
                .hasSize(MANY);
    }
}
