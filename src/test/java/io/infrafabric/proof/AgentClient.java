package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The clients, and how each is pointed at the scripted model; its own settings are the user's, and s2 leaves them alone. */
enum AgentClient {
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

    private static final Path PROGRAMS = Path.of("target", "clients", "agents").toAbsolutePath();

    private final String artifact;
    private final String prefix;

    AgentClient(String artifact, String prefix) {
        this.artifact = artifact;
        this.prefix = prefix;
    }

    abstract List<String> command(int port);

    abstract Map<String, String> environment(int port);

    /** What its tools are called by those who must name them in full. */
    String prefix() {
        return prefix;
    }

    /** Where npm keeps these clients. */
    static Path programs() {
        return PROGRAMS;
    }

    /** Has npm fetch these clients, unless they are here already. */
    static void install(List<AgentClient> clients) throws IOException, InterruptedException {
        install(PROGRAMS, clients.stream().map(client -> client.artifact).toList());
    }

    /** Has npm fetch these packages into that folder, unless they are there already. */
    static void install(Path folder, List<String> packages) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        List<String> install = new ArrayList<>(List.of("npm", "install", "--no-audit", "--no-fund", "--prefix", "."));
        install.addAll(packages);
        Path log = folder.resolve("npm.log");
        Process npm = new ProcessBuilder(install)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertThat(npm.waitFor(10, TimeUnit.MINUTES)).as("npm ends").isTrue();
        assertThat(npm.exitValue()).as(Files.readString(log)).isZero();
    }

    /** Writes what its user would have set up before. */
    void prepare(Path home, int port) throws IOException {}

    /** The same with its model at this address, with this key. */
    void prepare(Path home, String url, String key) throws IOException {}
}
