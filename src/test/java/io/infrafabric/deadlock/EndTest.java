package io.infrafabric.deadlock;

import static io.infrafabric.deadlock.Band.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.Event;
import io.infrafabric.event.Trace;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
        String human = "human:case";
        band.opens("d", 1);
        band.waitsFor("ann", decision, human);
        assertThat(band.waiting("ann")).containsExactly(decision, human);
        band.votes("ann", "d");
        await().atMost(PATIENCE).until(() -> band.waiting("ann").equals(List.of(human)));
        tell(new CaseResolved(
                band.of("case"),
                "example",
                "example:x",
                band.swarm(),
                "EXAMPLE",
                List.of(),
                "YES",
                Map.of(),
                "olga",
                null));
        await().atMost(PATIENCE).until(() -> band.waiting("ann").isEmpty());
        JsonNode late = band.waitsFor("ann", decision, human);
        assertThat(late.path("waitingOn")).isEmpty();
        assertThat(band.plain(late.path("over"))).containsExactly(decision, human);
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
