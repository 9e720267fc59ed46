package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.edge.Line;
import io.infrafabric.event.Envelope;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.FabricProcess;
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
@Tag("proof")
@Tag("soak")
class CrashIT {
    private static final Map<String, List<String>> DOMAIN = Map.of("domains", List.of("crash"));
    private static final int LEASE_SECONDS = 300;

    /** A dead consumer's entries are taken over after 30 s by default; the tests do not wait that long. */
    private static final Map<String, String> SOON = Map.of(
            "s2.bus.reader.claim-idle", "2s", "s2.bus.sweep.housekeeping", "3s", "s2.bus.sweep.unhandled-after", "10s");

    private Cluster cluster;

    /** Each test starts its own processes. */
    @BeforeEach
    void start() {
        cluster = Cluster.start("crash", 0, SOON);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    /**
     * The consumer has committed, and its acknowledgement cannot get through, when it is killed: while a lock in the
     * database holds its transaction up, its line to the channel is cut; then the lock is released.
     */
    @Test
    void aConsumerKilledBetweenCommitAndAcknowledgementHasNoSecondEffect() throws SQLException {
        int facts = 20;
        try (Line line = Line.to(cluster.servers().channelPort())) {
            FabricProcess killed = cluster.add(cluster.servers().channelBy(line.port()));
            await("it reads from the channel, and not from the log")
                    .atMost(Cluster.PATIENCE)
                    .until(() -> killed.degraded().equals("nothing")
                            && cluster.channel().hasGroup("budget"));
            Costs costs = Costs.of(cluster, "between");
            try (Connection connection = cluster.servers().connect();
                    Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("LOCK TABLE budget_entry IN ACCESS EXCLUSIVE MODE");
                costs.tell(facts);
                await("the consumer has them all, or those that came first")
                        .atMost(Cluster.PATIENCE)
                        // More than that if the sweep has published one again, which it may at any time.
                        .until(() -> cluster.channel().length() >= facts
                                && cluster.channel().pending() > 0);
                line.cut();
                connection.commit();
            }
            await("their effects are committed")
                    .atMost(Cluster.PATIENCE)
                    .until(() -> cluster.handledFacts(Costs.TYPE) > 0);
            killed.kill();
            assertThat(cluster.channel().length())
                    .as("nothing was acknowledged")
                    .isGreaterThanOrEqualTo(facts);
            line.mend();

            cluster.add(Map.of());

            awaitEmptyStream();
            assertThat(cluster.handledFacts(Costs.TYPE)).isEqualTo(facts);
            costs.assertBookedOnce();
        }
        // The ledger would not book a cost twice either; here it is the inbox that has to know what came again.
        assertThat(duplicates(1)).isPositive();
        assertThat(cluster.deadLetters()).isZero();
        cluster.assertNoErrors();
    }

    @Test
    @Tag("proof")
    void consumersKilledAtAnyTimeLoseAndRepeatNothing() {
        int rounds = 5;
        int burst = 120;
        int facts = 600;
        cluster.add(Map.of());
        Swarm swarm = Swarm.enrol(cluster, "burst", 8, Map.of());
        Costs costs = Costs.of(cluster, "burst-costs");
        cluster.add(Map.of());
        try (Crew crew = new Crew(swarm.members(), () -> cluster.api(0), LEASE_SECONDS, grant -> false)) {
            for (int round = 0; round < rounds; round++) {
                int end = (round + 1) * burst;
                long before = cluster.handledFacts(Costs.TYPE);
                swarm.submit(cluster.api(0), round * burst, end, DOMAIN);
                costs.tell(facts);
                await("a burst of facts is being taken in")
                        .atMost(Cluster.PATIENCE)
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> cluster.handledFacts(Costs.TYPE) > before + facts / 4);
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
        await("every fact is taken in")
                .atMost(Cluster.PATIENCE)
                .until(() -> cluster.handledFacts(Costs.TYPE) == costs.told());
        awaitEmptyStream();
        costs.assertBookedOnce();
        assertThat(swarm.outcomes()).isCloseTo(tasks, within(0.5));
        assertThat(cluster.deadLetters()).isZero();
        cluster.assertNoErrors();
    }

    @Test
    void onePoisonEventAmong63GoodOnesIsSetAsideAndReplayedWhenItsFaultIsMended() {
        cluster.add(Map.of());
        Costs good = Costs.of(cluster, "good");
        Costs bad = Costs.ofNobody(cluster, "not-there-yet");
        List<Envelope> events = new ArrayList<>();
        for (int i = 0; i < 63; i++) {
            events.add(good.next());
        }
        Envelope poison = bad.next();
        events.add(31, poison);

        OutboxRows.commit(cluster, events);

        await("the good ones pass").atMost(Cluster.PATIENCE).until(() -> good.booked() == 63);
        await("the poison is set aside").atMost(Cluster.PATIENCE).until(() -> cluster.deadLetters() == 1);
        awaitEmptyStream();
        JsonNode letter = letters().get(0);
        assertThat(letter.path("id").asText()).isEqualTo(poison.id().toString());
        assertThat(letter.path("attempts").asInt()).isEqualTo(5);
        assertThat(letter.path("error").asText()).contains("not-there-yet");

        bad.open();
        Answer replayed =
                cluster.api(0).post("/budget/dead-letters/" + poison.id() + "/replay", null, cluster.operator());

        assertThat(replayed.status()).as("%s", replayed.body()).isEqualTo(200);
        await("the poison passes").atMost(Cluster.PATIENCE).until(() -> bad.booked() == 1);
        assertThat(letters()).isEmpty();
        awaitEmptyStream();
        good.assertBookedOnce();
        bad.assertBookedOnce();
    }

    /** How many events of the budget that process has recognized as taken in before. */
    private double duplicates(int process) {
        return cluster.api(process)
                .get("/q/metrics", cluster.operator())
                .body()
                .asText()
                .lines()
                .filter(line -> line.startsWith("s2_events_duplicate_total{") && line.contains("\"budget\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private JsonNode letters() {
        Answer answer = cluster.api(0).get("/budget/dead-letters", cluster.operator());
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(200);
        return answer.body().path("items");
    }

    private void awaitEmptyStream() {
        await("the stream is empty")
                .atMost(Cluster.PATIENCE)
                .until(() -> cluster.channel().length() == 0);
    }
}
