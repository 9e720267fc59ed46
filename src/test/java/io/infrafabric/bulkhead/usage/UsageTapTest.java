package io.infrafabric.bulkhead.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bulkhead.provider.Dialect;
import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.bulkhead.usage.Answers.Example;
import io.infrafabric.bulkhead.usage.Usage.From;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests and answers as the forward path has them. */
class UsageTapTest {
    static Stream<Example> answers() {
        return Answers.all().stream();
    }

    @ParameterizedTest
    @MethodSource("answers")
    void the_client_gets_the_same_bytes_wherever_they_are_cut(Example answer) throws NoSuchAlgorithmException {
        byte[] sent = answer.bytes();
        String hash = hash(sent);
        for (int cut = 0; cut <= sent.length; cut++) {
            UsageTap tap = answer.tap(50);
            Buffer got = Buffer.buffer()
                    .appendBuffer(tap.see(Buffer.buffer(sent).slice(0, cut)))
                    .appendBuffer(tap.see(Buffer.buffer(sent).slice(cut, sent.length)))
                    .appendBuffer(tap.end());
            assertThat(hash(got.getBytes())).as("cut at " + cut).isEqualTo(hash);
            assertThat(tap.usage()).isEqualTo(answer.used());
        }
    }

    @Test
    void an_event_of_two_megabytes_passes() throws NoSuchAlgorithmException {
        byte[] large = Answers.bytes(": comment\r\n\r\ndata: {\"x\":\"" + "z".repeat(2 << 20)
                + "\",\"usage\":{\"output_tokens\":1}}\r\n\r\n");
        Example answer = new Example("large", Flavour.ANTHROPIC, Answers.EVENTS, true, large, null);
        UsageTap tap = answer.tap(1);
        assertThat(hash(tap.see(Buffer.buffer(large)).getBytes())).isEqualTo(hash(large));
        assertThat(tap.usage().output()).isEqualTo(1);
    }

    @Test
    void usage_is_asked_for_and_the_client_sees_nothing_of_it() {
        String body = "{\"model\":\"gpt-4o\",\"stream\":true,\"messages\":[]}";
        Request request = read(Dialect.OPENAI, true, "/v1/chat/completions?x=1", body);
        assertThat(request.asksForUsage()).isTrue();
        assertThat(text(request.body()))
                .isEqualTo(
                        "{\"stream_options\":{\"include_usage\":true},\"model\":\"gpt-4o\",\"stream\":true,\"messages\":[]}");
        UsageTap tap = UsageTaps.of(request, 200, type(Answers.EVENTS));
        String got = tap.see(Buffer.buffer(Answers.CHAT + Answers.CHAT_USAGE)).toString()
                + tap.see(Buffer.buffer(Answers.CHAT_DONE))
                + tap.end();
        assertThat(got).isEqualTo(Answers.CHAT + Answers.CHAT_DONE);
        assertThat(tap.usage()).isEqualTo(new Usage("gpt-4o-2024-08-06", 400, 250, 600, 0, 0, From.ANSWER));
        assertThat(read(Dialect.OPENAI, false, "/v1/chat/completions", body).asksForUsage())
                .isFalse();
        assertThat(read(Dialect.OPENAI, true, "/v1/responses", body).asksForUsage())
                .isFalse();
    }

