package io.infrafabric.rescue;

import static io.infrafabric.rescue.Party.PATIENCE;
import static io.infrafabric.rescue.Party.expect;
import static io.infrafabric.rescue.Party.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.RescueEvent.BlockerReported;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** From a blocker to its end, through the door and over the channel, on a real PostgreSQL and Redis. */
@QuarkusTest
class RescueTest {
    private static final List<String> SIP = List.of("sip");
    private static final List<String> NONE = List.of();

    @Inject
    Party party;

    @Inject
    Party other;

    @Inject
    BlockerTransaction calls;

    @AfterEach
    void the_ledger_balances() {
        assertThat(expect(200, party.get("/budget/check")).path("differences").toString())
                .doesNotContain(party.swarm());
    }

    @Test
    void the_two_best_are_asked_one_helps_and_is_paid() {
        party.enrol("ann", SIP, NONE);
        party.enrol("bob", SIP, NONE);
        party.enrol("cid", SIP, NONE, "hourlyCost", 9);
        party.enrol("dan", List.of("cli"), NONE);
        JsonNode raised = party.raises("stuck", "sip");
        String id = raised.path("id").asText();
        assertThat(raised.path("state").asText()).isEqualTo("ASKING");
        assertThat(party.rescuers(raised)).containsExactly("ann", "bob");
        JsonNode ann = raised.path("rescuers").get(0);
        assertThat(ann.path("score").asDouble()).isEqualTo(0.90);
        assertThat(ann.path("parts").path("recentSuccess").asDouble()).isEqualTo(0.5);
        assertThat(party.leftOut(raised, "cid")).isEqualTo("OTHERS_TAKEN");
        assertThat(party.leftOut(raised, "dan")).isEqualTo("SCORE_TOO_LOW");
        assertThat(party.told("ann")).containsExactly("helpRequested");

        JsonNode accepted = expect(200, party.call("ann", id, "accept"));
        assertThat(accepted.path("state").asText()).isEqualTo("ASSIGNED");
        assertThat(expect(200, party.call("ann", id, "accept")).path("id").asText())
                .as("again")
                .isEqualTo(id);
        assertThat(party.told("stuck")).containsExactly("helpAnswered");
        assertThat(party.account("stuck").path("heldToday").decimalValue()).isEqualByComparingTo("1.25");

        expect(200, party.call("ann", id, "messages", "text", "Set the realm", "cost", 0.75));
        expect(200, party.call("stuck", id, "messages", "text", "Danke 🙏", "links", List.of("https://example.org/1")));
        JsonNode messages = party.read(id).path("messages");
        assertThat(messages.findValuesAsText("text")).containsExactly("Set the realm", "Danke 🙏");

        JsonNode resolved = expect(
                200,
                party.call(
                        "stuck",
                        id,
                        "resolve",
                        "outcomes",
                        List.of(Party.json("session", party.of("ann"), "helped", true))));
        assertThat(resolved.path("state").asText()).isEqualTo("RESOLVED");
        assertThat(party.account("stuck").path("spentToday").decimalValue()).isEqualByComparingTo("0.75");
        assertThat(party.account("stuck").path("heldToday").decimalValue()).isEqualByComparingTo("0");
        assertThat(party.told("bob")).as("not needed any more").contains("helpEnded");
        JsonNode better = expect(
                200,
                party.operate("/rescue/matches", "swarm", party.swarm(), "domains", SIP, "session", party.of("stuck")));
        assertThat(party.rescuers(better)).startsWith("ann");
        assertThat(party.member(better.path("rescuers"), "ann")
                        .path("parts")
                        .path("recentSuccess")
                        .asDouble())
                .isGreaterThan(0.6);
    }

    @Test
    void who_declines_makes_room_for_the_next_and_at_the_end_a_human_is_asked() {
        for (String name : List.of("ann", "bob", "cid")) {
            party.enrol(name, SIP, NONE);
        }
        String id = party.raises("stuck", "sip").path("id").asText();
        assertThat(party.rescuers(expect(200, party.call("ann", id, "decline"))))
                .contains("cid");
        expect(200, party.call("bob", id, "decline"));
        JsonNode over = expect(200, party.call("cid", id, "decline"));
        assertThat(over.path("state").asText()).isEqualTo("ESCALATED");
        assertThat(party.leftOut(over, "ann")).isEqualTo("ASKED_BEFORE");
        JsonNode asked = party.asked(id);
        assertThat(asked.path("options").valueStream().map(JsonNode::asText)).containsExactly("ASSIGN", "WITHDRAW");
        party.enrol("eve", List.of("cli"), NONE);
        party.decide(asked, "option", "ASSIGN", "parameters", Party.json("session", party.of("eve")));
        party.until(id, "ASKING");
        expect(200, party.call("eve", id, "accept"));
        party.until(id, "ASSIGNED");
    }

    @Test
    void a_blocker_of_another_swarm_is_as_one_that_is_not_there() {
        party.enrol("ann", SIP, NONE);
        String id = party.raises("stuck", "sip").path("id").asText();
        party.enrolElsewhere("eve");
        for (String what : List.of("accept", "decline", "resolve", "withdraw")) {
            refused(party.call("eve", id, what), 404, "IF_ERR_UNKNOWN_BLOCKER");
        }
        refused(party.call("eve", id, "messages", "text", "hi"), 404, "IF_ERR_UNKNOWN_BLOCKER");
    }

