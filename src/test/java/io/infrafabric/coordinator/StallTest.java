package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Deadlines;
import io.infrafabric.bus.Transactions;
import io.infrafabric.coordinator.published.SessionProgress;
import io.infrafabric.coordinator.published.SessionProgress.Kind;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.arc.All;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sessions that are heard and get nowhere, and leases that live as long as their session. */
@QuarkusTest
class StallTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    SessionProgress progress;

    @Inject
    Pool pool;

    @Inject
    Transactions transactions;

    @All
    List<Deadlines> deadlines;

    private Swarm swarm;

    @BeforeEach
    void a_swarm() {
        swarm = new Swarm(fabric, operator);
    }

    @Test
    void a_session_without_progress_is_asked_and_then_loses_its_work_however_alive_it_is() {
        assertThat(swarm.enrol("ann", "stallSeconds", "1").path("stallSeconds").asInt())
                .isEqualTo(1);
        swarm.submit("t");
        long epoch = swarm.claims("ann", "t", "leaseSeconds", "3600");
        shows(Kind.CALL);
        // Reading the inbox is a call: alive, and no progress.
        await().atMost(PATIENCE).until(() -> inbox().findValuesAsText("type").equals(List.of("stalled", "leaseLost")));
        assertThat(inbox().path(0).path("data").path("endsAt").asText())
                .isGreaterThan(inbox().path(0).path("data").path("since").asText());
        assertThat(inbox().path(1).path("data").path("reason").asText()).isEqualTo("STALLED");
        Answer late = swarm.end("ann", "complete", "t", epoch);
        assertThat(late.code()).isEqualTo("IF_ERR_STALE_EPOCH");
        assertThat(late.body().path("reason").asText()).isEqualTo("STALLED");
        JsonNode task = swarm.read("t");
        assertThat(task.path("attempts").asInt()).isEqualTo(1);
        assertThat(task.path("history").findValuesAsText("what")).contains("stalled");
        assertThat(session().path("state").asText()).isEqualTo("LIVE");
    }

    @Test
    void everybody_sees_the_mark_until_the_session_goes_on() {
        swarm.enrol("ann", "stallSeconds", "5000");
        swarm.enrol("bob");
        swarm.submit("t");
        swarm.claims("ann", "t");
        shows(Kind.CALL);
        ago("progress_at = now() - interval '6000 seconds'");
        sql("UPDATE coordinator_task SET changed_at = now() - interval '6000 seconds' WHERE id = $1", swarm.of("t"));
        sql("UPDATE bus_due SET at = now() WHERE entity = $1", "stall:" + swarm.of("ann"));
        await().atMost(PATIENCE).until(() -> session().has("stalledSince"));
        JsonNode seen = expect(swarm.api().get(swarm.session("ann"), swarm.token("bob")), 200);
        assertThat(seen.path("stalledSince").asText()).isNotEmpty();
        assertThat(seen.path("state").asText()).isEqualTo("LIVE");

        progress.shown(swarm.of("ann"), Kind.COST, Instant.now().minusSeconds(100_000))
                .await()
                .atMost(PATIENCE);
        assertThat(session().has("stalledSince")).as("news of long ago").isTrue();
        shows(Kind.COST);
        assertThat(session().has("stalledSince")).isFalse();
        assertThat(swarm.state("t")).isEqualTo("CLAIMED");
    }

    @Test
    void a_tool_counts_while_it_runs() {
        swarm.enrol("ann");
        shows(Kind.TOOL_STARTED);
        shows(Kind.TOOL_STARTED);
        shows(Kind.TOOL_ENDED);
        assertThat(row().getValue("tool_until")).isNotNull();
        shows(Kind.TOOL_ENDED);
        assertThat(row().getValue("tool_until")).isNull();
        shows(Kind.TOOL_ENDED);
        shows(Kind.TOOL_STARTED);
        assertThat(row().getInteger("tools_running")).isEqualTo(1);
        shows(Kind.TURN);
        assertThat(row().getValue("tool_until")).isNull();
        assertThat(row().getInteger("tools_running")).isZero();
    }

    @Test
    void a_session_that_never_showed_progress_is_not_looked_at() {
        swarm.enrol("ann", "stallSeconds", "1");
        swarm.submit("t");
        swarm.claims("ann", "t");
        expect(swarm.api().post(swarm.session("ann") + "/heartbeat", "{}", swarm.token("ann")), 200);
        assertThat(row().getValue("stall_look")).isNull();
        assertThat(count("SELECT count(*) FROM bus_due WHERE entity = $1", "stall:" + swarm.of("ann")))
                .isZero();
    }

    @Test
    void a_reported_cost_is_progress_and_a_renewal_is_not() {
        swarm.enrol("ann");
        swarm.submit("t");
        long epoch = swarm.claims("ann", "t");
        expect(swarm.end("ann", "renew", "t", epoch), 200);
        assertThat(row().getValue("progress_at")).isNull();
        expect(
                swarm.api()
                        .post(
                                "/budget/accounts/session:" + swarm.of("ann") + "/costs",
                                "{\"amount\":0.01}",
                                swarm.token("ann")),
                200);
        assertThat(row().getValue("progress_at")).isNotNull();
    }

    @Test
    void leaving_forgets_what_was_shown() {
        swarm.enrol("ann");
        shows(Kind.CALL);
        expect(swarm.api().delete(swarm.session("ann"), swarm.token("ann")), 200);
        assertThat(row().getValue("progress_at")).isNull();
        shows(Kind.CALL);
        assertThat(row().getValue("progress_at"))
                .as("a session that has left shows nothing")
                .isNull();
        assertThat(count("SELECT count(*) FROM bus_due WHERE entity = $1", "stall:" + swarm.of("ann")))
                .isZero();
    }

    @Test
    void progress_stands_still_in_a_gap() {
        swarm.enrol("ann");
        shows(Kind.CALL);
        ago("progress_at = now() - interval '1000 seconds'");
        Duration gap = Duration.ofMinutes(15);
        transactions
                .run(work -> {
                    Uni<Void> moved = Uni.createFrom().voidItem();
                    for (Deadlines each : deadlines) {
                        moved = moved.chain(() ->
                                each.extend(work.connection(), Instant.now().plusSeconds(86_400), gap));
                    }
                    return moved;
                })
                .await()
                .atMost(PATIENCE);
        assertThat(count(
                        "SELECT count(*) FROM coordinator_session WHERE id = $1 AND progress_at > now() - interval '500 seconds'",
                        swarm.of("ann")))
                .isEqualTo(1);
    }

    @Test
    void any_call_renews_a_kept_lease_until_its_day_is_over() {
        swarm.enrol("ann");
        swarm.submit("t");
        swarm.claims("ann", "t", "keep", "true", "leaseSeconds", "1000");
        due("t", 500);
        await().atMost(PATIENCE).until(() -> {
            inbox();
            return left("t") > 900;
        });
        sql("UPDATE coordinator_task SET keep_until = now() + interval '600 seconds' WHERE id = $1", swarm.of("t"));
        due("t", 500);
        await().atMost(PATIENCE).until(() -> {
            inbox();
            return left("t") > 550;
        });
        assertThat(left("t")).isLessThan(650);
    }

    @Test
    void a_lease_that_is_not_kept_ends_by_itself() {
        swarm.enrol("ann");
        swarm.submit("t");
        swarm.submit("u");
        swarm.claims("ann", "t", "taskId", swarm.of("t"), "leaseSeconds", "1000");
        swarm.claims("ann", "u", "taskId", swarm.of("u"), "keep", "true", "leaseSeconds", "1000");
        swarm.claims("ann", "u", "taskId", swarm.of("u"), "leaseSeconds", "1000");
        swarm.submit("v");
        swarm.claims("ann", "v", "taskId", swarm.of("v"), "keep", "true", "leaseSeconds", "1000");
        due("t", 500);
        due("u", 500);
        due("v", 500);
        await().atMost(PATIENCE).until(() -> {
            inbox();
            return left("v") > 900;
        });
        assertThat(left("t")).isLessThan(600);
        assertThat(left("u")).as("the new claim does not ask for it").isLessThan(600);
    }

    private void shows(Kind kind) {
        progress.shown(swarm.of("ann"), kind).await().atMost(PATIENCE);
    }

    private JsonNode session() {
        return expect(swarm.api().get(swarm.session("ann"), operator), 200);
    }

    private JsonNode inbox() {
        return expect(swarm.api().get(swarm.session("ann") + "/inbox", swarm.token("ann")), 200)
                .path("items");
    }

    private void ago(String set) {
        sql("UPDATE coordinator_session SET " + set + " WHERE id = $1", swarm.of("ann"));
    }

    private void due(String task, int seconds) {
        sql(
                "UPDATE coordinator_task SET lease_until = now() + " + seconds + " * interval '1 second' WHERE id = $1",
                swarm.of(task));
    }

    private long left(String task) {
        return count(
                "SELECT extract(epoch FROM lease_until - now())::bigint FROM coordinator_task WHERE id = $1",
                swarm.of(task));
    }

    private Row row() {
        return pool.preparedQuery("SELECT * FROM coordinator_session WHERE id = $1")
                .execute(Tuple.of(swarm.of("ann")))
                .await()
                .atMost(PATIENCE)
                .iterator()
                .next();
    }

    private long count(String query, String value) {
        return pool.preparedQuery(query)
                .execute(Tuple.of(value))
                .await()
                .atMost(PATIENCE)
                .iterator()
                .next()
                .getLong(0);
    }

    private void sql(String statement, String value) {
        pool.preparedQuery(statement).execute(Tuple.of(value)).await().atMost(PATIENCE);
    }
}
