package io.infrafabric.consensus;

import static io.infrafabric.consensus.Chamber.DECISIONS;
import static io.infrafabric.consensus.Chamber.PATIENCE;
import static io.infrafabric.consensus.Chamber.expect;
import static io.infrafabric.consensus.Chamber.items;
import static io.infrafabric.consensus.Chamber.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Decisions through the door and the channel, on real servers. */
@QuarkusTest
class ConsensusTest {
    @Inject
    Chambers chambers;

    private long events(String decision, String what) {
        return chambers.count(
                "SELECT count(*) FROM bus_event WHERE type = $1 AND subject = $2",
                "s2.consensus." + what + ".v1",
                "decision:" + decision);
    }

    private String envelopes(String decision) {
        return String.join(
                "", chambers.texts("SELECT envelope FROM bus_event WHERE subject = $1", "decision:" + decision));
    }

    @Test
    void the_last_vote_closes_a_decision_and_every_elector_was_asked() {
        Chamber chamber = chambers.of(7);
        String id = chamber.open("hazards", List.of("SAFETY"), "traceToken", "trace-1");
        JsonNode opened = chamber.read(id);
        assertThat(opened.path("state").asText()).isEqualTo("OPEN");
        assertThat(opened.path("valid").asBoolean(true)).isFalse();
        assertThat(opened.path("hazards").toString()).isEqualTo("[\"safety\"]");
        assertThat(opened.path("missing")).hasSize(7);
        assertThat(opened.path("missingForQuorum").asInt()).isEqualTo(7);
        assertThat(opened.path("rules").path("quorum").asInt()).isEqualTo(7);
        for (int member = 0; member < 7; member++) {
            assertThat(chamber.told(member, "voteRequested"))
                    .singleElement()
                    .satisfies(notice ->
                            assertThat(notice.path("subject").asText()).isEqualTo("decision:" + id));
        }
        chamber.votes(id, 6, 0, 0);
        assertThat(chamber.read(id).path("missingForQuorum").asInt()).isEqualTo(1);
        JsonNode last = expect(201, chamber.say(6, id, "reject"));
        assertThat(last.path("state").asText()).isEqualTo("APPROVED");
        JsonNode closed = chamber.read(id);
        assertThat(closed.path("state").asText()).isEqualTo("APPROVED");
        assertThat(closed.path("valid").asBoolean()).isTrue();
        assertThat(closed.path("closedBecause").asText()).isEqualTo("ALL_VOTED");
        assertThat(closed.path("tally").path("approvalRate").decimalValue()).isEqualByComparingTo("0.8571");
        assertThat(closed.path("tally").path("reject").asInt()).isEqualTo(1);
        // Three clusters of 3, 2 and 2, correlated by one half.
        assertThat(closed.path("tally").path("independent").decimalValue()).isEqualByComparingTo("4.1667");
        assertThat(closed.path("votes")).hasSize(7);
        assertThat(closed.path("missing")).isEmpty();
        assertThat(events(id, "decision-opened")).isEqualTo(1);
        assertThat(events(id, "vote-cast")).isEqualTo(7);
        assertThat(events(id, "decision-closed")).isEqualTo(1);
        assertThat(chamber.cases(id)).isEmpty();
    }

