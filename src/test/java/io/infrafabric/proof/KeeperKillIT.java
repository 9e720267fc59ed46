package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.Programs;
import io.infrafabric.proof.Swarm.Grant;
import io.infrafabric.proof.Swarm.Member;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} of an agent that {@code s2 keep} runs, of the keeper, of both, and of the gateway: what it held goes to others, once,
 * or its work goes on.
 */
@Tag("proof")
@Tag("soak")
class KeeperKillIT {
    private static final Path COMMAND =
            Path.of("src/main/resources/gateway/s2.sh").toAbsolutePath();
    private static final int KILLED = 137;

    private static Cluster cluster;
    private static Swarm swarm;

    @TempDir
    Path home;

    private Process keeper;

    @BeforeAll
    static void start() {
        assumeThat(Programs.isThere("curl")).as("curl is there").isTrue();
        cluster = Cluster.start("keeper", 1, Map.of("s2.coordinator.lease", "6s"));
        swarm = Swarm.enrol(cluster, "keeper", 5, Map.of());
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @AfterEach
    void ended() {
        if (keeper != null) {
            keeper.descendants().forEach(ProcessHandle::destroyForcibly);
            keeper.destroyForcibly();
        }
    }

    @Test
    void the_keeper_of_a_killed_agent_says_so_and_the_task_is_queued_again() throws Exception {
        Member member = swarm.member(0);
        submitted("agent", member);
        ProcessHandle agent = kept(member);
        agent.destroyForcibly();
        assertThat(keeper.waitFor(Cluster.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        assertThat(keeper.exitValue()).isEqualTo(KILLED);
        JsonNode task = task("agent");
        assertThat(task.path("state").asText()).isEqualTo("QUEUED");
        assertThat(task.path("attempts").asInt()).isEqualTo(1);
        assertThat(task.path("error").asText()).startsWith("exit code " + KILLED);
    }

    @Test
    void the_agent_of_a_killed_keeper_is_stopped_and_the_task_goes_to_another() throws Exception {
        Member member = swarm.member(1);
        submitted("orphan", member);
        ProcessHandle agent = kept(member);
        long epoch = task("orphan").path("epoch").asLong();
        keeper.destroyForcibly();
        await().atMost(Cluster.PATIENCE).until(() -> !agent.isAlive());
        lost("orphan");
        Answer late = member.complete(cluster.api(0), new Grant("orphan", member.id(), epoch));
        assertThat(late.code()).isEqualTo("IF_ERR_STALE_EPOCH");
        assertThat(late.body().path("reason").asText()).isEqualTo("LEASE_EXPIRED");
    }

    @Test
    void what_a_killed_agent_and_its_killed_keeper_held_is_queued_again() throws Exception {
        Member member = swarm.member(2);
        submitted("both", member);
        ProcessHandle agent = kept(member);
        keeper.destroyForcibly();
        agent.destroyForcibly();
        lost("both");
    }

    @Test
    void a_kept_agent_goes_on_when_the_gateway_is_killed() throws Exception {
        Member member = swarm.member(3);
        submitted("gateway", member);
        kept(member);
        long epoch = task("gateway").path("epoch").asLong();
        cluster.process(0).kill();
        cluster.again(0).awaitReady();
        double until = leaseUntil("gateway");
        await().atMost(Cluster.PATIENCE).until(() -> leaseUntil("gateway") > until + 2);
        Files.createFile(home.resolve("go"));
        assertThat(keeper.waitFor(Cluster.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        assertThat(keeper.exitValue()).as(Files.readString(home.resolve("log"))).isZero();
        assertThat(task("gateway").path("state").asText()).isEqualTo("DONE");
        assertThat(task("gateway").path("epoch").asLong()).isEqualTo(epoch);
    }

    /** Nobody renews it any more, and another session gets it. */
    private static void lost(String task) {
        await().atMost(Cluster.PATIENCE)
                .until(() -> task(task).path("state").asText().equals("QUEUED"));
        assertThat(task(task).toString()).contains("lease-expired");
        Answer freed = cluster.api(0)
                .patch(
                        "/coordinator/tasks/" + task,
                        Map.of("assignee", swarm.member(4).id()),
                        cluster.operator());
        assertThat(freed.status()).as("%s", freed.body()).isEqualTo(200);
        Member other = swarm.member(4);
        AtomicReference<Grant> again = new AtomicReference<>();
        // It rests a little after a failed attempt.
        await().atMost(Cluster.PATIENCE).until(() -> {
            Answer claimed = other.claim(cluster.api(0), Map.of("taskId", task, "leaseSeconds", 60));
            if (claimed.status() == 201) {
                again.set(Grant.of(claimed));
            }
            return claimed.status() == 201;
        });
        assertThat(other.complete(cluster.api(0), again.get()).status()).isEqualTo(200);
    }

    private static void submitted(String task, Member member) {
        swarm.submit(cluster.api(0), List.of(swarm.task(task, Map.of("assignee", member.id()))));
    }

    private static double leaseUntil(String task) {
        return cluster.number("SELECT extract(epoch FROM lease_until) FROM coordinator_task WHERE id = ?", task);
    }

    private static JsonNode task(String task) {
        return swarm.look(cluster.api(0), task);
    }

    /** Has a keeper run an agent for the member's task; the agent, which ends when there is a file {@code go}. */
    private ProcessHandle kept(Member member) throws IOException {
        Path pid = home.resolve("pid");
        ProcessBuilder process = new ProcessBuilder(
                        "sh",
                        COMMAND.toString(),
                        "keep",
                        "--",
                        "sh",
                        "-c",
                        "echo $$ >" + pid + ".new; mv " + pid + ".new " + pid + "; while [ ! -e " + home.resolve("go")
                                + " ]; do sleep 0.2; done")
                .directory(home.toFile());
        Map<String, String> environment = new HashMap<>(
                Map.of("S2_URL", cluster.process(0).url(), "S2_TOKEN", member.token(), "S2_KEEP_SECONDS", "1"));
        process.environment().keySet().removeIf(name -> name.startsWith("S2_"));
        process.environment().putAll(environment);
        keeper = process.redirectErrorStream(true)
                .redirectOutput(home.resolve("log").toFile())
                .start();
        await().atMost(Cluster.PATIENCE).until(() -> Files.exists(pid));
        return ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
    }
}
