package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.event.ChassisEvent.CheckJudged;
import io.infrafabric.event.ChassisEvent.Verdict;
import io.infrafabric.event.Envelope;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.FabricProcess;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Processes that run checkers are killed and stand still while they do, or are not there at all: a task gets one verdict,
 * nothing is accepted twice, and money and dependants are as they should be. Two processes do all but run modules; chassis is
 * the build of that function alone, and each test starts what it needs of it.
 */
@Tag("proof")
@Tag("soak")
class CheckKillIT {
    private static final int HERE = 0;
    private static final int THERE = 1;

    /** Time for a run of a checker that counts, on a busy machine; it is tried again so long after its process died. */
    private static final int BUSY_SECONDS = 30;

    private static final int QUICK_SECONDS = 15;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final long HELD = 4711;

    private static final Map<String, String> SOON = Map.of(
            "s2.bus.reader.claim-idle",
            "2s",
            "s2.bus.sweep.housekeeping",
            "3s",
            "s2.chassis.lease",
            "2s",
            "s2.chassis.max-concurrent",
            "1");

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        // Migrated before anything runs, so events for chassis are kept while it has no process.
        cluster = Cluster.ofFunctions("checks", List.of(), SOON);
        cluster.add(Map.of("mp.messaging.incoming.chassis.enabled", "false"));
        cluster.add(Map.of("mp.messaging.incoming.chassis.enabled", "false"));
        cluster.update("CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM"
                + " pg_advisory_xact_lock_shared(" + HELD + "); RETURN OLD; END'");
        cluster.update("CREATE TRIGGER held BEFORE DELETE ON chassis_run FOR EACH ROW EXECUTE FUNCTION held()");
    }

    @AfterEach
    void end() {
        for (int process = THERE + 1; process < cluster.size(); process++) {
            cluster.process(process).close();
        }
        cluster.assertNoErrors();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static FabricProcess chassis() {
        return cluster.add("chassis", false);
    }

    @Test
    void aProcessThatIsKilledWhileACheckerRunsLeavesItToAnother() throws SQLException {
        killed("while", "busy", false);
    }

    @Test
    void aProcessThatIsKilledBetweenTheRunAndItsVerdictLeavesItToAnother() throws SQLException {
        killed("between", "exit0", true);
    }

    /** No verdict is committed while the lock is held: each run ends with the deletion of its row. */
    private static void killed(String name, String module, boolean whenItHasRun) throws SQLException {
        Checks task = Checks.claimed(cluster, name, module, whenItHasRun ? QUICK_SECONDS : BUSY_SECONDS);
        FabricProcess first = chassis();
        try (Connection hold = cluster.servers().connect();
                Statement statement = hold.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(" + HELD + ")");
            task.handedIn(Map.of("pages", 3), 1.5);
            task.awaitRunning();
            if (whenItHasRun) {
                await("its verdict is about to be committed")
                        .atMost(Cluster.PATIENCE)
                        .until(() -> cluster.count("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
                                        + " AND objid = " + HELD + " AND NOT granted")
                                > 0);
            }
            first.kill();
        }
        assertThat(task.state(task.task())).isEqualTo("CHECKING");
        chassis();

        task.awaitAcceptedOnce(PATIENCE, 1.5);
        assertThat(task.verdicts()).isEqualTo(1);
        assertThat(task.verdict().path("exitCode").asInt()).isZero();
        assertThat(task.cases("OPEN")).isEmpty();
    }

    @Test
    void aProcessThatStoodStillInARunHasNoWordOnceAnotherHasRunIt() {
        Checks task = Checks.claimed(cluster, "still", "busy", BUSY_SECONDS);
        FabricProcess first = chassis();
        task.handedIn(Map.of(), 2);
        task.awaitRunning();
        first.pause();
        FabricProcess second = chassis();

        task.awaitAcceptedOnce(PATIENCE, 2);
        second.kill();
        first.resume();
        // It runs one at a time, so by then it has said what it has to say about the other one.
        Checks.upload(cluster, "exit0");
        await("it runs another module")
                .atMost(PATIENCE)
                .until(() -> first.api()
                                .post("/chassis/modules/exit0/runs", Map.of("waitSeconds", 20), cluster.operator())
                                .status()
                        == 200);
        task.acceptedOnce(2);
        assertThat(task.verdicts()).isEqualTo(1);
    }

    @Test
    void aCheckWaitsForAChassisThatIsNotThereYet() {
        Checks task = Checks.claimed(cluster, "zero", "exit0", QUICK_SECONDS).handedIn(List.of(1), 0.5);
        await("what an autoscaler starts it for")
                .atMost(Cluster.PATIENCE)
                .until(() -> cluster.channel().length("chassis") > 0);
        assertThat(task.verdicts()).isZero();

        chassis();
        task.awaitAcceptedOnce(PATIENCE, 0.5);
        assertThat(task.verdicts()).isEqualTo(1);
    }

    @Test
    void ifNobodyAnswersAHumanIsAskedAndAChassisThatComesLateStillHasTheWord() {
        Checks task = Checks.claimed(cluster, "late", "exit0", QUICK_SECONDS).handedIn(List.of(1), 0.5);
        nobodyAnswers(task);

        chassis();
        task.awaitAcceptedOnce(PATIENCE, 0.5);
        await("nobody needs to decide any more")
                .atMost(Cluster.PATIENCE)
                .until(() -> task.cases("WITHDRAWN").size() == 1);
        assertThat(task.cases("OPEN")).isEmpty();
    }

    @Test
    void whatAHumanHasAcceptedWhileNobodyAnsweredIsNotRunAnyMore() {
        Checks task = Checks.claimed(cluster, "human", "exit7", QUICK_SECONDS).handedIn(List.of(1), 0.5);
        nobodyAnswers(task);
        Answer ruled = cluster.api(THERE)
                .post(
                        "/escalation/cases/"
                                + task.cases("OPEN").getFirst().path("id").asText() + "/resolve",
                        Map.of("option", "ACCEPT", "note", "It is well."),
                        cluster.operator());
        assertThat(ruled.status()).as("%s", ruled.body()).isEqualTo(200);
        task.awaitAcceptedOnce(PATIENCE, 0.5);

        chassis();
        await("it has seen what it was asked for")
                .atMost(Cluster.PATIENCE)
                .until(() -> task.heard("chassis", Checks.REQUESTED) == 1
                        && cluster.count("SELECT count(*) FROM chassis_run WHERE task = ?", task.task()) == 0);
        assertThat(task.verdicts()).isZero();
        task.acceptedOnce(0.5);
    }

    /** The time that a checker has passes, and a human is asked. */
    private static void nobodyAnswers(Checks task) {
        cluster.update(
                "UPDATE coordinator_check SET asked_at = asked_at - interval '1 day' WHERE task = ?", task.task());
        cluster.update(
                "UPDATE bus_due SET at = now() WHERE function = 'coordinator' AND entity = ?", "check:" + task.task());
        await("a human is asked")
                .atMost(PATIENCE)
                .until(() -> task.cases("OPEN").size() == 1);
        assertThat(task.cases("OPEN").getFirst().path("asked").asText()).contains("NO_ANSWER");
    }

    @Test
    void aVerdictThatComesAgainAndAgainCountsOnce() {
        Checks task = Checks.claimed(cluster, "again", "exit7", QUICK_SECONDS);
        chassis();
        task.handedIn(List.of(1), 0.5);
        await("it is refused").atMost(PATIENCE).until(() -> task.state(task.task()), "CLAIMED"::equals);
        String hash = cluster.texts("SELECT hash FROM coordinator_check WHERE task = ?", task.task())
                .getFirst();
        long epoch = cluster.count("SELECT epoch FROM coordinator_check WHERE task = ?", task.task());
        long version = version(task);

        List<Envelope> more = Stream.of(7, 0, 7, 0)
                .map(code -> new Verdict("exit7", "0".repeat(64), "1".repeat(64), Instant.now(), code, 1, null))
                .map(verdict -> OutboxRows.envelope(
                        new CheckJudged(task.task(), task.swarm().id(), epoch, hash, verdict, "again")))
                .toList();
        OutboxRows.commit(cluster, more);
        await("they are heard")
                .atMost(Cluster.PATIENCE)
                .until(() -> task.heard("coordinator", Checks.JUDGED) == more.size() + 1);

        assertThat(version(task)).isEqualTo(version);
        Answer refused = task.complete(cluster.api(THERE), List.of(1), 0.5, 0);
        assertThat(refused.code()).isEqualTo("IF_ERR_CHECK_REFUSED");
        assertThat(refused.body().path("left").asInt()).isEqualTo(4);
        assertThat(refused.body().path("said").asText()).isEqualTo("no");
        assertThat(task.state(task.swarm().id() + "-next")).isEqualTo("WAITING");
    }

    private static long version(Checks task) {
        return task.swarm().look(cluster.api(HERE), task.task()).path("version").asLong();
    }

    @Test
    void twoProcessesThatGetTheSameResultAtOnceGiveOneAnswer() {
        chassis();
        for (int round = 0; round < 10; round++) {
            Checks task = Checks.claimed(cluster, "same-" + round, "exit0", QUICK_SECONDS);
            List<Answer> answers = atOnce(task, List.of(1), List.of(1));
            assertThat(answers).extracting(Answer::status).containsOnly(200);
            task.acceptedOnce(1);
            assertThat(task.verdicts()).isEqualTo(1);
        }
    }

    @Test
    void twoProcessesThatGetTwoResultsAtOnceTakeOne() {
        chassis();
        for (int round = 0; round < 10; round++) {
            Checks task = Checks.claimed(cluster, "two-" + round, "exit0", QUICK_SECONDS);
            List<Answer> answers = atOnce(task, List.of(0), List.of(1));
            // Too late by little it finds another one being checked; by more, that the claim has ended.
            assertThat(answers).extracting(Answer::status).containsExactlyInAnyOrder(200, 409);
            int won = answers.getFirst().status() == 200 ? 0 : 1;
            assertThat(answers.get(won).body().at("/result/0").asInt()).isEqualTo(won);
            task.acceptedOnce(1);
            assertThat(task.verdicts()).isEqualTo(1);
        }
    }

    private static List<Answer> atOnce(Checks task, Object here, Object there) {
        List<Object> results = List.of(here, there);
        List<CompletableFuture<Answer>> calls = IntStream.range(0, 2)
                .mapToObj(process -> CompletableFuture.supplyAsync(
                        () -> task.complete(cluster.api(process), results.get(process), 1, 50),
                        Thread::startVirtualThread))
                .toList();
        return calls.stream().map(CompletableFuture::join).toList();
    }

    /** Each is the only one there is; the second one lives elsewhere. */
    @Test
    void threeProcessesGiveTheSameOutputForTheSameFuel() {
        String sha256 = Checks.upload(cluster, "words").path("sha256").asText();
        Map<String, Object> wish = Map.of(
                "input",
                "To be or not to be, that is the question",
                "clock",
                "2026-01-31T12:00:00Z",
                "sha256",
                sha256,
                "waitSeconds",
                50);
        List<JsonNode> runs = Stream.of(
                        Map.<String, String>of(),
                        Map.of("user.timezone", "Pacific/Apia", "user.language", "tr", "file.encoding", "ISO-8859-1"),
                        Map.<String, String>of())
                .map(place -> {
                    FabricProcess process = cluster.add("chassis", false, place);
                    Answer ran = process.api().post("/chassis/modules/words/runs", wish, cluster.operator());
                    assertThat(ran.status()).as("%s", ran.body()).isEqualTo(200);
                    process.stop();
                    return ran.body();
                })
                .toList();
        for (String member : List.of("stdout", "stderr", "fuel", "exitCode", "sha256", "clock")) {
            assertThat(runs)
                    .extracting(run -> run.path(member))
                    .containsOnly(runs.getFirst().path(member));
        }
        assertThat(runs.getFirst().path("stdout").asText()).startsWith("to 2\n");
        assertThat(runs.getFirst().path("fuel").asLong()).isPositive();
    }
}
