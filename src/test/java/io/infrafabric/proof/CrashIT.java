package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.event.Envelope;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.proof.Swarm.Grant;
import io.infrafabric.proof.Swarm.Member;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Consumers are killed with events in their hands, and one event cannot be handled: each has its effect once. */
class CrashIT {
    private static final String COMPLETED = "s2.coordinator.task-completed.v1";
    private static final Map<String, List<String>> DOMAIN = Map.of("domains", List.of("crash"));
    private static final int LEASE_SECONDS = 300;

    /** A dead consumer's entries are taken over after 30 s by default; the tests do not wait that long. */
    private static final Map<String, String> SOON = Map.of(
            "s2.bus.reader.claim-idle", "2s", "s2.bus.sweep.housekeeping", "3s", "s2.bus.sweep.unhandled-after", "10s");

    private Cluster cluster;

    @BeforeEach
    void start() {
        cluster = Cluster.start("crash", 1, SOON);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    /**
     * The consumer has committed, and its acknowledgement cannot get through, when it is killed: while a lock in the
     * database holds its transaction up, Redis is told to let no write through; then the lock is released.
     */
    @Test
    void aConsumerKilledBetweenCommitAndAcknowledgementHasNoSecondEffect() throws SQLException {
        int tasks = 20;
        Swarm swarm = Swarm.enrol(cluster, "between", 1, Map.of("maxConcurrentTasks", tasks));
        swarm.submit(cluster.api(0), 0, tasks, DOMAIN);
        try (Connection connection = cluster.servers().connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE coordinator_outcome IN ACCESS EXCLUSIVE MODE");
            completeAll(swarm.member(0), tasks);
            await("the consumer has them all, or those that came first")
                    .atMost(Cluster.PATIENCE)
                    // More than that if the sweep has published one again, which it may at any time.
                    .until(() -> cluster.channel().length() >= tasks
                            && cluster.channel().pending() > 0);
            cluster.channel().holdWrites(60_000);
            connection.commit();
        }
        await("their effects are committed").atMost(Cluster.PATIENCE).until(() -> cluster.handledFacts(COMPLETED) > 0);
        cluster.process(0).kill();
        cluster.channel().letWrites();
        assertThat(cluster.channel().length()).as("nothing was acknowledged").isGreaterThanOrEqualTo(tasks);

        cluster.add(Map.of());

        awaitEmptyStream();
        assertThat(cluster.handledFacts(COMPLETED)).isEqualTo(tasks);
        assertThat(swarm.outcomes()).isCloseTo(tasks, within(0.1));
        assertThat(cluster.deadLetters()).isZero();
        cluster.assertNoErrors();
    }

    @Test
    @Tag("proof")
    void consumersKilledAtAnyTimeLoseAndRepeatNothing() {
        int rounds = 5;
        int burst = 120;
        Swarm swarm = Swarm.enrol(cluster, "burst", 8, Map.of());
        cluster.add(Map.of());
        try (Crew crew = new Crew(swarm.members(), () -> cluster.api(0), LEASE_SECONDS, grant -> false)) {
            for (int round = 0; round < rounds; round++) {
                int end = (round + 1) * burst;
                long before = cluster.handledFacts(COMPLETED);
                swarm.submit(cluster.api(0), round * burst, end, DOMAIN);
                await("a burst of facts is being taken in")
                        .atMost(Cluster.PATIENCE)
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> cluster.handledFacts(COMPLETED) > before + burst / 4);
                cluster.process(1).kill();
                await("the burst is done")
                        .atMost(Cluster.PATIENCE)
                        .until(() -> crew.accepted().size() == end);
                cluster.again(1).awaitReady();
            }
            crew.finish();
            assertThat(crew.surprises()).isEmpty();
        }

        int tasks = rounds * burst;
        awaitEmptyStream();
        await("every fact is taken in").atMost(Cluster.PATIENCE).until(() -> cluster.handledFacts(COMPLETED) == tasks);
        awaitEmptyStream();
        assertThat(swarm.outcomes()).isCloseTo(tasks, within(0.5));
        assertThat(cluster.deadLetters()).isZero();
        cluster.assertNoErrors();
    }

    @Test
    void onePoisonEventAmong63GoodOnesIsSetAsideAndReplayedWhenItsFaultIsMended() {
        Swarm.enrol(cluster, "good", 1, Map.of());
        List<Envelope> events = new ArrayList<>();
        for (int i = 0; i < 63; i++) {
            events.add(OutboxRows.request("good-" + i, "good"));
        }
        Envelope poison = OutboxRows.request("poison-0", "not-there-yet");
        events.add(31, poison);

        OutboxRows.commit(cluster, events);

        await("the good ones pass").atMost(Cluster.PATIENCE).until(() -> tasks() == 63);
        await("the poison is set aside").atMost(Cluster.PATIENCE).until(() -> cluster.deadLetters() == 1);
        awaitEmptyStream();
        JsonNode letter = letters().get(0);
        assertThat(letter.path("id").asText()).isEqualTo(poison.id().toString());
        assertThat(letter.path("attempts").asInt()).isEqualTo(5);
        assertThat(letter.path("error").asText()).contains("not-there-yet");

        assertThat(cluster.api(0)
                        .put("/coordinator/swarms/not-there-yet", Map.of(), cluster.operator())
                        .status())
                .isEqualTo(200);
        Answer replayed =
                cluster.api(0).post("/coordinator/dead-letters/" + poison.id() + "/replay", null, cluster.operator());

        assertThat(replayed.status()).as("%s", replayed.body()).isEqualTo(200);
        await("the poison passes").atMost(Cluster.PATIENCE).until(() -> tasks() == 64);
        assertThat(letters()).isEmpty();
        awaitEmptyStream();
    }

    private void completeAll(Member member, int tasks) {
        for (int i = 0; i < tasks; i++) {
            Answer claimed = member.claim(cluster.api(0), Map.of());
            assertThat(claimed.status()).isEqualTo(201);
            assertThat(member.complete(cluster.api(0), Grant.of(claimed)).status())
                    .isEqualTo(200);
        }
    }

    private long tasks() {
        return cluster.count("SELECT count(*) FROM coordinator_task");
    }

    private JsonNode letters() {
        Answer answer = cluster.api(0).get("/coordinator/dead-letters", cluster.operator());
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(200);
        return answer.body().path("items");
    }

    private void awaitEmptyStream() {
        await("the stream is empty")
                .atMost(Cluster.PATIENCE)
                .until(() -> cluster.channel().length() == 0);
    }
}
