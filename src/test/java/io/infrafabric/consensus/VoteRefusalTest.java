package io.infrafabric.consensus;

import static io.infrafabric.consensus.Chamber.DECISIONS;
import static io.infrafabric.consensus.Chamber.expect;
import static io.infrafabric.consensus.Chamber.json;
import static io.infrafabric.consensus.Chamber.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is not let in, and what it is called. */
@QuarkusTest
class VoteRefusalTest {
    @Inject
    Chambers chambers;

    private Chamber chamber;

    @BeforeEach
    void three_sessions() {
        chamber = chambers.of(3);
    }

    @Test
    void votes_of_others_are_refused() {
        String id = chamber.open("quorum", 2, "electorate", chamber.members.subList(0, 2));
        Answer forOther =
                chamber.vote(0, id, "session", chamber.members.get(1), "vote", "approve", "rationale", "In her name.");
        refused(403, "IF_ERR_NOT_YOUR_SESSION", forOther);
        Map<String, Object> vote = json("vote", "approve", "rationale", "As an chamber.operator.");
        refused(403, "IF_ERR_FORBIDDEN", chamber.api.post(DECISIONS + "/" + id + "/votes", vote, chamber.operator));
        refused(403, "IF_ERR_NOT_AN_ELECTOR", chamber.say(2, id, "approve"));
        Chamber others = chambers.of(1);
        Answer stranger = others.api.post(DECISIONS + "/" + id + "/votes", vote, others.token(0));
        refused(404, "IF_ERR_UNKNOWN_DECISION", stranger);
        refused(404, "IF_ERR_UNKNOWN_DECISION", others.api.get(DECISIONS + "/" + id, others.token(0)));
        assertThat(chamber.read(id).path("tally").path("votes").asInt()).isZero();
    }

    @Test
    void a_vote_says_why_and_how_sure() {
        String id = chamber.open("quorum", 2);
        refused(400, "IF_ERR_BAD_INPUT", chamber.vote(0, id, "vote", "approve"));
        refused(400, "IF_ERR_BAD_INPUT", chamber.vote(0, id, "vote", "approve", "rationale", " \n"));
        refused(400, "IF_ERR_BAD_INPUT", chamber.vote(0, id, "rationale", "r"));
        refused(400, "IF_ERR_BAD_INPUT", chamber.vote(0, id, "vote", "maybe", "rationale", "r"));
        for (Object confidence : List.of(1.2, -0.1, 0.12345, "1e-999999999")) {
            refused(
                    400,
                    "IF_ERR_BAD_INPUT",
                    chamber.vote(0, id, "vote", "approve", "rationale", "r", "confidence", confidence));
        }
        refused(400, "IF_ERR_BAD_INPUT", chamber.vote(0, id, "vote", "approve", "rationale", "x".repeat(65_537)));
        String half = "{\"vote\":\"approve\",\"rationale\":\"half \\ud83d\"}";
        refused(400, "IF_ERR_BAD_INPUT", chamber.api.post(DECISIONS + "/" + id + "/votes", half, chamber.token(0)));
        assertThat(chamber.read(id).path("tally").path("votes").asInt()).isZero();
    }

    /** 64 times as much as fits into one vote is all that one elector may say, changes included. */
    @Test
    void who_has_said_too_much_is_refused_and_takes_nobody_elses_room() {
        String id = chamber.open("quorum", 3);
        String words = "x".repeat(65_535);
        for (int change = 0; change < 64; change++) {
            String own = (char) ('0' + change) + words;
            expect(201, chamber.vote(0, id, "vote", "reject", "rationale", own, "alternative", own));
        }
        Answer tooMuch = chamber.say(0, id, "approve");
        refused(413, "IF_ERR_PAYLOAD_TOO_LARGE", tooMuch);
        assertThat(tooMuch.body().path("most").asLong()).isEqualTo(8_388_608);
        expect(201, chamber.vote(1, id, "vote", "reject", "rationale", "y" + words, "alternative", "y" + words));
        assertThat(chamber.read(id).path("tally").path("reject").asInt()).isEqualTo(2);
    }

