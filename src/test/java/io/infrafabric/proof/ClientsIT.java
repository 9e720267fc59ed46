package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Real agent clients, as npm has them, with a scripted model instead of a language model: {@code s2 run} joins, the client claims
 * and completes a task over MCP, and the fabric is killed and started again in between. What it used is on the ledger, from what the
 * client exports by itself, or from bulkhead where it exports nothing. Nothing of the client is changed but by
 * what {@code s2 run} hands over. Where npm or the scripted model is missing, this is skipped.
 */
@Tag("clients")
class ClientsIT {
    private static final int RESTART_SECONDS = 25;

    private static Cluster cluster;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        AgentHome.assumeClients();
        AgentClient.install(List.of(AgentClient.values()));
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

    @ParameterizedTest
    @EnumSource
    void an_unmodified_client_joins_works_and_goes_on_after_a_restart(AgentClient client) throws Exception {
        String name = client.name().toLowerCase(Locale.ROOT);
        try (AgentHome home = AgentHome.make(name)) {
            client.prepare(home.path(), home.port());
            home.scripted(script(client.prefix(), RESTART_SECONDS));
            submitted(name);
            Process agent = home.begin(cluster, client.command(home.port()), client.environment(home.port()));
            // The client has its answer, and the model thinks about it.
            await().atMost(AgentHome.PATIENCE)
                    .until(() -> !agent.isAlive() || home.heard().contains("You hold " + name + "-1"));
            cluster.process(0).kill();
            cluster.again(0).awaitReady();
            int code = home.ended(agent);

            JsonNode task = task(name);
            assertThat(task.path("state").asText()).as(home.log()).isEqualTo("DONE");
            assertThat(task.path("result").path("birds").asInt()).isEqualTo(7);
            assertThat(code).isZero();
            if (client != AgentClient.OPENCODE) {
                assertThat(exported(name, home))
                        .as("what the client exports by itself is on the ledger")
                        .isPositive();
            }
        }
    }

    /** By the hooks that {@code s2 run} hands over for this run alone; those of Claude Code are in {@link ClaudeCodeIT}. */
    @ParameterizedTest
    @EnumSource(names = {"CODEX", "GEMINI"})
    void a_client_with_hooks_is_told_within_the_turn_and_kept_from_stopping(AgentClient client) throws Exception {
        String name = "hooked-" + client.name().toLowerCase(Locale.ROOT);
        enrolled(name);
        try (AgentHome home = AgentHome.make(name)) {
            client.prepare(home.path(), home.port());
            home.scripted("""
                    {"steps": [
                      {"call": "%1$sclaim_task", "input": {"task": "%2$s-1"}},
                      {"call": "%1$swhy", "sleep": %3$d, "input": {}},
                      {"text": "The first stop."}, {"text": "The second stop."}, {"text": "The third stop."},
                      {"text": "The fourth stop."}], "end": "The script is over."}
                    """.formatted(client.prefix(), name, RESTART_SECONDS));
            submitted(name);
            Process agent = home.begin(cluster, client.command(home.port()), client.environment(home.port()));
            await().atMost(AgentHome.PATIENCE)
                    .until(() -> !agent.isAlive() || home.heard().contains("You hold " + name + "-1"));
            assertThat(home.heard()).as("told at its start").contains("You are " + name + " in clients.");
            assertThat(cluster.api(0)
                            .post(
                                    "/coordinator/tasks",
                                    Map.of("swarm", "clients", "id", name + "-2", "title", "More", "assignee", name),
                                    cluster.operator())
                            .status())
                    .isEqualTo(201);
            assertThat(home.ended(agent)).as(home.log()).isZero();
            assertThat(home.heard()).contains("Task " + name + "-2 is assigned to you");
            assertThat(home.heard())
                    .as("kept from stopping while it holds a task")
                    .contains("Go on with it, or end it with complete_task");
            assertThat(home.log()).contains("The third stop.").doesNotContain("The fourth stop.");
            await().atMost(AgentHome.PATIENCE)
                    .until(() -> task(name).path("state").asText().equals("QUEUED"));
            assertThat(task(name).path("attempts").asInt())
                    .as("ending a session counts no attempt")
                    .isZero();
        }
    }