    @Test
    void a_client_that_asks_itself_sees_what_it_asked_for() {
        Request request = read(
                Dialect.OPENAI,
                true,
                "/v1/chat/completions",
                "{\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        UsageTap tap = UsageTaps.of(request, 200, type(Answers.EVENTS));
        String all = Answers.CHAT + Answers.CHAT_USAGE + Answers.CHAT_DONE;
        assertThat(tap.see(Buffer.buffer(all)).toString()).isEqualTo(all);
        assertThat(tap.usage().output()).isEqualTo(250);
    }

    @Test
    void a_refusal_costs_nothing_and_neither_does_what_uses_no_model() {
        Request request = read(Dialect.ANTHROPIC, true, "/v1/messages", "{\"model\":\"m\",\"max_tokens\":5}");
        byte[] error = Answers.bytes(
                "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"},\"usage\":{\"output_tokens\":5}}");
        for (int status : List.of(301, 400, 429, 500, 529)) {
            UsageTap tap = UsageTaps.of(request, status, type(Answers.JSON));
            assertThat(tap.see(Buffer.buffer(error)).getBytes()).isEqualTo(error);
            assertThat(tap.usage()).isEqualTo(Usage.NONE);
        }
        for (String path : List.of("/v1/messages/count_tokens", "/v1/models", "/v1/files")) {
            Request free = read(Dialect.ANTHROPIC, true, path, "{\"model\":\"m\",\"max_tokens\":5}");
            assertThat(free.isPaid()).isFalse();
            assertThat(free.inputTokens() + free.maxOutputTokens()).isZero();
        }
        assertThat(read(Dialect.OPENAI, true, "/v1/embeddings", "{\"model\":\"e\",\"input\":\"words\"}")
                        .maxOutputTokens())
                .isZero();
        assertThat(read(Dialect.OPENAI, true, "/v1/images/generations", "{\"model\":\"gpt-image-1\"}")
                        .isPaid())
                .isTrue();
        assertThat(Usage.unanswered(request).input())
                .isEqualTo(request.inputTokens())
                .isPositive();
    }

    @Test
    void what_is_sealed_from_us_is_estimated() {
        Request request = read(Dialect.ANTHROPIC, true, "/v1/messages", "{\"model\":\"m\",\"max_tokens\":5}");
        UsageTap tap = UsageTaps.of(request, 200, type(Answers.JSON).add("Content-Encoding", "gzip"));
        Buffer zipped = Buffer.buffer(new byte[] {31, -117, 8, 0, 1, 2, 3});
        assertThat(tap.see(zipped)).isEqualTo(zipped);
        assertThat(tap.usage()).isEqualTo(new Usage("m", request.inputTokens(), 0, 0, 0, 0, From.PARTIAL));
        UsageTap headers = UsageTaps.of(
                read(Dialect.BEDROCK, true, "/model/meta.llama3-8b/invoke", "{\"prompt\":\"x\"}"),
                200,
                type(Answers.JSON)
                        .add("X-Amzn-Bedrock-Input-Token-Count", "12")
                        .add("X-Amzn-Bedrock-Output-Token-Count", "34"));
        assertThat(headers.usage()).isEqualTo(new Usage(null, 12, 34, 0, 0, 0, From.ANSWER));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{",
                "{\"model\":",
                "\ud800",
                "{\"stream\":true",
                "[[[[[[",
                "\"\\u",
                "{\"n\":1e9999}"
            })
    void any_body_can_be_read(String body) {
        for (Dialect dialect : Dialect.values()) {
            for (String path : List.of(
                    "/v1/messages", "/v1/chat/completions", "/", "/model/%/invoke", "/models/%zz:generateContent")) {
                Request request = read(dialect, true, path, body);
                assertThat(request.inputTokens()).isNotNegative();
                assertThat(request.maxOutputTokens()).isGreaterThanOrEqualTo(-1);
            }
        }
        assertThat(RequestReader.read(provider(Dialect.OPENAI, true), "POST", "/v1/responses", type(Answers.JSON), null)
                        .model())
                .isNull();
    }

    private static String text(Body body) {
        Buffer all = Buffer.buffer();
        body.inParts().forEach(all::appendBuffer);
        return all.toString();
    }

    private static Request read(Dialect dialect, boolean inject, String path, String body) {
        return RequestReader.read(
                provider(dialect, inject), "POST", path, type(Answers.JSON), Body.of(Buffer.buffer(body)));
    }

    private static Provider provider(Dialect dialect, boolean inject) {
        return new Provider(
                "p",
                URI.create("http://127.0.0.1:9"),
                dialect,
                1,
                1,
                null,
                null,
                null,
                null,
                null,
                null,
                inject,
                List.of(),
                1,
                null,
                null,
                "t");
    }

    private static MultiMap type(String type) {
        return MultiMap.caseInsensitiveMultiMap().add("Content-Type", type);
    }

    private static String hash(byte[] bytes) throws NoSuchAlgorithmException {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
        return HexFormat.of().formatHex(hash);
    }
}
