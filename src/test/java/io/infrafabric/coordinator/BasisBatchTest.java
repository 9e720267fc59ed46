package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.event.BusEvent.CameDue;
import io.infrafabric.event.Trace;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * More tasks rest on a claim than one transaction turns. Nothing sweeps here but the test: what a due row says is all that
 * is left of a process that died between two batches.
 */
@QuarkusTest
@TestProfile(BasisBatchTest.ThreeAtATime.class)
class BasisBatchTest {
    private static final int TASKS = 8;

    /** Batches of three, and no sweep. */
    public static final class ThreeAtATime implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("s2.coordinator.basis-batch", "3", "s2.bus.sweep.enabled", "false");
        }
    }

    @Inject
    Disputed disputed;

    @Inject
    Transactions transactions;

    private Swarm swarm;

    @BeforeEach
    void tasks_that_rest_on_one_claim() {
        swarm = disputed.swarm();
        IntStream.range(0, TASKS).forEach(i -> swarm.submit("t" + i, "basis", swarm.list("a")));
    }

    private void awaitWaiting(int tasks) {
        await().atMost(Disputed.PATIENCE)
                .untilAsserted(() -> assertThat(waiting()).isEqualTo(tasks));
    }

    private int waiting() {
        String query = "/coordinator/tasks?limit=500&state=waiting&swarm=" + swarm.id();
        return expect(swarm.api().get(query, swarm.operator()), 200)
                .path("items")
                .size();
    }

    /** What the sweep does with the due row of the claim; whether there was one. */
    private boolean sweep() {
        return transactions
                .run(work -> work.connection()
                        .preparedQuery(
                                "DELETE FROM bus_due WHERE function = 'coordinator' AND entity = $1 RETURNING at")
                        .execute(Tuple.of("basis:" + swarm.of("a")))
                        .map(rows -> {
                            rows.forEach(row -> work.emit(
                                    new CameDue(
                                            "coordinator",
                                            "basis:" + swarm.of("a"),
                                            row.get(OffsetDateTime.class, 0).toInstant()),
                                    Trace.NONE));
                            return rows.size() == 1;
                        }))
                .await()
                .atMost(Disputed.PATIENCE);
    }

    @Test
    void all_are_held_back_and_let_go_batch_by_batch() {
        String relation = disputed.dispute();
        for (int waiting : List.of(3, 6, TASKS)) {
            awaitWaiting(waiting);
            assertThat(sweep()).isEqualTo(waiting < TASKS);
        }
        disputed.end(relation);
        for (int waiting : List.of(TASKS - 3, TASKS - 6, 0)) {
            awaitWaiting(waiting);
            assertThat(sweep()).isEqualTo(waiting > 0);
        }
    }

    @Test
    void a_dispute_that_ends_between_two_batches_leaves_nothing_held_back() {
        String relation = disputed.dispute();
        awaitWaiting(3);
        // Who comes now waits at once, whatever is left over.
        swarm.submit("late", "basis", swarm.list("a"));
        assertThat(swarm.state("late")).isEqualTo("WAITING");
        disputed.end(relation);
        awaitWaiting(1);
        assertThat(sweep()).isTrue();
        awaitWaiting(0);
        assertThat(sweep()).isFalse();
    }

    @Test
    void holders_are_told_in_every_batch() {
        List<String> held = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            JsonNode granted = expect(swarm.claim("ann"), 201);
            held.add("task:" + granted.path("task").path("id").asText());
        }
        disputed.dispute();
        for (int turned : List.of(3, 6, TASKS)) {
            await().atMost(Disputed.PATIENCE)
                    .untilAsserted(
                            () -> assertThat(waiting() + disputed.told().size()).isEqualTo(turned));
            assertThat(sweep()).isEqualTo(turned < TASKS);
        }
        assertThat(disputed.told())
                .extracting(notice -> notice.path("subject").asText())
                .containsExactlyInAnyOrderElementsOf(held);
        assertThat(disputed.told())
                .extracting(notice -> notice.path("data").path("standing").asText())
                .containsOnly("UNDECIDED");
        assertThat(waiting()).isEqualTo(TASKS - held.size());
    }
}
