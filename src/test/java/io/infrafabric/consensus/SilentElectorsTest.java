package io.infrafabric.consensus;

import static io.infrafabric.consensus.Chamber.PATIENCE;
import static io.infrafabric.consensus.Chamber.expect;
import static io.infrafabric.consensus.Chamber.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Electors fall silent, leave and come back, while a decision waits for its quorum. */
@QuarkusTest
class SilentElectorsTest {
    @Inject
    Chambers chambers;

    @Test
    void a_lost_session_does_not_block_until_the_quorum_is_out_of_reach() {
        Chamber chamber = chambers.of(4);
        String id = chamber.open("quorum", 3);
        expect(201, chamber.say(0, id, "approve"));
        chamber.leave(3);
        await().atMost(PATIENCE)
                .until(() -> chamber.read(id).path("missing").toString().contains("LEFT"));
        JsonNode open = chamber.read(id);
        assertThat(open.path("state").asText()).isEqualTo("OPEN");
        assertThat(open.path("missingForQuorum").asInt()).isEqualTo(2);

        chamber.leave(2);
        await().atMost(PATIENCE).until(() -> !chamber.state(id).equals("OPEN"));
        assertThat(chamber.state(id)).isEqualTo("QUORUM_NOT_MET");
        assertThat(chamber.read(id).path("closedBecause").asText()).isEqualTo("QUORUM_UNREACHABLE");
        await().atMost(PATIENCE).until(() -> chamber.cases(id).size() == 1);
    }

    @Test
    void who_fell_silent_is_shown_as_lost_and_can_vote_when_it_is_back() {
        Chamber chamber = chambers.of(3);
        String silent = chamber.members.get(2);
        String id = chamber.open("quorum", 2);
        expect(
                200,
                chamber.api.put(
                        "/coordinator/sessions/" + silent,
                        json("swarm", chamber.swarm, "heartbeatSeconds", 1),
                        chamber.operator));
        await().atMost(PATIENCE)
                .until(() -> chamber.read(id).path("missing").toString().contains("LOST"));
        assertThat(chamber.state(id)).isEqualTo("OPEN");
        expect(201, chamber.say(2, id, "approve"));
        expect(201, chamber.say(0, id, "approve"));
        expect(201, chamber.say(1, id, "approve"));
        assertThat(chamber.state(id)).isEqualTo("APPROVED");
    }

    /** Three electors, quorum three, and one who falls silent once it is open. */
    private String openWithOneSilent(Chamber chamber) {
        String id = chamber.open("quorum", 3);
        Object soonSilent = json("swarm", chamber.swarm, "heartbeatSeconds", 1);
        String last = "/coordinator/sessions/" + chamber.members.getLast();
        expect(200, chamber.api.put(last, soonSilent, chamber.operator));
        await().atMost(PATIENCE)
                .until(() -> chamber.read(id).path("unreachableSince").isTextual());
        assertThat(chamber.read(id).path("missing").toString()).contains("LOST");
        assertThat(chamber.state(id)).isEqualTo("OPEN");
        return id;
    }

    @Test
    void who_was_silent_for_a_moment_votes_when_it_is_back() {
        Chamber chamber = chambers.of(3);
        String id = openWithOneSilent(chamber);
        expect(201, chamber.say(2, id, "approve"));
        expect(201, chamber.say(0, id, "approve"));
        expect(201, chamber.say(1, id, "approve"));
        assertThat(chamber.state(id)).isEqualTo("APPROVED");
        assertThat(chamber.read(id).path("closedBecause").asText()).isEqualTo("ALL_VOTED");
    }

    @Test
    void a_quorum_that_is_within_reach_again_is_waited_for_anew() {
        Chamber chamber = chambers.of(3);
        String id = openWithOneSilent(chamber);
        String last = "/coordinator/sessions/" + chamber.members.getLast();
        Object usual = json("swarm", chamber.swarm, "heartbeatSeconds", 600);
        expect(200, chamber.api.put(last, usual, chamber.operator));
        expect(200, chamber.api.post(last + "/heartbeat", json(), chamber.token(2)));
        await().atMost(PATIENCE)
                .until(() -> chamber.read(id).path("unreachableSince").isMissingNode());
        assertThat(chamber.state(id)).isEqualTo("OPEN");
    }

    /** Five electors, quorum four: two fall silent, one of them comes back, and another one leaves much later. */
    @Test
    void who_puts_a_quorum_out_of_reach_again_does_not_inherit_the_time_of_those_before() {
        Chamber chamber = chambers.of(5);
        String id = chamber.open("quorum", 4);
        Object soonSilent = json("swarm", chamber.swarm, "heartbeatSeconds", 1);
        for (int member = 3; member < 5; member++) {
            expect(
                    200,
                    chamber.api.put(
                            "/coordinator/sessions/" + chamber.members.get(member), soonSilent, chamber.operator));
        }
        await().atMost(PATIENCE)
                .until(() -> chamber.read(id).path("unreachableSince").isTextual());
        String back = "/coordinator/sessions/" + chamber.members.get(3);
        Object usual = json("swarm", chamber.swarm, "heartbeatSeconds", 600);
        expect(200, chamber.api.put(back, usual, chamber.operator));
        expect(200, chamber.api.post(back + "/heartbeat", json(), chamber.token(3)));
        String past = " = now() - interval '10 minutes' WHERE id = $1 RETURNING id";
        assertThat(chambers.texts("UPDATE consensus_decision SET unreachable_since" + past, id))
                .hasSize(1);
        assertThat(chambers.texts("UPDATE coordinator_session SET last_seen" + past, chamber.members.get(4)))
                .hasSize(1);

        Instant before = Instant.now().minusSeconds(300);
        chamber.leave(2);

        await().atMost(PATIENCE).until(() -> {
            JsonNode since = chamber.read(id).path("unreachableSince");
            return since.isTextual() && Instant.parse(since.asText()).isAfter(before);
        });
        assertThat(chamber.state(id)).isEqualTo("OPEN");
    }

    @Test
    void a_quorum_that_is_out_of_reach_for_too_long_asks_a_human() {
        Chamber chamber = chambers.of(3);
        String id = openWithOneSilent(chamber);
        String past = " = now() - interval '10 minutes' WHERE id = $1 RETURNING id";
        assertThat(chambers.texts("UPDATE consensus_decision SET unreachable_since" + past, id))
                .hasSize(1);
        String silent = chamber.members.getLast();
        assertThat(chambers.texts("UPDATE coordinator_session SET last_seen" + past, silent))
                .hasSize(1);
        String due = "UPDATE bus_due SET at = now() WHERE function = 'consensus' AND entity = $1 RETURNING entity";
        assertThat(chambers.texts(due, "close:" + id)).hasSize(1);
        await().atMost(PATIENCE).until(() -> chamber.state(id).equals("QUORUM_NOT_MET"));
        assertThat(chamber.read(id).path("closedBecause").asText()).isEqualTo("QUORUM_UNREACHABLE");
        assertThat(chamber.read(id).path("unreachableSince").isMissingNode()).isTrue();
        await().atMost(PATIENCE).until(() -> chamber.cases(id).size() == 1);
    }
}
