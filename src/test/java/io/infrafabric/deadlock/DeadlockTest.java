package io.infrafabric.deadlock;

import static io.infrafabric.deadlock.Band.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.event.DeadlockEvent.WaitReported;
import io.infrafabric.event.Event;
import io.infrafabric.event.Trace;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Gatherers;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** Waits and deadlocks through the door, on a real PostgreSQL and Redis. */
@QuarkusTest
class DeadlockTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Transactions transactions;

    private Band band(String... sessions) {
        return new Band(fabric, operator, sessions);
    }

    /** A cycle of a claim and a wait: ann waits for a task of bob, bob waits for ann, and has waited longer. */
    @Test
    void a_cycle_is_ended_when_it_closes_and_nothing_is_lost() {
        Band band = band("ann", "bob", "zoe");
        String boss = band.asks(this::tell, "boss");
        band.submit("t", "priority", "P2", "estimatedCost", 5);
        band.submit("other");
        long epoch = band.claims("bob", "t");
        band.claims("bob", "other");
        band.waitsFor("zoe", "bob");
        expect(band.put("bob", List.of(band.of("ann"), boss)), 200);

        JsonNode closed = expect(band.put("ann", band.on("task:t")), 200);
        assertThat(band.plain(closed.path("cycle"))).containsExactly("session:ann", "task:t", "session:bob");
        assertThat(band.plain(closed.path("preempted").asText())).isEqualTo("bob");
        assertThat(band.plain(closed.path("released"))).containsExactly("t");

        assertThat(band.waiting("bob")).containsExactly(boss);
        assertThat(band.waiting("ann")).containsExactly("task:t");
        assertThat(band.waiting("zoe")).containsExactly("session:bob");
        JsonNode task = band.task("t");
        assertThat(task.path("state").asText()).isEqualTo("QUEUED");
        assertThat(task.path("priority").asText()).isEqualTo("P1");
        assertThat(task.path("epoch").asLong()).isEqualTo(epoch + 1);
        assertThat(task.path("attempts").asInt()).isZero();
        assertThat(band.task("other").path("holder").asText()).isEqualTo(band.of("bob"));
        Answer account = band.api().get("/budget/accounts/session:" + band.of("bob"), operator);
        assertThat(account.body().path("heldToday").decimalValue()).isEqualByComparingTo("0");

        Answer stale = band.end("bob", "complete", "t", epoch);
        assertThat(stale.code()).isEqualTo("IF_ERR_STALE_EPOCH");
        assertThat(stale.body().path("reason").asText()).isEqualTo("PREEMPTED");
        JsonNode notice = band.inbox("bob").path(0);
        assertThat(notice.path("type").asText()).isEqualTo("preempted");
        assertThat(band.plain(notice.path("data").path("cycle"))).hasSize(3);

        JsonNode kept = band.deadlocks().path(0);
        assertThat(kept.path("victim").asText()).isEqualTo(band.of("bob"));
        assertThat(kept.path("why").asText()).contains("waited longest");
        assertThat(kept.path("foundBy").asText()).isEqualTo("EDGE");
        assertThat(band.deadlocks()).hasSize(1);
    }

    /** Three hold what the next one waits for: the longest waiter gives up its task, and then all of them get done. */
    @Test
    void preemption() {
        Band band = band("ann", "bob", "cy");
        Map<String, Long> epochs = new HashMap<>();
        for (String session : List.of("ann", "bob", "cy")) {
            band.submit("of-" + session);
            epochs.put(session, band.claims(session, "of-" + session));
        }
        assertThat(band.waitsFor("bob", "task:of-cy").has("cycle")).isFalse();
        assertThat(band.waitsFor("cy", "task:of-ann").has("cycle")).isFalse();

        JsonNode closed = band.waitsFor("ann", "task:of-bob");

        assertThat(band.plain(closed.path("preempted").asText())).isEqualTo("bob");
        assertThat(band.plain(closed.path("released"))).containsExactly("of-bob");
        assertThat(band.plain(band.inbox("bob").findPath("cycle")))
                .contains("session:ann", "session:bob", "session:cy");
        assertThat(band.end("bob", "complete", "of-bob", epochs.get("bob")).code())
                .isEqualTo("IF_ERR_STALE_EPOCH");
        expect(band.end("ann", "complete", "of-bob", band.claims("ann", "of-bob")), 200);
        expect(band.end("ann", "complete", "of-ann", epochs.get("ann")), 200);
        expect(band.end("cy", "complete", "of-cy", epochs.get("cy")), 200);
        assertThat(band.deadlocks()).hasSize(1);
        for (String session : List.of("ann", "bob", "cy")) {
            assertThat(band.task("of-" + session).path("state").asText()).isEqualTo("DONE");
            await().atMost(PATIENCE).until(() -> band.waiting(session).isEmpty());
        }
    }

    @Test
    void for_a_wait_on_the_session_all_its_claims_end() {
        Band band = band("ann", "bob");
        band.submit("one");
        band.submit("two");
        band.claims("bob", "one");
        band.claims("bob", "two");
        band.waitsFor("bob", "ann");
        JsonNode closed = band.waitsFor("ann", "bob");
        assertThat(band.plain(closed.path("released"))).containsExactly("one", "two");
        assertThat(band.task("two").path("state").asText()).isEqualTo("QUEUED");
    }

    @Test
    void a_wait_that_closes_a_cycle_can_be_refused_instead() {
        Band band = band("ann", "bob", "cy");
        band.waitsFor("ann", "bob");
        band.waitsFor("bob", "cy");
        Answer refused = band.refusing("cy", "ann");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.code()).isEqualTo("IF_ERR_WAIT_CYCLE");
        assertThat(band.plain(refused.body().path("cycle")))
                .containsExactly("session:cy", "session:ann", "session:bob");
        assertThat(band.waiting("cy")).isEmpty();
        assertThat(band.deadlocks()).isEmpty();
    }

    @Test
    void one_alternative_that_is_free_is_no_deadlock_until_it_is_dropped() {
        Band band = band("ann", "bob", "cy");
        expect(band.put("ann", band.on("bob", "cy"), "mode", "any"), 200);
        band.waitsFor("bob", "ann");
        assertThat(band.deadlocks()).isEmpty();
        JsonNode dropped = expect(band.drop("ann", "?on=" + band.of("cy")), 200);
        assertThat(dropped.path("cycle")).hasSize(2);
        assertThat(band.deadlocks()).hasSize(1);
    }

    /** Nobody says anything: a task changes hands, and that closes the cycle. */
    @Test
    void a_claim_can_close_a_cycle() {
        Band band = band("ann", "bob");
        band.submit("t");
        band.waitsFor("ann", "task:t");
        band.waitsFor("bob", "ann");
        assertThat(band.deadlocks()).isEmpty();
        band.claims("bob", "t");
        await().atMost(PATIENCE).until(() -> band.deadlocks().size() == 1);
        assertThat(band.deadlocks().path(0).path("foundBy").asText()).isEqualTo("EVENT");
        assertThat(band.plain(band.deadlocks().path(0).path("victim").asText())).isEqualTo("ann");
        assertThat(band.waiting("ann")).isEmpty();
        assertThat(band.task("t").path("holder").asText()).isEqualTo(band.of("bob"));
    }

    /** Nobody says anything: an operator makes a task depend on another one, and that closes the cycle. */
    @Test
    void new_dependencies_can_close_a_cycle() {
        Band band = band("ann", "bob");
        band.submit("first");
        band.submit("then");
        band.claims("bob", "first");
        band.waitsFor("ann", "task:then");
        band.waitsFor("bob", "ann");
        assertThat(band.deadlocks()).isEmpty();
        band.change("then", "dependsOn", band.on("first"));
        await().atMost(PATIENCE).until(() -> band.deadlocks().size() == 1);
        assertThat(band.deadlocks().path(0).path("foundBy").asText()).isEqualTo("EVENT");
        assertThat(band.plain(band.deadlocks().path(0).path("cycle")))
                .containsExactlyInAnyOrder("session:bob", "session:ann", "task:then", "task:first");
    }

    @Test
    void a_new_assignee_can_close_a_cycle() {
        Band band = band("ann", "bob");
        band.submit("t");
        band.waitsFor("ann", "task:t");
        band.waitsFor("bob", "ann");
        band.change("t", "assignee", band.of("bob"));
        await().atMost(PATIENCE).until(() -> band.deadlocks().size() == 1);
        assertThat(band.deadlocks().path(0).path("foundBy").asText()).isEqualTo("EVENT");
        assertThat(band.waiting("ann").size() + band.waiting("bob").size()).isEqualTo(1);
    }

    /** What would have closed the cycle is gone before it closes: nobody is preempted. */
    @Test
    void a_cycle_that_an_operator_opens_preempts_nobody() {
        Band band = band("ann", "bob");
        band.submit("first");
        band.submit("then", "dependsOn", List.of(band.of("first")));
        band.submit("hers", "assignee", band.of("bob"));
        band.claims("bob", "first");
        band.waitsFor("ann", "task:then", "task:hers");
        band.change("then", "dependsOn", List.of());
        band.change("hers", "assignee", "");
        JsonNode said = band.waitsFor("bob", "ann");
        assertThat(said.path("cycle").isMissingNode()).isTrue();
        expect(band.refusing("bob", "ann"), 200);
        assertThat(band.deadlocks()).isEmpty();
        assertThat(band.waiting("ann")).containsExactlyInAnyOrder("task:then", "task:hers");
        assertThat(band.task("first").path("holder").asText()).isEqualTo(band.of("bob"));
    }

    @Test
    void who_claims_what_it_waits_for_no_longer_waits_for_it() {
        Band band = band("ann");
        band.submit("t");
        band.waitsFor("ann", "task:t");
        band.claims("ann", "t");
        await().atMost(PATIENCE).until(() -> band.waiting("ann").isEmpty());
        assertThat(band.deadlocks()).isEmpty();
    }

    /** A dependency is a wait that nobody has to report. */
    @Test
    void open_dependencies_are_waited_for() {
        Band band = band("ann", "bob");
        band.submit("first");
        band.submit("then", "dependsOn", List.of(band.of("first")));
        band.claims("bob", "first");
        band.waitsFor("ann", "task:then");
        JsonNode closed = band.waitsFor("bob", "ann");
        assertThat(band.plain(closed.path("cycle")))
                .containsExactly("session:bob", "session:ann", "task:then", "task:first");
    }

    @Test
    void old_news_is_passed_over() {
        Band band = band("ann", "bob", "cy");
        expect(band.put("ann", band.on("bob"), "version", 5), 200);
        JsonNode stale = expect(band.put("ann", band.on("cy"), "version", 4), 200);
        assertThat(stale.path("stale").asBoolean()).isTrue();
        assertThat(band.waiting("ann")).containsExactly("session:bob");
        expect(band.drop("ann", "?version=9&on=" + band.of("cy")), 200);
        expect(band.add("ann", band.on("cy"), "version", 8), 200);
        assertThat(band.waiting("ann")).containsExactly("session:bob");
        expect(band.drop("ann", ""), 200);
        assertThat(band.waiting("ann")).isEmpty();
    }

    @Test
    void bad_waits_get_clear_answers() {
        Band band = band("ann", "bob");
        band.submit("mine");
        band.claims("ann", "mine");
        refused(band.put("ann", band.on("ann")), 422, "IF_ERR_SELF_WAIT");
        refused(band.put("ann", band.on("task:mine")), 422, "IF_ERR_SELF_WAIT");
        refused(band.put("ann", band.on("nobody")), 404, "IF_ERR_UNKNOWN_SESSION");
        refused(band.put("ann", band.on("task:nothing")), 404, "IF_ERR_UNKNOWN_TASK");
        refused(band.put("ann", band.on("blocker:none")), 404, "IF_ERR_UNKNOWN_BLOCKER");
        refused(band.put("ann", band.on("decision:none")), 404, "IF_ERR_UNKNOWN_DECISION");
        refused(band.put("ann", band.on("human:boss")), 404, "IF_ERR_UNKNOWN_CASE");
        refused(band.put("ann", List.of("human:" + new UUID(1, 1))), 404, "IF_ERR_UNKNOWN_CASE");
        refused(band.put("ann", band.on("bob"), "since", "2999-01-01T00:00:00Z"), 400, "IF_ERR_BAD_INPUT");
        refused(band.add("ann", band.on("bob"), "since", "+294277-01-01T00:00:00Z"), 400, "IF_ERR_BAD_INPUT");
        refused(band.add("ann", band.on("bob"), "since", "-9999-01-01T00:00:00Z"), 400, "IF_ERR_BAD_INPUT");
        refused(band.put("ann", List.of("moon:full")), 400, "IF_ERR_BAD_INPUT");
        refused(band.put("ann", List.of("account:7")), 400, "IF_ERR_BAD_INPUT");
        refused(band.put("ann", band.on("bob"), "mode", "most"), 400, "IF_ERR_BAD_INPUT");
        Answer foreign =
                band.api().put("/deadlock/waits/" + band.of("bob"), Map.of("waitingOn", List.of()), band.token("ann"));
        refused(foreign, 403, "IF_ERR_NOT_YOUR_SESSION");
        assertThat(band.waiting("ann")).isEmpty();
    }

    @Test
    void ten_thousand_edges_are_fine_and_one_more_is_refused() {
        Band band = band("ann", "bob");
        List<String> many = IntStream.range(0, 10_000)
                .mapToObj(i -> "task:" + band.of("h" + i))
                .toList();
        for (List<Map<String, String>> batch : IntStream.range(0, 10_000)
                .mapToObj(i -> Map.of("id", band.of("h" + i), "swarm", band.swarm(), "title", "h"))
                .gather(Gatherers.windowFixed(1000))
                .toList()) {
            expect(band.api().post("/coordinator/tasks/batch", Map.of("tasks", batch), operator), 201);
        }
        assertThat(expect(band.put("ann", many), 200).path("waitingOn")).hasSize(10_000);
        assertThat(band.waitsFor("bob", "ann").path("cycle").isMissingNode()).isTrue();
        refused(band.add("ann", band.on("bob")), 409, "IF_ERR_TOO_MANY_WAITS");
        expect(band.put("ann", List.of()), 200);
        assertThat(band.waiting("ann")).isEmpty();
    }

    @Test
    void a_wait_for_a_human_is_no_deadlock_but_is_shown() {
        Band band = band("ann", "bob", "cy");
        expect(band.put("ann", List.of(band.asks(this::tell, "boss"))), 200);
        band.waitsFor("bob", "ann");
        expect(band.put("cy", band.on("bob", "ann"), "mode", "any", "reason", "either will do"), 200);
        JsonNode graph = expect(band.api().get("/deadlock/graph?swarm=" + band.swarm(), operator), 200);
        assertThat(graph.path("edges")).hasSize(4);
        assertThat(graph.path("nodes"))
                .hasSize(4)
                .allSatisfy(node -> assertThat(node.path("human").asBoolean()).isTrue());
        Answer dot = band.api().get("/deadlock/graph?swarm=" + band.swarm(), operator, "Accept", "text/vnd.graphviz");
        assertThat(dot.status()).isEqualTo(200);
        assertThat(dot.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/vnd.graphviz"));
    }

    /** Ann waits for a decision that waits for her vote: everybody sees it, and nobody is preempted, for it will close. */
    @Test
    void who_has_not_voted_is_waited_for_in_the_graph() {
        Band band = band("ann", "bob");
        band.opens("d", 2);
        band.waitsFor("ann", "decision:d");
        band.votes("bob", "d");
        JsonNode graph = expect(band.api().get("/deadlock/graph?swarm=" + band.swarm(), operator), 200);
        assertThat(graph.path("edges"))
                .extracting(edge -> band.plain(
                        edge.path("from").asText() + " " + edge.path("to").asText()))
                .containsExactlyInAnyOrder("session:ann decision:d", "decision:d session:ann");
        assertThat(band.deadlocks()).isEmpty();
        band.votes("ann", "d");
        await().atMost(PATIENCE).until(() -> band.waiting("ann").isEmpty());
    }

    /** Rescue says that a session is blocked and who helps; if the helper waits for it, neither can go on. */
    @Test
    void a_blocker_is_a_wait_that_nobody_has_to_report() {
        Band band = band("ann");
        band.enrol("bob", "domains", List.of("sip"));
        String blocker = band.raises("ann", "sip");
        await().atMost(PATIENCE).until(() -> band.waiting("ann").equals(List.of(blocker)));
        band.waitsFor("bob", "ann");
        assertThat(band.deadlocks()).isEmpty();
        expect(band.help("bob", blocker, "accept"), 200);
        await().atMost(PATIENCE).until(() -> band.deadlocks().size() == 1);
        assertThat(band.plain(band.deadlocks().path(0).path("cycle"))).contains(blocker);
        expect(band.help("ann", blocker, "resolve"), 200);
        await().atMost(PATIENCE).until(() -> band.waiting("ann").isEmpty());
        JsonNode late = expect(band.add("ann", List.of(blocker)), 200);
        assertThat(late.path("waitingOn")).isEmpty();
        assertThat(band.plain(late.path("over"))).containsExactly(blocker);
    }

    @Test
    void a_wait_can_be_reported_over_the_channel() {
        Band band = band("ann", "bob");
        tell(new WaitReported(band.of("ann"), band.swarm(), band.on("bob"), null, "why", null, null, 3L));
        tell(new WaitReported(band.of("ann"), band.swarm(), List.of(), null, "why", null, null, 2L));
        await().atMost(PATIENCE).until(() -> band.waiting("ann").equals(List.of("session:bob")));
    }

    private void tell(Event report) {
        transactions
                .run(work -> {
                    work.emit(report, Trace.NONE);
                    return Uni.createFrom().voidItem();
                })
                .await()
                .atMost(PATIENCE);
    }

    private static void refused(Answer answer, int status, String code) {
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(status);
        assertThat(answer.code()).isEqualTo(code);
    }
}
