package io.infrafabric.bulkhead.usage;

import static io.infrafabric.bulkhead.usage.Answers.EVENTS;
import static io.infrafabric.bulkhead.usage.Answers.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bulkhead.usage.Answers.Example;
import io.infrafabric.bulkhead.usage.Usage.From;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read from answers, whatever pieces they come in. */
class AnswerMeterTest {
    static Stream<Example> answers() {
        return Answers.all().stream();
    }

    @ParameterizedTest
    @MethodSource("answers")
    void the_usage_is_what_the_answer_says_wherever_it_is_cut(Example answer) {
        byte[] all = answer.bytes();
        assertThat(usage(answer, all, all.length)).isEqualTo(answer.used());
        for (int cut = 0; cut <= all.length; cut++) {
            AnswerMeter meter = new AnswerMeter(answer.flavour(), answer.type(), answer.streams());
            meter.see(all, 0, cut);
            meter.see(all, cut, all.length);
            meter.end();
            assertThat(meter.seen().usage(77, "asked")).as("cut at " + cut).isEqualTo(answer.used());
            assertThat(meter.seen().sawError()).isFalse();
        }
        AnswerMeter meter = new AnswerMeter(answer.flavour(), answer.type(), answer.streams());
        for (int i = 0; i < all.length; i++) {
            meter.see(all, i, i + 1);
        }
        meter.end();
        assertThat(meter.seen().usage(77, "asked")).as("byte by byte").isEqualTo(answer.used());
    }

    @ParameterizedTest
    @MethodSource("answers")
    void an_answer_that_ends_early_costs_what_was_seen_of_it(Example answer) {
        byte[] all = answer.bytes();
        for (int cut = 0; cut < all.length; cut++) {
            AnswerMeter meter = new AnswerMeter(answer.flavour(), answer.type(), answer.streams());
            meter.see(all, 0, cut);
            Usage usage = meter.seen().usage(77, "asked");
            assertThat(usage.from()).isIn(From.PARTIAL, From.ANSWER);
            assertThat(usage.input()).isPositive();
            assertThat(usage.output()).isNotNegative();
            if (usage.from() == From.ANSWER) {
                assertThat(usage.output()).isPositive();
            } else {
                assertThat(usage.model()).isNotNull();
            }
        }
    }

