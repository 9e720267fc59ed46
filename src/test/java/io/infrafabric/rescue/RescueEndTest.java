package io.infrafabric.rescue;

import static io.infrafabric.rescue.Party.PATIENCE;
import static io.infrafabric.rescue.Party.expect;
import static io.infrafabric.rescue.Party.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What ends a blocker, or the question to a human, by itself; and what a pause holds up. */
@QuarkusTest
class RescueEndTest {
    private static final List<String> SIP = List.of("sip");
    private static final List<String> NONE = List.of();

    @Inject
    Party party;

    @Test
    void a_human_who_was_asked_is_left_in_peace_once_somebody_can_help() {
        String id = party.raises("stuck", "sip").path("id").asText();
        party.asked(id);
        party.enrol("ann", SIP, NONE);
        party.looksNow(id);
        await().atMost(PATIENCE).until(() -> party.ask(id, "ann").equals("ASKED"));
        await().atMost(PATIENCE).until(() -> party.cases(id).isEmpty());

        expect(200, party.call("ann", id, "decline"));
        party.asked(id);
        expect(200, party.call("stuck", id, "withdraw"));
        await().atMost(PATIENCE).until(() -> party.cases(id).isEmpty());
    }

    @Test
    void nobody_begins_to_help_in_a_swarm_that_is_paused() {
        party.enrol("ann", SIP, NONE);
        String id = party.raises("stuck", "sip").path("id").asText();
        String swarm = "/coordinator/swarms/" + party.swarm();
        expect(200, party.operate(swarm + "/pause", "reason", "too dear"));
        refused(party.call("ann", id, "accept"), 409, "IF_ERR_SWARM_PAUSED");
        expect(200, party.operate(swarm + "/resume"));
        expect(200, party.call("ann", id, "accept"));
    }

    @Test
    void a_blocker_ends_with_its_task() {
        party.enrol("ann", SIP, NONE);
        for (String task : List.of("done", "cancelled")) {
            expect(
                    201,
                    party.operate("/coordinator/tasks", "id", party.of(task), "swarm", party.swarm(), "title", "Work"));
        }
        JsonNode claimed = expect(201, party.claim("stuck"));
        String first = claimed.path("task").path("id").asText();
        String second = first.equals(party.of("done")) ? party.of("cancelled") : party.of("done");
        String one = expect(201, party.raise("stuck", "taskId", first, "domains", SIP))
                .path("id")
                .asText();
        String other = expect(201, party.raise("stuck", "taskId", second, "domains", SIP))
                .path("id")
                .asText();
        expect(200, party.call("ann", one, "accept"));

        party.completes("stuck", claimed);
        party.until(one, "RESOLVED");
        assertThat(party.account("stuck").path("heldToday").decimalValue()).isEqualByComparingTo("0");
        expect(200, party.operate("/coordinator/tasks/" + second + "/cancel", "reason", "no need"));
        party.until(other, "WITHDRAWN");
        assertThat(party.read(other).path("endedBy").asText()).isEqualTo("task:" + second);
    }

    @Test
    void a_blocker_of_one_who_is_lost_is_withdrawn() {
        party.enrol("ann", SIP, NONE);
        party.enrol("mute", List.of("cli"), NONE, "heartbeatSeconds", 1);
        String id = party.raises("mute", "sip").path("id").asText();
        party.until(id, "WITHDRAWN");
        assertThat(party.ask(id, "ann")).isEqualTo("TAKEN_BACK");
    }

    /** A session that cannot make up its mind: each blocker is another one, and it is the same condition. */
    @Test
    void blockers_that_are_raised_and_withdrawn_again_and_again_page_only_so_often() {
        for (int i = 1; i <= 8; i++) {
            String id = party.raises("stuck", "sip").path("id").asText();
            party.asked(id);
            expect(200, party.call("stuck", id, "withdraw"));
            await().atMost(PATIENCE).until(() -> party.cases(id).isEmpty());
        }
        assertThat(party.allCases()).hasSize(3);
        assertThat(party.allCases().stream()
                        .mapToInt(about -> about.path("openings").asInt())
                        .sum())
                .isEqualTo(8);
    }
}