    /** Word of its going may come later than what it says in its new swarm. */
    @Test
    void who_has_left_and_is_in_another_swarm_helps_nobody_any_more() {
        party.enrol("ann", SIP, NONE);
        String id = party.raises("stuck", "sip").path("id").asText();
        assertThat(party.ask(id, "ann")).isEqualTo("ASKED");
        party.leave("ann");
        party.enrolElsewhere("ann");
        refused(party.call("ann", id, "accept"), 404, "IF_ERR_UNKNOWN_BLOCKER");
        calls.accept(id, party.of("ann"), Keep.nothing()).await().atMost(PATIENCE);
        assertThat(party.account("stuck").path("heldToday").decimalValue()).isZero();
        assertThat(party.ask(id, "ann")).isNotEqualTo("ACCEPTED");
    }

    @Test
    void a_human_may_give_it_up() {
        String id = party.raises("stuck", "sip").path("id").asText();
        JsonNode asked = party.asked(id);
        party.decide(asked, "option", "WITHDRAW");
        party.until(id, "WITHDRAWN");
    }

    @Test
    void a_human_who_names_nobody_that_can_be_asked_is_asked_again() {
        String id = party.raises("stuck", "sip").path("id").asText();
        JsonNode asked = party.asked(id);
        party.decide(asked, "option", "ASSIGN", "parameters", Party.json("session", "nobody"));
        await().atMost(PATIENCE)
                .until(() -> party.cases(id).stream()
                        .anyMatch(found -> !found.path("id")
                                .asText()
                                .equals(asked.path("id").asText())));
        assertThat(party.read(id).path("state").asText()).isEqualTo("ESCALATED");
    }

    @Test
    void who_is_silent_is_passed_over() {
        party.enrol("ann", SIP, NONE);
        String id = party.raises("stuck", "sip").path("id").asText();
        party.enrol("bob", SIP, NONE);
        await().atMost(PATIENCE).until(() -> party.ask(id, "bob").equals("ASKED"));
        // Again and again: what is written just then may have been read before.
        await().atMost(PATIENCE).until(() -> {
            party.timeIsOver(id);
            return party.ask(id, "ann").equals("SILENT");
        });
        refused(party.call("ann", id, "accept"), 409, "IF_ERR_NOT_ASKED");
    }

    @Test
    void who_goes_between_match_and_accept_is_replaced() {
        party.enrol("ann", SIP, NONE);
        String id = party.raises("stuck", "sip").path("id").asText();
        party.enrol("bob", SIP, NONE);
        party.leave("ann");
        await().atMost(PATIENCE).until(() -> party.ask(id, "bob").equals("ASKED"));
        // Who enrols is asked at once, maybe before it is known that the other has gone.
        await().atMost(PATIENCE).until(() -> party.ask(id, "ann").equals("GONE"));
        expect(200, party.call("bob", id, "accept"));
        party.leave("bob");
        party.until(id, "ESCALATED");
        assertThat(party.account("stuck").path("heldToday").decimalValue())
                .as("the hold of one who is gone is given back")
                .isEqualByComparingTo("0");
    }

    @Test
    void a_blocker_of_one_who_leaves_is_withdrawn() {
        party.enrol("ann", SIP, NONE);
        String id = party.raises("stuck", "sip").path("id").asText();
        party.leave("stuck");
        party.until(id, "WITHDRAWN");
        assertThat(party.ask(id, "ann")).isEqualTo("TAKEN_BACK");
    }

    @Test
    void help_that_the_blocked_session_cannot_pay_is_refused() {
        party.enrol("ann", SIP, NONE);
        String id = party.raises("stuck", "sip").path("id").asText();
        expect(200, party.put("/budget/accounts/session:" + party.of("stuck"), "dailyLimit", 1));
        refused(party.call("ann", id, "accept"), 402, "IF_ERR_BUDGET_EXCEEDED");
        assertThat(party.ask(id, "ann")).isEqualTo("ASKED");
        party.spendAll("ann");
        refused(party.call("ann", id, "accept"), 402, "IF_ERR_BREAKER_OPEN");
    }

    @Test
    void a_report_on_the_channel_counts_once() {
        party.enrol("ann", SIP, NONE);
        String id = party.of("b");
        BlockerReported report = new BlockerReported(
                id, party.swarm(), party.of("stuck"), null, "cannot go on", SIP, NONE, Severity.HIGH);
        party.emit(report);
        party.emit(report);
        await().atMost(PATIENCE).until(() -> party.told("ann").contains("helpRequested"));
        party.emit(
                new BlockerReported(null, party.swarm(), party.of("ann"), null, "me too", List.of("cli"), NONE, null));
        await().atMost(PATIENCE).until(() -> party.told("stuck").isEmpty() && list("").size() == 2);
        assertThat(party.read(id).path("severity").asText()).isEqualTo("HIGH");
        assertThat(party.told("ann")).containsExactly("helpRequested");
    }

