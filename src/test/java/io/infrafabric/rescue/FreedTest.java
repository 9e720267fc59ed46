package io.infrafabric.rescue;

import static io.infrafabric.rescue.Party.PATIENCE;
import static io.infrafabric.rescue.Party.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Whoever becomes free is asked at once about a blocker that needs somebody. The next look would be after 300 seconds, which
 * is longer than any of these tests waits.
 */
@QuarkusTest
class FreedTest {
    private static final List<String> SIP = List.of("sip");
    private static final List<String> NONE = List.of();

    @Inject
    Party party;

    @Test
    void first_helpers_come_before_second_ones_also_when_one_becomes_free() {
        party.enrol("h0", SIP, NONE, "maxConcurrentTasks", 1);
        party.enrol("h1", SIP, NONE, "maxConcurrentTasks", 1);
        party.enrol("s1", NONE, NONE);
        party.enrol("s2", NONE, NONE);
        String first = id(party.raises("stuck", "sip"));
        String second = id(party.raises("s1", "sip"));
        String third = id(party.raises("s2", "sip"));
        assertThat(party.read(third).path("state").asText()).isEqualTo("ESCALATED");
        String freed = party.rescuers(party.read(first)).getFirst();
        expect(200, party.call("stuck", first, "resolve"));
        assertThat(party.rescuers(party.read(third))).containsExactly(freed);
        assertThat(party.ask(second, freed)).isIn("", "TAKEN_BACK");
        assertThat(party.read(third).path("state").asText()).isEqualTo("ASKING");
    }

    @Test
    void who_enrols_is_asked() {
        String id = nobodyFits();
        party.enrol("ann", SIP, NONE);
        isAsked(id, "ann");
        await().atMost(PATIENCE).until(() -> party.cases(id).isEmpty());
    }

    @Test
    void who_can_do_something_else_from_now_on_is_asked() {
        party.enrol("ann", NONE, NONE);
        String id = nobodyFits();
        party.enrol("ann", SIP, NONE);
        isAsked(id, "ann");
    }

    @Test
    void who_may_do_more_at_once_from_now_on_is_asked() {
        party.enrol("ann", SIP, NONE, "maxConcurrentTasks", 1);
        holdsATask("ann");
        String id = nobodyFits();
        party.enrol("ann", SIP, NONE, "maxConcurrentTasks", 2);
        isAsked(id, "ann");
    }

    @Test
    void who_has_done_its_task_is_asked() {
        party.enrol("ann", SIP, NONE, "maxConcurrentTasks", 1);
        JsonNode claimed = holdsATask("ann");
        String id = nobodyFits();
        party.completes("ann", claimed);
        isAsked(id, "ann");
    }

    @Test
    void who_gives_its_task_back_is_asked() {
        party.enrol("ann", SIP, NONE, "maxConcurrentTasks", 1);
        JsonNode claimed = holdsATask("ann");
        String id = nobodyFits();
        String task = claimed.path("task").path("id").asText();
        expect(200, party.operate("/coordinator/tasks/" + task + "/release", "reason", "needed elsewhere"));
        isAsked(id, "ann");
    }

    @Test
    void who_was_lost_and_is_back_is_asked() {
        party.enrol("ann", SIP, NONE);
        party.lose("ann");
        String id = nobodyFits();
        party.told("ann");
        isAsked(id, "ann");
    }

    @Test
    void whose_breaker_has_closed_is_asked() {
        party.enrol("ann", SIP, NONE);
        expect(200, party.put("/budget/accounts/session:" + party.of("ann"), "dailyLimit", 1));
        expect(200, party.operate("/budget/accounts/session:" + party.of("ann") + "/costs", "amount", 2));
        String id = nobodyFits();
        expect(200, party.put("/budget/accounts/session:" + party.of("ann"), "dailyLimit", 50));
        isAsked(id, "ann");
    }

    @Test
    void whose_swarm_may_spend_again_is_asked() {
        party.enrol("ann", SIP, NONE);
        String account = "/budget/accounts/swarm:" + party.swarm();
        expect(200, party.put(account, "dailyLimit", 1));
        expect(200, party.operate("/budget/accounts/session:" + party.of("ann") + "/costs", "amount", 2));
        String id = nobodyFits();
        expect(200, party.put(account, "dailyLimit", 50));
        isAsked(id, "ann");
    }

    @Test
    void who_declines_one_blocker_is_asked_about_another() {
        party.enrol("ann", SIP, NONE, "maxConcurrentTasks", 1);
        party.enrol("s1", NONE, NONE);
        String first = id(party.raises("stuck", "sip"));
        String second = id(party.raises("s1", "sip"));
        assertThat(party.read(second).path("state").asText()).isEqualTo("ESCALATED");
        expect(200, party.call("ann", first, "decline"));
        isAsked(second, "ann");
    }

    /** A blocker that nobody can be asked about. */
    private String nobodyFits() {
        JsonNode raised = party.raises("stuck", "sip");
        assertThat(raised.path("state").asText()).isEqualTo("ESCALATED");
        return id(raised);
    }

    private JsonNode holdsATask(String session) {
        expect(201, party.operate("/coordinator/tasks", "swarm", party.swarm(), "title", "something else"));
        return expect(201, party.claim(session));
    }

    private void isAsked(String id, String session) {
        await().atMost(PATIENCE).until(() -> party.ask(id, session).equals("ASKED"));
    }

    private static String id(JsonNode blocker) {
        return blocker.path("id").asText();
    }
}