    @Test
    void what_the_client_saw_is_paid_even_if_the_report_never_came() {
        AnswerMeter meter = new AnswerMeter(Flavour.OPENAI_CHAT, EVENTS, true);
        byte[] chat = bytes(Answers.CHAT);
        meter.see(chat, 0, chat.length);
        assertThat(meter.seen().usage(1200, "gpt-4o"))
                .isEqualTo(new Usage("gpt-4o-2024-08-06", 1200, 4, 0, 0, 0, From.PARTIAL));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ANTHROPIC | text/event-stream | event: error\\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\\n\\n | true",
                "ANTHROPIC | text/event-stream | data: {\"type\":\"error\",\"error\":{\"type\":\"new_error\"}}\\n\\n | true",
                "ANTHROPIC | application/json | {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}} | true",
                "OPENAI_CHAT | text/event-stream | data: {\"error\":{\"message\":\"The server had an error\"}}\\n\\n | true",
                "OPENAI_RESPONSES | text/event-stream | data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"server_error\"}}}\\n\\n | true",
                "OPENAI_RESPONSES | text/event-stream | data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"invalid_prompt\"}}}\\n\\n | false",
                "OLLAMA | application/x-ndjson | {\"error\":\"model runner has stopped\"}\\n | true",
                "ANTHROPIC | text/event-stream | data: {\"type\":\"content_block_delta\",\"delta\":{\"text\":\"error\",\"type\":\"error\"}}\\n\\n | false",
                "OPENAI_RESPONSES | application/json | {\"error\":null,\"status\":\"completed\"} | false"
            })
    void an_error_within_an_answer_is_seen(Flavour flavour, String type, String text, boolean is) {
        AnswerMeter meter = new AnswerMeter(flavour, type, true);
        byte[] bytes = bytes(text.replace("\\n", "\n"));
        meter.see(bytes, 0, bytes.length);
        meter.end();
        assertThat(meter.seen().sawError()).isEqualTo(is);
    }

    @Test
    void an_exception_in_bedrocks_stream_is_seen() {
        AnswerMeter meter = new AnswerMeter(Flavour.BEDROCK, Answers.MESSAGES, true);
        byte[] bytes = Answers.message(":exception-type", "throttlingException", bytes("{\"message\":\"slow down\"}"));
        meter.see(bytes, 0, bytes.length);
        assertThat(meter.seen().sawError()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"ttl\":\"5m\",\"inputTokens\":30},{\"ttl\":\"1h\",\"inputTokens\":10}]",
                "[{\"inputTokens\":10,\"ttl\":\"1h\"},{\"inputTokens\":30,\"ttl\":\"5m\"}]"
            })
    void bedrock_says_how_long_what_was_cached_lives(String details) {
        AnswerMeter meter = new AnswerMeter(Flavour.BEDROCK, Answers.JSON, false);
        byte[] bytes =
                bytes("{\"usage\":{\"inputTokens\":1,\"outputTokens\":2,\"cacheWriteInputTokens\":40,\"cacheDetails\":"
                        + details + "}}");
        meter.see(bytes, 0, bytes.length);
        assertThat(meter.seen().usage(5, "m")).isEqualTo(new Usage(null, 1, 2, 0, 30, 10, From.ANSWER));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"usage\":{\"input_tokens\":-5,\"output_tokens\":-1}}",
                "{\"usage\":{\"input_tokens\":1e999999999,\"output_tokens\":99999999999999999999999999999999999999}}",
                "{\"usage\":{\"input_tokens\":NaN,\"output_tokens\":Infinity}}",
                "{\"usage\":{\"input_tokens\":\"12\",\"output_tokens\":[5]}}",
                "{\"usage\":[{\"input_tokens\":5}],\"model\":7}",
                "{\"usage\":\"none\",\"model\":{\"a\":1}}",
                "{\"usage\":{\"input_tokens\":true,\"output_tokens\":{}}}",
                "}}}]]],,,:::\"\\",
                "{\"usage",
                "\\u00zz{\"usage\":{\"output_tokens\":--}}",
                ""
            })
    void what_is_no_number_of_tokens_is_none(String text) {
        for (Flavour flavour : Flavour.values()) {
            for (String type : List.of(Answers.JSON, EVENTS, Answers.MESSAGES)) {
                AnswerMeter meter = new AnswerMeter(flavour, type, false);
                byte[] bytes = bytes(type.equals(EVENTS) ? "data: " + text + "\n\n" : text);
                meter.see(bytes, 0, bytes.length);
                meter.end();
                Usage usage = meter.seen().usage(10, "asked");
                assertThat(usage.from()).isEqualTo(flavour.isPaid() ? From.PARTIAL : From.NONE);
                assertThat(usage.input()).isBetween(0L, 10L);
                assertThat(usage.output()).isBetween(0L, 10L);
                assertThat(usage.cacheRead() + usage.cacheWrite() + usage.cacheWrite1h())
                        .isZero();
            }
        }
    }

    @Test
    void nothing_that_comes_makes_it_fail() {
        Random random = new Random(38);
        List<Example> all = Answers.all();
        for (int round = 0; round < 3_000; round++) {
            Example answer = all.get(random.nextInt(all.size()));
            byte[] bytes = answer.bytes().clone();
            for (int i = random.nextInt(20); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            AnswerMeter meter = new AnswerMeter(answer.flavour(), answer.type(), answer.streams());
            meter.see(bytes, 0, bytes.length);
            meter.end();
            Usage usage = meter.seen().usage(10, "asked");
            assertThat(List.of(
                            usage.input(), usage.output(), usage.cacheRead(), usage.cacheWrite(), usage.cacheWrite1h()))
                    .as("round " + round)
                    .allMatch(tokens -> tokens >= 0 && tokens <= 3 * TokenCount.MOST);
        }
    }

    @Test
    void deep_and_large_answers_are_walked_over() {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(bytes("data: {\"deep\":" + "[{\"a\":".repeat(100_000) + "1" + "}]".repeat(100_000) + "}\n\n"));
        bytes.writeBytes(bytes("data: {\"type\":\"x\",\"data\":\"" + "A".repeat(2 << 20) + "\"}\n\n"));
        bytes.writeBytes(bytes("data: {\"" + "k".repeat(100_000) + "\":{\"usage\":{\"output_tokens\":7}}}\n\n"));
        bytes.writeBytes(bytes("data: {\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}\n\n"));
        byte[] all = bytes.toByteArray();
        AnswerMeter meter = new AnswerMeter(Flavour.ANTHROPIC, EVENTS, true);
        meter.see(all, 0, all.length);
        assertThat(meter.seen().usage(10, "m")).isEqualTo(new Usage(null, 3, 4, 0, 0, 0, From.ANSWER));
    }

    private static Usage usage(Example answer, byte[] bytes, int to) {
        AnswerMeter meter = new AnswerMeter(answer.flavour(), answer.type(), answer.streams());
        meter.see(bytes, 0, to);
        meter.end();
        return meter.seen().usage(77, "asked");
    }
}