    /** opencode exports nothing: its costs are those of its calls through bulkhead. */
    @Test
    void the_costs_of_opencode_are_those_that_bulkhead_meters() throws Exception {
        String name = "metered";
        AgentClient client = AgentClient.OPENCODE;
        try (AgentHome home = AgentHome.make(name)) {
            String provider = "/bulkhead/providers/scripted";
            put(provider, Map.of("baseUrl", "http://127.0.0.1:" + home.port(), "dialect", "openai"));
            priced("scripted");
            client.prepare(home.path(), cluster.process(0).url() + provider + "/call/v1", "{env:S2_TOKEN}");
            home.scripted(script("", 0));
            submitted(name);
            home.ended(home.begin(cluster, client.command(home.port()), client.environment(home.port())));
            assertThat(task(name).path("state").asText()).as(home.log()).isEqualTo("DONE");
            await().atMost(AgentHome.PATIENCE)
                    .until(() -> spent(name, "call to scripted").signum() > 0);
        }
    }

    /** An agent that is a program of its own, with a framework. */
    @Test
    void an_agent_of_langgraph_works_by_the_tools() throws Exception {
        String name = "graph";
        Path folder = AgentClient.programs().resolveSibling("langgraph");
        AgentClient.install(
                folder,
                List.of(
                        "@langchain/langgraph@1.7.3",
                        "@langchain/mcp-adapters@1.1.4",
                        "@langchain/openai@1.6.0",
                        "@langchain/core@1.4.0"));
        Files.copy(
                Path.of("src/test/resources/clients/langgraph.mjs"),
                folder.resolve("langgraph.mjs"),
                StandardCopyOption.REPLACE_EXISTING);
        String token = enrolled(name);
        try (AgentHome home = AgentHome.make(name)) {
            home.scripted(script("", 0));
            submitted(name);
            Process agent = home.run(
                    cluster,
                    folder,
                    List.of("node", "langgraph.mjs", "http://127.0.0.1:" + home.port()),
                    Map.of("S2_TOKEN", token));
            assertThat(home.ended(agent)).as(home.log()).isZero();
            assertThat(home.log()).contains("All done.");
            assertThat(task(name).path("state").asText()).isEqualTo("DONE");
        }
    }

    /** Its settings name the variable with the token; a client that connects has put in its value. */
    @ParameterizedTest
    @CsvSource({
        "CLAUDE, s2: .*/gateway/mcp .*Connected",
        "CODEX, s2 .*/gateway/mcp .*S2_TOKEN",
        "GEMINI, s2: .*/gateway/mcp .*Connected",
        "OPENCODE, s2 .*connected"
    })
    void what_s2_connect_writes_is_read_by_the_client(AgentClient client, String listed) throws Exception {
        String agent = client.name().toLowerCase(Locale.ROOT);
        String token = enrolled("connected-" + agent);
        try (AgentHome home = AgentHome.make(agent)) {
            client.prepare(home.path(), home.port());
            assertThat(home.ended(home.run(cluster, home.project(), AgentHome.s2("connect", agent), Map.of())))
                    .as(home.log())
                    .isZero();
            Map<String, String> environment = new HashMap<>(client.environment(home.port()));
            environment.put("S2_TOKEN", token);
            String program =
                    AgentClient.programs().resolve("node_modules/.bin/" + agent).toString();
            home.ended(home.run(cluster, home.project(), List.of(program, "mcp", "list"), environment));
            assertThat(home.log()).containsPattern(listed);
        }
    }

    /** Clients export on their own time, and again at their end. */
    private static BigDecimal exported(String name, AgentHome home) {
        await().atMost(AgentHome.PATIENCE)
                .failFast(() -> assertThat(home.log()).doesNotContain("partialSuccess"))
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

    /**
     * The model thinks for so long that the fabric can be started again meanwhile. If it is slower, it asks for another try, which
     * the model makes.
     */
    private static String script(String prefix, int seconds) {
        return """
                {"steps": [
                  {"call": "%1$sclaim_task", "input": {"waitSeconds": 20}},
                  {"call": "%1$scomplete_task", "sleep": %2$d,
                   "remember": {"task": "You hold (\\\\S+)", "epoch": "epoch (\\\\d+)"},
                   "input": {"task": "${task}", "epoch": {"$int": "${epoch}"}, "result": {"birds": 7}}},
                  {"call": "%1$scomplete_task", "sleep": 15, "unless": "is DONE",
                   "input": {"task": "${task}", "epoch": {"$int": "${epoch}"}, "result": {"birds": 7}}},
                  {"text": "All done."}], "end": "ok"}
                """.formatted(prefix, seconds);
    }

    /** A session of the swarm; its token. */
    private static String enrolled(String session) {
        put("/coordinator/sessions/" + session, Map.of("swarm", "clients"));
        return cluster.api(0)
                .post("/coordinator/sessions/" + session + "/tokens", Map.of(), cluster.operator())
                .body()
                .path("token")
                .asText();
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
}
