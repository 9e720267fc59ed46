package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.bus.Transactions;
import io.infrafabric.coordinator.claim.HandedIn;
import io.infrafabric.coordinator.published.CheckedTasks;
import io.infrafabric.coordinator.transaction.DepartureTransaction;
import io.infrafabric.event.BusEvent.CameDue;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of a result that its checker has no verdict on, or whose claim ends otherwise. The tests give the verdicts. */
@QuarkusTest
class BrokenCheckTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Transactions transactions;

    @Inject
    DepartureTransaction departures;

    @Inject
    CheckedTasks inputs;

    private Swarm swarm;
    private Checked task;
    private String module;

    @BeforeEach
    void a_task_with_a_checker() {
        swarm = new Swarm(fabric, operator);
        task = Checked.of(swarm, transactions);
        module = swarm.of("module");
    }

    // Broken

    @Test
    void a_human_accepts_what_the_checker_has_no_verdict_on() throws Exception {
        task.submit(module).claimedBy("ann");
        CompletableFuture<Answer> waits = task.waiting("ann", "[1]");
        task.breaks("[1]", "FUEL");
        assertThat(waits.get().status()).as("a human may take a while").isEqualTo(202);
        task.rule("ACCEPT");
        task.until("DONE");
        assertThat(task.read().path("result").toString()).isEqualTo("[1]");
        assertThat(task.lastStep().path("by").asText()).startsWith("operator:");
    }

    @Test
    void a_human_refuses_it_with_words_for_its_holder() {
        task.submit(module).claimedBy("ann");
        task.handIn("ann", "[1]");
        task.exits("[1]", 64, "I cannot read this.");
        task.rule("REFUSE");
        task.until("CLAIMED");
        Answer refused = task.complete("ann", "[1]", 0);
        assertThat(refused.code()).isEqualTo("IF_ERR_CHECK_REFUSED");
        assertThat(refused.body().path("said").asText()).contains("as the test says");
    }

    @Test
    void a_human_has_it_checked_once_more() {
        task.submit(module).claimedBy("ann");
        task.handIn("ann", "[1]");
        task.breaks("[1]", "TRAP");
        task.rule("RETRY");
        await().atMost(Checked.PATIENCE).until(() -> task.asked() == 2);
        task.breaks("[1]", "TRAP");
        task.rule("RETRY");
        await().atMost(Checked.PATIENCE).until(() -> task.asked() == 3);
        task.exits("[1]", 0, null);
        task.until("DONE");
    }

    @Test
    void if_nobody_answers_a_human_is_asked_until_somebody_does() {
        task.submit(module).claimedBy("ann");
        task.handIn("ann", "[1]");
        task.tell(new CameDue("coordinator", "check:" + swarm.of(task.name()), Instant.now()));
        task.heard();
        assertThat(task.cases()).as("it is not due yet").isEmpty();
        task.query("UPDATE coordinator_check SET asked_at = now() - interval '1 hour' WHERE task = $1");
        task.tell(new CameDue("coordinator", "check:" + swarm.of(task.name()), Instant.now()));
        await().atMost(Checked.PATIENCE).until(() -> task.cases().size() == 1);
        assertThat(task.cases().getFirst().path("asked").asText()).contains("NO_ANSWER");
        assertThat(inputs.of(swarm.of(task.name()), task.epoch(), HandedIn.hash("[1]"))
                        .await()
                        .atMost(Checked.PATIENCE))
                .as("a chassis that was away for so long still runs the checker")
                .isPresent();
        task.exits("[1]", 0, null);
        task.until("DONE");
        await().atMost(Checked.PATIENCE)
                .until(() -> task.cases().getFirst().path("state").asText(), "WITHDRAWN"::equals);
    }

    // Other ends

    @Test
    void a_verdict_about_a_claim_that_was_taken_away_changes_nothing() {
        task.submit(module).claimedBy("ann");
        task.handIn("ann", "[1]", "cost", "2");
        task.breaks("[1]", "TRAP");
        await().atMost(Checked.PATIENCE).until(() -> task.cases().size() == 1);
        expect(swarm.operate("release", task.name(), "reason", "Needed elsewhere."), 200);
        task.exits("[1]", 0, null);
        task.heard();
        assertThat(swarm.state(task.name())).isEqualTo("QUEUED");
        assertThat(task.spent("ann")).as("what it cost so far").isEqualTo(2);
        await().atMost(Checked.PATIENCE)
                .until(() -> task.cases().getFirst().path("state").asText(), "WITHDRAWN"::equals);
        assertThat(task.complete("ann", "[1]", 0).code()).isEqualTo("IF_ERR_STALE_EPOCH");

        long before = task.epoch();
        task.claimedBy("bob");
        task.handIn("bob", "[1]");
        task.judged("[1]", before, 0, null, null);
        task.heard();
        assertThat(swarm.state(task.name())).isEqualTo("CHECKING");
        task.exits("[1]", 0, null);
        task.until("DONE");
    }

    @Test
    void cancelled_failed_and_released_it_is_not_checked_any_more() {
        for (String how : List.of("cancel", "fail", "release")) {
            Checked one = new Checked(swarm, transactions, how).submit(module).claimedBy("ann");
            one.handIn("ann", "[1]");
            expect(
                    switch (how) {
                        case "cancel" -> swarm.operate("cancel", one.name(), "reason", "Not needed.");
                        case "fail" -> swarm.end("ann", "fail", one.name(), one.epoch(), "error", "It is wrong.");
                        default -> swarm.end("ann", "release", one.name(), one.epoch());
                    },
                    200);
            one.exits("[1]", 0, null);
            task.heard();
            assertThat(one.read().path("state").asText()).isNotIn("DONE", "CHECKING");
        }
    }

    @Test
    void a_session_may_fall_silent_once_it_has_handed_in_its_result() {
        task.submit(module).claimedBy("ann");
        swarm.submit("other");
        swarm.claims("ann", "other", "taskId", swarm.of("other"));
        task.handIn("ann", "[1]");
        task.query("UPDATE coordinator_session SET last_seen = now() - interval '1 day' WHERE id = '" + swarm.of("ann")
                + "' AND $1::text IS NOT NULL");
        transactions
                .run(work -> departures.silent(work, swarm.of("ann")))
                .await()
                .atMost(Checked.PATIENCE);
        assertThat(task.get(swarm.session("ann")).path("state").asText()).isEqualTo("LOST");
        assertThat(swarm.state("other")).isEqualTo("QUEUED");
        assertThat(swarm.state(task.name())).isEqualTo("CHECKING");
        task.exits("[1]", 0, null);
        task.until("DONE");
    }
}
