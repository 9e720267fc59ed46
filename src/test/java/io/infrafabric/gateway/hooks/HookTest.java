package io.infrafabric.gateway.hooks;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Hooks as Claude Code sends them; the bodies have the members of its real ones. */
@QuarkusTest
class HookTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    private Swarm swarm;

    @BeforeEach
    void a_swarm() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("anna");
    }

    @Test
    void an_agent_works_from_its_start_to_its_end() {
        assertThat(context(hook("SessionStart", "source", "startup")))
                .startsWith("You are " + swarm.of("anna") + " in " + swarm.id() + ". You hold nothing.")
                .contains("claim_task");
        assertThat(hook("UserPromptSubmit", "prompt", "work")).isEqualTo(JSON.createObjectNode());
        swarm.submit("build");
        long epoch = swarm.claims("anna", "build");
        assertThat(hook("PreToolUse", "tool_name", "Bash")).isEqualTo(JSON.createObjectNode());
        assertThat(hook("PostToolUse", "tool_name", "Bash")).isEqualTo(JSON.createObjectNode());
        assertThat(context(hook("SessionStart", "source", "compact")))
                .contains("You hold " + swarm.of("build") + ", epoch " + epoch + ", until ");

        swarm.submit("mine", "assignee", swarm.of("anna"));
        assertThat(context(hook("PostToolUse", "tool_name", "Read")))
                .contains("Task " + swarm.of("mine") + " is assigned to you");
        assertThat(hook("PostToolUse", "tool_name", "Read")).as("told once").isEqualTo(JSON.createObjectNode());

        for (int stop = 0; stop < 2; stop++) {
            JsonNode held = hook("Stop", "stop_hook_active", "false");
            assertThat(held.path("decision").asText()).isEqualTo("block");
            assertThat(held.path("reason").asText()).contains(swarm.of("build"), "complete_task");
        }
        assertThat(hook("Stop", "stop_hook_active", "true")).isEqualTo(JSON.createObjectNode());

        assertThat(hook("SessionEnd", "reason", "other")).isEqualTo(JSON.createObjectNode());
        JsonNode task = swarm.read("build");
        assertThat(task.path("state").asText()).isEqualTo("QUEUED");
        assertThat(task.path("attempts").asInt()).isZero();
        assertThat(session().path("state").asText()).isEqualTo("LIVE");
    }

    @Test
    void an_edit_is_denied_once_the_lease_is_lost() {
        swarm.submit("build");
        swarm.claims("anna", "build");
        expect(swarm.operate("release", "build", "reason", "PREEMPTED"), 200);
        for (String tool : List.of("Edit", "Write", "Bash")) {
            JsonNode denied = hook("PreToolUse", "tool_name", tool).path("hookSpecificOutput");
            assertThat(denied.path("permissionDecision").asText()).isEqualTo("deny");
            assertThat(denied.path("permissionDecisionReason").asText()).contains(swarm.of("build"));
        }
        assertThat(hook("PreToolUse", "tool_name", "mcp__s2__claim_task")).isEqualTo(JSON.createObjectNode());
        swarm.submit("other");
        swarm.claims("anna", "other", "taskId", swarm.of("other"));
        assertThat(hook("PreToolUse", "tool_name", "Edit")).isEqualTo(JSON.createObjectNode());
    }

    @Test
    void a_loop_hands_out_the_next_task_when_the_agent_would_stop() {
        assertThat(call("claude?loop=true", body("Stop")).body()).isEqualTo(JSON.createObjectNode());
        swarm.submit("next", "assignee", swarm.of("anna"));
        JsonNode goesOn = expect(call("claude?loop=true", body("Stop")), 200);
        assertThat(goesOn.path("decision").asText()).isEqualTo("block");
        assertThat(goesOn.path("reason").asText()).contains(swarm.of("next"), "\"Title of next\"");
        assertThat(swarm.state("next")).isEqualTo("CLAIMED");
    }

    @Test
    void a_lost_session_comes_back_with_the_token_that_it_has() {
        sql("UPDATE coordinator_session SET state = 'LOST' WHERE id = $1");
        assertThat(context(hook("SessionStart", "source", "resume"))).contains("You hold nothing.");
        assertThat(session().path("state").asText()).isEqualTo("LIVE");
    }

    @Test
    void whoever_clears_its_memory_goes_on_with_what_it_holds() {
        swarm.submit("build");
        swarm.claims("anna", "build");
        hook("SessionEnd", "reason", "clear");
        assertThat(context(hook("SessionStart", "source", "clear"))).contains("You hold " + swarm.of("build"));
    }

    @Test
    void hooks_are_progress() {
        hook("PreToolUse", "tool_name", "Read");
        assertThat(count("SELECT count(*) FROM coordinator_session WHERE id = $1 AND tool_until > now()"))
                .isEqualTo(1);
        hook("PostToolUseFailure", "tool_name", "Read");
        assertThat(count("SELECT count(*) FROM coordinator_session WHERE id = $1 AND progress_at IS NOT NULL"
                        + " AND tool_until IS NULL"))
                .isEqualTo(1);
    }

    @Test
    void what_is_unknown_is_answered_with_nothing_and_what_is_wrong_clearly() {
        assertThat(hook("Notification", "message", "x")).isEqualTo(JSON.createObjectNode());
        assertThat(expect(call("claude", "{}"), 200)).isEqualTo(JSON.createObjectNode());
        Answer notJson = call("claude", "{\"hook_event_name\":");
        assertThat(notJson.status()).isEqualTo(400);
        assertThat(notJson.body().path("systemMessage").asText()).startsWith("S2: ");
        Answer unknown = call("opencode", body("Stop"));
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.body().path("detail").asText()).contains("claude", "codex", "gemini", "MCP");
        assertThat(swarm.api()
                        .post("/gateway/hooks/claude", body("Stop"), operator)
                        .status())
                .isEqualTo(403);
    }

    @Test
    void a_large_body_is_taken_and_a_larger_one_is_refused_as_the_client_reads_it() {
        swarm.submit("build");
        swarm.claims("anna", "build");
        assertThat(hook("Stop", "last_assistant_message", "x".repeat(4_900_000))
                        .path("decision")
                        .asText())
                .isEqualTo("block");
        Answer larger = call("claude", body("Stop", "last_assistant_message", "x".repeat(5_300_000)));
        assertThat(larger.status()).isEqualTo(413);
        assertThat(larger.body().path("systemMessage").asText()).contains("bytes");
    }

    @Test
    void nothing_of_what_users_and_tools_said_is_kept() {
        String secret = "secret-" + UUID.randomUUID();
        List<String> logged = new ArrayList<>();
        Handler listener = new Handler() {
            @Override
            public synchronized void publish(LogRecord line) {
                logged.add(line.getMessage() + " " + java.util.Arrays.toString(line.getParameters()));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger.getLogger("").addHandler(listener);
        try {
            hook("SessionStart", "source", secret, "cwd", secret);
            hook("UserPromptSubmit", "prompt", secret);
            hook("PreToolUse", "tool_name", "Bash", "tool_input", "{\"command\":\"" + secret + "\"}");
            hook("PostToolUse", "tool_name", "Bash", "tool_response", "{\"stdout\":\"" + secret + "\"}");
            hook("Stop", "last_assistant_message", secret);
            call("claude", "{\"prompt\":\"" + secret);
            hook("SessionEnd", "reason", "other", "transcript_path", secret);
        } finally {
            Logger.getLogger("").removeHandler(listener);
        }
        assertThat(logged).noneMatch(line -> line.contains(secret));
        List<String> tables = new ArrayList<>();
        pool.query("SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                        + " WHERE c.relkind = 'r' AND n.nspname = current_schema()")
                .execute()
                .await()
                .atMost(PATIENCE)
                .forEach(row -> tables.add(row.getString(0)));
        assertThat(tables).hasSizeGreaterThan(30);
        for (String table : tables) {
            assertThat(pool.preparedQuery("SELECT count(*) FROM " + table + " t WHERE position($1 IN t::text) > 0")
                            .execute(Tuple.of(secret))
                            .await()
                            .atMost(PATIENCE)
                            .iterator()
                            .next()
                            .getLong(0))
                    .as(table)
                    .isZero();
        }
    }

    @Test
    void a_fabric_that_is_slow_is_in_nobodys_way() throws Exception {
        var locked = new java.util.concurrent.CompletableFuture<Void>();
        var free = new java.util.concurrent.CompletableFuture<Void>();
        var held = pool.withTransaction(connection -> connection
                        .preparedQuery("SELECT 1 FROM coordinator_session WHERE id = $1 FOR UPDATE")
                        .execute(Tuple.of(swarm.of("anna")))
                        .invoke(() -> locked.complete(null))
                        .chain(() -> io.smallrye.mutiny.Uni.createFrom().completionStage(free)))
                .subscribeAsCompletionStage();
        locked.get();
        try {
            assertThat(hook("UserPromptSubmit", "prompt", "work")).isEqualTo(JSON.createObjectNode());
        } finally {
            free.complete(null);
            held.get();
        }
        await().atMost(PATIENCE)
                .until(() -> hook("SessionStart", "source", "resume").has("hookSpecificOutput"));
    }

    private JsonNode hook(String event, String... more) {
        return expect(call("claude", body(event, more)), 200);
    }

    private Answer call(String agent, String body) {
        return swarm.api().post("/gateway/hooks/" + agent, body, swarm.token("anna"));
    }

    private static String context(JsonNode answer) {
        return answer.path("hookSpecificOutput").path("additionalContext").asText();
    }

    private static String body(String event, String... more) {
        ObjectNode body = JSON.createObjectNode()
                .put("session_id", "945aba63-4152-4cf7-8004-87093d1162a4")
                .put("transcript_path", "/home/user/.claude/projects/x.jsonl")
                .put("cwd", "/home/user/project")
                .put("permission_mode", "default")
                .put("hook_event_name", event);
        for (int i = 0; i < more.length; i += 2) {
            body.put(more[i], more[i + 1]);
        }
        return body.toString();
    }

    private JsonNode session() {
        return expect(swarm.api().get(swarm.session("anna"), operator), 200);
    }

    private void sql(String statement) {
        pool.preparedQuery(statement)
                .execute(Tuple.of(swarm.of("anna")))
                .await()
                .atMost(PATIENCE);
    }

    private long count(String query) {
        return pool.preparedQuery(query)
                .execute(Tuple.of(swarm.of("anna")))
                .await()
                .atMost(PATIENCE)
                .iterator()
                .next()
                .getLong(0);
    }
}
