package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.body;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.coordinator.bulk.BulkTransaction;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.SmallBounds;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Orders for many tasks, in batches of three. */
@QuarkusTest
@TestProfile(SmallBounds.class)
class BulkTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String BULK = "/coordinator/tasks/bulk";

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Transactions transactions;

    @Inject
    BulkTransaction bulks;

    private Swarm swarm;

    @BeforeEach
    void a_swarm_of_one() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann", "maxConcurrentTasks", "10", "domains", "[\"docker\"]");
    }

    private void submit(int count, String... more) {
        IntStream.range(0, count).forEach(i -> swarm.submit("t" + i, more));
    }

    private String filter(String... more) {
        String[] all = new String[more.length + 2];
        all[0] = "swarm";
        all[1] = swarm.id();
        System.arraycopy(more, 0, all, 2, more.length);
        return body(all);
    }

    private static String order(String what, String filter, String... more) {
        String[] all = new String[more.length + 6];
        List<String> first = List.of("do", what, "filter", filter, "reason", "Enough of it.");
        for (int i = 0; i < first.size(); i++) {
            all[i] = first.get(i);
        }
        System.arraycopy(more, 0, all, first.size(), more.length);
        return body(all);
    }

    private Answer post(String body) {
        return swarm.api().post(BULK, body, operator);
    }

    private JsonNode read(String id) {
        return expect(swarm.api().get(BULK + "/" + id, operator), 200);
    }

    private JsonNode ended(Answer started) {
        String id = expect(started, 202).path("id").asText();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(read(id).path("state").asText()).isNotEqualTo("RUNNING"));
        return read(id);
    }

    private List<String> calls(String id) {
        String path = "/coordinator/audit?entity=bulk:" + id;
        List<String> calls = new ArrayList<>();
        expect(swarm.api().get(path, operator), 200)
                .path("items")
                .forEach(line -> calls.addFirst(line.path("call").asText().replace(id, "ID")));
        return calls;
    }

    @Test
    void all_that_match_are_cancelled_batch_by_batch_and_the_log_tells_it() {
        submit(8, "labels", "{\"team\":\"x\"}");
        swarm.submit("other", "labels", "{\"team\":\"y\"}");
        long epoch = swarm.claims("ann", "t0");
        JsonNode end = ended(post(order("cancel", filter("label", "[\"team:x\"]"))));
        assertThat(end.path("state").asText()).isEqualTo("DONE");
        assertThat(end.path("do").asText()).isEqualTo("CANCEL");
        assertThat(List.of(end.path("matched").asInt(), end.path("done").asInt()))
                .containsExactly(8, 8);
        assertThat(end.path("refused")).isEmpty();
        assertThat(end.path("startedBy").asText()).startsWith("operator:");
        IntStream.range(0, 8).forEach(i -> assertThat(swarm.state("t" + i)).isEqualTo("CANCELLED"));
        assertThat(swarm.state("other")).isEqualTo("QUEUED");
        assertThat(swarm.end("ann", "complete", "t0", epoch).code()).isEqualTo("IF_ERR_STALE_EPOCH");
        JsonNode inbox = expect(swarm.api().get(swarm.session("ann") + "/inbox", swarm.token("ann")), 200);
        assertThat(inbox.path("items").findValuesAsText("type")).containsExactly("taskCancelled");
        assertThat(calls(end.path("id").asText())).containsExactly("POST " + BULK, "END " + BULK + "/ID");
    }

    @Test
    void what_is_refused_is_told_and_holds_up_nothing() {
        submit(8);
        List<Long> epochs = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            epochs.add(swarm.claims("ann", "t" + i));
        }
        swarm.end("ann", "complete", "t4", epochs.get(4));
        JsonNode end = ended(post(order("ASSIGN", filter(), "with", body("assignee", swarm.of("ann")))));
        assertThat(end.path("done").asInt()).isEqualTo(2);
        assertThat(end.path("refusedCount").asInt()).isEqualTo(6);
        assertThat(end.path("refused")).as("a bounded list").hasSize(4);
        JsonNode first = end.path("refused").path(0);
        assertThat(first.path("task").asText()).isEqualTo(swarm.of("t0"));
        assertThat(first.path("code").asText()).isEqualTo("IF_ERR_TASK_STATE");
        assertThat(first.path("why").asText()).contains("CLAIMED");
        assertThat(swarm.read("t7").path("assignee").asText()).isEqualTo(swarm.of("ann"));
        assertThat(swarm.read("t7").path("history").findValuesAsText("note")).containsExactly("Enough of it.");
    }

    @Test
    void each_thing_to_do_is_what_it_is_for_one_task() {
        submit(4, "priority", "P3");
        ended(post(order("REPRIORITISE", filter(), "with", body("priority", "p1"))));
        assertThat(swarm.read("t3").path("priority").asText()).isEqualTo("P1");
        swarm.claims("ann", "t0");
        JsonNode released = ended(post(order("RELEASE", filter("state", "CLAIMED"))));
        assertThat(released.path("done").asInt()).isEqualTo(1);
        assertThat(swarm.state("t0")).isEqualTo("QUEUED");
        ended(post(order("CANCEL", filter())));
        JsonNode retried = ended(post(order("RETRY", filter("state", "cancelled"))));
        assertThat(retried.path("done").asInt()).isEqualTo(4);
        assertThat(swarm.state("t2")).isEqualTo("QUEUED");
    }

    @Test
    void a_session_that_lacks_what_is_required_is_assigned_nothing_of_it() {
        swarm.enrol("bob");
        swarm.submit("a", "requires", "[\"docker\"]");
        swarm.submit("b");
        JsonNode end = ended(post(order("ASSIGN", filter(), "with", body("assignee", swarm.of("bob")))));
        assertThat(end.path("done").asInt()).isEqualTo(1);
        assertThat(end.path("refused").findValuesAsText("code")).containsExactly("IF_ERR_REQUIREMENT_MISSING");
        JsonNode again = ended(
                post(order("ASSIGN", filter("requires", "[\"docker\"]"), "with", body("assignee", swarm.of("ann")))));
        assertThat(again.path("matched").asInt()).isEqualTo(1);
        assertThat(swarm.read("a").path("assignee").asText()).isEqualTo(swarm.of("ann"));
        Answer nobody = post(order("ASSIGN", filter(), "with", body("assignee", "nobody")));
        assertThat(nobody.status()).isEqualTo(422);
        assertThat(nobody.body().path("field").asText()).isEqualTo("with.assignee");
    }

    @Test
    void a_dry_run_changes_nothing() {
        submit(12);
        JsonNode told = expect(post(order("CANCEL", filter(), "dryRun", "true")), 200);
        assertThat(told.path("matched").asInt()).isEqualTo(12);
        assertThat(told.path("examples")).hasSize(10);
        assertThat(told.path("examples").path(0).asText()).isEqualTo(swarm.of("t0"));
        assertThat(swarm.state("t0")).isEqualTo("QUEUED");
    }

    @Test
    void nothing_that_matches_is_done_at_once() {
        JsonNode started = expect(post(order("CANCEL", filter("state", "DEAD"))), 202);
        assertThat(started.path("state").asText()).isEqualTo("DONE");
        assertThat(started.path("matched").asInt()).isZero();
        assertThat(calls(started.path("id").asText()))
                .as("in one transaction")
                .containsExactlyInAnyOrder("POST " + BULK, "END " + BULK + "/ID");
    }

    @Test
    void the_same_key_starts_it_once() {
        submit(5);
        String key = UUID.randomUUID().toString();
        String body = order("CANCEL", filter());
        Answer first = swarm.api().post(BULK, body, operator, "Idempotency-Key", key);
        ended(first);
        Answer second = swarm.api().post(BULK, body, operator, "Idempotency-Key", key);
        assertThat(second.status()).isEqualTo(202);
        assertThat(second.body()).isEqualTo(first.body());
        String other = order("RETRY", filter());
        assertThat(swarm.api()
                        .post(BULK, other, operator, "Idempotency-Key", key)
                        .code())
                .isEqualTo("IF_ERR_IDEMPOTENCY_KEY_REUSED");
    }

    /** The third batch waits for a lock of the test; the stop comes before the fourth. */
    @Test
    void a_stop_lets_the_batch_under_way_end_and_no_other_begin() {
        submit(12);
        CompletableFuture<Void> letGo = new CompletableFuture<>();
        CompletableFuture<Void> locked = new CompletableFuture<>();
        CompletableFuture<Void> held = transactions
                .run(work -> work.connection()
                        .preparedQuery("SELECT FROM coordinator_task WHERE id = $1 FOR UPDATE")
                        .execute(Tuple.of(swarm.of("t7")))
                        .invoke(() -> locked.complete(null))
                        .chain(() -> Uni.createFrom().completionStage(letGo)))
                .subscribeAsCompletionStage()
                .toCompletableFuture();
        locked.join();
        String id = expect(post(order("CANCEL", filter())), 202).path("id").asText();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(read(id).path("done").asInt()).isEqualTo(6));
        await().atMost(PATIENCE).until(() -> waiting() == 1);
        String stop = BULK + "/" + id + "/stop";
        CompletableFuture<Answer> stopping =
                CompletableFuture.supplyAsync(() -> swarm.api().post(stop, body("reason", "A mistake."), operator));
        await().atMost(PATIENCE).until(() -> waiting() == 2);
        letGo.complete(null);
        held.join();
        JsonNode stopped = expect(stopping.join(), 200);
        assertThat(stopped.path("state").asText()).isEqualTo("STOPPED");
        assertThat(stopped.path("stopReason").asText()).isEqualTo("A mistake.");
        assertThat(stopped.path("done").asInt()).isEqualTo(9);
        assertThat(swarm.state("t8")).isEqualTo("CANCELLED");
        assertThat(swarm.state("t9")).isEqualTo("QUEUED");
        assertThat(calls(id)).containsExactly("POST " + BULK, "POST " + BULK + "/ID/stop");

        // What is called for late, or again, changes nothing.
        for (String late : List.of("/3", "/2", "/0")) {
            transactions.run(work -> bulks.carryOn(work, id + late)).await().atMost(PATIENCE);
        }
        assertThat(swarm.state("t9")).isEqualTo("QUEUED");
        assertThat(expect(swarm.api().delete(BULK + "/" + id, operator), 200)).isEqualTo(stopped);
    }

    /** How many wait for a lock of a row of these tables. */
    private long waiting() {
        return transactions
                .run(work -> work.connection()
                        .query("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                        .execute()
                        .map(rows -> rows.iterator().next().getLong(0)))
                .await()
                .atMost(PATIENCE);
    }

    @Test
    void a_task_that_no_longer_matches_when_its_turn_comes_is_passed_over() {
        submit(4);
        CompletableFuture<Void> letGo = new CompletableFuture<>();
        CompletableFuture<Void> locked = new CompletableFuture<>();
        CompletableFuture<Void> held = transactions
                .run(work -> work.connection()
                        .preparedQuery(
                                "UPDATE coordinator_task SET state = 'DONE', version = version + 1 WHERE id = $1")
                        .execute(Tuple.of(swarm.of("t1")))
                        .invoke(() -> locked.complete(null))
                        .chain(() -> Uni.createFrom().completionStage(letGo)))
                .subscribeAsCompletionStage()
                .toCompletableFuture();
        locked.join();
        Answer started = post(order("CANCEL", filter("state", "QUEUED")));
        swarm.submit("late");
        letGo.complete(null);
        held.join();
        JsonNode end = ended(started);
        assertThat(end.path("matched").asInt()).isEqualTo(4);
        assertThat(end.path("done").asInt()).isEqualTo(3);
        assertThat(end.path("passedOver").asInt()).isEqualTo(1);
        assertThat(end.path("refusedCount").asInt()).isZero();
        assertThat(swarm.state("late")).as("it was not there at the start").isEqualTo("QUEUED");
    }

    @Test
    void the_operator_of_a_swarm_reaches_its_own_tasks_only() {
        submit(2);
        Swarm other = new Swarm(fabric, operator);
        other.enrol("bob");
        other.submit("t");
        String token = expect(
                        swarm.api()
                                .post(
                                        "/coordinator/tokens",
                                        body("name", "zoe", "role", "operator", "swarm", other.id()),
                                        operator),
                        201)
                .path("token")
                .asText();
        Answer elsewhere = swarm.api().post(BULK, order("CANCEL", filter()), token);
        assertThat(elsewhere.status()).isEqualTo(403);
        JsonNode own = ended(swarm.api().post(BULK, order("CANCEL", "{}"), token));
        assertThat(own.path("matched").asInt()).isEqualTo(1);
        assertThat(own.path("filter").path("swarm").asText()).isEqualTo(other.id());
        assertThat(other.state("t")).isEqualTo("CANCELLED");
        assertThat(swarm.state("t0")).isEqualTo("QUEUED");
        JsonNode foreign = ended(post(order("CANCEL", filter())));
        Answer unseen = swarm.api().get(BULK + "/" + foreign.path("id").asText(), token);
        assertThat(unseen.code()).isEqualTo("IF_ERR_UNKNOWN_BULK");
        assertThat(swarm.api()
                        .post(BULK, order("CANCEL", filter()), swarm.token("ann"))
                        .status())
                .isEqualTo(403);
        assertThat(swarm.api()
                        .get(BULK + "/" + foreign.path("id").asText(), swarm.token("ann"))
                        .status())
                .isEqualTo(403);
    }

    @Test
    void an_order_for_too_many_is_refused() {
        submit(21);
        Answer refused = post(order("CANCEL", filter()));
        assertThat(refused.code()).isEqualTo("IF_ERR_BATCH_TOO_LARGE");
        assertThat(refused.body().path("field").asText()).isEqualTo("filter");
        assertThat(swarm.state("t0")).isEqualTo("QUEUED");
    }

    @Test
    void an_age_counts_back_from_now() {
        submit(2);
        assertThat(expect(post(order("CANCEL", filter("olderThan", "PT1H"), "dryRun", "true")), 200)
                        .path("matched")
                        .asInt())
                .isZero();
        assertThat(expect(post(order("CANCEL", filter("olderThan", "PT0S"), "dryRun", "true")), 200)
                        .path("matched")
                        .asInt())
                .isEqualTo(2);
        assertThat(expect(post(order("CANCEL", filter("olderThan", "2100-01-01T00:00:00Z"), "dryRun", "true")), 200)
                        .path("matched")
                        .asInt())
                .isEqualTo(2);
    }
}
