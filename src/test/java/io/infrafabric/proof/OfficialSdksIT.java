package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.FabricProcess;
import io.infrafabric.fabric.Programs;
import io.infrafabric.fabric.Servers;
import io.infrafabric.fabric.Tokens;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The official SDKs of Anthropic and OpenAI, unchanged, stream through the fabric from a scripted provider: their base URL and
 * their key are ours, and nothing else. What they see is what the provider sent, and what it cost stands in the books to the
 * last digit. They come from npm's registry; without npm this is skipped.
 */
@Tag("proof")
class OfficialSdksIT {
    private static final List<String> SDKS = List.of("@anthropic-ai/sdk@1.14.0", "openai@6.49.0");
    private static final Path PROGRAM =
            Path.of("src/test/resources/clients/stream.mjs").toAbsolutePath();
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long PATIENCE_MINUTES = 3;
    private static final String KEY = "sk-real-key";

    private static final String CLAUDE_USAGE =
            "{\"input_tokens\":1000,\"cache_creation_input_tokens\":2000,\"cache_read_input_tokens\":10000,\"output_tokens\":%d}";
    private static final String GPT_USAGE =
            "{\"prompt_tokens\":1000,\"completion_tokens\":250,\"total_tokens\":1250,\"prompt_tokens_details\":{\"cached_tokens\":600}}";
    private static final String RESPONSE_USAGE =
            "{\"input_tokens\":1000,\"input_tokens_details\":{\"cached_tokens\":600},\"output_tokens\":250,\"total_tokens\":1250}";

    private static Path directory;
    private static Servers servers;
    private static Tokens tokens;
    private static FabricProcess fabric;
    private static HttpServer provider;

    @BeforeAll
    static void start() throws IOException {
        Path parent = Files.createDirectories(Path.of("target", "clients").toAbsolutePath());
        directory = Files.createTempDirectory(parent, "sdk");
        tokens = Tokens.make(directory);
        servers = Servers.start();
        provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        provider.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        provider.createContext("/", OfficialSdksIT::answer);
        provider.start();
        fabric = FabricProcess.start(
                "official-sdks",
                servers,
                tokens,
                Map.of("S2_BULKHEAD_ALLOW_PRIVATE_ADDRESSES", "true", "S2_KEY_SDKS", KEY));
    }

    @AfterAll
    static void stop() {
        if (fabric != null) {
            fabric.close();
        }
        if (servers != null) {
            servers.close();
        }
        if (provider != null) {
            provider.stop(0);
        }
    }

