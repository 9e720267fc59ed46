package io.infrafabric.bulkhead.usage;

import io.infrafabric.bulkhead.provider.Dialect;
import io.vertx.core.MultiMap;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;

/** Answers of models as their APIs give them, with usage that is known. */
public final class Answers {
    static final String EVENTS = "text/event-stream; charset=utf-8";
    static final String JSON = "application/json";
    static final String LINES = "application/x-ndjson";
    static final String MESSAGES = "application/vnd.amazon.eventstream";

    private Answers() {}

    /** An answer: what it is, its bytes, and what it used. */
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
    public record Example(String name, Flavour flavour, String type, boolean streams, byte[] bytes, Usage used) {
        @Override
        public String toString() {
            return name;
        }

        /** The tap for it, as if this request had been answered with it. */
        public UsageTap tap(long inputTokens) {
            String path = switch (flavour) {
                case ANTHROPIC -> "/v1/messages";
                case OPENAI_CHAT -> "/v1/chat/completions";
                case OPENAI_RESPONSES -> "/v1/responses";
                case GEMINI ->
                    "/v1beta/models/gemini-2.5-pro:" + (streams ? "streamGenerateContent" : "generateContent");
                case BEDROCK -> "/model/amazon.nova-lite-v1:0/" + (streams ? "converse-stream" : "converse");
                case OLLAMA -> "/api/chat";
                case EMBEDDING, OTHER -> throw new IllegalStateException(name);
            };
            Dialect dialect = flavour == Flavour.OLLAMA ? Dialect.OLLAMA : Dialect.NONE;
            Request request = new Request(dialect, "POST", path, "asked", inputTokens, -1, streams, null);
            return UsageTaps.of(request, 200, MultiMap.caseInsensitiveMultiMap().add("Content-Type", type));
        }
    }

    private static final String CLAUDE_START = """
            event: message_start
            data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929","content":[],"usage":{"input_tokens":1000,"cache_creation_input_tokens":2100,"cache_read_input_tokens":10000,"cache_creation":{"ephemeral_5m_input_tokens":2000,"ephemeral_1h_input_tokens":100},"output_tokens":1}}}

            : a comment

            event: ping
            data: {"type": "ping"}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Say \\"usage\\": {\\"output_tokens\\": 99999} — ünïcödé"}}

            """;

    private static final String CLAUDE_END = """
            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":null},"usage":{"output_tokens":200}}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":500}}

            event: message_stop
            data: {"type":"message_stop"}

            """;

    private static final String CLAUDE_USAGE =
            "\"usage\":{\"input_tokens\":1000,\"cache_creation_input_tokens\":2100,\"cache_read_input_tokens\":10000,"
                    + "\"cache_creation\":{\"ephemeral_5m_input_tokens\":2000,\"ephemeral_1h_input_tokens\":100},\"output_tokens\":500}";

    private static final Usage CLAUDE = used("claude-sonnet-4-5-20250929", 1000, 500, 10_000, 2000, 100);
    private static final Usage GPT = used("gpt-4o-2024-08-06", 400, 250, 600, 0, 0);
    private static final Usage GEMINI = used("gemini-2.5-pro", 700, 380, 300, 0, 0);
    private static final Usage NOVA = used(null, 120, 60, 30, 40, 0);
    private static final Usage LLAMA = used("llama3.2", 26, 259, 0, 0, 0);

    static final String CHAT = """
            data: {"id":"c","object":"chat.completion.chunk","model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"role":"assistant","content":""}}],"usage":null}

            data: {"id":"c","object":"chat.completion.chunk","model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"content":"Hello there"}}],"usage":null}

            """;

    static final String CHAT_USAGE = """
            data: {"id":"c","object":"chat.completion.chunk","model":"gpt-4o-2024-08-06","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":250,"total_tokens":1250,"prompt_tokens_details":{"cached_tokens":600},"completion_tokens_details":{"reasoning_tokens":64}}}

            """;

