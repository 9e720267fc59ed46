package io.infrafabric.deadlock;

import static io.infrafabric.deadlock.Band.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.SmallBounds;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** Where the fabric is told to preempt who loses least money by it: what is on the ledger decides. */
@QuarkusTest
@TestProfile(SmallBounds.class)
class LeastMoneyTest {

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    /** Ann has waited longest, and cy holds the smallest hold; but bob's work has cost least so far. */
    @Test
    void whose_claims_have_cost_least_is_preempted() {
        Band band = new Band(fabric, operator, "ann", "bob", "cy");
        works(band, "ann", "a", 10, "3");
        works(band, "bob", "b", 10, "0.25");
        works(band, "bob", "b2", 10, "0.25");
        works(band, "cy", "c", 1, "0.75");
        band.waitsFor("ann", "task:b");
        band.waitsFor("bob", "task:c");

        JsonNode closed = band.waitsFor("cy", "task:a");
        assertThat(band.plain(closed.path("preempted").asText())).isEqualTo("bob");
        assertThat(band.plain(closed.path("released"))).containsExactly("b");

        JsonNode kept = band.deadlocks().path(0);
        assertThat(kept.path("why").asText()).contains("Least was spent").contains("0.50 US dollars");
        assertThat(band.task("b").path("state").asText()).isEqualTo("QUEUED");
        assertThat(band.task("b2").path("holder").asText()).isEqualTo(band.of("bob"));
        JsonNode account = expect(band.api().get("/budget/accounts/session:" + band.of("bob"), operator), 200);
        assertThat(account.path("spentToday").decimalValue()).isEqualByComparingTo("0.50");
        assertThat(account.path("heldToday").decimalValue()).as("of b2 alone").isEqualByComparingTo("9.75");
    }

    /** What was spent on work that is over is lost, whoever is preempted. */
    @Test
    void what_was_spent_before_does_not_count() {
        Band band = new Band(fabric, operator, "ann", "bob");
        long epoch = works(band, "ann", "done", 10, "9");
        expect(band.end("ann", "complete", "done", epoch), 200);
        works(band, "ann", "a", 10, "1");
        works(band, "bob", "b", 10, "2");
        band.waitsFor("bob", "task:a");
        JsonNode closed = band.waitsFor("ann", "task:b");
        assertThat(band.plain(closed.path("preempted").asText())).isEqualTo("ann");
        assertThat(band.plain(closed.path("released"))).containsExactly("a");
    }

    /** Claims a task of this estimated cost, and has spent that much on it so far; the claim's epoch. */
    private static long works(Band band, String session, String task, int estimate, String spent) {
        band.submit(task, "estimatedCost", estimate);
        long epoch = band.claims(session, task);
        expect(
                band.api()
                        .post(
                                "/budget/accounts/session:" + band.of(session) + "/costs",
                                Map.of("amount", spent, "taskId", band.of(task), "epoch", epoch),
                                band.token(session)),
                200);
        return epoch;
    }
}
