package io.infrafabric.gateway.otlp;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/** Exports for tests: made ones, and what real clients sent. */
final class Records {
    private Records() {}

    /** What this client sent, as {@code src/test/resources/otlp} has it. */
    static String captured(String client) {
        try (InputStream file = Records.class.getResourceAsStream("/otlp/" + client + ".json")) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String export(List<String> records) {
        return export("demo", records);
    }

    static String export(String service, List<String> records) {
        return "{\"resourceLogs\":[{\"resource\":{\"attributes\":[" + text("service.name", service)
                + "]},\"scopeLogs\":[{\"scope\":{\"name\":\"s\"},\"logRecords\":[" + String.join(",", records)
                + "]}]}]}";
    }

    static String record(long nanos, String... attributes) {
        return "{\"timeUnixNano\":\"" + nanos + "\",\"body\":{\"stringValue\":\"something\"},\"attributes\":["
                + String.join(",", attributes) + "]}";
    }

    /** A call of a model as Claude Code tells of it, in millionths of a dollar. */
    static String claude(long nanos, String model, long micros, String... more) {
        return record(
                nanos,
                text("event.name", "claude_code.api_request"),
                text("model", model),
                number("input_tokens", 1000),
                number("output_tokens", 50),
                "{\"key\":\"cost_usd\",\"value\":{\"doubleValue\":" + micros / 1e6 + "}}"
                        + (more.length == 0 ? "" : "," + String.join(",", more)));
    }

    /** The same as Codex does, which knows no dollars. */
    static String codex(long nanos, String model, long input, long output) {
        return record(
                nanos,
                text("event.name", "codex.sse_event"),
                text("event.kind", "response.completed"),
                text("model", model),
                text("input_token_count", Long.toString(input)),
                text("output_token_count", Long.toString(output)));
    }

    static String text(String key, String value) {
        return "{\"key\":\"" + key + "\",\"value\":{\"stringValue\":\"" + value + "\"}}";
    }

    static String number(String key, long value) {
        return "{\"key\":\"" + key + "\",\"value\":{\"intValue\":" + value + "}}";
    }

    static long nanos(Instant at) {
        return at.getEpochSecond() * 1_000_000_000 + at.getNano();
    }
}
