package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.FabricProcess;
import io.infrafabric.fabric.Programs;
import io.infrafabric.fabric.Servers;
import io.infrafabric.fabric.Tokens;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * The official SDKs of MCP, unchanged, work as agents: the one of 2026-07-28, and the one that stops at 2025-11-25. They come from
 * npm's registry; without npm this is skipped.
 */
@Tag("proof")
class McpSdksIT {
    private static final List<String> PACKAGES =
            List.of("@modelcontextprotocol/client@2.4.0", "@modelcontextprotocol/sdk@1.32.2", "gpt-tokenizer@4.0.0");
    private static final Path PROGRAM =
            Path.of("src/test/resources/clients/mcp.mjs").toAbsolutePath();
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long PATIENCE_MINUTES = 3;
    private static final int MOST_TOKENS = 1300;
    private static final Map<String, String> SETTINGS = Map.of("S2_GATEWAY_PROGRESS_EVERY", "200ms");
    private static final List<String> ERAS = List.of("2026", "2025");
    private static final int REPLICAS = 3;
    private static final Pattern COUNT = Pattern.compile("tools \\d+ tokens (\\d+)");

    private static Path directory;
    private static Servers servers;
    private static Tokens tokens;
    private static FabricProcess fabric;
    private static String operator;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(Programs.isThere("npm"), "There is no npm on this machine: the SDKs are not tried.");
        Path parent = Files.createDirectories(Path.of("target", "clients").toAbsolutePath());
        directory = Files.createTempDirectory(parent, "mcp");
        tokens = Tokens.make(directory);
        operator = tokens.operatorToken();
        servers = Servers.start();
        fabric = FabricProcess.start("mcp-sdks", servers, tokens, SETTINGS);
        List<String> install = new ArrayList<>(
                List.of("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", "."));
        install.addAll(PACKAGES);
        try (Program npm = new Program(install)) {
            npm.end();
        }
        Files.copy(PROGRAM, directory.resolve("mcp.mjs"));
    }

    @AfterAll
    static void stop() {
        if (fabric != null) {
            fabric.close();
        }
        if (servers != null) {
            servers.close();
        }
    }

    @ParameterizedTest
    @FieldSource("ERAS")
    void an_sdk_lists_waits_reads_and_completes(String era) throws Exception {
        String token = enrol("worker-" + era);
        try (Program client = client(token, era, "work", "work-" + era)) {
            client.await("waiting");
            // It must have waited long enough to be told of progress.
            Awaitility.await()
                    .pollDelay(Duration.ofSeconds(2))
                    .atMost(PATIENCE)
                    .until(() -> submit("work-" + era, "worker-" + era));
            client.await("worked");
            client.end();
        }
        assertThat(state("work-" + era)).isEqualTo("DONE");
    }

    @ParameterizedTest
    @FieldSource("ERAS")
    void a_restart_between_two_calls_is_not_noticed(String era) throws Exception {
        String token = enrol("patient-" + era);
        submit("restart-" + era, "patient-" + era);
        try (Program client = client(token, era, "restart", "restart-" + era)) {
            client.await("claimed");
            fabric.kill();
            fabric = fabric.again().awaitReady();
            client.tell();
            client.await("went on");
            client.end();
        }
        assertThat(state("restart-" + era)).isEqualTo("DONE");
    }

    @ParameterizedTest
    @FieldSource("ERAS")
    void a_client_that_gives_up_its_claim_holds_nothing(String era) throws Exception {
        String token = enrol("leaver-" + era);
        try (Program client = client(token, era, "leave")) {
            client.await("waiting");
            client.tell();
            client.await("left");
            client.end();
        }
        submit("left-" + era, "leaver-" + era);
        assertThat(state("left-" + era)).isEqualTo("QUEUED");
    }

    @Test
    void replicas_behind_one_address_in_turn_lose_nothing_when_one_is_killed() throws Exception {
        List<FabricProcess> replicas = new CopyOnWriteArrayList<>(
                FabricProcess.startAll(REPLICAS - 1, "mcp-replica", servers, tokens, SETTINGS));
        replicas.addFirst(fabric);
        try (Balancer address = new Balancer(REPLICAS, replicas::get)) {
            for (String era : ERAS) {
                Awaitility.await().atMost(PATIENCE).until(() -> address.inRotation() == REPLICAS);
                workInTurn(era, address, replicas);
                if (!era.equals(ERAS.getLast())) {
                    replicas.set(1, replicas.get(1).again());
                }
            }
        } finally {
            replicas.stream().skip(1).forEach(FabricProcess::close);
        }
    }

    /** Its waiting claim and the call after that are answered by whichever replica has its turn; one is killed in between. */
    private static void workInTurn(String era, Balancer address, List<FabricProcess> replicas) throws Exception {
        String session = "spread-" + era;
        String token = enrol(session);
        try (Program client = new Program(
                List.of("node", "mcp.mjs", address.address().toString(), token, era, "replicas", session))) {
            client.await("waiting");
            // It must have waited long enough to be told of progress.
            Awaitility.await().pollDelay(Duration.ofSeconds(1)).atMost(PATIENCE).until(() -> submit(session, session));
            client.await("claimed");
            for (FabricProcess replica : replicas) {
                assertThat(replica.api().get("/q/metrics", operator).body().asText())
                        .as("each replica has answered calls")
                        .containsPattern("http_server_requests_seconds_count\\{[^}]*uri=\"/gateway/mcp\"");
            }
            replicas.get(1).kill();
            Awaitility.await().atMost(PATIENCE).until(() -> address.inRotation() == REPLICAS - 1);
            client.tell();
            client.await("went on");
            client.tell();
            client.await("left");
            client.end();
        }
        assertThat(state(session)).isEqualTo("DONE");
        submit("left-by-" + session, session);
        assertThat(state("left-by-" + session)).isEqualTo("QUEUED");
    }

    @Test
    void all_descriptions_together_are_short() throws Exception {
        try (Program client = client(enrol("reader"), "2025", "tokens")) {
            Matcher count = COUNT.matcher(client.await("tokens"));
            assertThat(count.find()).isTrue();
            assertThat(Integer.parseInt(count.group(1))).isLessThanOrEqualTo(MOST_TOKENS);
            client.end();
        }
    }

    private static String enrol(String session) {
        Api api = fabric.api();
        Map<String, Object> body = Map.of("swarm", "mcp", "heartbeatSeconds", 3600);
        assertThat(api.put("/coordinator/sessions/" + session, body, operator).status())
                .isIn(200, 201);
        return api.post("/coordinator/sessions/" + session + "/tokens", Map.of(), operator)
                .body()
                .path("token")
                .asText();
    }

    private static boolean submit(String task, String assignee) {
        Map<String, Object> body = Map.of("id", task, "swarm", "mcp", "title", "A task", "assignee", assignee);
        return fabric.api().post("/coordinator/tasks", body, operator).status() == 201;
    }

    private static String state(String task) {
        return fabric.api()
                .get("/coordinator/tasks/" + task, operator)
                .body()
                .path("state")
                .asText();
    }

    private static Program client(String token, String era, String... step) throws IOException {
        List<String> command = new ArrayList<>(List.of("node", "mcp.mjs", fabric.url(), token, era));
        command.addAll(List.of(step));
        return new Program(command);
    }

    /** A program under way: what it writes is read line by line. */
    private static final class Program implements AutoCloseable {
        private final List<String> command;
        private final Process process;
        private final BufferedReader lines;
        private final StringBuilder written = new StringBuilder();

        Program(List<String> command) throws IOException {
            this.command = command;
            this.process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .start();
            this.lines = process.inputReader(StandardCharsets.UTF_8);
        }

        /** Reads on until a line has this word; that line. */
        String await(String word) throws IOException {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                written.append(line).append('\n');
                if (line.contains(word)) {
                    return line;
                }
            }
            throw new AssertionError(command.getFirst() + " never wrote " + word + ":\n" + written);
        }

        void tell() throws IOException {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
        }

        /** Its end, which must be a good one. */
        void end() throws Exception {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                written.append(line).append('\n');
            }
            assertThat(process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).as(written.toString()).isZero();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