    @Test
    void a_report_that_is_refused_is_a_dead_letter() {
        party.emit(new BlockerReported(
                party.of("b"), party.swarm(), party.of("stranger"), null, "cannot go on", SIP, NONE, null));
        await().atMost(PATIENCE)
                .until(() -> expect(200, party.get("/rescue/dead-letters"))
                        .toString()
                        .contains(party.of("stranger")));
        assertThat(party.get(Party.BLOCKERS + "/" + party.of("b")).status()).isEqualTo(404);
        party.emit(new BlockerReported(
                party.of("c"), party.swarm(), party.of("stuck"), party.of("no-such"), "cannot go on", SIP, NONE, null));
        await().atMost(PATIENCE)
                .until(() -> expect(200, party.get("/rescue/dead-letters"))
                        .toString()
                        .contains(party.of("no-such")));
        assertThat(party.get(Party.BLOCKERS + "/" + party.of("c")).status()).isEqualTo(404);
    }

    /** With the very words with which what there never was is refused. */
    @Test
    void what_another_swarm_has_is_none() {
        String id = party.raises("stuck", "sip").path("id").asText();
        expect(201, party.operate("/coordinator/tasks", "id", party.of("t"), "swarm", party.swarm(), "title", "Work"));
        for (String what : List.of("accept", "decline", "resolve", "withdraw")) {
            refused(other.call("stuck", id, what), 404, "IF_ERR_UNKNOWN_BLOCKER");
        }
        refused(other.call("stuck", id, "messages", "text", "hello"), 404, "IF_ERR_UNKNOWN_BLOCKER");
        Answer foreign = other.raise("stuck", "taskId", party.of("t"));
        Answer none = other.raise("stuck", "taskId", party.of("none"));
        refused(foreign, 404, "IF_ERR_UNKNOWN_TASK");
        assertThat(foreign.body().path("detail").asText().replace(party.of("t"), "it"))
                .isEqualTo(none.body().path("detail").asText().replace(party.of("none"), "it"));
        refused(other.raise("stuck", "domains", SIP, "taskId", party.of("t")), 404, "IF_ERR_UNKNOWN_TASK");
    }

    @Test
    void it_says_what_is_wrong() {
        party.enrol("ann", SIP, NONE);
        party.enrol("bob", List.of("h323"), NONE);
        String id = party.raises("stuck", "sip").path("id").asText();
        refused(party.call("bob", id, "accept"), 409, "IF_ERR_NOT_ASKED");
        refused(party.call("bob", id, "messages", "text", "hello"), 409, "IF_ERR_NOT_ASKED");
        refused(party.call("bob", id, "resolve"), 403, "IF_ERR_NOT_YOUR_SESSION");
        refused(party.call("bob", "no-such", "accept"), 404, "IF_ERR_UNKNOWN_BLOCKER");
        refused(party.raise("stuck", "description", " "), 400, "IF_ERR_BAD_INPUT");
        refused(party.raise("stuck", "severity", "terrible"), 400, "IF_ERR_BAD_INPUT");
        refused(party.operate(Party.BLOCKERS, "description", "x"), 403, "IF_ERR_FORBIDDEN");
        refused(party.call("ann", id, "messages", "text", "hello", "cost", 11), 400, "IF_ERR_BAD_INPUT");
        expect(200, party.operate(Party.BLOCKERS + "/" + id + "/messages", "text", "from the desk"));
        refused(
                party.call(
                        "stuck",
                        id,
                        "resolve",
                        "outcomes",
                        List.of(Party.json("session", party.of("ann"), "helped", true))),
                409,
                "IF_ERR_NOT_ASKED");
        expect(200, party.call("stuck", id, "withdraw"));
        expect(200, party.call("stuck", id, "withdraw"));
        refused(party.call("ann", id, "accept"), 409, "IF_ERR_BLOCKER_OVER");
        refused(party.call("stuck", id, "resolve"), 409, "IF_ERR_BLOCKER_OVER");
    }

    @Test
    void lists_are_paged_and_filtered() {
        party.enrol("ann", SIP, NONE);
        for (int i = 0; i < 3; i++) {
            party.raises("stuck", "sip");
        }
        String over = party.raises("stuck", "h323").path("id").asText();
        JsonNode first = expect(200, party.get(Party.BLOCKERS + "?limit=3&swarm=" + party.swarm()));
        assertThat(first.path("items")).hasSize(3);
        assertThat(first.path("items").get(0).path("id").asText()).isEqualTo(over);
        JsonNode next = expect(
                200,
                party.get(Party.BLOCKERS + "?limit=3&swarm=" + party.swarm() + "&cursor="
                        + first.path("next").asText()));
        assertThat(next.path("items")).hasSize(1);
        assertThat(list("&state=escalated")).hasSize(1);
        assertThat(list("&rescuer=" + party.of("ann"))).hasSize(3);
    }

    private List<JsonNode> list(String query) {
        return expect(200, party.get(Party.BLOCKERS + "?swarm=" + party.swarm() + query))
                .path("items")
                .valueStream()
                .toList();
    }
}
