package io.infrafabric.deadlock;

import static io.infrafabric.deadlock.Band.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.event.Event;
import io.infrafabric.event.Trace;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** Waits end when what was waited for is over, and nobody has to say so. */
@QuarkusTest
class EndTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Transactions transactions;

    @Inject
    Pool pool;

    private Band band(String... sessions) {
        return new Band(fabric, operator, sessions);
    }

    @Test
    void a_wait_for_a_task_or_a_session_ends_when_it_is_done_or_gone() {
        Band band = band("ann", "bob", "cy");
        band.submit("t");
        band.submit("gone");
        long epoch = band.claims("bob", "t");
        band.waitsFor("ann", "task:t", "task:gone", "cy");
        expect(band.end("bob", "complete", "t", epoch), 200);
        await().atMost(PATIENCE).until(() -> !band.waiting("ann").contains("task:t"));
        band.leave("cy");
        await().atMost(PATIENCE).until(() -> band.waiting("ann").equals(List.of("task:gone")));
        expect(
                band.api().post("/coordinator/tasks/" + band.of("gone") + "/cancel", Map.of("reason", "no"), operator),
                200);
        await().atMost(PATIENCE).until(() -> band.waiting("ann").isEmpty());
        JsonNode late = expect(band.add("ann", band.on("task:t")), 200);
        assertThat(late.path("waitingOn")).isEmpty();
        assertThat(band.plain(late.path("over"))).containsExactly("task:t");
    }

    @Test
    void a_wait_for_an_account_ends_when_it_opens_again() {
        Band band = band("ann", "bob");
        String account = "account:session:ann";
        band.stop("ann");
        band.waitsFor("ann", account);
        band.waitsFor("bob", account);
        assertThat(band.waiting("ann")).containsExactly(account);
        assertThat(band.waiting("bob")).containsExactly(account);
        band.goOn("ann");
        await().atMost(PATIENCE)
                .until(() ->
                        band.waiting("ann").isEmpty() && band.waiting("bob").isEmpty());
        JsonNode late = expect(band.add("ann", band.on(account)), 200);
        assertThat(late.path("waitingOn")).as("nothing stops it by now").isEmpty();
        assertThat(band.plain(late.path("over"))).containsExactly(account);
        Answer unknown = band.add("ann", band.on("account:session:nobody"));
        assertThat(unknown.status() + " " + unknown.code()).isEqualTo("404 IF_ERR_UNKNOWN_ACCOUNT");
    }

    @Test
    void a_wait_for_a_session_ends_when_it_falls_silent_and_so_do_its_own() {
        Band band = band("ann", "bob");
        band.enrol("cy", "heartbeatSeconds", 1);
        band.waitsFor("ann", "cy", "bob");
        band.waitsFor("cy", "bob");
        await().atMost(PATIENCE).until(() -> band.waiting("ann").equals(List.of("session:bob")));
        JsonNode graph = expect(band.api().get("/deadlock/graph?swarm=" + band.swarm(), operator), 200);
        assertThat(graph.path("edges")).hasSize(1);
    }

    /** Once it is made, nobody can begin to wait for it any more. */
    @Test
    void a_wait_for_a_decision_or_a_human_ends_when_it_is_made() {
        Band band = band("ann");
        String decision = "decision:d";
        String human = band.asks(this::tell, "case");
        band.opens("d", 1);
        expect(band.put("ann", List.of(band.of(decision), human)), 200);
        assertThat(band.waiting("ann")).containsExactly(decision, human);
        band.votes("ann", "d");
        await().atMost(PATIENCE).until(() -> band.waiting("ann").equals(List.of(human)));
        band.decides(human);
        await().atMost(PATIENCE).until(() -> band.waiting("ann").isEmpty());
        forget(band);
        JsonNode late = expect(band.put("ann", List.of(band.of(decision), human)), 200);
        assertThat(late.path("waitingOn")).isEmpty();
        assertThat(band.plain(late.path("over"))).containsExactly(decision, human);
    }

    @Test
    void a_wait_for_a_case_ends_when_nobody_has_to_decide_any_more() {
        Band band = band("ann");
        String human = band.asks(this::tell, "case");
        expect(band.put("ann", List.of(human)), 200);
        band.needless(this::tell, "case");
        await().atMost(PATIENCE).until(() -> band.waiting("ann").isEmpty());
        forget(band);
        assertThat(band.plain(expect(band.put("ann", List.of(human)), 200).path("over")))
                .containsExactly(human);
    }

    @Test
    void a_wait_for_a_blocker_ends_when_it_is_withdrawn() {
        Band band = band("ann", "bob");
        String blocker = band.raises("ann", "sip");
        expect(band.put("bob", List.of(blocker)), 200);
        expect(band.help("ann", blocker, "withdraw"), 200);
        await().atMost(PATIENCE).until(() -> band.waiting("bob").isEmpty());
        forget(band);
        JsonNode late = expect(band.put("bob", List.of(blocker)), 200);
        assertThat(late.path("waitingOn")).isEmpty();
        assertThat(band.plain(late.path("over"))).containsExactly(blocker);
    }

    /** With the very words with which what there never was is refused. */
    @Test
    void what_another_swarm_has_cannot_be_waited_for() {
        Band band = band("ann");
        Band other = band("eve");
        other.opens("d", 1);
        other.submit("t");
        for (String foreign : List.of(
                other.raises("eve", "sip"),
                other.of("decision:d"),
                other.asks(this::tell, "case"),
                other.of("task:t"),
                other.of("session:eve"),
                other.of("account:session:eve"),
                "account:swarm:" + other.swarm())) {
            Answer refused = band.put("ann", List.of(foreign));
            Answer none = band.put("ann", List.of(unknown(foreign)));
            assertThat(refused.status()).as(foreign).isEqualTo(404);
            assertThat(refused.code()).isEqualTo(none.code());
            assertThat(refused.body().path("detail").asText().replace(foreign, "it"))
                    .isEqualTo(none.body().path("detail").asText().replace(unknown(foreign), "it"));
        }
        expect(band.put("ann", List.of("account:org", "account:swarm:" + band.swarm())), 200);
        assertThat(band.waiting("ann")).as("none of them is stopped").isEmpty();
    }

    @Test
    void nor_is_it_said_whether_there_is_somebody_of_another_swarm_who_waits() {
        Band band = band("ann");
        Band other = band("eve");
        for (String session : List.of(other.of("eve"), other.of("nobody"))) {
            Answer refused = band.api().get("/deadlock/waits/" + session, band.token("ann"));
            assertThat(refused.status()).as(session).isEqualTo(404);
            assertThat(refused.code()).isEqualTo("IF_ERR_UNKNOWN_SESSION");
        }
        assertThat(band.api()
                        .get("/deadlock/waits/" + band.of("ann"), band.token("ann"))
                        .status())
                .isEqualTo(200);
    }

    /** Something of the same kind that there is not. */
    private static String unknown(String name) {
        String kind = name.substring(0, name.lastIndexOf(':') + 1);
        return kind + new UUID(7, 7);
    }

    /** Who says that it waits since a time that has not come would be taken last of all. */
    @Test
    void who_waits_since_tomorrow_by_its_own_clock_waits_since_now() {
        Band band = band("ann", "bob");
        expect(
                band.put(
                        "ann",
                        band.on("bob"),
                        "since",
                        Instant.now().plusSeconds(30).toString()),
                200);
        assertThat(Instant.parse(
                        band.read("ann").path("waitingOn").path(0).path("since").asText()))
                .isBefore(Instant.now().plusSeconds(20));
        JsonNode closed = band.waitsFor("bob", "ann");
        assertThat(band.plain(closed.path("preempted").asText())).isEqualTo("ann");
    }

    /** What older releases took: waits for what there never was, or what another swarm has. */
    @Test
    void waits_that_could_never_end_are_ended_by_the_sweep() {
        Band band = band("ann", "bob");
        band.waitsFor("ann", "bob");
        String session = band.of("ann");
        for (String never : List.of("human:boss", "decision:none", "blocker:none")) {
            pool.preparedQuery("INSERT INTO deadlock_edge (session, target, swarm, since, version, open, by_fabric)"
                            + " VALUES ($1, $2, $3, now(), 9, true, false)")
                    .execute(Tuple.of(session, never, band.swarm()))
                    .await()
                    .atMost(PATIENCE);
        }
        await().atMost(PATIENCE).until(() -> band.waiting("ann").equals(List.of("session:bob")));
    }

    /** As if what ended had ended long ago. */
    private void forget(Band band) {
        pool.preparedQuery("DELETE FROM deadlock_thing WHERE swarm = $1")
                .execute(Tuple.of(band.swarm()))
                .chain(() -> pool.preparedQuery("DELETE FROM deadlock_edge WHERE swarm = $1 AND NOT open")
                        .execute(Tuple.of(band.swarm())))
                .await()
                .atMost(PATIENCE);
    }

    private void tell(Event event) {
        transactions
                .run(work -> {
                    work.emit(event, Trace.NONE);
                    return Uni.createFrom().voidItem();
                })
                .await()
                .atMost(PATIENCE);
    }
}
