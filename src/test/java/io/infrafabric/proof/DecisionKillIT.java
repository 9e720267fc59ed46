package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** All processes are killed while decisions are open: each closes once when they are back, by its timer, with one memo. */
@Tag("proof")
@Tag("soak")
class DecisionKillIT {
    private static final int PROCESSES = 2;
    private static final int DECISIONS = 12;
    private static final int OPEN_SECONDS = 10;

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("decisionkill", PROCESSES, Map.of("s2.bus.reader.claim-idle", "5s"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static JsonNode read(String decision) {
        return expect(cluster.api(0).get("/consensus/decisions/" + decision, cluster.operator()), 200);
    }

    private static long events(String type, String subject) {
        return cluster.count("SELECT count(*) FROM bus_event WHERE type = ? AND subject = ?", type, subject);
    }

    @Test
    void theTimersOfOpenDecisionsSurviveIt() {
        Swarm swarm = Swarm.enrol(cluster, "killed", 3, Map.of("heartbeatSeconds", 3600));
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < DECISIONS; i++) {
            String id = "killed-" + i;
            Map<String, Object> decision = Map.of(
                    "id",
                    id,
                    "swarm",
                    swarm.id(),
                    "summary",
                    "Survive",
                    "rationale",
                    "It should.",
                    "quorum",
                    2,
                    "closesAt",
                    Instant.now().plusSeconds(OPEN_SECONDS).toString());
            expect(cluster.api(i % PROCESSES).post("/consensus/decisions", decision, cluster.operator()), 201);
            for (int voter = 0; voter < 2; voter++) {
                Map<String, Object> vote =
                        Map.of("vote", voter == 0 ? "approve" : "reject", "rationale", "Words of " + voter);
                String votes = "/consensus/decisions/" + id + "/votes";
                expect(cluster.api(voter).post(votes, vote, swarm.member(voter).token()), 201);
            }
            ids.add(id);
        }
        assertThat(ids)
                .allSatisfy(id -> assertThat(read(id).path("state").asText()).isEqualTo("OPEN"));

        for (int process = 0; process < PROCESSES; process++) {
            cluster.process(process).kill();
        }
        for (int process = 0; process < PROCESSES; process++) {
            cluster.again(process);
        }
        for (int process = 0; process < PROCESSES; process++) {
            cluster.process(process).awaitReady();
        }

        for (String id : ids) {
            await(id)
                    .atMost(Cluster.PATIENCE)
                    .until(() -> !read(id).path("state").asText().equals("OPEN"));
            JsonNode closed = read(id);
            assertThat(closed.path("state").asText()).isEqualTo("REJECTED");
            assertThat(closed.path("closedBecause").asText()).isEqualTo("TIME_UP");
            assertThat(closed.path("missing")).hasSize(1);
            await("memo of " + id)
                    .atMost(Cluster.PATIENCE)
                    .until(() -> events("s2.dissent.memo-recorded.v1", "memo:" + id) > 0);
        }
        await().atMost(Cluster.PATIENCE)
                .until(() -> cluster.hasHeardAll("consensus") && cluster.hasHeardAll("dissent"));
        for (String id : ids) {
            assertThat(events("s2.consensus.decision-closed.v1", "decision:" + id))
                    .isEqualTo(1);
            assertThat(cluster.count("SELECT count(*) FROM dissent_link WHERE decision = ?", id))
                    .isEqualTo(1);
        }
        assertThat(cluster.deadLetters()).isZero();
        cluster.assertNoErrors();
    }
}
