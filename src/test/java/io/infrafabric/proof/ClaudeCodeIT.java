package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Claude Code with the hooks that {@code s2 run} hands over: what its model, a scripted one, is told in the middle of a turn, what
 * it is denied, and when it may stop. Where npm or the scripted model is missing, this is skipped.
 */
@Tag("clients")
class ClaudeCodeIT {
    private static Cluster cluster;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        AgentHome.assumeClients();
        AgentClient.install(List.of(AgentClient.CLAUDE));
        cluster = Cluster.start("claude", 1, Map.of());
        enrol("watcher");
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void it_is_told_within_the_turn_and_denied_an_edit_after_it_was_preempted() throws Exception {
        enrol("preempted");
        String rival = enrol("rival");
        submitted("preempted-1", "preempted");
        submitted("rival-1", "rival");
        answered(201, cluster.api(0).post("/coordinator/sessions/rival/claims", Map.of("taskId", "rival-1"), rival));
        try (AgentHome home = AgentHome.make("preempted")) {
            home.scripted("""
                    {"steps": [
                      {"call": "mcp__s2__claim_task", "input": {"task": "preempted-1"}},
                      {"call": "Write", "input": {"file_path": "%1$s/held.txt", "content": "mine"}},
                      {"text": "I stop here."},
                      {"call": "Bash", "input": {"command": "%2$s"}},
                      {"call": "mcp__s2__report_wait", "input": {"on": ["task:rival-1"]}},
                      {"call": "Bash", "input": {"command": "%3$s"}},
                      {"call": "Write", "input": {"file_path": "%1$s/lost.txt", "content": "not mine any more"}},
                      {"call": "mcp__s2__claim_task", "input": {"task": "preempted-2"}},
                      {"call": "Write", "remember": {"epoch": "epoch (\\\\d+)"},
                       "input": {"file_path": "%1$s/again.txt", "content": "mine"}},
                      {"call": "mcp__s2__complete_task", "input": {"task": "preempted-2", "epoch": {"$int": "${epoch}"}}},
                      {"text": "All done."}], "end": "The script is over."}
                    """.formatted(home.project(), until("news"), until("loss")));
            Process agent = begun(home, "mcp__s2__claim_task mcp__s2__complete_task mcp__s2__report_wait Bash Write");

            reached(home, agent, () -> Files.exists(home.project().resolve("news.begun")));
            assertThat(home.heardLast())
                    .as("kept from stopping while it holds a task")
                    .contains("Go on with it, or end it with complete_task");
            submitted("preempted-2", "preempted");
            Files.createFile(home.project().resolve("news"));
            reached(home, agent, () -> home.heardLast().contains("Task preempted-2 is assigned to you"));

            reached(home, agent, () -> Files.exists(home.project().resolve("loss.begun")));
            answered(
                    200, cluster.api(0).put("/deadlock/waits/rival", Map.of("waitingOn", List.of("preempted")), rival));
            reached(
                    home,
                    agent,
                    () -> task("preempted-1").path("state").asText().equals("QUEUED"));
            assertThat(task("preempted-1").toString()).contains("\"what\":\"preempted\"");
            Files.createFile(home.project().resolve("loss"));

            assertThat(home.ended(agent)).as(home.log()).isZero();
            Path project = home.project();
            assertThat(project.resolve("held.txt")).exists();
            assertThat(project.resolve("lost.txt")).as("an edit after the loss").doesNotExist();
            assertThat(project.resolve("again.txt"))
                    .as("an edit for the next task")
                    .exists();
            assertThat(home.heard()).contains("You no longer hold preempted-1", "Change nothing for it any more.");
            assertThat(task("preempted-2").path("state").asText()).isEqualTo("DONE");
        }
    }

    @Test
    void it_is_kept_from_stopping_twice_and_what_it_holds_goes_back_when_it_ends() throws Exception {
        enrol("stopping");
        submitted("stopping-1", "stopping");
        try (AgentHome home = AgentHome.make("stopping")) {
            home.scripted("""
                    {"steps": [
                      {"call": "mcp__s2__claim_task", "input": {"task": "stopping-1"}},
                      {"text": "The first stop."}, {"text": "The second stop."}, {"text": "The third stop."},
                      {"text": "The fourth stop."}], "end": "The script is over."}
                    """);
            Process agent = begun(home, "mcp__s2__claim_task");
            assertThat(home.ended(agent)).as(home.log()).isZero();

            assertThat(home.log()).contains("The third stop.").doesNotContain("The fourth stop.");
            assertThat(home.heardLast()).contains("The first stop.", "The second stop.", "You hold stopping-1");
            reached(home, agent, () -> task("stopping-1").path("state").asText().equals("QUEUED"));
            assertThat(task("stopping-1").path("attempts").asInt())
                    .as("ending a session counts no attempt")
                    .isZero();
        }
    }

    /** A command that says that it has begun, and ends when there is a file of this name. */
    private static String until(String file) {
        return "touch " + file + ".begun; while [ ! -e " + file + " ]; do sleep 0.2; done";
    }

    private static Process begun(AgentHome home, String allowed) throws IOException {
        Map<String, String> settings = new HashMap<>(AgentClient.CLAUDE.environment(home.port()));
        // Its commands see the project alone, and end with it.
        settings.put("CLAUDE_BASH_MAINTAIN_PROJECT_WORKING_DIR", "1");
        return home.begin(
                cluster, List.of("claude", "-p", "work", "--strict-mcp-config", "--allowedTools", allowed), settings);
    }

    /** Waits for what the agent must come to, and says what it printed if it ends before. */
    private static void reached(AgentHome home, Process agent, Callable<Boolean> until) throws Exception {
        await().atMost(AgentHome.PATIENCE).until(() -> until.call() || !agent.isAlive());
        assertThat(until.call()).as("it ended before: %s", home.log()).isTrue();
    }

    /** A session of the swarm; its token. */
    private static String enrol(String session) {
        answered(
                200,
                cluster.api(0).put("/coordinator/sessions/" + session, Map.of("swarm", "clients"), cluster.operator()));
        return answered(
                        201,
                        cluster.api(0)
                                .post("/coordinator/sessions/" + session + "/tokens", Map.of(), cluster.operator()))
                .path("token")
                .asText();
    }

    private static void submitted(String task, String assignee) {
        answered(
                201,
                cluster.api(0)
                        .post(
                                "/coordinator/tasks",
                                Map.of(
                                        "swarm",
                                        "clients",
                                        "id",
                                        task,
                                        "title",
                                        "Count the birds",
                                        "assignee",
                                        assignee),
                                cluster.operator()));
    }

    private static JsonNode task(String task) {
        return answered(200, cluster.api(0).get("/coordinator/tasks/" + task, cluster.operator()));
    }

    private static JsonNode answered(int status, Answer answer) {
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(status);
        return answer.body();
    }
}
