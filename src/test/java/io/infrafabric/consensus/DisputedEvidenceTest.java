package io.infrafabric.consensus;

import static io.infrafabric.consensus.Chamber.PATIENCE;
import static io.infrafabric.consensus.Chamber.expect;
import static io.infrafabric.consensus.Chamber.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.bus.Transactions;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.Event;
import io.infrafabric.event.RelationEvent.ContradictionEnded;
import io.infrafabric.event.RelationEvent.ContradictionFound;
import io.infrafabric.event.Trace;
import io.infrafabric.fabric.SmallBounds;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Votes that cite both sides of a contradiction, through the door; two decisions at a time. */
@QuarkusTest
@TestProfile(SmallBounds.class)
class DisputedEvidenceTest {
    @Inject
    Chambers chambers;

    @Inject
    Transactions transactions;

    private Chamber chamber;

    @BeforeEach
    void three_electors_and_three_claims() {
        chamber = chambers.of(3);
        for (String claim : List.of("fast", "slow", "cheap")) {
            Object body = json("swarm", chamber.swarm, "statement", "It is " + claim, "confidence", 0.5);
            expect(201, chamber.api.put("/relation/claims/" + id(claim), body, chamber.operator));
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
        return expect(201, chamber.api.post("/relation/relations", body, chamber.operator))
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

    private void awaitNone(String decision) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(hazards(decision)).isEqualTo("[]"));
    }

    private void end(String relation) {
        expect(200, chamber.api.delete("/relation/relations/" + relation, chamber.operator));
    }

    private boolean known(String contradiction) {
        return chambers.count("SELECT count(*) FROM consensus_contradiction WHERE id = $1", contradiction) == 1;
    }

    /** How many contradictions give the decision its hazard. */
    private long disputes(String decision) {
        return chambers.count("SELECT count(*) FROM consensus_dispute WHERE decision = $1", decision);
    }

    private List<String> raised(String decision) {
        return told("raised", decision);
    }

    private List<String> told(String what, String decision) {
        return chambers.texts(
                "SELECT envelope FROM bus_event WHERE type = $3 AND swarm = $1 AND strpos(envelope, $2) > 0",
                chamber.swarm,
                decision,
                "s2.consensus.hazards-" + what + ".v1");
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
    void the_hazard_goes_when_the_dispute_ends() {
        String open = open();
        String closed = open();
        for (String decision : List.of(open, closed)) {
            cite(0, decision, "fast", "slow");
        }
        String relation = contradict("fast", "slow");
        awaitHazard(open);
        awaitHazard(closed);
        chamber.close(closed);
        // The vote was cast on it, whatever the elector says now.
        cite(0, open, "cheap");
        assertThat(hazards(open)).isEqualTo("[\"conflict>20%\"]");
        end(relation);
        awaitNone(open);
        assertThat(told("lifted", open)).singleElement().asString().contains("\"hazards\":[]", "disputed evidence");
        assertThat(hazards(closed)).isEqualTo("[\"conflict>20%\"]");
        assertThat(told("lifted", closed)).isEmpty();
        String after = open();
        cite(0, after, "fast", "slow");
        assertThat(hazards(after)).isEqualTo("[]");
        cite(0, open, "fast", "slow");
        contradict("fast", "slow");
        awaitHazard(open);
        assertThat(raised(open)).hasSize(2);
    }

    @Test
    void more_decisions_than_one_transaction_takes_get_it_and_lose_it() {
        List<String> decisions = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            String decision = open();
            cite(0, decision, "fast");
            cite(1, decision, "slow");
            decisions.add(decision);
        }
        String relation = contradict("fast", "slow");
        decisions.forEach(this::awaitHazard);
        end(relation);
        decisions.forEach(this::awaitNone);
        assertThat(decisions).allSatisfy(decision -> {
            assertThat(raised(decision)).hasSize(1);
            assertThat(told("lifted", decision)).hasSize(1);
            assertThat(disputes(decision)).isZero();
        });
    }

    @Test
    void another_dispute_still_holds_it() {
        String decision = open();
        cite(0, decision, "fast", "slow", "cheap");
        String first = contradict("fast", "slow");
        awaitHazard(decision);
        String second = contradict("fast", "cheap");
        await().atMost(PATIENCE).until(() -> disputes(decision) == 2);
        end(first);
        await().atMost(PATIENCE).until(() -> disputes(decision) == 1);
        assertThat(hazards(decision)).isEqualTo("[\"conflict>20%\"]");
        end(second);
        awaitNone(decision);
        assertThat(raised(decision)).hasSize(1);
        assertThat(told("lifted", decision)).hasSize(1);
    }

    @Test
    void a_hazard_that_somebody_named_stays() {
        String before = chamber.open("quorum", 3, "hazards", List.of("conflict>20%"));
        String meanwhile = open();
        String only = chamber.open("quorum", 3, "hazards", List.of("safety"));
        for (String decision : List.of(before, meanwhile, only)) {
            cite(0, decision, "fast", "slow");
        }
        String relation = contradict("fast", "slow");
        awaitHazard(meanwhile);
        await().atMost(PATIENCE).until(() -> raised(only).size() == 1);
        Object named = json("hazards", List.of("conflict>20%"));
        expect(200, chamber.api.post(Chamber.DECISIONS + "/" + meanwhile + "/hazards", named, chamber.operator));
        assertThat(raised(meanwhile)).as("somebody names it now").hasSize(2);
        end(relation);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(hazards(only)).isEqualTo("[\"safety\"]"));
        for (String decision : List.of(before, meanwhile)) {
            assertThat(hazards(decision)).isEqualTo("[\"conflict>20%\"]");
            assertThat(told("lifted", decision)).isEmpty();
        }
    }

    /** Two batches of events are handled at the same time. */
    @Test
    void an_end_that_is_told_before_the_beginning_is_not_forgotten() {
        String id = UUID.randomUUID().toString();
        emit(new ContradictionEnded(id, chamber.swarm, id("fast"), id("slow"), null, "REMOVED"));
        await().atMost(PATIENCE).until(() -> known(id));
        emit(new ContradictionFound(
                id, chamber.swarm, id("fast"), id("slow"), "DECLARED", null, Severity.LOW, List.of()));
        // Taken in after the one before: the other contradiction comes last.
        String decision = open();
        cite(0, decision, "fast", "slow");
        String other = open();
        cite(0, other, "cheap", "slow");
        contradict("cheap", "slow");
        awaitHazard(other);
        assertThat(hazards(decision)).isEqualTo("[]");
    }

    private void emit(Event event) {
        transactions
                .run(work -> {
                    work.emit(event, Trace.NONE);
                    return Uni.createFrom().voidItem();
                })
                .await()
                .atMost(PATIENCE);
    }

    @Test
    void what_another_swarm_disputes_is_nothing_to_this_one() {
        Chamber other = chambers.of(3);
        List<String> both = List.of("claim:" + id("fast"), "claim:" + id("slow"));
        String before = other.open("quorum", 3);
        expect(201, other.vote(0, before, "vote", "approve", "rationale", "It is said.", "evidence", both));
        String own = open();
        cite(0, own, "fast", "slow");
        contradict("fast", "slow");
        awaitHazard(own);
        String after = other.open("quorum", 3);
        expect(201, other.vote(0, after, "vote", "approve", "rationale", "It is said.", "evidence", both));
        for (String decision : List.of(before, after)) {
            assertThat(other.read(decision).path("hazards").toString()).isEqualTo("[]");
            assertThat(disputes(decision)).isZero();
        }
    }
}