    static final String CHAT_DONE = "data: [DONE]\n\n";

    private static final String RESPONSE =
            "\"model\":\"gpt-4o-2024-08-06\",\"error\":null,\"usage\":{\"input_tokens\":1000,\"input_tokens_details\":{\"cached_tokens\":600},"
                    + "\"output_tokens\":250,\"output_tokens_details\":{\"reasoning_tokens\":64},\"total_tokens\":1250}";

    private static final String GEMINI_FIRST =
            "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"Hi\"}]}}],\"usageMetadata\":{\"promptTokenCount\":1000,"
                    + "\"candidatesTokenCount\":10},\"modelVersion\":\"gemini-2.5-pro\"}";
    private static final String GEMINI_LAST =
            "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\" all\"}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":1000,"
                    + "\"cachedContentTokenCount\":300,\"candidatesTokenCount\":80,\"thoughtsTokenCount\":300,\"totalTokenCount\":1380,"
                    + "\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":1000}]},\"modelVersion\":\"gemini-2.5-pro\"}";

    private static final String NOVA_USAGE =
            "\"usage\":{\"inputTokens\":120,\"outputTokens\":60,\"totalTokens\":250,\"cacheReadInputTokens\":30,\"cacheWriteInputTokens\":40}";

    private static final String LLAMA_LAST =
            "{\"model\":\"llama3.2\",\"done\":true,\"done_reason\":\"stop\",\"total_duration\":5589157167,\"prompt_eval_count\":26,\"eval_count\":259}\n";

    /** One of each API, streamed and plain: both used the same. */
    public static List<Example> all() {
        String responses = """
                event: response.created
                data: {"type":"response.created","response":{"model":"gpt-4o","usage":null}}

                event: response.output_text.delta
                data: {"type":"response.output_text.delta","delta":"Hi"}

                """;
        return List.of(
                example("claude streamed", Flavour.ANTHROPIC, EVENTS, true, CLAUDE_START + CLAUDE_END, CLAUDE),
                example(
                        "claude streamed with CRLF",
                        Flavour.ANTHROPIC,
                        EVENTS,
                        true,
                        "\ufeff" + (CLAUDE_START + CLAUDE_END).replace("\n", "\r\n"),
                        CLAUDE),
                example(
                        "claude plain",
                        Flavour.ANTHROPIC,
                        JSON,
                        false,
                        "{\"id\":\"m\",\"type\":\"message\",\"model\":\"claude-sonnet-4-5-20250929\",\"content\":[{\"type\":\"text\",\"text\":\"Say\"}],"
                                + CLAUDE_USAGE + "}",
                        CLAUDE),
                example("chat streamed", Flavour.OPENAI_CHAT, EVENTS, true, CHAT + CHAT_USAGE + CHAT_DONE, GPT),
                example(
                        "chat plain",
                        Flavour.OPENAI_CHAT,
                        JSON,
                        false,
                        "{\"model\":\"gpt-4o-2024-08-06\",\"choices\":[{\"message\":{\"content\":\"Hello\"}}],\"usage\":{\"prompt_tokens\":1000,"
                                + "\"completion_tokens\":250,\"prompt_tokens_details\":{\"cached_tokens\":600}}}",
                        GPT),
                example(
                        "responses completed",
                        Flavour.OPENAI_RESPONSES,
                        EVENTS,
                        true,
                        responses + "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{"
                                + RESPONSE + "}}\n\n",
                        GPT),
                example(
                        "responses incomplete",
                        Flavour.OPENAI_RESPONSES,
                        EVENTS,
                        true,
                        responses + "event: response.incomplete\ndata: {\"response\":{" + RESPONSE
                                + "},\"type\":\"response.incomplete\"}\n\n",
                        GPT),
                example("responses plain", Flavour.OPENAI_RESPONSES, JSON, false, "{" + RESPONSE + "}", GPT),
                example(
                        "gemini events",
                        Flavour.GEMINI,
                        EVENTS,
                        true,
                        "data: " + GEMINI_FIRST + "\r\n\r\ndata: " + GEMINI_LAST + "\r\n\r\n",
                        GEMINI),
                example(
                        "gemini array",
                        Flavour.GEMINI,
                        JSON,
                        true,
                        "[" + GEMINI_FIRST + ",\n" + GEMINI_LAST + "]",
                        GEMINI),
                example("gemini plain", Flavour.GEMINI, JSON, false, GEMINI_LAST, GEMINI),
                new Example(
                        "bedrock converse streamed",
                        Flavour.BEDROCK,
                        MESSAGES,
                        true,
                        messages(
                                "{\"delta\":{\"text\":\"Hi\"},\"contentBlockIndex\":0}",
                                "{\"metrics\":{\"latencyMs\":5}," + NOVA_USAGE + "}"),
                        NOVA),
                example(
                        "bedrock converse plain",
                        Flavour.BEDROCK,
                        JSON,
                        false,
                        "{\"output\":{}," + NOVA_USAGE + "}",
                        NOVA),
                new Example(
                        "bedrock invoke streamed",
                        Flavour.BEDROCK,
                        MESSAGES,
                        true,
                        messages(
                                chunk(
                                        "{\"type\":\"message_start\",\"message\":{\"model\":\"claude-sonnet-4-5-20250929\","
                                                + CLAUDE_USAGE + "}}"),
                                chunk("{\"type\":\"message_delta\",\"usage\":{\"output_tokens\":500}}"),
                                chunk(
                                        "{\"type\":\"message_stop\",\"amazon-bedrock-invocationMetrics\":{\"inputTokenCount\":1000,"
                                                + "\"outputTokenCount\":500}}")),
                        CLAUDE),
                example(
                        "ollama streamed",
                        Flavour.OLLAMA,
                        LINES,
                        true,
                        "{\"model\":\"llama3.2\",\"message\":{\"content\":\"Hi\"},\"done\":false}\n" + LLAMA_LAST,
                        LLAMA),
                example("ollama plain", Flavour.OLLAMA, JSON, false, LLAMA_LAST, LLAMA));
    }

    private static Usage used(String model, long input, long output, long read, long write, long hour) {
        return new Usage(model, input, output, read, write, hour, Usage.From.ANSWER);
    }

    private static Example example(
            String name, Flavour flavour, String type, boolean streams, String text, Usage used) {
        return new Example(name, flavour, type, streams, bytes(text), used);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String chunk(String json) {
        return "{\"bytes\":\"" + Base64.getEncoder().encodeToString(bytes(json)) + "\",\"p\":\"abcdefgh\"}";
    }

    /** Bedrock's binary stream with these payloads. */
    static byte[] messages(String... payloads) {
        var all = new ByteArrayOutputStream();
        for (String payload : payloads) {
            all.writeBytes(message(":event-type", "chunk", bytes(payload)));
        }
        return all.toByteArray();
    }

    static byte[] message(String header, String value, byte[] payload) {
        try {
            var headers = new ByteArrayOutputStream();
            var header1 = new DataOutputStream(headers);
            header1.writeByte(header.length());
            header1.writeBytes(header);
            header1.writeByte(7);
            header1.writeShort(value.length());
            header1.writeBytes(value);
            var bytes = new ByteArrayOutputStream();
            var out = new DataOutputStream(bytes);
            out.writeInt(headers.size() + payload.length + 16);
            out.writeInt(headers.size());
            out.writeInt(checksum(bytes.toByteArray()));
            out.write(headers.toByteArray());
            out.write(payload);
            out.writeInt(checksum(bytes.toByteArray()));
            return bytes.toByteArray();
        } catch (IOException never) {
            throw new UncheckedIOException(never);
        }
    }

    private static int checksum(byte[] bytes) {
        CRC32 sum = new CRC32();
        sum.update(bytes);
        return (int) sum.getValue();
    }
}
