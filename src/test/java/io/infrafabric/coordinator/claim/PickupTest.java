package io.infrafabric.coordinator.claim;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.coordinator.Examples;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.claim.PickupTable.Pickup;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Submission.NewTask;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.fabric.Api.Answer;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tasks that are added as claimed: what is so granted, and each reason why nothing is. */
@QuarkusTest
class PickupTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LEASE = Duration.ofMinutes(10);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Transactions transactions;

    @Inject
    PickupTable pickups;

    @Inject
    MeterRegistry metrics;

    private Swarm swarm;

    @BeforeEach
    void a_session_that_may_have_one_lease() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann", "maxConcurrentTasks", "1");
    }

    @Test
    void who_waits_gets_the_task_as_if_it_had_been_queued_first() {
        CompletableFuture<Answer> waiting = swarm.claimLater("ann", "waitSeconds", "30", "leaseSeconds", "600");
        await().atMost(PATIENCE)
                .until(() -> metrics.get("s2.claims.waiting").gauge().value() == 1);
        JsonNode submitted = swarm.submit("t", "domains", "[\"go\"]", "payload", "{\"a\":1}", "maxAttempts", "5");
        JsonNode granted = expect(waiting.join(), 201);
        assertThat(submitted.path("state").asText()).isEqualTo("QUEUED");
        JsonNode task = swarm.read("t");
        assertThat(task.path("state").asText()).isEqualTo("CLAIMED");
        assertThat(task.path("holder").asText()).isEqualTo(swarm.of("ann"));
        assertThat(task.path("domains").toString()).isEqualTo("[\"go\"]");
        assertThat(task.path("payload").path("a").asInt()).isEqualTo(1);
        assertThat(task.path("maxAttempts").asInt()).isEqualTo(5);
        assertThat(task.path("history").findValuesAsText("what")).containsExactly("submitted", "claimed");
        assertThat(task.path("history").findValuesAsText("state")).containsExactly("QUEUED", "CLAIMED");
        assertThat(granted.path("lease").path("expiresAt").asText())
                .isEqualTo(task.path("leaseExpiresAt").asText());
        assertThat(due("t")).isEqualTo(task.path("leaseExpiresAt").asText());
        // Its hold is one like any other: the cost belongs to the claim.
        long epoch = granted.path("lease").path("epoch").asLong();
        assertThat(granted.path("hold").asText()).isNotEmpty();
        JsonNode ended = expect(swarm.end("ann", "complete", "t", epoch, "cost", "2.5"), 200);
        assertThat(ended.path("costRecorded").asBoolean()).isTrue();
        JsonNode proof = expect(swarm.api().get("/budget/check", operator), 200);
        assertThat(proof.path("differences").toString()).doesNotContain(swarm.of("ann"));
    }

    @Test
    void what_needs_no_decision_is_granted() {
        Pickup pickup = pickup("t");
        assertThat(pickup.submitted().state()).isEqualTo(Task.State.QUEUED);
        assertThat(pickup.submitted().version()).isEqualTo(1);
        assertThat(pickup.claimed().holder()).isEqualTo(swarm.of("ann"));
        assertThat(pickup.claimed().version()).isEqualTo(2);
        assertThat(pickup.claimed().epoch()).isEqualTo(1);
        JsonNode read = swarm.read("t");
        assertThat(read.path("version").asLong()).isEqualTo(2);
        assertThat(read.path("epoch").asLong()).isEqualTo(1);
        assertThat(read.path("leaseExpiresAt").asText())
                .isEqualTo(pickup.claimed().leaseExpiresAt().toString());
    }

    @Test
    void a_session_that_has_all_it_may_have_gets_nothing() {
        assertThat(pickup("t")).isNotNull();
        nothing("u");
    }

    @Test
    void two_at_once_do_not_give_a_session_more_than_it_may_have() {
        CompletableFuture<Pickup> first = new CompletableFuture<>();
        CompletableFuture<Void> mayEnd = new CompletableFuture<>();
        CompletableFuture<Pickup> committed = transactions
                .run(work -> pickups.pickup(work, task("t"), "op", claim())
                        .invoke(first::complete)
                        .call(() -> Uni.createFrom().completionStage(mayEnd)))
                .subscribeAsCompletionStage();
        assertThat(first.join()).isNotNull();
        CompletableFuture<Pickup> second = transactions
                .run(work -> pickups.pickup(work, task("u"), "op", claim()))
                .subscribeAsCompletionStage();
        await().atMost(PATIENCE).until(this::somebodyWaitsForALock);
        mayEnd.complete(null);
        assertThat(committed.join()).isNotNull();
        assertThat(second.join()).isNull();
        assertThat(swarm.api().get(swarm.task("u"), operator).status()).isEqualTo(404);
    }

    @Test
    void a_task_that_is_queued_comes_first_and_one_that_rests_does_not() {
        swarm.submit("old");
        nothing("t");
        long epoch = swarm.claims("ann", "old");
        expect(swarm.end("ann", "fail", "old", epoch, "error", "It broke."), 200);
        assertThat(pickup("t")).isNotNull();
    }

    @Test
    void a_task_for_the_session_alone_comes_first() {
        swarm.submit("own", "assignee", swarm.of("ann"));
        nothing("t");
    }

    @Test
    void a_task_for_another_session_stands_in_nobodys_way() {
        swarm.enrol("bob");
        swarm.submit("other", "assignee", swarm.of("bob"));
        assertThat(pickup("t")).isNotNull();
    }

    @Test
    void a_paused_swarm_gives_nothing() {
        expect(
                swarm.api()
                        .post(
                                "/coordinator/swarms/" + swarm.id() + "/pause",
                                Swarm.body("reason", "Too dear."),
                                operator),
                200);
        nothing("t");
    }

    @Test
    void a_session_that_has_left_or_is_lost_gets_nothing() {
        set("UPDATE coordinator_session SET state = 'LOST' WHERE id = $1", swarm.of("ann"));
        nothing("t");
        expect(swarm.api().delete(swarm.session("ann"), operator), 200);
        nothing("t");
    }

    @Test
    void a_breaker_that_is_open_or_to_be_probed_stands_in_the_way() {
        String own = "session:" + swarm.of("ann");
        set("UPDATE budget_account SET probe_at = now() - interval '1 hour' WHERE id = $1", own);
        nothing("t");
        set("UPDATE budget_account SET probe_at = now() + interval '1 hour' WHERE id = $1", own);
        nothing("t");
        set("UPDATE budget_account SET probe_at = NULL WHERE id = $1", own);
        expect(swarm.api().post("/budget/accounts/" + own + "/costs", "{\"amount\":50}", operator), 200);
        nothing("t");
        // That money was spent yesterday.
        set("UPDATE budget_account SET day = day - 1 WHERE id = $1", own);
        assertThat(pickup("t")).isNotNull();
    }

    @Test
    void a_breaker_of_the_swarm_stands_in_the_way() {
        expect(swarm.api().put("/budget/accounts/swarm:" + swarm.id(), "{\"dailyLimit\":1}", operator), 200);
        assertThat(pickup("t")).isNotNull();
        swarm.enrol("bob");
        expect(
                swarm.api().post("/budget/accounts/session:" + swarm.of("bob") + "/costs", "{\"amount\":1}", operator),
                200);
        expect(swarm.end("ann", "complete", "t", 1), 200);
        nothing("u");
    }

    @Test
    void a_task_that_is_there_is_not_added_again() {
        assertThat(pickup("t")).isNotNull();
        expect(swarm.end("ann", "complete", "t", 1), 200);
        assertThat(pickup("t")).isNull();
        assertThat(swarm.state("t")).isEqualTo("DONE");
    }

    @Test
    void only_what_takes_no_decision_is_tried() {
        NewTask free = task("t", null);
        assertThat(PickupTable.isSimple(free, claim())).isTrue();
        assertThat(PickupTable.isSimple(task("t", BigDecimal.ZERO), claim())).isTrue();
        assertThat(PickupTable.isSimple(task("t", BigDecimal.ONE), claim())).isFalse();
        assertThat(PickupTable.isSimple(free, new Claim("ann", null, 0.5, LEASE)))
                .isFalse();
        assertThat(PickupTable.isSimple(free, new Claim("ann", "t", null, LEASE)))
                .isFalse();
    }

    private Pickup pickup(String task) {
        return transactions
                .run(work -> pickups.pickup(work, task(task), "op", claim()))
                .await()
                .atMost(PATIENCE);
    }

    /** It is not granted, and nothing is written of it. */
    private void nothing(String task) {
        assertThat(pickup(task)).isNull();
        assertThat(swarm.api().get(swarm.task(task), operator).status()).isEqualTo(404);
        assertThat(due(task)).isNull();
        assertThat(count("SELECT count(*) FROM coordinator_history WHERE task = $1", swarm.of(task)))
                .isZero();
        assertThat(count("SELECT count(*) FROM budget_hold WHERE task = $1", swarm.of(task)))
                .isZero();
    }

    private Claim claim() {
        return new Claim(swarm.of("ann"), null, null, LEASE);
    }

    private NewTask task(String name) {
        return task(name, null);
    }

    private NewTask task(String name, BigDecimal estimatedCost) {
        return Examples.task(swarm.of(name))
                .swarm(swarm.id())
                .priority(Priority.P1)
                .estimate(estimatedCost == null ? null : estimatedCost.toPlainString())
                .payload(null)
                .trace(null)
                .wish();
    }

    private boolean somebodyWaitsForALock() {
        return transactions
                .run(work -> work.connection()
                        .query("SELECT 1 FROM pg_locks WHERE NOT granted")
                        .execute()
                        .map(rows -> rows.size() > 0))
                .await()
                .atMost(PATIENCE);
    }

    /** When the task's lease is due. */
    private String due(String task) {
        return transactions
                .run(work -> work.connection()
                        .preparedQuery("SELECT at FROM bus_due WHERE function = 'coordinator' AND entity = $1")
                        .execute(Tuple.of("lease:" + swarm.of(task)))
                        .map(rows -> rows.size() == 0
                                ? null
                                : rows.iterator()
                                        .next()
                                        .getOffsetDateTime(0)
                                        .toInstant()
                                        .toString()))
                .await()
                .atMost(PATIENCE);
    }

    private long count(String sql, String id) {
        return transactions
                .run(work -> work.connection()
                        .preparedQuery(sql)
                        .execute(Tuple.of(id))
                        .map(rows -> rows.iterator().next().getLong(0)))
                .await()
                .atMost(PATIENCE);
    }

    private void set(String sql, String id) {
        int changed = transactions
                .run(work -> work.connection()
                        .preparedQuery(sql)
                        .execute(Tuple.of(id))
                        .map(rows -> rows.rowCount()))
                .await()
                .atMost(PATIENCE);
        assertThat(changed).isEqualTo(1);
    }
}
