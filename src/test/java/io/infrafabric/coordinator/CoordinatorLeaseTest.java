package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Deadlines;
import io.infrafabric.bus.Transactions;
import io.infrafabric.fabric.Api.Answer;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.All;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How leases end, and what becomes of sessions that fall silent or leave. */
@QuarkusTest
class CoordinatorLeaseTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    MeterRegistry metrics;

    @Inject
    Transactions transactions;

    @All
    List<Deadlines> deadlines;

    private Swarm swarm;

    @BeforeEach
    void a_swarm_of_two() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
        swarm.enrol("bob");
    }

    // Ends

    @Test
    void a_lease_that_runs_out_passes_the_task_on_and_the_late_call_is_refused() {
        swarm.submit("t");
        long old = swarm.claims("ann", "t", "leaseSeconds", "1");
        Answer next = expectWork("bob");
        long epoch = next.body().path("lease").path("epoch").asLong();
        assertThat(epoch).isGreaterThan(old + 1);
        assertThat(next.body().path("task").path("attempts").asInt()).isEqualTo(1);

        Answer late = swarm.end("ann", "complete", "t", old);
        assertThat(late.status()).isEqualTo(409);
        assertThat(late.code()).isEqualTo("IF_ERR_STALE_EPOCH");
        assertThat(late.body().path("reason").asText()).isEqualTo("LEASE_EXPIRED");
        assertThat(late.body().path("currentEpoch").asLong()).isEqualTo(epoch);
        assertThat(late.body().path("taskState").asText()).isEqualTo("CLAIMED");
        assertThat(late.body().path("whatToDo").asText()).isNotEmpty();
        assertThat(swarm.end("ann", "renew", "t", old).code()).isEqualTo("IF_ERR_STALE_EPOCH");

        expect(swarm.end("bob", "complete", "t", epoch), 200);
        assertThat(swarm.read("t").path("history").findValuesAsText("what"))
                .containsExactly("submitted", "claimed", "lease-expired", "claimed", "completed");
        assertThat(inbox("ann").findValuesAsText("type")).containsExactly("leaseLost");
    }

    @Test
    void a_renewed_lease_lasts_longer() {
        swarm.submit("t");
        long epoch = swarm.claims("ann", "t", "leaseSeconds", "60");
        String before = swarm.read("t").path("leaseExpiresAt").asText();
        JsonNode renewed = expect(swarm.end("ann", "renew", "t", epoch, "leaseSeconds", "600"), 200);
        assertThat(renewed.path("leaseExpiresAt").asText()).isGreaterThan(before);
        assertThat(renewed.path("epoch").asLong()).isEqualTo(epoch);
    }

    @Test
    void repeating_the_call_that_ended_a_claim_gives_the_same_answer() {
        for (String how : List.of("complete", "fail", "release")) {
            swarm.submit(how);
            long epoch = swarm.claims("ann", how);
            String[] more = how.equals("fail") ? new String[] {"error", "It broke."} : new String[0];
            JsonNode first = expect(swarm.end("ann", how, how, epoch, more), 200);
            assertThat(expect(swarm.end("ann", how, how, epoch, more), 200)).isEqualTo(first);
            if (!how.equals("complete")) {
                await().atMost(PATIENCE)
                        .until(() -> swarm.claim("bob", "taskId", swarm.of(how)).status() == 201);
                assertThat(expect(swarm.end("ann", how, how, epoch, more), 200)).isEqualTo(first);
            }
        }
    }

    @Test
    void claiming_again_what_i_hold_gives_a_new_epoch_and_counts_no_attempt() {
        swarm.submit("t");
        long old = swarm.claims("ann", "t");
        long epoch = swarm.claims("ann", "t", "taskId", swarm.of("t"));
        assertThat(epoch).isEqualTo(old + 1);
        assertThat(swarm.read("t").path("attempts").asInt()).isZero();
        assertThat(swarm.end("ann", "complete", "t", old).body().path("reason").asText())
                .isEqualTo("RELEASED");
        expect(swarm.end("ann", "complete", "t", epoch), 200);
    }

    @Test
    void failures_are_retried_after_a_rest_until_the_task_is_dead() {
        swarm.submit("t", "maxAttempts", "2");
        JsonNode failed = expect(swarm.end("ann", "fail", "t", swarm.claims("ann", "t"), "error", "First."), 200);
        assertThat(failed.path("state").asText()).isEqualTo("QUEUED");
        assertThat(failed.path("notBefore").asText())
                .isGreaterThan(failed.path("changedAt").asText());
        assertThat(swarm.claim("bob", "taskId", swarm.of("t")).code()).isEqualTo("IF_ERR_TASK_NOT_CLAIMABLE");

        long epoch = expectWork("bob").body().path("lease").path("epoch").asLong();
        JsonNode dead = expect(swarm.end("bob", "fail", "t", epoch, "error", "Second."), 200);
        assertThat(dead.path("state").asText()).isEqualTo("DEAD");
        assertThat(dead.path("attempts").asInt()).isEqualTo(2);
        assertThat(dead.path("error").asText()).isEqualTo("Second.");

        JsonNode retried = expect(swarm.operate("retry", "t", "reason", "Mended."), 200);
        assertThat(retried.path("state").asText()).isEqualTo("QUEUED");
        assertThat(retried.path("attempts").asInt()).isZero();
        swarm.claims("ann", "t");
    }

    @Test
    void what_cannot_be_retried_is_dead_at_once() {
        swarm.submit("t");
        long epoch = swarm.claims("ann", "t");
        expect(swarm.end("ann", "fail", "t", epoch, "error", "No such repository.", "retryable", "false"), 200);
        assertThat(swarm.state("t")).isEqualTo("DEAD");
    }

    @Test
    void giving_back_and_being_taken_from_count_no_attempt() {
        swarm.submit("t");
        expect(swarm.end("ann", "release", "t", swarm.claims("ann", "t")), 200);
        long epoch = swarm.claims("ann", "t", "taskId", swarm.of("t"));
        expect(swarm.operate("release", "t", "reason", "Needed elsewhere."), 200);
        Answer late = swarm.end("ann", "complete", "t", epoch);
        assertThat(late.body().path("reason").asText()).isEqualTo("RELEASED");
        assertThat(late.body().path("taskState").asText()).isEqualTo("QUEUED");
        assertThat(swarm.read("t").path("attempts").asInt()).isZero();
        JsonNode notice = inbox("ann").path(0);
        assertThat(notice.path("type").asText()).isEqualTo("leaseLost");
        assertThat(notice.path("data").path("reason").asText()).isEqualTo("Needed elsewhere.");
        swarm.claims("bob", "t");
    }

    @Test
    void when_the_client_is_gone_while_it_waits_the_next_one_gets_the_task() throws IOException {
        try (Socket socket = new Socket(fabric.getHost(), fabric.getPort())) {
            String body = "{\"waitSeconds\":50}";
            String request = "POST " + swarm.session("ann")
                    + "/claims HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                    + swarm.token("ann") + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                    + "\r\n\r\n" + body;
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            await().atMost(PATIENCE)
                    .pollInterval(10, TimeUnit.MILLISECONDS)
                    .until(() -> metrics.get("s2.claims.waiting").gauge().value() == 1);
        }
        swarm.submit("t");
        Answer granted = expectWork("bob");
        assertThat(granted.body().path("task").path("id").asText()).isEqualTo(swarm.of("t"));
        assertThat(granted.body().path("task").path("attempts").asInt()).isZero();
        await().atMost(PATIENCE)
                .until(() -> metrics.get("s2.claims.waiting").gauge().value() == 0);
    }

    // Heartbeats and silence

    @Test
    void a_heartbeat_renews_many_leases_and_says_which_are_lost() {
        swarm.submit("a");
        swarm.submit("b");
        long a = swarm.claims("ann", "a");
        long b = swarm.claims("ann", "b");
        expect(swarm.operate("release", "b", "reason", "Needed elsewhere."), 200);
        String leases = "[" + lease("a", a) + "," + lease("b", b) + "," + lease("nowhere", 1) + "]";
        JsonNode beat = expect(
                swarm.api()
                        .post(
                                swarm.session("ann") + "/heartbeat",
                                Swarm.body("leases", leases, "leaseSeconds", "600"),
                                swarm.token("ann")),
                200);
        assertThat(beat.path("state").asText()).isEqualTo("LIVE");
        assertThat(beat.path("leases").path(0).path("expiresAt").asText()).isNotEmpty();
        assertThat(beat.path("leases").path(1).path("lost").asText()).isEqualTo("RELEASED");
        assertThat(beat.path("leases").path(2).path("lost").asText()).isEqualTo("UNKNOWN_TASK");
        assertThat(beat.path("notices").asInt()).isEqualTo(1);
    }

    @Test
    void a_silent_session_loses_its_tasks_to_others_and_comes_back_without_them() {
        swarm.enrol("eve", "heartbeatSeconds", "1");
        swarm.submit("held");
        long epoch = swarm.claims("eve", "held");
        swarm.submit("assigned", "assignee", swarm.of("eve"));
        await().atMost(PATIENCE).until(() -> sessionState("eve").equals("LOST"));

        Answer first = expectWork("bob");
        Answer second = expectWork("bob");
        assertThat(List.of(
                        first.body().path("task").path("id").asText(),
                        second.body().path("task").path("id").asText()))
                .containsExactlyInAnyOrder(swarm.of("held"), swarm.of("assigned"));
        JsonNode assigned = swarm.read("assigned");
        assertThat(assigned.has("assignee")).isFalse();
        assertThat(assigned.path("attempts").asInt()).isZero();
        assertThat(assigned.path("history").findValuesAsText("what")).contains("unassigned");
        assertThat(swarm.read("held").path("attempts").asInt()).isEqualTo(1);

        Answer late = swarm.end("eve", "complete", "held", epoch);
        assertThat(late.code()).isEqualTo("IF_ERR_STALE_EPOCH");
        assertThat(late.body().path("reason").asText()).isEqualTo("SESSION_LOST");
        JsonNode beat = expect(swarm.api().post(swarm.session("eve") + "/heartbeat", null, swarm.token("eve")), 200);
        assertThat(beat.path("state").asText()).isEqualTo("LIVE");
        assertThat(inbox("eve").findValuesAsText("type")).contains("leaseLost", "taskAssigned");
    }

    @Test
    void whoever_waits_for_work_or_notices_is_not_silent_and_whoever_has_waited_is() {
        swarm.enrol("eve", "heartbeatSeconds", "2");
        // Longer than the silence that is allowed.
        assertThat(swarm.claim("eve", "waitSeconds", "4").status()).isEqualTo(204);
        assertThat(sessionState("eve")).isEqualTo("LIVE");
        JsonNode nothing =
                expect(swarm.api().get(swarm.session("eve") + "/inbox?waitSeconds=4", swarm.token("eve")), 200);
        assertThat(nothing.path("items")).isEmpty();
        assertThat(sessionState("eve")).isEqualTo("LIVE");
        await().atMost(PATIENCE).until(() -> sessionState("eve").equals("LOST"));
    }

    @Test
    void whoever_leaves_gives_everything_back() {
        swarm.submit("held");
        long epoch = swarm.claims("ann", "held");
        swarm.submit("assigned", "assignee", swarm.of("ann"));
        JsonNode left = expect(swarm.api().delete(swarm.session("ann"), swarm.token("ann")), 200);
        assertThat(left.path("state").asText()).isEqualTo("LEFT");
        assertThat(swarm.claim("ann").body().path("reason").asText()).isEqualTo("LEFT");
        assertThat(swarm.end("ann", "complete", "held", epoch).code()).isEqualTo("IF_ERR_UNAUTHENTICATED");
        assertThat(swarm.read("assigned").has("assignee")).isFalse();
        expectWork("bob");
        expectWork("bob");
        assertThat(swarm.read("held").path("attempts").asInt()).isZero();

        swarm.enrol("ann");
        assertThat(swarm.claim("ann").status()).isEqualTo(204);
        assertThat(swarm.end("ann", "complete", "held", epoch)
                        .body()
                        .path("reason")
                        .asText())
                .isEqualTo("RELEASED");
    }

    @Test
    void after_a_gap_in_which_nothing_ran_leases_and_silence_go_on_where_they_were() {
        swarm.submit("t");
        swarm.claims("ann", "t");
        Instant expires = leaseEnd("t");
        Instant seen = lastSeen("ann");
        for (Deadlines each : deadlines) {
            transactions
                    .run(work -> each.extend(work.connection(), seen, Duration.ofHours(2)))
                    .await()
                    .atMost(PATIENCE);
        }
        assertThat(leaseEnd("t")).isEqualTo(expires.plus(Duration.ofHours(2)));
        assertThat(lastSeen("ann")).isAfterOrEqualTo(seen.plus(Duration.ofHours(2)));
    }

    @Test
    void deadlines_move_in_the_order_of_locks() {
        assertThat(deadlines.stream()
                        .map(each -> each.getClass().getSimpleName().split("_", -1)[0])
                        .toList())
                .containsExactly("BlockerTable", "SessionTable", "AccountTable", "ClosingTransaction", "LeaseTable");
    }

    private Instant leaseEnd(String task) {
        return Instant.parse(swarm.read(task).path("leaseExpiresAt").asText());
    }

    private Instant lastSeen(String session) {
        return Instant.parse(expect(swarm.api().get(swarm.session(session), operator), 200)
                .path("lastSeen")
                .asText());
    }

    // Inbox

    @Test
    void the_inbox_is_read_with_waiting_and_kept_until_acknowledged() {
        var waiting = CompletableFuture.supplyAsync(
                () -> swarm.api().get(swarm.session("ann") + "/inbox?waitSeconds=30", swarm.token("ann")));
        swarm.submit("t", "assignee", swarm.of("ann"));
        JsonNode told = expect(waiting.join(), 200);
        assertThat(told.path("items").path(0).path("type").asText()).isEqualTo("taskAssigned");
        assertThat(told.path("items").path(0).path("subject").asText()).isEqualTo("task:" + swarm.of("t"));

        long epoch = swarm.claims("ann", "t");
        assertThat(epoch).isEqualTo(1);
        expect(swarm.operate("cancel", "t", "reason", "Not needed."), 200);
        JsonNode both = inbox("ann");
        assertThat(both.findValuesAsText("type")).containsExactly("taskAssigned", "taskCancelled");
        long upTo = both.path(0).path("seq").asLong();
        for (int removed : new int[] {1, 0}) {
            JsonNode acknowledged = expect(
                    swarm.api()
                            .post(
                                    swarm.session("ann") + "/inbox/ack",
                                    Swarm.body("upTo", Long.toString(upTo)),
                                    swarm.token("ann")),
                    200);
            assertThat(acknowledged.path("removed").asInt()).isEqualTo(removed);
        }
        assertThat(inbox("ann").findValuesAsText("type")).containsExactly("taskCancelled");
        Answer after = swarm.api().get(swarm.session("ann") + "/inbox?after=" + upTo, swarm.token("ann"));
        assertThat(after.body().path("items")).hasSize(1);
    }

    private JsonNode inbox(String session) {
        return expect(swarm.api().get(swarm.session(session) + "/inbox", swarm.token(session)), 200)
                .path("items");
    }

    private String lease(String task, long epoch) {
        return Swarm.body("task", swarm.of(task), "epoch", Long.toString(epoch));
    }

    private String sessionState(String session) {
        return expect(swarm.api().get(swarm.session(session), operator), 200)
                .path("state")
                .asText();
    }

    /** Waits until there is work for the session, and claims it. */
    private Answer expectWork(String session) {
        Answer granted = swarm.claim(session, "waitSeconds", "50");
        expect(granted, 201);
        return granted;
    }
}