    @Test
    void the_official_sdks_stream_through_the_fabric() throws Exception {
        assumeTrue(Programs.isThere("npm"), "There is no npm on this machine: the SDKs are not tried.");
        run(List.of(
                "npm",
                "install",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--prefix",
                ".",
                SDKS.get(0),
                SDKS.get(1)));
        Files.copy(PROGRAM, directory.resolve("stream.mjs"));
        Api api = fabric.api();
        String operator = tokens.operatorToken();
        register(api, "claude", "anthropic");
        register(api, "gpt", "openai");
        price(api, "/budget/prices/claude/claude-sonnet-5", "3", "15", "0.3", "3.75");
        price(api, "/budget/prices/gpt/gpt-4o", "2.5", "10", "1.25", "2.5");
        Map<String, Object> session = Map.of("swarm", "sdks", "domains", List.of("api"), "heartbeatSeconds", 3600);
        assertThat(api.put("/coordinator/sessions/ann", session, operator).status())
                .isIn(200, 201);
        String token = api.post("/coordinator/sessions/ann/tokens", Map.of(), operator)
                .body()
                .path("token")
                .asText();

        assertThat(run(List.of("node", "stream.mjs", fabric.url(), token))).contains("streamed");

        // 2 * (1,000 * 3 + 500 * 15 + 10,000 * 0.3 + 2,000 * 3.75) + 4 * (400 * 2.5 + 250 * 10 + 600 * 1.25) dollars
        // per million
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(spent(api.get("/budget/accounts/session:ann", operator)
                                .body()))
                        .isEqualByComparingTo("0.059"));
    }

    private static BigDecimal spent(JsonNode account) {
        return account.path("spentToday").decimalValue();
    }

    private static void register(Api api, String name, String dialect) {
        Map<String, Object> body = Map.of(
                "baseUrl",
                "http://127.0.0.1:" + provider.getAddress().getPort(),
                "dialect",
                dialect,
                "auth",
                Map.of("key", "env:S2_KEY_SDKS"));
        assertThat(api.put("/bulkhead/providers/" + name, body, tokens.operatorToken())
                        .status())
                .isIn(200, 201);
    }

    private static void price(Api api, String path, String input, String output, String read, String write) {
        Map<String, Object> body = Map.of(
                "input",
                new BigDecimal(input),
                "output",
                new BigDecimal(output),
                "cacheRead",
                new BigDecimal(read),
                "cacheWrite",
                new BigDecimal(write));
        assertThat(api.put(path, body, tokens.operatorToken()).status()).isEqualTo(200);
    }

    /** What the scripted provider says; it takes only the real key. */
    private static void answer(HttpExchange call) throws IOException {
        try (call) {
            JsonNode asked = new ObjectMapper().readTree(call.getRequestBody());
            String key = call.getRequestHeaders().getFirst("x-api-key");
            String bearer = call.getRequestHeaders().getFirst("Authorization");
            if (!KEY.equals(key) && !("Bearer " + KEY).equals(bearer)) {
                send(call, 401, "application/json", List.of("{\"error\":{\"type\":\"authentication_error\"}}"));
                return;
            }
            boolean streams = asked.path("stream").asBoolean();
            boolean reports = asked.path("stream_options").path("include_usage").asBoolean();
            String path = call.getRequestURI().getPath();
            List<String> parts = path.endsWith("/messages")
                    ? claude(streams)
                    : path.endsWith("/responses") ? response() : chat(streams, reports);
            send(call, 200, streams ? "text/event-stream" : "application/json", parts);
        }
    }

    private static void send(HttpExchange call, int status, String type, List<String> parts) throws IOException {
        call.getResponseHeaders().add("Content-Type", type);
        call.sendResponseHeaders(status, 0);
        try (OutputStream out = call.getResponseBody()) {
            for (String part : parts) {
                // Cut where it hurts: in the middle of lines and of characters.
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                for (int at = 0; at < bytes.length; at += 7) {
                    out.write(bytes, at, Math.min(7, bytes.length - at));
                    out.flush();
                }
            }
        }
    }

    private static List<String> claude(boolean streams) {
        String head =
                "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-sonnet-5-20250929\",";
        String end = "\"stop_reason\":\"end_turn\",\"stop_sequence\":null";
        if (!streams) {
            return List.of(head + "\"content\":[{\"type\":\"text\",\"text\":\"Hello, wörld.\"}]," + end + ",\"usage\":"
                    + CLAUDE_USAGE.formatted(500) + "}");
        }
        return List.of(
                event(
                        "message_start",
                        "\"message\":" + head + "\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":"
                                + CLAUDE_USAGE.formatted(1) + "}"),
                event("ping", ""),
                event("content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}"),
                event("content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello, \"}"),
                event("content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"wörld.\"}"),
                event("content_block_stop", "\"index\":0"),
                event("message_delta", "\"delta\":{" + end + "},\"usage\":{\"output_tokens\":500}"),
                event("message_stop", ""));
    }

    private static String event(String type, String more) {
        return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + (more.isEmpty() ? "" : "," + more) + "}\n\n";
    }

    private static List<String> chat(boolean streams, boolean reports) {
        String head = "{\"id\":\"c\",\"created\":1,\"model\":\"gpt-4o-2024-08-06\",\"object\":\"chat.completion";
        if (!streams) {
            return List.of(head
                    + "\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hello there\"},"
                    + "\"finish_reason\":\"stop\"}],\"usage\":" + GPT_USAGE + "}");
        }
        String report = reports ? "data: " + head + ".chunk\",\"choices\":[],\"usage\":" + GPT_USAGE + "}\n\n" : "";
        return List.of(
                "data: " + head + ".chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello \"}}]}\n\n",
                "data: " + head
                        + ".chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"there\"},\"finish_reason\":\"stop\"}]}\n\n",
                report,
                "data: [DONE]\n\n");
    }

    private static List<String> response() {
        String head =
                "\"response\":{\"id\":\"r\",\"object\":\"response\",\"model\":\"gpt-4o-2024-08-06\",\"output\":[],\"status\":";
        return List.of(
                event("response.created", "\"sequence_number\":0," + head + "\"in_progress\"}"),
                event(
                        "response.output_text.delta",
                        "\"sequence_number\":1,\"item_id\":\"i\",\"output_index\":0,\"content_index\":0,"
                                + "\"logprobs\":[],\"delta\":\"Hello there\""),
                event(
                        "response.completed",
                        "\"sequence_number\":2," + head + "\"completed\",\"usage\":" + RESPONSE_USAGE + "}"));
    }

    /** Runs it to its end, which must be a good one; what it wrote. */
    private static String run(List<String> command) throws Exception {
        Path log = Files.createTempFile(directory, "run", ".log");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES))
                    .as("ended: %s", command)
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        String written = Files.readString(log);
        assertThat(process.exitValue())
                .as("%s%n%s", command.getFirst(), written)
                .isZero();
        return written;
    }
}