    @Test
    void four_approve_and_three_abstain_with_a_hazard_so_a_human_decides() {
        Chamber chamber = chambers.of(7);
        String id = chamber.open("hazards", List.of("legal"));
        chamber.votes(id, 4, 0, 3);
        JsonNode closed = chamber.read(id);
        assertThat(closed.path("state").asText()).isEqualTo("ESCALATED");
        assertThat(closed.path("valid").asBoolean()).isFalse();
        assertThat(closed.path("gate").asText()).isEqualTo("SUPERMAJORITY_NOT_MET");
        assertThat(closed.path("tally").path("approvalRate").decimalValue()).isEqualByComparingTo("0.5714");
        await().atMost(PATIENCE).until(() -> chamber.cases(id).size() == 1);
        JsonNode asked = chamber.cases(id).getFirst();
        assertThat(asked.path("reason").asText()).isEqualTo("SUPERMAJORITY_NOT_MET");
        assertThat(asked.path("options").toString()).isEqualTo("[\"APPROVE\",\"REJECT\"]");
        assertThat(asked.path("severity").asText()).isEqualTo("HIGH");

        chamber.resolve(asked, "APPROVE", "The lawyers agree.");
        await().atMost(PATIENCE).until(() -> chamber.read(id).has("resolution"));
        JsonNode resolved = chamber.read(id);
        assertThat(resolved.path("resolution").path("option").asText()).isEqualTo("APPROVE");
        assertThat(resolved.path("resolution").path("note").asText()).isEqualTo("The lawyers agree.");
        assertThat(resolved.path("resolution").path("by").asText()).isNotBlank();
        assertThat(resolved.path("state").asText()).as("no vote").isEqualTo("ESCALATED");
        assertThat(resolved.path("valid").asBoolean()).isFalse();
        assertThat(resolved.path("tally").path("approve").asInt()).isEqualTo(4);
        assertThat(events(id, "decision-resolved")).isEqualTo(1);
    }

    /** Seven votes unless somebody says otherwise: six that all approve decide nothing, and a human is asked. */
    @Test
    void quorum_requirement() {
        Chamber chamber = chambers.of(8);
        String six = chamber.open();
        chamber.votes(six, 6, 0, 0);
        assertThat(chamber.read(six).at("/rules/quorum").asInt()).isEqualTo(7);
        JsonNode tooFew = chamber.close(six);
        assertThat(tooFew.path("state").asText()).isEqualTo("QUORUM_NOT_MET");
        assertThat(tooFew.path("valid").asBoolean(true)).isFalse();
        await().atMost(PATIENCE).until(() -> chamber.cases(six).size() == 1);
        assertThat(chamber.cases(six).getFirst().path("reason").asText()).isEqualTo("QUORUM_NOT_MET");

        String seven = chamber.open();
        chamber.votes(seven, 4, 3, 0);
        JsonNode enough = chamber.close(seven);
        assertThat(enough.path("state").asText()).isEqualTo("APPROVED");
        assertThat(enough.path("valid").asBoolean()).isTrue();
    }

    /** Each hazard asks for 80 %: exactly that is enough, less asks a human, and without a hazard the majority decides. */
    @Test
    void supermajority_on_hazards() {
        Chamber chamber = chambers.of(5);
        for (String hazard : List.of("legal", "safety", "conflict>20%")) {
            String enough = chamber.open("quorum", 5, "hazards", List.of(hazard));
            chamber.votes(enough, 4, 1, 0);
            assertThat(chamber.state(enough)).as(hazard).isEqualTo("APPROVED");
            String less = chamber.open("quorum", 5, "hazards", List.of(hazard));
            chamber.votes(less, 3, 2, 0);
            assertThat(chamber.state(less)).as(hazard).isEqualTo("ESCALATED");
            await().atMost(PATIENCE).until(() -> chamber.cases(less).size() == 1);
            assertThat(chamber.cases(less).getFirst().path("reason").asText()).isEqualTo("SUPERMAJORITY_NOT_MET");
            assertThat(chamber.cases(enough)).as(hazard).isEmpty();
        }
        String harmless = chamber.open("quorum", 5);
        chamber.votes(harmless, 3, 2, 0);
        assertThat(chamber.state(harmless)).isEqualTo("APPROVED");
    }

    @Test
    void all_rejected_is_rejected_and_asks_nobody() {
        Chamber chamber = chambers.of(7);
        String id = chamber.open();
        chamber.votes(id, 0, 7, 0);
        assertThat(chamber.state(id)).isEqualTo("REJECTED");
        assertThat(chamber.read(id).path("valid").asBoolean()).isTrue();
    }