    @Test
    void what_is_cited_is_something_one_can_look_up() {
        String id = chamber.open("quorum", 3);
        List<String> good = List.of("claim:c-1", "task:P0.1.1", "decision:d", "https://example.org/a?b=c#d");
        expect(201, chamber.vote(0, id, "vote", "approve", "rationale", "r", "evidence", good));
        assertThat(chamber.read(id).path("votes").path(0).path("evidence")).hasSize(4);
        for (String bad : List.of("somewhere", "task:", "ftp://example.org", "javascript:alert(1)", "https:nowhere")) {
            refused(
                    400,
                    "IF_ERR_BAD_INPUT",
                    chamber.vote(1, id, "vote", "approve", "rationale", "r", "evidence", List.of(bad)));
        }
    }

    @Test
    void a_falsifier_comes_with_a_rejection_and_lies_ahead() {
        String id = chamber.open("quorum", 3);
        Map<String, Object> ahead = json(
                "statement",
                "It breaks.",
                "dueAt",
                Instant.now().plusSeconds(60).toString());
        Map<String, Object> past = json("statement", "It breaks.", "dueAt", "2020-01-01T00:00:00Z");
        refused(400, "IF_ERR_BAD_INPUT", chamber.vote(0, id, "vote", "approve", "rationale", "r", "falsifier", ahead));
        refused(400, "IF_ERR_BAD_INPUT", chamber.vote(0, id, "vote", "reject", "rationale", "r", "falsifier", past));
        expect(201, chamber.vote(0, id, "vote", "reject", "rationale", "r", "falsifier", ahead));
    }

    @Test
    void unknown_decisions_and_swarms_are_called_so() {
        refused(404, "IF_ERR_UNKNOWN_DECISION", chamber.say(0, "nowhere", "approve"));
        refused(404, "IF_ERR_UNKNOWN_DECISION", chamber.api.get(DECISIONS + "/nowhere", chamber.operator));
        Map<String, Object> body = json("swarm", "nowhere-" + chamber.swarm, "summary", "s", "rationale", "r");
        refused(404, "IF_ERR_UNKNOWN_SWARM", chamber.api.post(DECISIONS, body, chamber.operator));
    }

    @Test
    void a_session_loosens_nothing_and_an_id_is_used_once() {
        Map<String, Object> body = json(
                "id", "one-" + chamber.swarm, "swarm", chamber.swarm, "summary", "s", "rationale", "r", "quorum", 2);
        Answer loose = chamber.api.post(DECISIONS, body, chamber.token(0));
        refused(403, "IF_ERR_RULES_LOOSENED", loose);
        assertThat(loose.body().path("field").asText()).isEqualTo("quorum");
        expect(201, chamber.api.post(DECISIONS, body, chamber.operator));
        refused(409, "IF_ERR_DECISION_EXISTS", chamber.api.post(DECISIONS, body, chamber.operator));
        body.put("id", "two-" + chamber.swarm);
        body.put("electorate", List.of("nobody"));
        Answer unknown = chamber.api.post(DECISIONS, body, chamber.operator);
        refused(422, "IF_ERR_UNKNOWN_ELECTOR", unknown);
        assertThat(unknown.body().path("sessions").toString()).isEqualTo("[\"nobody\"]");
    }

    @Test
    void a_vote_that_is_sent_again_with_its_key_has_the_same_answer() {
        String id = chamber.open("quorum", 3);
        Map<String, Object> vote = json("vote", "approve", "rationale", "r");
        String path = DECISIONS + "/" + id + "/votes";
        Answer first = chamber.api.post(path, vote, chamber.token(0), "Idempotency-Key", "k1");
        expect(201, first);
        expect(201, chamber.say(0, id, "reject"));
        Answer again = chamber.api.post(path, vote, chamber.token(0), "Idempotency-Key", "k1");
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.headers().firstValue("Idempotency-Replayed")).contains("true");
        assertThat(chamber.read(id).path("tally").path("reject").asInt()).isEqualTo(1);
    }
}
