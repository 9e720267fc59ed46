package io.infrafabric.dissent;

import static io.infrafabric.consensus.Chamber.DECISIONS;
import static io.infrafabric.consensus.Chamber.PATIENCE;
import static io.infrafabric.consensus.Chamber.expect;
import static io.infrafabric.consensus.Chamber.items;
import static io.infrafabric.consensus.Chamber.json;
import static io.infrafabric.consensus.Chamber.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.consensus.Chamber;
import io.infrafabric.consensus.Chambers;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Memos through the door and the channel, on real servers. */
@QuarkusTest
class DissentTest {
    @Inject
    Chambers chambers;

    @Test
    void every_rejection_is_in_the_memo_byte_for_byte() {
        Chamber chamber = chambers.of(4);
        String id = chamber.open("quorum", 4, "hazards", List.of("safety"), "traceToken", "trace-7");
        String large =
                ("żółć \uD83D\uDE80 ``` **" + "x".repeat(16)).repeat(5000).substring(0, 65_536);
        expect(
                201,
                chamber.vote(
                        0,
                        id,
                        "vote",
                        "reject",
                        "rationale",
                        Examples.NASTY,
                        "confidence",
                        0.9,
                        "alternative",
                        "Wait *a week*.",
                        "evidence",
                        List.of("task:build", "https://example.org/log")));
        expect(201, chamber.vote(1, id, "vote", "reject", "rationale", large));
        expect(201, chamber.say(2, id, "approve"));
        refused(404, "IF_ERR_MEMO_PENDING", chamber.api.get("/dissent/memos/" + id, chamber.operator));
        expect(201, chamber.say(3, id, "abstain"));

        JsonNode memo = chamber.memo(id);
        assertThat(memo.path("decisionSummary").asText()).isEqualTo("Release it");
        assertThat(memo.path("outcome").asText()).isEqualTo("ESCALATED");
        assertThat(memo.path("valid").asBoolean()).isFalse();
        assertThat(memo.path("consensus").path("approvalRate").decimalValue()).isEqualByComparingTo("0.25");
        assertThat(memo.path("consensus").path("rejections").asInt()).isEqualTo(2);
        assertThat(memo.path("dissentStrength").decimalValue()).isEqualByComparingTo("0.5");
        assertThat(memo.path("reviewTier").asText()).isEqualTo("HUMAN");
        assertThat(memo.path("traceToken").asText()).isEqualTo("trace-7");
        assertThat(memo.path("addenda")).isEmpty();
        JsonNode first = memo.path("dissentingViews").path(0);
        assertThat(first.path("session").asText()).isEqualTo(chamber.members.getFirst());
        assertThat(first.path("rationale").asText()).isEqualTo(Examples.NASTY);
        assertThat(first.path("alternativeProposed").asText()).isEqualTo("Wait *a week*.");
        assertThat(first.path("evidenceCited").toString()).isEqualTo("[\"task:build\",\"https://example.org/log\"]");
        assertThat(memo.path("dissentingViews").path(1).path("rationale").asText())
                .isEqualTo(large);
        assertThat(memo.path("dissentingViews")
                        .path(1)
                        .path("alternativeProposed")
                        .isNull())
                .isTrue();

        Answer page = chamber.api.get("/dissent/memos/" + id, chamber.token(3), "Accept", "text/markdown");
        assertThat(page.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/markdown");
        assertThat(page.body().asText()).contains(Examples.NASTY, large, "# Memo of decision " + id);
        assertThat(chambers.count("SELECT count(*) FROM dissent_link WHERE decision = $1", id))
                .isEqualTo(1);
    }

    /** As much as one decision's votes may say: megabytes. */
    @Test
    void a_memo_of_many_long_votes_holds_all_of_it() {
        int members = 40;
        Chamber chamber = chambers.of(members);
        String id = chamber.open("quorum", members);
        String words = Examples.NASTY.repeat(65_000 / Examples.NASTY.length());
        for (int member = 0; member < members; member++) {
            String own = member + " " + words;
            expect(201, chamber.vote(member, id, "vote", "reject", "rationale", own, "alternative", "not " + own));
        }
        JsonNode views = chamber.memo(id).path("dissentingViews");
        assertThat(views).hasSize(members);
        for (int member = 0; member < members; member++) {
            assertThat(views.path(member).path("rationale").asText()).isEqualTo(member + " " + words);
            assertThat(views.path(member).path("alternativeProposed").asText())
                    .isEqualTo("not " + member + " " + words);
        }
        assertThat(chambers.count("SELECT size FROM dissent_link WHERE decision = $1", id))
                .isGreaterThan(5_000_000);
        assertThat(verify(chamber, "").path("intact").asBoolean()).isTrue();
    }

    @Test
    void until_it_is_written_it_is_pending_and_what_is_unknown_is_not() {
        Chamber chamber = chambers.of(2);
        String id = chamber.open("quorum", 2);
        Answer pending = chamber.api.get("/dissent/memos/" + id, chamber.token(0));
        refused(404, "IF_ERR_MEMO_PENDING", pending);
        assertThat(pending.headers().firstValue("Retry-After")).isPresent();
        assertThat(pending.body().path("decisionState").asText()).isEqualTo("OPEN");
        refused(404, "IF_ERR_UNKNOWN_DECISION", chamber.api.get("/dissent/memos/nowhere", chamber.operator));
        Chamber others = chambers.of(1);
        refused(404, "IF_ERR_UNKNOWN_DECISION", others.api.get("/dissent/memos/" + id, others.token(0)));
        chamber.close(id);
        chamber.memo(id);
        refused(404, "IF_ERR_UNKNOWN_DECISION", others.api.get("/dissent/memos/" + id, others.token(0)));
    }

    @Test
    void what_a_human_decides_is_an_addendum() {
        Chamber chamber = chambers.of(2);
        String id = chamber.open("quorum", 2);
        expect(201, chamber.say(0, id, "approve"));
        chamber.close(id);
        await().atMost(PATIENCE).until(() -> chamber.cases(id).size() == 1);
        chamber.resolve(chamber.cases(id).getFirst(), "REJECT", "Too early.");
        await().atMost(PATIENCE).until(() -> chamber.memo(id).path("addenda").size() == 1);
        JsonNode memo = chamber.memo(id);
        JsonNode addendum = memo.path("addenda").path(0);
        assertThat(addendum.path("kind").asText()).isEqualTo("HUMAN_RESOLUTION");
        assertThat(addendum.path("option").asText()).isEqualTo("REJECT");
        assertThat(addendum.path("note").asText()).isEqualTo("Too early.");
        assertThat(memo.path("outcome").asText()).isEqualTo("QUORUM_NOT_MET");
        assertThat(memo.path("nonVoters").path(0).asText()).isEqualTo(chamber.members.get(1));
    }

    @Test
    void a_falsifier_that_is_seen_puts_the_decision_to_the_vote_again_and_asks_a_human() {
        Chamber chamber = chambers.of(3);
        String id = chamber.open("quorum", 3);
        expect(
                201,
                chamber.vote(
                        0,
                        id,
                        "vote",
                        "reject",
                        "rationale",
                        "It will break.",
                        "falsifier",
                        json(
                                "statement",
                                "It breaks.",
                                "dueAt",
                                Instant.now().plusSeconds(3600).toString())));
        expect(201, chamber.say(1, id, "approve"));
        expect(201, chamber.say(2, id, "approve"));
        chamber.memo(id);
        String list = "/dissent/falsifiers?decision=" + id;
        JsonNode falsifier =
                items(expect(200, chamber.api.get(list, chamber.token(2)))).getFirst();
        assertThat(falsifier.path("state").asText()).isEqualTo("OPEN");
        String path = "/dissent/falsifiers/" + falsifier.path("id").asText() + "/observed";
        Chamber others = chambers.of(1);
        refused(404, "IF_ERR_UNKNOWN_FALSIFIER", others.api.post(path, json("note", "n"), others.token(0)));
        expect(200, chamber.api.post(path, json("note", "It broke on Tuesday."), chamber.token(2)));
        refused(409, "IF_ERR_FALSIFIER_STATE", chamber.api.post(path, json("note", "Again."), chamber.token(1)));

        String open = DECISIONS + "?state=open&swarm=" + chamber.swarm;
        await().atMost(PATIENCE)
                .until(() -> items(expect(200, chamber.api.get(open, chamber.operator)))
                                .size()
                        == 1);
        JsonNode again =
                items(expect(200, chamber.api.get(open, chamber.operator))).getFirst();
        String second = again.path("id").asText();
        assertThat(again.path("reopens").asText()).isEqualTo(id);
        assertThat(again.path("summary").asText()).isEqualTo("Release it");
        assertThat(again.path("rationale").asText()).contains(id, "It breaks.", "All is tested.");
        assertThat(chamber.told(1, "voteRequested")).hasSize(2);
        assertThat(chamber.memo(id).path("addenda").path(0).path("kind").asText())
                .isEqualTo("FALSIFIER_OBSERVED");
        assertThat(chamber.state(id)).as("it stays what it was").isEqualTo("APPROVED");

        await().atMost(PATIENCE).until(() -> chamber.cases(second).size() == 1);
        JsonNode asked = chamber.cases(second).getFirst();
        assertThat(asked.path("reason").asText()).isEqualTo("FALSIFIER_OBSERVED");
        chamber.resolve(asked, "REJECT", "Stop it.");
        await().atMost(PATIENCE).until(() -> chamber.state(second).equals("ESCALATED"));
        JsonNode ended = chamber.read(second);
        assertThat(ended.path("closedBecause").asText()).isEqualTo("HUMAN");
        assertThat(ended.path("resolution").path("option").asText()).isEqualTo("REJECT");
        await().atMost(PATIENCE)
                .until(() -> chamber.memo(second).path("addenda").size() == 1);
        assertThat(chamber.memo(second).path("reopens").asText()).isEqualTo(id);
    }

    @Test
    void a_falsifier_that_nobody_has_seen_lapses() {
        Chamber chamber = chambers.of(2);
        String id = chamber.open("quorum", 2);
        String due = Instant.now().plusSeconds(4).toString();
        expect(
                201,
                chamber.vote(
                        0,
                        id,
                        "vote",
                        "reject",
                        "rationale",
                        "r",
                        "falsifier",
                        json("statement", "It breaks.", "dueAt", due)));
        expect(201, chamber.say(1, id, "approve"));
        await().atMost(PATIENCE).until(() -> chamber.memo(id).path("addenda").size() == 1);
        assertThat(chamber.memo(id).path("addenda").path(0).path("kind").asText())
                .isEqualTo("FALSIFIER_LAPSED");
        String list = "/dissent/falsifiers?state=lapsed&swarm=" + chamber.swarm;
        JsonNode lapsed =
                items(expect(200, chamber.api.get(list, chamber.operator))).getFirst();
        String path = "/dissent/falsifiers/" + lapsed.path("id").asText() + "/observed";
        refused(409, "IF_ERR_FALSIFIER_STATE", chamber.api.post(path, json("note", "Late."), chamber.operator));
    }

    @Test
    void memos_are_found_by_words_session_outcome_and_date() {
        Chamber chamber = chambers.of(2);
        String first = chamber.open("quorum", 2, "summary", "Use the zebra cache", "rationale", "It is fast.");
        expect(201, chamber.say(0, first, "approve"));
        expect(201, chamber.vote(1, first, "vote", "reject", "rationale", "Okapi caches leak żółć."));
        String second = chamber.open("quorum", 1, "summary", "Use the zebra queue", "rationale", "It is short.");
        expect(201, chamber.say(0, second, "approve"));
        chamber.close(second);
        chamber.memo(first);
        chamber.memo(second);

        assertThat(found(chamber, "q=zebra")).containsExactly(second, first);
        assertThat(found(chamber, "q=zebra+leak")).containsExactly(first);
        assertThat(found(chamber, "q=ZEBRA+-okapi")).containsExactly(second);
        assertThat(found(chamber, "q=%22okapi+caches%22")).containsExactly(first);
        assertThat(found(chamber, "q=%C5%BC%C3%B3%C5%82%C4%87")).containsExactly(first);
        assertThat(found(chamber, "q=giraffe")).isEmpty();
        assertThat(found(chamber, "session=" + chamber.members.get(1))).containsExactly(first);
        assertThat(found(chamber, "outcome=approved")).containsExactly(second);
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        assertThat(found(chamber, "from=" + today.minusDays(1))).containsExactly(second, first);
        assertThat(found(chamber, "from=" + today.plusDays(2))).isEmpty();
        assertThat(found(chamber, "to=2020-01-01T00:00:00Z")).isEmpty();
        JsonNode page = expect(200, chamber.api.get("/dissent/search?q=zebra&limit=1", chamber.token(0)));
        assertThat(items(page).getFirst().path("decision").asText()).isEqualTo(second);
        JsonNode rest = items(expect(
                        200,
                        chamber.api.get(
                                "/dissent/search?q=zebra&limit=1&cursor="
                                        + page.path("next").asText(),
                                chamber.token(0))))
                .getFirst();
        assertThat(rest.path("decision").asText()).isEqualTo(first);
        assertThat(rest.path("objected").toString()).isEqualTo("[\"" + chamber.members.get(1) + "\"]");
        refused(400, "IF_ERR_BAD_INPUT", chamber.api.get("/dissent/search?from=yesterday", chamber.token(0)));
    }

    private static List<String> found(Chamber chamber, String query) {
        return items(expect(200, chamber.api.get("/dissent/search?" + query, chamber.token(0)))).stream()
                .map(found -> found.path("decision").asText())
                .toList();
    }

    @Test
    void the_chain_is_verified() {
        Chamber chamber = chambers.of(1);
        String id = chamber.open("quorum", 1);
        expect(201, chamber.say(0, id, "reject"));
        JsonNode memo = chamber.memo(id);
        String head = memo.path("position").asText() + "-" + memo.path("hash").asText();
        JsonNode verified = verify(chamber, "?head=" + head);
        assertThat(verified.path("intact").asBoolean()).as("%s", verified).isTrue();
        assertThat(verified.path("memos").asLong()).isPositive();
        String other = memo.path("position").asText() + "-" + "f".repeat(64);
        assertThat(verify(chamber, "?head=" + other)
                        .path("firstBroken")
                        .path("fault")
                        .asText())
                .isEqualTo("NOT_THE_HEAD");
        String ahead = "999999999-" + "f".repeat(64);
        assertThat(verify(chamber, "?head=" + ahead)
                        .path("firstBroken")
                        .path("fault")
                        .asText())
                .isEqualTo("MISSING");
        refused(400, "IF_ERR_BAD_INPUT", chamber.api.get("/dissent/verify?head=abc", chamber.operator));
        assertThat(chambers.count(
                        "SELECT count(*) FROM bus_event WHERE type = 's2.dissent.memo-recorded.v1' AND envelope LIKE $1",
                        "%" + head + "%"))
                .isEqualTo(1);
    }

    private static JsonNode verify(Chamber chamber, String query) {
        return expect(200, chamber.api.get("/dissent/verify" + query, chamber.token(0)));
    }

    @Test
    void no_dead_letters() {
        Chamber chamber = chambers.of(1);
        for (String function : List.of("consensus", "dissent")) {
            assertThat(items(expect(200, chamber.api.get("/" + function + "/dead-letters", chamber.operator))))
                    .as(function)
                    .isEmpty();
        }
    }
}
