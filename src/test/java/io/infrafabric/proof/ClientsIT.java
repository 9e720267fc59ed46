package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.Programs;
import io.infrafabric.launch.FreePort;
import java.io.File;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Real agent clients, as npm has them, with a scripted model instead of a language model: {@code s2 run} joins, the client claims
 * and completes a task over MCP, and the fabric is killed and started again in between. What it used is on the ledger, from what the
 * client exports by itself, or from bulkhead where it exports nothing. Nothing of the client is changed but by
 * what {@code s2 run} hands over. Where npm or the scripted model is missing, this is skipped.
 */
@Tag("clients")
class ClientsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int RESTART_SECONDS = 25;
    private static final Path HOME = Path.of("target", "clients", "agents").toAbsolutePath();
    private static final Path COMMAND =
            Path.of("src/main/resources/gateway/s2.sh").toAbsolutePath();

    private static Cluster cluster;
    private static Path model;

    /** The clients, and how each is pointed at the scripted model; its own settings are the user's, and s2 leaves them alone. */
    enum Client {
        CLAUDE("@anthropic-ai/claude-code@2.1.328", "mcp__s2__") {
            @Override
            List<String> command(int port) {
                return List.of(
                        "claude",
                        "-p",
                        "work",
                        "--strict-mcp-config",
                        "--allowedTools",
                        "mcp__s2__claim_task mcp__s2__complete_task");
            }

            @Override
            Map<String, String> environment(int port) {
                return Map.of(
                        "ANTHROPIC_BASE_URL", "http://127.0.0.1:" + port,
                        "ANTHROPIC_API_KEY", "any",
                        "DISABLE_AUTOUPDATER", "1",
                        "DISABLE_ERROR_REPORTING", "1",
                        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1",
                        "OTEL_LOGS_EXPORT_INTERVAL", "1000");
            }
        },
        CODEX("@openai/codex@0.169.0", "") {
            @Override
            List<String> command(int port) {
                return List.of(
                        "codex",
                        "exec",
                        "-m",
                        "gpt-5",
                        "--json",
                        "--skip-git-repo-check",
                        "--dangerously-bypass-approvals-and-sandbox",
                        "-c",
                        "model_provider=\"local\"",
                        "-c",
                        "model_providers.local={name=\"local\",base_url=\"http://127.0.0.1:" + port
                                + "/v1\",wire_api=\"responses\",env_key=\"OPENAI_API_KEY\"}",
                        "work");
            }

            @Override
            Map<String, String> environment(int port) {
                return Map.of("OPENAI_API_KEY", "any");
            }
        },
        GEMINI("@google/gemini-cli@0.61.0", "") {
            @Override
            List<String> command(int port) {
                return List.of("gemini", "-m", "gemini-2.5-pro", "-p", "work", "--yolo");
            }

            @Override
            Map<String, String> environment(int port) {
                return Map.of(
                        "GEMINI_API_KEY", "any",
                        "GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:" + port,
                        "GEMINI_CLI_TRUST_WORKSPACE", "true");
            }

            @Override
            void prepare(Path home, int port) throws IOException {
                Files.createDirectories(home.resolve(".gemini"));
                Files.writeString(
                        home.resolve(".gemini/settings.json"),
                        "{\"security\":{\"auth\":{\"selectedType\":\"gemini-api-key\"}}}");
            }
        },
        OPENCODE("opencode-ai@1.18.33", "") {
            @Override
            List<String> command(int port) {
                return List.of("opencode", "run", "work");
            }

            @Override
            Map<String, String> environment(int port) {
                return Map.of();
            }

            @Override
            void prepare(Path home, int port) throws IOException {
                prepare(home, "http://127.0.0.1:" + port + "/v1", "any");
            }

            @Override
            void prepare(Path home, String url, String key) throws IOException {
                Files.createDirectories(home.resolve(".config/opencode"));
                Files.writeString(home.resolve(".config/opencode/opencode.json"), """
                        {"provider": {"local": {"npm": "@ai-sdk/openai-compatible", "models": {"scripted": {}},
                          "options": {"baseURL": "%s", "apiKey": "%s"}}}, "model": "local/scripted"}
                        """.formatted(url, key));
            }
        };

        private final String artifact;
        private final String prefix;

        Client(String artifact, String prefix) {
            this.artifact = artifact;
            this.prefix = prefix;
        }

        abstract List<String> command(int port);

        abstract Map<String, String> environment(int port);

        /** Writes what its user would have set up before. */
        void prepare(Path home, int port) throws IOException {}

        /** The same with its model at this address, with this key. */
        void prepare(Path home, String url, String key) throws IOException {}
    }

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        model = scriptedModel();
        assumeTrue(
                model != null, "There is no scripted model (shared/clients) beside this checkout: no client is tried.");
        assumeTrue(
                Programs.isThere("npm") && Programs.isThere("python3"),
                "npm or python3 is missing: no client is tried.");
        Files.createDirectories(HOME);
        List<String> install = new ArrayList<>(List.of("npm", "install", "--no-audit", "--no-fund", "--prefix", "."));
        for (Client client : Client.values()) {
            install.add(client.artifact);
        }
        Path log = HOME.resolve("npm.log");
        Process npm = new ProcessBuilder(install)
                .directory(HOME.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertThat(npm.waitFor(10, TimeUnit.MINUTES)).as("npm ends").isTrue();
        assertThat(npm.exitValue()).as(Files.readString(log)).isZero();
        cluster = Cluster.start("clients", 1, Map.of("s2.bulkhead.allow-private-addresses", "true"));
        // The first session makes the swarm.
        Answer made =
                cluster.api(0).put("/coordinator/sessions/watcher", Map.of("swarm", "clients"), cluster.operator());
        assertThat(made.status()).isEqualTo(200);
        priced("google");
        priced("openai");
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private static Path scriptedModel() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path found = at.resolve("shared/clients/scripted-model.py");
            if (Files.exists(found)) {
                return found;
            }
        }
        return null;
    }

    @ParameterizedTest
    @EnumSource
    void an_unmodified_client_joins_works_and_goes_on_after_a_restart(Client client) throws Exception {
        String name = client.name().toLowerCase(Locale.ROOT);
        Path home = Files.createDirectories(Files.createTempDirectory(HOME, name));
        Files.createDirectories(home.resolve("project"));
        int port = FreePort.find();
        client.prepare(home, port);
        Path heard = home.resolve("requests.jsonl");
        Process scripted = scripted(home, port, script(client.prefix, RESTART_SECONDS));
        try {
            submitted(name);
            Process agent = begun(client, name, home, port);
            // The client has its answer, and the model thinks about it.
            await().atMost(PATIENCE)
                    .until(() -> !agent.isAlive() || Files.readString(heard).contains("You hold " + name + "-1"));
            cluster.process(0).kill();
            cluster.again(0).awaitReady();
            assertThat(agent.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("the client ends")
                    .isTrue();

            JsonNode task = task(name);
            assertThat(task.path("state").asText())
                    .as(Files.readString(home.resolve("agent.log")))
                    .isEqualTo("DONE");
            assertThat(task.path("result").path("birds").asInt()).isEqualTo(7);
            assertThat(agent.exitValue()).isZero();
            if (client != Client.OPENCODE) {
                assertThat(exported(name, home))
                        .as("what the client exports by itself is on the ledger")
                        .isPositive();
            }
        } finally {
            scripted.destroyForcibly();
        }
    }

    /** opencode exports nothing: its costs are those of its calls through bulkhead. */
    @Test
    void the_costs_of_opencode_are_those_that_bulkhead_meters() throws Exception {
        String name = "metered";
        Path home = Files.createDirectories(Files.createTempDirectory(HOME, name));
        Files.createDirectories(home.resolve("project"));
        int port = FreePort.find();
        String provider = "/bulkhead/providers/scripted";
        put(provider, Map.of("baseUrl", "http://127.0.0.1:" + port, "dialect", "openai"));
        priced("scripted");
        Client.OPENCODE.prepare(home, cluster.process(0).url() + provider + "/call/v1", "{env:S2_TOKEN}");
        Process scripted = scripted(home, port, script("", 0));
        try {
            submitted(name);
            Process agent = begun(Client.OPENCODE, name, home, port);
            assertThat(agent.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("the client ends")
                    .isTrue();
            assertThat(task(name).path("state").asText())
                    .as(Files.readString(home.resolve("agent.log")))
                    .isEqualTo("DONE");
            await().atMost(PATIENCE).until(() -> spent(name, "call to scripted").signum() > 0);
        } finally {
            scripted.destroyForcibly();
        }
    }

    /** Clients export on their own time, and again at their end. */
    private static BigDecimal exported(String name, Path home) {
        await().atMost(PATIENCE)
                .failFast(() ->
                        assertThat(Files.readString(home.resolve("agent.log"))).doesNotContain("partialSuccess"))
                .until(() -> spent(name, "exported by the agent").signum() > 0);
        return spent(name, "exported by the agent");
    }

    private static BigDecimal spent(String name, String what) {
        BigDecimal spent = BigDecimal.ZERO;
        for (JsonNode entry : cluster.api(0)
                .get("/budget/accounts/session:" + name + "/entries?limit=500", cluster.operator())
                .body()
                .path("items")) {
            if (entry.path("what").asText().equals(what)) {
                spent = spent.add(entry.path("amount").decimalValue());
            }
        }
        return spent;
    }

    /** The scripted model has no list price: an operator says what it costs. */
    private static void priced(String provider) {
        put("/budget/prices/" + provider + "/scripted", Map.of("input", 3, "output", 15));
    }

    private static void put(String path, Map<String, Object> body) {
        Answer answer = cluster.api(0).put(path, body, cluster.operator());
        assertThat(answer.status()).as("%s", answer.body()).isIn(200, 201);
    }

    private static Process scripted(Path home, int port, String steps) throws IOException {
        Path script = Files.writeString(home.resolve("script.json"), steps);
        Path heard = Files.createFile(home.resolve("requests.jsonl"));
        Process scripted = new ProcessBuilder(
                        "python3", model.toString(), script.toString(), "--port", "" + port, "--log", heard.toString())
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("model.log").toFile())
                .start();
        await().atMost(PATIENCE).until(() -> answers(port));
        return scripted;
    }

    /** The model thinks for so long that the fabric can be started again meanwhile. */
    private static String script(String prefix, int seconds) {
        return """
                {"steps": [
                  {"call": "%1$sclaim_task", "input": {"waitSeconds": 20}},
                  {"call": "%1$scomplete_task", "sleep": %2$d,
                   "remember": {"task": "You hold (\\\\S+)", "epoch": "epoch (\\\\d+)"},
                   "input": {"task": "${task}", "epoch": {"$int": "${epoch}"}, "result": {"birds": 7}}},
                  {"text": "All done."}], "end": "ok"}
                """.formatted(prefix, seconds);
    }

    private static Process begun(Client client, String name, Path home, int port) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("sh", COMMAND.toString(), "run", "--swarm", "clients", "--name", name));
        command.addAll(client.command(port));
        ProcessBuilder process =
                new ProcessBuilder(command).directory(home.resolve("project").toFile());
        Map<String, String> environment = process.environment();
        environment
                .keySet()
                .removeIf(key -> key.startsWith("S2_") || key.startsWith("XDG_") || key.startsWith("OTEL_"));
        environment.put("HOME", home.toString());
        environment.put("PATH", HOME.resolve("node_modules/.bin") + File.pathSeparator + environment.get("PATH"));
        environment.put("S2_URL", cluster.process(0).url());
        environment.put("S2_OPERATOR_TOKEN", cluster.operator());
        environment.putAll(client.environment(port));
        return process.redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("agent.log").toFile())
                .start();
    }

    private static void submitted(String name) {
        Answer answer = cluster.api(0)
                .post(
                        "/coordinator/tasks",
                        Map.of("swarm", "clients", "id", name + "-1", "title", "Count the birds"),
                        cluster.operator());
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(201);
    }

    private static JsonNode task(String name) {
        return cluster.api(0)
                .get("/coordinator/tasks/" + name + "-1", cluster.operator())
                .body();
    }

    private static boolean answers(int port) {
        try (Socket open = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return open.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }
}