    @Test
    void six_of_seven_are_no_quorum_when_time_is_up_and_it_closes_by_itself() {
        Chamber chamber = chambers.of(7);
        String id = chamber.open("closesAt", Instant.now().plusSeconds(5).toString());
        chamber.votes(id, 6, 0, 0);
        await().atMost(PATIENCE).until(() -> !chamber.state(id).equals("OPEN"));
        JsonNode closed = chamber.read(id);
        assertThat(closed.path("state").asText()).isEqualTo("QUORUM_NOT_MET");
        assertThat(closed.path("closedBecause").asText()).isEqualTo("TIME_UP");
        assertThat(closed.path("missing").path(0).path("session").asText()).isEqualTo(chamber.members.get(6));
        assertThat(events(id, "decision-closed")).isEqualTo(1);
        Chamber.refused(409, "IF_ERR_DECISION_CLOSED", chamber.say(6, id, "approve"));
        await().atMost(PATIENCE).until(() -> chamber.cases(id).size() == 1);
    }

    @Test
    void a_sealed_decision_shows_nothing_until_it_closes() {
        Chamber chamber = chambers.of(3);
        String id = chamber.open("sealed", true, "quorum", 3);
        expect(201, chamber.vote(0, id, "vote", "reject", "rationale", "Sealed words.", "confidence", 0.1234));
        for (String token : List.of(chamber.operator, chamber.token(0), chamber.token(1))) {
            JsonNode open = expect(200, chamber.api.get(DECISIONS + "/" + id, token));
            assertThat(open.has("tally")).isFalse();
            assertThat(open.has("votes")).isFalse();
            assertThat(open.path("missing")).hasSize(2);
            assertThat(items(expect(200, chamber.api.get(DECISIONS + "/" + id + "/votes", token))))
                    .isEmpty();
            JsonNode listed = items(expect(200, chamber.api.get(DECISIONS + "?swarm=" + chamber.swarm, token)))
                    .getFirst();
            assertThat(listed.has("tally")).isFalse();
        }
        assertThat(envelopes(id)).doesNotContain("reject", "Sealed words", "0.1234");
        expect(201, chamber.say(1, id, "approve"));
        expect(201, chamber.say(2, id, "approve"));
        assertThat(chamber.read(id).path("votes")).hasSize(3);
        assertThat(chamber.read(id).path("tally").path("reject").asInt()).isEqualTo(1);
    }

    @Test
    void a_vote_changed_a_hundred_times_counts_once_and_all_of_it_is_kept() {
        Chamber chamber = chambers.of(2);
        String id = chamber.open("quorum", 2);
        for (int i = 0; i <= 100; i++) {
            expect(201, chamber.vote(0, id, "vote", i % 2 == 0 ? "approve" : "reject", "rationale", "Change " + i));
        }
        JsonNode open = chamber.read(id);
        assertThat(open.path("tally").path("votes").asInt()).isEqualTo(1);
        assertThat(open.path("tally").path("approve").asInt()).isEqualTo(1);
        assertThat(open.path("votes").path(0).path("number").asInt()).isEqualTo(101);
        List<String> rationales = new ArrayList<>();
        String next = "";
        while (next != null) {
            String path = DECISIONS + "/" + id + "/votes?limit=40&session=" + chamber.members.getFirst();
            JsonNode page =
                    expect(200, chamber.api.get(path + (next.isEmpty() ? "" : "&cursor=" + next), chamber.token(1)));
            items(page).forEach(vote -> rationales.add(vote.path("rationale").asText()));
            next = page.path("next").asText(null);
        }
        assertThat(rationales)
                .containsExactlyElementsOf(IntStream.iterate(100, i -> i >= 0, i -> i - 1)
                        .mapToObj(i -> "Change " + i)
                        .toList());
        expect(201, chamber.vote(0, id, "vote", "approve", "rationale", "Change 100"));
        assertThat(events(id, "vote-cast")).as("the same again is no change").isEqualTo(101);
    }

