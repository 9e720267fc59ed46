package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Transactions;
import io.infrafabric.coordinator.transaction.OperateTransaction;
import io.infrafabric.coordinator.transaction.Operation;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.SmallBounds;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tasks that are cancelled with all that waits for them, in batches of three and twenty at most. */
@QuarkusTest
@TestProfile(SmallBounds.class)
class CascadeTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Transactions transactions;

    @Inject
    OperateTransaction operations;

    private Swarm swarm;

    @BeforeEach
    void a_swarm_of_one() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
        swarm.submit("root");
    }

    /** Submits tasks with this name and a number that wait for these. */
    private void submit(String name, int count, String... on) {
        IntStream.range(0, count).forEach(i -> swarm.submit(name + i, "dependsOn", swarm.list(on)));
    }

    private Answer cancel(String task) {
        return swarm.operate("cancel", task, "reason", "Not needed.", "cascade", "true");
    }

    private JsonNode read(String bulk) {
        return expect(swarm.api().get("/coordinator/tasks/bulk/" + bulk, operator), 200);
    }

    private static String bulkOf(JsonNode answer) {
        return answer.path("cascade").path("bulk").asText();
    }

    /** The only order of the swarm, when it has ended. */
    private JsonNode ended() {
        return ended(texts("SELECT id FROM coordinator_bulk WHERE swarm = $1").getFirst());
    }

    private JsonNode ended(String bulk) {
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(read(bulk).path("state").asText()).isNotEqualTo("RUNNING"));
        return read(bulk);
    }

    private List<String> texts(String sql) {
        return transactions
                .run(work -> work.connection()
                        .preparedQuery(sql)
                        .execute(Tuple.of(swarm.id()))
                        .map(rows -> Rows.all(rows, row -> row.getString(0))))
                .await()
                .atMost(PATIENCE);
    }

    /** The tasks that a human was asked about, each as often as it was. */
    private List<String> asked() {
        return texts("SELECT envelope::jsonb -> 'data' ->> 'blockedBy' FROM bus_event"
                + " WHERE swarm = $1 AND type = 's2.coordinator.task-stranded.v1' ORDER BY 1");
    }

    private List<String> withdrawn() {
        return texts(
                "SELECT subject FROM bus_event WHERE swarm = $1 AND type = 's2.escalation.cause-ended.v1' ORDER BY 1");
    }

    /** How often tasks with this name were cancelled, each with its reason. */
    private List<String> cancelled() {
        return texts("SELECT h.note FROM coordinator_history h JOIN coordinator_task t ON t.id = h.task"
                + " WHERE t.swarm = $1 AND h.what = 'cancelled' AND h.by LIKE 'operator:%'");
    }

    @Test
    void what_fits_into_a_batch_is_cancelled_by_the_call() {
        submit("a", 2, "root");
        JsonNode answer = expect(cancel("root"), 200);
        assertThat(answer.path("state").asText()).isEqualTo("CANCELLED");
        assertThat(answer.path("cascade").toString()).isEqualTo("{\"cancelled\":3,\"following\":0}");
        assertThat(swarm.state("a1")).isEqualTo("CANCELLED");
        swarm.submit("alone");
        assertThat(expect(swarm.operate("cancel", "alone", "reason", "Not needed."), 200)
                        .has("cascade"))
                .isFalse();
    }

    @Test
    void more_follow_once_each_and_nobody_is_asked_about_them() {
        submit("wide", 6, "root");
        submit("deep", 1, "root");
        IntStream.range(1, 6).forEach(i -> swarm.submit("deep" + i, "dependsOn", swarm.list("deep" + (i - 1))));
        swarm.submit("join", "dependsOn", swarm.list("wide0", "wide5", "deep5"));
        swarm.submit("apart");
        long epoch = swarm.claims("ann", "root");
        JsonNode answer = expect(cancel("root"), 200);
        assertThat(answer.path("state").asText()).isEqualTo("CANCELLED");
        assertThat(answer.path("cascade").path("cancelled").asInt()).isEqualTo(3);
        assertThat(answer.path("cascade").path("following").asInt()).isEqualTo(11);
        JsonNode end = ended(bulkOf(answer));
        assertThat(end.path("filter").path("waitsFor").asText()).isEqualTo(swarm.of("root"));
        assertThat(List.of(end.path("matched").asInt(), end.path("done").asInt()))
                .containsExactly(11, 11);
        assertThat(cancelled()).hasSize(14).containsOnly("Not needed.");
        assertThat(swarm.state("join")).isEqualTo("CANCELLED");
        assertThat(swarm.state("apart")).isEqualTo("QUEUED");
        assertThat(asked()).isEmpty();
        assertThat(swarm.end("ann", "complete", "root", epoch).code()).isEqualTo("IF_ERR_STALE_EPOCH");
    }

    @Test
    void more_than_one_call_may_cancel_are_refused_and_nothing_is_changed() {
        submit("wide", 20, "root");
        Answer refused = cancel("root");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body().path("field").asText()).isEqualTo("cascade");
        assertThat(swarm.state("root")).isEqualTo("QUEUED");
        assertThat(texts("SELECT id FROM coordinator_bulk WHERE swarm = $1")).isEmpty();
        expect(swarm.operate("cancel", "wide0", "reason", "One less."), 200);
        expect(cancel("wide1"), 200);
        Answer again = cancel("wide1");
        assertThat(again.code()).isEqualTo("IF_ERR_TASK_STATE");
    }

    @Test
    void what_changes_between_two_batches_is_its_own() throws Exception {
        submit("t", 13, "root");
        swarm.whileLocked(transactions, "t5", () -> {
            String bulk = bulkOf(expect(cancel("root"), 200));
            List<String> last = last(bulk);
            assertThat(last).hasSizeGreaterThan(1);
            expect(swarm.api().patch("/coordinator/tasks/" + last.get(0), "{\"dependsOn\":[]}", operator), 200);
            String late = swarm.taskBody("late", "dependsOn", "[\"" + last.get(1) + "\"]");
            expect(swarm.api().post("/coordinator/tasks", late, operator), 201);
        });
        JsonNode end = ended();
        assertThat(end.path("passedOver").asInt()).isEqualTo(1);
        assertThat(cancelled()).hasSize(13);
        assertThat(swarm.state("late")).isEqualTo("WAITING");
        assertThat(asked()).hasSize(1);
    }

    /** The tasks of the last batch of an order. */
    private List<String> last(String bulk) {
        return texts("SELECT unnest(b.tasks) FROM coordinator_bulk_batch b JOIN coordinator_bulk o ON o.id = b.bulk"
                + " WHERE o.swarm = $1 AND o.id = '" + bulk + "' AND b.n = o.batches - 1");
    }

    @Test
    void a_question_about_another_task_that_they_waited_for_is_withdrawn() {
        swarm.submit("dead");
        submit("t", 6, "root", "dead");
        expect(swarm.operate("cancel", "dead", "reason", "Alone."), 200);
        assertThat(asked()).containsExactly(swarm.of("dead"));
        ended(bulkOf(expect(cancel("root"), 200)));
        assertThat(withdrawn()).containsExactly("task:" + swarm.of("dead"));
    }

    @Test
    void two_cascades_with_common_dependants_cancel_each_once() {
        swarm.submit("other");
        submit("both", 9, "root", "other");
        submit("left", 4, "root");
        submit("right", 4, "other");
        List<CompletableFuture<Answer>> answers = Stream.of("root", "other")
                .map(task -> CompletableFuture.supplyAsync(() -> cancel(task)))
                .toList();
        answers.forEach(answer -> ended(bulkOf(expect(answer.join(), 200))));
        assertThat(cancelled()).hasSize(19);
        assertThat(asked()).isEmpty();
    }

    @Test
    void a_cascade_that_is_stopped_leaves_a_question() throws Exception {
        submit("t", 13, "root");
        List<CompletableFuture<Answer>> stop = new ArrayList<>();
        swarm.whileLocked(transactions, "t5", () -> {
            String path = "/coordinator/tasks/bulk/" + bulkOf(expect(cancel("root"), 200)) + "/stop";
            // The batch with t5 has the order, and whoever stops it gets it next.
            await().atMost(PATIENCE).until(() -> waits("coordinator_task") > 0);
            stop.add(CompletableFuture.supplyAsync(() -> swarm.api().post(path, "{\"reason\":\"Wait.\"}", operator)));
            await().atMost(PATIENCE).until(() -> waits("coordinator_bulk") > 0);
        });
        expect(stop.getFirst().join(), 200);
        assertThat(ended().path("state").asText()).isEqualTo("STOPPED");
        assertThat(cancelled()).hasSizeLessThan(14);
        assertThat(asked()).containsExactly(swarm.of("root"));
    }

    /** How many statements about this table wait for a lock. */
    private int waits(String table) {
        return texts("SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND $1 <> '' AND query LIKE '%"
                        + table + "%'")
                .size();
    }

    /** Nobody is there to choose another task, so as many as may be are cancelled, and the others are asked about. */
    @Test
    void giving_up_cancels_as_many_as_may_be() {
        submit("t", 25, "root");
        expect(swarm.operate("cancel", "root", "reason", "Alone."), 200);
        assertThat(asked()).hasSize(1);
        transactions
                .run(work ->
                        operations.operate(work, new Operation.GiveUp(swarm.of("root"), "operator:ann", "Given up.")))
                .await()
                .atMost(PATIENCE);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(asked()).hasSize(2));
        assertThat(cancelled()).hasSize(20);
        assertThat(texts("SELECT id FROM coordinator_task WHERE swarm = $1 AND state = 'WAITING'"))
                .hasSize(6);
    }
}
