package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * One order cancels 100,000 tasks while both processes are killed, one after the other: each task is cancelled once. Somebody
 * else's work goes on meanwhile.
 */
@Tag("proof")
@Tag("soak")
class BulkKillIT {
    private static final int TASKS = 100_000;
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("bulkkill", 2, Map.of("s2.bus.reader.claim-idle", "5s"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static JsonNode read(Api api, String bulk) {
        return expect(api.get("/coordinator/tasks/bulk/" + bulk, cluster.operator()), 200);
    }

    private static void claimsAndCompletes(Api api, Swarm swarm, String task) {
        Map<String, Object> body = Map.of("id", task, "swarm", swarm.id(), "title", task, "priority", "P0");
        expect(api.post("/coordinator/tasks", body, cluster.operator()), 201);
        Answer claimed = swarm.member(0).claim(api, Map.of());
        assertThat(expect(claimed, 201).path("task").path("id").asText()).isEqualTo(task);
        expect(swarm.member(0).complete(api, Swarm.Grant.of(claimed)), 200);
    }

    @Test
    void eachTaskIsCancelledOnceWhoeverDies() {
        Swarm swarm = Swarm.enrol(cluster, "bulk", 1, Map.of("heartbeatSeconds", 3600));
        cluster.update(
                "INSERT INTO coordinator_task (id, swarm, title, domains, tools, priority, max_attempts, submitted_by,"
                        + " body_hash, state, labels) SELECT 'bulk-' || i, ?, 't', '{}', '{}', 3, 3, 'operator:o', 'h',"
                        + " 'QUEUED', '{kind:many}' FROM generate_series(1, " + TASKS + ") i",
                swarm.id());
        Map<String, Object> order = Map.of(
                "do",
                "CANCEL",
                "reason",
                "Too many.",
                "filter",
                Map.of("swarm", swarm.id(), "label", List.of("kind:many")));
        String[] key = {"Idempotency-Key", "once"};
        JsonNode started = expect(cluster.api(0).post("/coordinator/tasks/bulk", order, cluster.operator(), key), 202);
        assertThat(started.path("matched").asInt()).isEqualTo(TASKS);
        String id = started.path("id").asText();

        for (int process = 0; process < 2; process++) {
            Api other = cluster.api(1 - process);
            int before = read(other, id).path("done").asInt();
            await().atMost(PATIENCE)
                    .until(() -> read(other, id).path("done").asInt() > Math.min(before + 2000, TASKS - 1));
            cluster.process(process).kill();
            claimsAndCompletes(other, swarm, "other-" + process);
            cluster.again(process);
            cluster.process(process).awaitReady();
        }
        for (int i = 2; !read(cluster.api(0), id).path("state").asText().equals("DONE"); i++) {
            claimsAndCompletes(cluster.api(i % 2), swarm, "other-" + i);
        }

        JsonNode end = read(cluster.api(1), id);
        assertThat(end.path("done").asInt()).isEqualTo(TASKS);
        assertThat(end.path("refusedCount").asInt() + end.path("passedOver").asInt())
                .isZero();
        assertThat(expect(cluster.api(1).post("/coordinator/tasks/bulk", order, cluster.operator(), key), 202)
                        .path("id")
                        .asText())
                .isEqualTo(id);
        assertThat(cluster.count(
                        "SELECT count(*) FROM coordinator_history h JOIN coordinator_task t ON t.id = h.task"
                                + " WHERE t.swarm = ? AND h.what = 'cancelled' AND t.state = 'CANCELLED'",
                        swarm.id()))
                .isEqualTo(TASKS);
        assertThat(cluster.count(
                        "SELECT count(*) FROM bus_event WHERE type = 's2.coordinator.task-cancelled.v1' AND swarm = ?",
                        swarm.id()))
                .isEqualTo(TASKS);
        assertThat(cluster.count("SELECT count(*) FROM door_audit WHERE entity = ?", "bulk:" + id))
                .isEqualTo(2);
        assertThat(cluster.count("SELECT count(*) FROM coordinator_bulk_batch WHERE bulk = ?", id))
                .isZero();
        assertThat(cluster.deadLetters()).isZero();
        cluster.assertNoErrors();
    }
}