    @Test
    void one_session_that_votes_twice_at_once_has_one_vote() throws Exception {
        Chamber chamber = chambers.of(2);
        String id = chamber.open("quorum", 2);
        List<Answer> answers = together(List.of(
                () -> chamber.say(0, id, "approve"),
                () -> chamber.say(0, id, "reject"),
                () -> chamber.say(0, id, "abstain")));
        assertThat(answers).allSatisfy(answer -> assertThat(answer.status()).isEqualTo(201));
        JsonNode open = chamber.read(id);
        assertThat(open.path("votes")).hasSize(1);
        assertThat(open.path("tally").path("votes").asInt()).isEqualTo(1);
        assertThat(items(expect(200, chamber.api.get(DECISIONS + "/" + id + "/votes", chamber.operator))))
                .extracting(vote -> vote.path("number").asInt())
                .containsExactlyInAnyOrder(1, 2, 3);
    }

    private static List<Answer> together(List<Callable<Answer>> calls) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Answer> answers = new ArrayList<>();
            for (Future<Answer> answer : threads.invokeAll(calls)) {
                answers.add(answer.get());
            }
            return answers;
        }
    }

    @Test
    void operators_close_and_nobody_else() {
        Chamber chamber = chambers.of(2);
        String id = chamber.open("quorum", 1);
        expect(201, chamber.say(0, id, "approve"));
        Answer bySession = chamber.api.post(DECISIONS + "/" + id + "/close", null, chamber.token(0));
        Chamber.refused(403, "IF_ERR_FORBIDDEN", bySession);
        JsonNode closed = chamber.close(id);
        assertThat(closed.path("state").asText()).isEqualTo("APPROVED");
        assertThat(closed.path("closedBecause").asText()).isEqualTo("OPERATOR");
        assertThat(closed.path("closedBy").asText()).isNotBlank();
        Chamber.refused(
                409,
                "IF_ERR_DECISION_CLOSED",
                chamber.api.post(DECISIONS + "/" + id + "/close", null, chamber.operator));
    }

    @Test
    void the_swarms_quorum_holds_and_the_installations_otherwise() {
        Chamber chamber = chambers.of(3);
        Map<String, Object> body = json("swarm", chamber.swarm, "summary", "s", "rationale", "r");
        Answer refused = chamber.api.post(DECISIONS, body, chamber.token(0));
        Chamber.refused(422, "IF_ERR_QUORUM_ABOVE_ELECTORATE", refused);
        assertThat(refused.body().path("quorum").asInt()).isEqualTo(7);
        assertThat(refused.body().path("electorate").asInt()).isEqualTo(3);
        expect(200, chamber.api.put("/coordinator/swarms/" + chamber.swarm, json("quorum", 2), chamber.operator));
        JsonNode opened = expect(201, chamber.api.post(DECISIONS, body, chamber.token(0)));
        assertThat(opened.path("rules").path("quorum").asInt()).isEqualTo(2);
        assertThat(opened.path("openedBy").asText()).isEqualTo(chamber.members.getFirst());
    }

    @Test
    void rules_and_electorate_are_those_of_the_opening() {
        Chamber chamber = chambers.of(2);
        expect(200, chamber.api.put("/coordinator/swarms/" + chamber.swarm, json("quorum", 2), chamber.operator));
        String id = chamber.open();
        String rules = chamber.read(id).path("rules").toString();
        expect(200, chamber.api.put("/coordinator/swarms/" + chamber.swarm, json("quorum", 1), chamber.operator));
        int newcomer = chamber.join();
        Chamber.refused(403, "IF_ERR_NOT_AN_ELECTOR", chamber.say(newcomer, id, "approve"));
        expect(201, chamber.say(0, id, "approve"));
        assertThat(chamber.read(id).path("rules")).hasToString(rules);
        assertThat(chamber.read(id).path("electors").asInt()).isEqualTo(2);
        assertThat(chamber.close(id).path("state").asText()).isEqualTo("QUORUM_NOT_MET");
    }

    @Test
    void voters_of_one_model_are_too_few_where_independent_ones_are_asked_for() {
        Chamber chamber = chambers.of(6);
        List<String> alike = List.of(chamber.members.get(0), chamber.members.get(3));
        String usual = chamber.open("quorum", 2, "electorate", alike);
        String strict = chamber.open("quorum", 2, "electorate", alike, "minIndependent", 2);
        for (String id : List.of(usual, strict)) {
            expect(201, chamber.say(0, id, "approve"));
            expect(201, chamber.say(3, id, "approve"));
            assertThat(chamber.read(id).path("tally").path("independent").decimalValue())
                    .isEqualByComparingTo("1.3333");
        }
        assertThat(chamber.state(usual)).isEqualTo("APPROVED");
        assertThat(chamber.state(strict)).isEqualTo("ESCALATED");
        assertThat(chamber.read(strict).path("gate").asText()).isEqualTo("TOO_FEW_INDEPENDENT");
        await().atMost(PATIENCE).until(() -> chamber.cases(strict).size() == 1);
    }

    @Test
    void hazards_are_added_while_it_is_open_and_unknown_ones_refused() {
        Chamber chamber = chambers.of(5);
        String id = chamber.open("quorum", 5);
        String path = DECISIONS + "/" + id + "/hazards";
        JsonNode raised =
                expect(200, chamber.api.post(path, json("hazards", List.of("conflict>20%")), chamber.token(4)));
        assertThat(raised.path("hazards").toString()).isEqualTo("[\"conflict>20%\"]");
        expect(200, chamber.api.post(path, json("hazards", List.of("conflict>20%")), chamber.token(3)));
        assertThat(events(id, "hazards-raised")).isEqualTo(1);
        Answer unknown = chamber.api.post(path, json("hazards", List.of("boredom")), chamber.operator);
        Chamber.refused(422, "IF_ERR_UNKNOWN_HAZARD", unknown);
        assertThat(unknown.body().path("known").toString()).isEqualTo("[\"legal\",\"safety\",\"conflict>20%\"]");
        chamber.votes(id, 3, 2, 0);
        assertThat(chamber.state(id)).isEqualTo("ESCALATED");
        Chamber.refused(
                409,
                "IF_ERR_DECISION_CLOSED",
                chamber.api.post(path, json("hazards", List.of("legal")), chamber.operator));
    }

    @Test
    void lists_say_what_a_session_has_still_to_vote_on() {
        Chamber chamber = chambers.of(2);
        String first = chamber.open("quorum", 1);
        String second = chamber.open("quorum", 1);
        expect(201, chamber.say(0, first, "approve"));
        String mine = DECISIONS + "?swarm=" + chamber.swarm + "&state=open&elector=" + chamber.members.getFirst();
        assertThat(items(expect(200, chamber.api.get(mine, chamber.operator)))).hasSize(2);
        assertThat(items(expect(200, chamber.api.get(mine + "&voted=false", chamber.operator))))
                .singleElement()
                .satisfies(found -> assertThat(found.path("id").asText()).isEqualTo(second));
        assertThat(items(expect(200, chamber.api.get(DECISIONS + "?voted=true", chamber.token(0)))))
                .singleElement()
                .satisfies(found -> {
                    assertThat(found.path("id").asText()).isEqualTo(first);
                    assertThat(found.path("tally").path("approve").asInt()).isEqualTo(1);
                    assertThat(found.has("votes")).isFalse();
                });
        Chamber.refused(400, "IF_ERR_BAD_INPUT", chamber.api.get(DECISIONS + "?voted=true", chamber.operator));
        JsonNode page = expect(200, chamber.api.get(DECISIONS + "?limit=1&swarm=" + chamber.swarm, chamber.operator));
        assertThat(items(page).getFirst().path("id").asText()).isEqualTo(second);
        String rest = DECISIONS + "?limit=1&swarm=" + chamber.swarm + "&cursor="
                + page.path("next").asText();
        assertThat(items(expect(200, chamber.api.get(rest, chamber.operator)))
                        .getFirst()
                        .path("id")
                        .asText())
                .isEqualTo(first);
    }
}
