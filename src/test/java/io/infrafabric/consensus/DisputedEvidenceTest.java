package io.infrafabric.consensus;

import static io.infrafabric.consensus.Chamber.PATIENCE;
import static io.infrafabric.consensus.Chamber.expect;
import static io.infrafabric.consensus.Chamber.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Votes that cite both sides of a contradiction, through the door. */
@QuarkusTest
class DisputedEvidenceTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    private Chamber chamber;

    @BeforeEach
    void three_electors_and_three_claims() {
        chamber = new Chamber(fabric, operator, 3);
        for (String claim : List.of("fast", "slow", "cheap")) {
            Object body = json("swarm", chamber.swarm, "statement", "It is " + claim, "confidence", 0.5);
            expect(201, chamber.api.put("/relation/claims/" + id(claim), body, operator));
        }
    }

    private String id(String claim) {
        return claim + "-" + chamber.swarm;
    }

    private String open() {
        return chamber.open("quorum", 3);
    }

    private void cite(int member, String decision, String... claims) {
        List<String> evidence = new ArrayList<>();
        for (String claim : claims) {
            evidence.add("claim:" + id(claim));
        }
        expect(
                201,
                chamber.vote(member, decision, "vote", "approve", "rationale", "It is said.", "evidence", evidence));
    }

    private String contradict(String one, String other) {
        Object body = json("from", id(one), "type", "contradicts", "to", id(other));
        return expect(201, chamber.api.post("/relation/relations", body, operator))
                .path("id")
                .asText();
    }

    private String hazards(String decision) {
        return chamber.read(decision).path("hazards").toString();
    }

    private void awaitHazard(String decision) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(hazards(decision)).isEqualTo("[\"conflict>20%\"]"));
    }

    private List<String> raised(String decision) {
        List<String> envelopes = new ArrayList<>();
        pool.preparedQuery("SELECT envelope FROM bus_event WHERE type = 's2.consensus.hazards-raised.v1'"
                        + " AND swarm = $1 AND strpos(envelope, $2) > 0")
                .execute(Tuple.of(chamber.swarm, decision))
                .await()
                .atMost(PATIENCE)
                .forEach(row -> envelopes.add(row.getString(0)));
        return envelopes;
    }

    @Test
    void a_contradiction_between_what_votes_cite_is_a_hazard_once() {
        String split = open();
        String oneSided = open();
        cite(0, split, "fast");
        cite(1, split, "slow", "cheap");
        cite(0, oneSided, "fast", "cheap");
        contradict("fast", "slow");
        awaitHazard(split);
        contradict("fast", "cheap");
        awaitHazard(oneSided);
        assertThat(hazards(split)).isEqualTo("[\"conflict>20%\"]");
        assertThat(raised(split)).singleElement().asString().contains("disputed evidence");
        assertThat(raised(oneSided)).hasSize(1);
    }

    @Test
    void a_vote_that_cites_the_other_side_later_raises_it_too_before_the_votes_are_counted() {
        String known = open();
        cite(0, known, "fast", "slow");
        contradict("fast", "slow");
        awaitHazard(known);
        String later = open();
        cite(0, later, "fast");
        cite(1, later, "cheap");
        assertThat(hazards(later)).isEqualTo("[]");
        Object words = json("vote", "reject", "rationale", "It is not.", "evidence", List.of("claim:" + id("slow")));
        expect(201, chamber.api.post(Chamber.DECISIONS + "/" + later + "/votes", words, chamber.token(2)));
        assertThat(hazards(later)).isEqualTo("[\"conflict>20%\"]");
        assertThat(chamber.state(later)).as("two of three are no supermajority").isEqualTo("ESCALATED");
    }

    @Test
    void a_sealed_decision_shows_nothing_of_it_before_it_closes() {
        String open = open();
        String sealed = chamber.open("quorum", 3, "sealed", true);
        for (String decision : List.of(open, sealed)) {
            cite(0, decision, "fast");
            cite(1, decision, "slow");
        }
        contradict("fast", "slow");
        awaitHazard(open);
        assertThat(hazards(sealed)).isEqualTo("[]");
        assertThat(raised(sealed)).isEmpty();
        chamber.close(sealed);
        assertThat(hazards(sealed)).isEqualTo("[\"conflict>20%\"]");
        assertThat(raised(sealed)).hasSize(1);
    }

    @Test
    void what_contradicted_once_is_no_hazard_after_it_has_ended() {
        String before = open();
        cite(0, before, "fast", "slow");
        String relation = contradict("fast", "slow");
        awaitHazard(before);
        expect(200, chamber.api.delete("/relation/relations/" + relation, operator));
        await().atMost(PATIENCE)
                .until(() -> pool.preparedQuery("SELECT 1 FROM consensus_contradiction WHERE first = ANY($1)")
                                .execute(Tuple.of(new String[] {"claim:" + id("fast"), "claim:" + id("slow")}))
                                .await()
                                .atMost(PATIENCE)
                                .size()
                        == 0);
        String after = open();
        cite(0, after, "fast", "slow");
        assertThat(hazards(after)).isEqualTo("[]");
        assertThat(hazards(before)).isEqualTo("[\"conflict>20%\"]");
    }
}
