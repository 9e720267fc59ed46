package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.FabricProcess;
import io.infrafabric.fabric.Programs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command {@code s2}, as the fabric serves it, in a real shell: joining, working, and what it prints and leaves behind. */
@Tag("proof")
class CommandIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final ObjectMapper JSON = new ObjectMapper();

    private static Cluster cluster;

    @TempDir
    Path home;

    private Path script;

    /** What a call printed, and how it ended. */
    private record Said(int code, String out, String err) {}

    @BeforeAll
    static void start() {
        cluster = Cluster.start("command", 1, Map.of());
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @BeforeEach
    void downloaded() throws IOException {
        assumeThat(Programs.isThere("curl")).as("curl is there").isTrue();
        script = home.resolve("s2");
        Files.writeString(script, text("/gateway/s2"));
        assertThat(text("/gateway/s2/sha256"))
                .isEqualTo(run(List.of("sha256sum", "s2"), Map.of()).out());
    }

    private static String text(String path) {
        Answer answer = cluster.api(0).get(path, null);
        assertThat(answer.status()).isEqualTo(200);
        return answer.body().asText();
    }

    private Process begun(List<String> command, Map<String, String> more) throws IOException {
        ProcessBuilder process = new ProcessBuilder(command).directory(home.toFile());
        process.environment().keySet().removeIf(name -> name.startsWith("S2_") || name.startsWith("XDG_"));
        process.environment().put("HOME", home.toString());
        process.environment().put("S2_URL", cluster.process(0).url());
        process.environment().putAll(more);
        return process.redirectOutput(home.resolve("out").toFile())
                .redirectError(home.resolve("err").toFile())
                .start();
    }

    private Said ended(Process process) throws IOException {
        try {
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("ends")
                    .isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return new Said(
                process.exitValue(), Files.readString(home.resolve("out")), Files.readString(home.resolve("err")));
    }

    private Said run(List<String> command, Map<String, String> more) throws IOException {
        return ended(begun(command, more));
    }

    private List<String> s2(String... arguments) {
        List<String> command = new ArrayList<>(List.of("sh", script.toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    private Said s2Of(Map<String, String> more, String... arguments) throws IOException {
        return run(s2(arguments), more);
    }

    private void joined(String name) throws IOException {
        Said said = s2Of(Map.of("S2_OPERATOR_TOKEN", cluster.operator()), "join", "--swarm", "command", "--name", name);
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out()).startsWith("You are " + name + " in command.");
    }

    private static void submitted(String id, String assignee) {
        Answer answer = cluster.api(0)
                .post(
                        "/coordinator/tasks",
                        Map.of("swarm", "command", "id", id, "title", "Count the birds", "assignee", assignee),
                        cluster.operator());
        assertThat(answer.status()).isEqualTo(201);
    }

    private static JsonNode task(String id) {
        return cluster.api(0)
                .get("/coordinator/tasks/" + id, cluster.operator())
                .body();
    }

    @Test
    void an_agent_without_a_token_waits_for_an_operator_and_works_then() throws IOException {
        Process joining = begun(s2("join", "--swarm", "command", "--name", "remote"), Map.of());
        await().atMost(PATIENCE)
                .until(() -> Files.readString(home.resolve("err")).contains("s2 approve"));
        String code = Files.readString(home.resolve("err")).replaceAll("(?s).*s2 approve ([A-Z-]+).*", "$1");

        Answer approved = cluster.api(0).post("/coordinator/joins/" + code + "/approve", null, cluster.operator());
        assertThat(approved.status()).isEqualTo(200);

        Said said = ended(joining);
        assertThat(said.code()).as(said.err()).isZero();
        Path kept = home.resolve(".config/s2/session");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept)))
                .isEqualTo("rw-------");
        submitted("remote-1", "remote");
        Said claimed = s2Of(Map.of(), "claim");
        assertThat(claimed.out()).startsWith("You hold remote-1 (P2), epoch 1, until ");
        Said done = s2Of(Map.of(), "done", "{\"birds\":7}");
        assertThat(done.out()).startsWith("remote-1 is DONE.");
        assertThat(task("remote-1").path("result").path("birds").asInt()).isEqualTo(7);
    }

    @Test
    void a_kept_command_that_succeeds_completes_its_task_and_one_that_fails_fails_it() throws IOException {
        joined("keeper");
        submitted("kept-1", "keeper");
        Said good = s2Of(Map.of(), "keep", "--", "sh", "-c", "echo working on $S2_TASK");
        assertThat(good.code()).as(good.err()).isZero();
        assertThat(good.out()).contains("working on kept-1");
        assertThat(task("kept-1").path("state").asText()).isEqualTo("DONE");

        submitted("kept-2", "keeper");
        Said bad = s2Of(Map.of(), "keep", "--", "sh", "-c", "exit 3");
        assertThat(bad.code()).isEqualTo(3);
        assertThat(task("kept-2").path("error").asText()).startsWith("exit code 3 of: sh -c exit 3");
    }

    @Test
    void a_human_is_asked_and_the_answer_is_in_the_inbox() throws IOException {
        joined("asker");
        Said asked =
                s2Of(Map.of(), "ask", "Which colour, \"a\" or b?", "--options", "a,b", "onNoAnswer=b", "deadline=PT1H");
        assertThat(asked.code()).as(asked.err()).isZero();
        assertThat(asked.out()).startsWith("A human is asked (case ").contains("it is \"b\", if nobody answers.");
        String id = asked.out().replaceAll("(?s).*\\(case ([^)]*)\\).*", "$1");
        Answer resolved =
                cluster.api(0).post("/escalation/cases/" + id + "/resolve", Map.of("option", "a"), cluster.operator());
        assertThat(resolved.status()).isEqualTo(200);
        Said told = s2Of(Map.of(), "inbox", "waitSeconds=30");
        assertThat(told.out()).contains("is answered by operator:").contains(": \"a\".");
        Said refused = s2Of(Map.of(), "ask", "Which?", "deadline=soon");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("deadline");
    }

    @Test
    void what_a_source_of_github_missed_is_read_by_its_command() throws IOException {
        joined("reader");
        HttpServer github = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        github.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            String answer = path.equals("/repos/o/r")
                    ? "{\"id\": 1, \"name\": \"r\", \"full_name\": \"o/r\", \"owner\": {\"login\": \"o\"}}"
                    : path.endsWith("/issues")
                            ? "[{\"id\": 1, \"number\": 7, \"title\": \"Count\", \"state\": \"open\", \"html_url\": \"u\","
                                    + " \"created_at\": \"2026-11-30T00:00:00Z\", \"labels\": [{\"name\": \"s2\"}]}]"
                            : path.endsWith("/runs") ? "{\"workflow_runs\": []}" : "[]";
            byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        github.start();
        try (FabricProcess beside = cluster.add(Map.of(
                "s2.gateway.source-github-api",
                "http://127.0.0.1:" + github.getAddress().getPort(),
                "S2_KEY_GITHUB",
                "a token"))) {
            Map<String, Object> source = Map.of(
                    "kind", "github", "swarm", "command", "secrets", List.of("s"), "apiToken", "env:S2_KEY_GITHUB");
            Answer put = cluster.api(0).put("/gateway/sources/hub", source, cluster.operator());
            assertThat(put.status()).isEqualTo(200);
            Map<String, String> there = Map.of("S2_URL", beside.url(), "S2_OPERATOR_TOKEN", cluster.operator());
            Said said = s2Of(there, "github", "resync", "hub", "o/r");
            assertThat(said.code()).as(said.err()).isZero();
            assertThat(said.out()).contains("Read 1 issues").contains("of o/r; took in 1.");
            await().atMost(PATIENCE)
                    .until(() -> task("gh.o.r.7").path("title").asText().equals("Count"));
            assertThat(s2Of(there, "github", "resync", "hub", "o/r").out()).contains("took in 0.");
            Said unknown = s2Of(there, "github", "resync", "nobody", "o/r");
            assertThat(unknown.code()).isEqualTo(1);
            assertThat(unknown.err()).contains("There is no source nobody");
            assertThat(s2Of(there, "github", "resync", "hub", "r").err()).contains("write OWNER/NAME");
            assertThat(s2Of(Map.of(), "github", "resync", "hub", "o/r").err()).contains("S2_OPERATOR_TOKEN");
            // Other tests begin with an empty queue.
            Answer cancelled = cluster.api(0)
                    .post("/coordinator/tasks/gh.o.r.7/cancel", Map.of("reason", "test"), cluster.operator());
            assertThat(cancelled.status()).isEqualTo(200);
        } finally {
            github.stop(0);
        }
    }

    @Test
    void who_holds_nothing_is_told_so_and_every_refusal_says_what_to_do() throws IOException {
        Said nobody = s2Of(Map.of(), "claim");
        assertThat(nobody.code()).isEqualTo(1);
        assertThat(nobody.err()).contains("s2 join --swarm SWARM");
        joined("idle");
        Said done = s2Of(Map.of(), "done");
        assertThat(done.code()).isEqualTo(1);
        assertThat(done.err()).contains("you hold none");
        assertThat(s2Of(Map.of(), "why").out()).contains("You are idle in command. You hold nothing.");
        assertThat(s2Of(Map.of(), "doctor").code()).isZero();
        Said unknown = s2Of(Map.of(), "dance");
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.err()).contains("there is no 'dance'").contains("s2 claim");
        Said away = s2Of(Map.of("S2_URL", "http://127.0.0.1:9"), "why");
        assertThat(away.code()).isEqualTo(1);
        assertThat(away.err()).contains("no fabric answers at http://127.0.0.1:9");
    }

    @Test
    void what_could_be_claimed_is_listed_first_what_a_claim_gets_first() throws IOException {
        joined("looker");
        Said nothing = s2Of(Map.of(), "ready");
        assertThat(nothing.code()).as(nothing.err()).isZero();
        assertThat(nothing.out()).startsWith("Nothing is queued for you now.");
        submitted("ready-1", "looker");
        submitted("ready-2", "looker");
        Said ready = s2Of(Map.of(), "ready");
        assertThat(ready.code()).isZero();
        assertThat(ready.out().lines())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("ready-1 (P2): \"Count the birds\""),
                        line -> assertThat(line).startsWith("ready-2 (P2): "),
                        line -> assertThat(line).startsWith("Take the first with s2 claim"));
        assertThat(s2Of(Map.of(), "claim").out()).startsWith("You hold ready-1 ");
        assertThat(s2Of(Map.of(), "ready").out()).startsWith("ready-2 (P2): ");
        Said refused = s2Of(Map.of("S2_TOKEN", "none"), "ready");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).startsWith("s2: ");
    }

    @Test
    void an_inbox_that_is_followed_goes_on_after_a_restart_and_says_nothing_twice() throws IOException {
        joined("follower");
        Process following = begun(s2("inbox", "-f"), Map.of());
        try {
            submitted("follow-1", "follower");
            await().atMost(PATIENCE)
                    .until(() -> Files.readString(home.resolve("out")).contains("Task follow-1 is assigned to you"));
            cluster.process(0).kill();
            cluster.again(0).awaitReady();
            submitted("follow-2", "follower");
            await().atMost(PATIENCE)
                    .until(() -> Files.readString(home.resolve("out")).contains("Task follow-2 is assigned to you"));
            assertThat(Files.readString(home.resolve("out")).lines())
                    .satisfiesExactly(
                            line -> assertThat(line).matches("\\d+\\. Task follow-1 is assigned to you.*"),
                            line -> assertThat(line).matches("\\d+\\. Task follow-2 is assigned to you.*"));
        } finally {
            List<ProcessHandle> below = following.descendants().toList();
            following.destroyForcibly();
            below.forEach(ProcessHandle::destroyForcibly);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "claude, .claude.json, mcpServers",
        "gemini, .gemini/settings.json, mcpServers",
        "opencode, .config/opencode/opencode.json, mcp",
        "openhands, .openhands/mcp.json, mcpServers"
    })
    void an_agent_is_connected_by_its_own_settings_and_undone_to_the_byte(String agent, String name, String key)
            throws IOException {
        Path file = home.resolve(name);
        Files.createDirectories(file.getParent());
        String with =
                "{\n  \"theme\": \"a \\\"{ dark\",\n  \"" + key + "\": {\n    \"other\": {\"args\": [1, {}]}\n  }\n}";
        for (String before : List.of("{}", "{}\n", "", "{\"theme\":\"dark\"}", "{\"" + key + "\": {}}", with)) {
            Files.writeString(file, before);
            assertThat(s2Of(Map.of(), "connect", agent, "--print").out()).contains("\"s2\"", "/gateway/mcp");
            assertThat(file).as("printed only").hasContent(before);

            Said said = s2Of(Map.of(), "connect", agent);
            assertThat(said.code()).as(said.err()).isZero();
            assertThat(said.out().lines().filter(line -> line.startsWith("+") && line.contains("\"s2\"")))
                    .as("the difference, before it is written: %s", said.out())
                    .hasSize(1);
            assertThat(said.out().indexOf("+")).isLessThan(said.out().indexOf("Written to "));
            JsonNode server = JSON.readTree(file.toFile()).path(key).path("s2");
            assertThat(server.toString()).contains(cluster.process(0).url() + "/gateway/mcp", "S2_TOKEN");
            if (before.equals(with)) {
                ObjectNode servers = (ObjectNode) JSON.readTree(file.toFile()).path(key);
                servers.remove("s2");
                assertThat(servers.equals(JSON.readTree(before).path(key))).isTrue();
            }
            assertThat(s2Of(Map.of(), "connect", agent).out()).startsWith("s2 stands in ");

            Said undone = s2Of(Map.of(), "connect", agent, "--undo");
            assertThat(undone.code()).as(undone.err()).isZero();
            assertThat(Files.readString(file)).isEqualTo(before);
        }
        Files.delete(file);
        assertThat(s2Of(Map.of(), "connect", agent).code()).isZero();
        assertThat(s2Of(Map.of(), "connect", agent, "--undo").code()).isZero();
        assertThat(file).as("a file that was not there").doesNotExist();
    }

    @Test
    void codex_is_connected_by_a_block_and_undone_to_the_byte() throws IOException {
        Path file = home.resolve(".codex/config.toml");
        Files.createDirectories(file.getParent());
        for (String before : List.of("", "model = \"gpt-5\"\n", "[mcp_servers.other]\nurl = \"http://x\"")) {
            Files.writeString(file, before);
            assertThat(s2Of(Map.of(), "connect", "codex", "--print").out()).contains("[mcp_servers.s2]");
            Said said = s2Of(Map.of(), "connect", "codex");
            assertThat(said.code()).as(said.err()).isZero();
            assertThat(said.out()).contains("+[mcp_servers.s2]", "Written to ");
            assertThat(Files.readString(file))
                    .startsWith(before)
                    .contains("url = \"" + cluster.process(0).url()
                            + "/gateway/mcp\"\nbearer_token_env_var = \"S2_TOKEN\"\n");
            assertThat(s2Of(Map.of(), "connect", "codex").out()).startsWith("Nothing to change in ");
            assertThat(s2Of(Map.of(), "connect", "codex", "--undo").code()).isZero();
            assertThat(Files.readString(file)).isEqualTo(before);
        }
        Files.delete(file);
        assertThat(s2Of(Map.of(), "connect", "codex").code()).isZero();
        assertThat(s2Of(Map.of(), "connect", "codex", "--undo").code()).isZero();
        assertThat(file).as("a file that was not there").doesNotExist();
    }

    @Test
    void settings_that_cannot_be_added_to_safely_are_left_alone() throws IOException {
        Path file = Files.createDirectories(home.resolve(".openhands")).resolve("mcp.json");
        for (String before : List.of("{ // mine\n}", "[]", "{\"mcpServers\": null}", "{\"a\": 1", "not JSON")) {
            Files.writeString(file, before);
            Said said = s2Of(Map.of(), "connect", "openhands");
            assertThat(said.code()).as(before).isEqualTo(1);
            assertThat(said.err()).contains("leaves it alone");
            assertThat(said.out()).as("what to add").contains("\"s2\"");
            assertThat(Files.readString(file)).isEqualTo(before);
        }
        Files.writeString(file, "{}");
        assertThat(s2Of(Map.of(), "connect", "openhands").code()).isZero();
        String anew = JSON.readTree(file.toFile()).toPrettyString();
        Files.writeString(file, anew);
        Said undone = s2Of(Map.of(), "connect", "openhands", "--undo");
        assertThat(undone.code()).isEqualTo(1);
        assertThat(undone.err()).contains("was written anew since");
        assertThat(Files.readString(file)).isEqualTo(anew);
        assertThat(s2Of(Map.of(), "connect", "emacs").err()).contains("not 'emacs'");
    }

    @Test
    void the_script_is_clean_where_shellcheck_is_there() throws IOException {
        assumeThat(Programs.isThere("shellcheck")).as("shellcheck is there").isTrue();
        Said said = run(List.of("shellcheck", "-s", "sh", "s2"), Map.of());
        assertThat(said.out()).isEmpty();
    }
}
