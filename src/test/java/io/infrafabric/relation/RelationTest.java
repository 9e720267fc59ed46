package io.infrafabric.relation;

import static io.infrafabric.relation.Debate.CLAIMS;
import static io.infrafabric.relation.Debate.PATIENCE;
import static io.infrafabric.relation.Debate.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The evidence graph through the real door. */
@QuarkusTest
class RelationTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    private Debate debate;

    @BeforeEach
    void a_debate() {
        debate = new Debate(fabric, operator);
    }

    @Test
    void a_claim_is_stated_and_revised_and_both_versions_are_kept() {
        JsonNode stated = debate.state("a", 0.9, 1);
        assertThat(stated.path("version").asInt()).isEqualTo(1);
        assertThat(stated.path("strength").asDouble()).isEqualTo(0.75);
        assertThat(stated.path("standing").asText()).isEqualTo("ACCEPTED");
        // The same again is the same claim.
        assertThat(debate.state("a", 0.9, 1).path("version").asInt()).isEqualTo(1);
        JsonNode revised = debate.put("a", Map.of("statement", "It is otherwise"));
        assertThat(revised.path("version").asInt()).isEqualTo(2);
        assertThat(revised.path("confidence").asDouble()).isEqualTo(0.9);
        JsonNode before = expect(200, debate.api.get(CLAIMS + "/" + debate.id("a") + "?version=1", operator));
        assertThat(before.path("statement").asText()).isEqualTo("It is a");
        assertThat(before.path("supersededAt").asText())
                .isEqualTo(revised.path("statedAt").asText());
        assertThat(debate.events(pool, "claim-stated")).hasSize(1);
        assertThat(debate.events(pool, "claim-revised")).hasSize(1);
    }

    /** The pair is the cause; what is derived from it ends with it. */
    @Test
    void a_human_is_asked_once_about_a_pair_that_also_depends_on_each_other_and_is_depended_on() {
        debate.state("a", 0.9, 3);
        debate.state("b", 0.9, 3);
        debate.relate("a", "depends_on", "b");
        for (String above : List.of("c", "d", "e")) {
            debate.state(above, 0.9, 3);
            debate.relate(above, "depends_on", "a");
        }
        debate.relate("a", "contradicts", "b");
        assertThat(debate.contradictions("&minSeverity=high").size()).isGreaterThan(1);
        debate.state("f", 0.9, 3);
        debate.relate("f", "depends_on", "a");
        debate.state("x", 0.9, 3);
        debate.state("y", 0.9, 3);
        debate.relate("x", "contradicts", "y");
        await().atMost(PATIENCE)
                .until(() -> debate.cases().stream()
                        .anyMatch(about -> about.path("evidence").toString().contains(debate.id("x"))));
        assertThat(debate.cases()).hasSize(2);
    }

    /** Declared and taken back again and again, by whoever: it is the same condition. */
    @Test
    void a_contradiction_that_comes_and_goes_does_not_page_again_and_again() {
        debate.state("a", 0.9, 3);
        debate.state("b", 0.9, 3);
        for (int i = 0; i < 15; i++) {
            JsonNode relation =
                    i % 2 == 0 ? debate.relate("a", "contradicts", "b") : debate.relate("b", "contradicts", "a");
            int times = i + 1;
            await().atMost(PATIENCE).until(() -> debate.asked() == times);
            debate.remove(relation);
            await().atMost(PATIENCE)
                    .until(() -> debate.cases().stream()
                            .noneMatch(about -> about.path("state").asText().equals("OPEN")));
        }
        assertThat(debate.cases()).hasSize(3);
        assertThat(debate.events(pool, "escalation", "case-opened")).hasSize(3);
    }

    @Test
    void a_contradiction_is_found_when_its_relation_arrives_and_a_human_is_asked_once() {
        debate.state("a", 0.9, 3);
        debate.state("b", 0.8, 2);
        JsonNode relation = debate.relate("a", "contradicts", "b");
        assertThat(relation.path("contradictions")).hasSize(1);
        assertThat(debate.standing("a")).isEqualTo("ACCEPTED");
        assertThat(debate.standing("b")).isEqualTo("REJECTED");
        JsonNode found = debate.contradictions("&minSeverity=high").getFirst();
        assertThat(found.path("severity").asText()).isEqualTo("HIGH");
        assertThat(found.path("derived").asBoolean()).isFalse();
        assertThat(List.of(found.path("claim1").asText(), found.path("claim2").asText()))
                .containsExactlyInAnyOrder(debate.id("a"), debate.id("b"));
        await().atMost(PATIENCE).until(() -> debate.cases().size() == 1);
        assertThat(debate.cases().getFirst().path("evidence").toString())
                .contains("claim:" + debate.id("a"), "claim:" + debate.id("b"), " contradicts ");
        // Said the other way round it is the same contradiction; said again, the same relation.
        debate.relate("b", "contradicts", "a");
        JsonNode again = expect(200, debate.relates("a", "contradicts", "b"));
        assertThat(again.path("id")).isEqualTo(relation.path("id"));
        assertThat(debate.contradictions("")).hasSize(1);
        assertThat(debate.events(pool, "contradiction-found")).hasSize(1);
        assertThat(debate.events(pool, "relation-added")).hasSize(2);
        assertThat(debate.events(pool, "claim-disputed")).hasSize(1);
        // It stands as long as one of both is said.
        debate.remove(relation);
        assertThat(debate.contradictions("")).hasSize(1);
    }

    @Test
    void what_rests_on_a_disputed_claim_is_disputed_until_the_dispute_ends() {
        debate.state("a", 0.5, 1);
        debate.state("b", 0.5, 1);
        debate.state("on-a", 0.5, 1);
        debate.state("on-that", 0.5, 1);
        debate.relate("on-a", "depends_on", "a");
        debate.relate("on-that", "depends_on", "on-a");
        JsonNode relation = debate.relate("a", "contradicts", "b");
        assertThat(debate.standing("a")).isEqualTo("UNDECIDED");
        assertThat(debate.standing("on-that")).isEqualTo("ACCEPTED");
        assertThat(debate.disputed("on-that")).isTrue();
        JsonNode why = expect(200, debate.api.get(CLAIMS + "/" + debate.id("on-that") + "/why", operator));
        assertThat(why.path("dispute").toString())
                .isEqualTo("[\"%s\",\"%s\",\"%s\"]".formatted(debate.id("on-that"), debate.id("on-a"), debate.id("a")));
        // Whoever comes later is disputed from the start.
        debate.state("late", 0.5, 1);
        debate.relate("late", "depends_on", "on-that");
        assertThat(debate.disputed("late")).isTrue();
        debate.remove(relation);
        for (String claim : List.of("a", "b", "on-a", "on-that", "late")) {
            assertThat(debate.disputed(claim)).isFalse();
            assertThat(debate.standing(claim)).isEqualTo("ACCEPTED");
        }
        assertThat(debate.events(pool, "claim-disputed")).hasSize(5);
        assertThat(debate.events(pool, "claim-settled")).hasSize(5);
        assertThat(debate.events(pool, "contradiction-ended")).hasSize(1);
    }

    @Test
    void a_claim_that_depends_on_both_sides_contradicts_itself_whatever_came_last() {
        for (String claim : List.of("a", "b", "c", "d")) {
            debate.state(claim, 0.5, 1);
        }
        debate.relate("a", "contradicts", "b");
        debate.relate("c", "depends_on", "a");
        debate.relate("c", "depends_on", "d");
        assertThat(debate.contradictions("")).hasSize(1);
        JsonNode last = debate.relate("d", "depends_on", "b");
        JsonNode derived = debate.contradictions("").stream()
                .filter(one -> one.path("derived").asBoolean())
                .findFirst()
                .orElseThrow();
        assertThat(derived.path("through").asText()).isEqualTo(debate.id("c"));
        assertThat(derived.path("path").valueStream().map(JsonNode::asText))
                .containsExactlyInAnyOrder(
                        debate.id("c") + " depends_on " + debate.id("a"),
                        debate.id("c") + " depends_on " + debate.id("d"),
                        debate.id("d") + " depends_on " + debate.id("b"),
                        debate.id("a") + " contradicts " + debate.id("b"));
        assertThat(debate.standing("c")).isEqualTo("UNDECIDED");
        debate.remove(last);
        assertThat(debate.contradictions("")).hasSize(1);
        assertThat(debate.standing("c")).isEqualTo("ACCEPTED");
        // The other way round: the contradiction comes last.
        debate.state("e", 0.5, 1);
        debate.relate("d", "depends_on", "e");
        assertThat(debate.relate("e", "contradicts", "a").path("contradictions"))
                .hasSize(2);
    }

    @Test
    void disjoint_scopes_do_not_contradict() {
        debate.put("a", Map.of("statement", "Slow", "scope", Map.of("includes", List.of("linux"))));
        debate.put("b", Map.of("statement", "Fast", "scope", Map.of("includes", List.of("windows"))));
        assertThat(debate.relate("a", "contradicts", "b").path("scopesApart").asBoolean())
                .isTrue();
        assertThat(debate.contradictions("")).isEmpty();
        assertThat(debate.standing("a")).isEqualTo("ACCEPTED");
        // Narrowed by what it is scoped as, another contradiction ends, and comes back without.
        debate.put("c", Map.of("statement", "Slower"));
        debate.relate("c", "contradicts", "b");
        assertThat(debate.contradictions("")).hasSize(1);
        JsonNode scoped = debate.relate("c", "scoped_as", "a");
        assertThat(debate.contradictions("")).isEmpty();
        assertThat(debate.contradictions("&ended=true").getFirst().path("ended").asText())
                .isEqualTo("SCOPED");
        debate.remove(scoped);
        assertThat(debate.contradictions("")).hasSize(1);
    }

    @Test
    void an_observed_falsifier_contradicts_its_claim() {
        debate.put(
                "a",
                Map.of(
                        "statement",
                        "Nobody waits",
                        "confidence",
                        0.6,
                        "falsifiers",
                        List.of("somebody waits", "all wait"),
                        "scope",
                        Map.of("includes", List.of("here"))));
        String path = CLAIMS + "/" + debate.id("a") + "/falsifiers/";
        Map<String, Object> body =
                Map.of("confidence", 0.9, "evidence", List.of(Map.of("type", "log", "url", "https://example.org/log")));
        JsonNode observed = expect(201, debate.api.post(path + "1/observed", body, operator));
        assertThat(observed.path("falsifier").asInt()).isEqualTo(1);
        JsonNode found = debate.contradictions("").getFirst();
        assertThat(found.path("kind").asText()).isEqualTo("FALSIFIER");
        assertThat(found.path("derived").asBoolean()).isTrue();
        assertThat(debate.standing("a")).isEqualTo("REJECTED");
        expect(200, debate.api.post(path + "1/observed", body, operator));
        assertThat(debate.contradictions("")).hasSize(1);
        assertThat(debate.api.post(path + "2/observed", body, operator).code()).isEqualTo("IF_ERR_UNKNOWN_FALSIFIER");
        // A revision is free of it.
        debate.put("a", Map.of("statement", "Few wait"));
        assertThat(debate.standing("a")).isEqualTo("ACCEPTED");
        assertThat(debate.contradictions("")).isEmpty();
    }

    @Test
    void relations_stay_with_the_version_they_were_made_for() {
        debate.state("a", 0.5, 1);
        debate.state("b", 0.5, 1);
        debate.state("on-a", 0.5, 1);
        debate.relate("on-a", "depends_on", "a");
        debate.relate("a", "contradicts", "b");
        assertThat(debate.disputed("on-a")).isTrue();
        debate.put("a", Map.of("statement", "It is weaker"));
        assertThat(debate.standing("b")).isEqualTo("ACCEPTED");
        assertThat(debate.disputed("on-a")).isFalse();
        assertThat(debate.disputed("a")).isFalse();
        assertThat(debate.contradictions("&ended=true").getFirst().path("ended").asText())
                .isEqualTo("REVISED");
        JsonNode now = expect(200, debate.api.get(CLAIMS + "/" + debate.id("a") + "/graph", operator));
        assertThat(now.path("relations")).isEmpty();
        assertThat(debate.events(pool, "claim-disputed")).hasSize(3);
        assertThat(debate.events(pool, "claim-settled")).hasSize(3);
        // The new version can have the same relation anew.
        expect(201, debate.relates("a", "contradicts", "b"));
        assertThat(debate.standing("b")).isEqualTo("UNDECIDED");
    }

    @Test
    void support_brings_its_sources_and_copies_count_once() {
        debate.state("a", 0.9, 1);
        debate.put(
                "copy",
                Map.of("statement", "So I read", "evidence", List.of(Map.of("url", "https://example.org/a/0"))));
        debate.relate("copy", "supports", "a");
        assertThat(debate.read("a").path("strength").asDouble()).isEqualTo(0.75);
        debate.state("b", 0.8, 2);
        debate.relate("a", "contradicts", "b");
        assertThat(debate.standing("a")).isEqualTo("REJECTED");
        debate.state("more", 0.5, 2);
        JsonNode support = debate.relate("more", "supports", "a");
        assertThat(debate.read("a").path("strength").asDouble()).isEqualTo(0.9);
        assertThat(debate.standing("a")).isEqualTo("ACCEPTED");
        assertThat(debate.standing("b")).isEqualTo("REJECTED");
        assertThat(debate.relates("a", "supports", "b").code()).isEqualTo("IF_ERR_RELATION_CONFLICT");
        assertThat(debate.relates("b", "supports", "a").code()).isEqualTo("IF_ERR_RELATION_CONFLICT");
        debate.remove(support);
        assertThat(debate.standing("a")).isEqualTo("REJECTED");
    }

    @Test
    void the_more_rests_on_it_the_graver_it_is() {
        debate.state("a", 0.5, 1);
        debate.state("b", 0.5, 1);
        debate.relate("a", "contradicts", "b");
        assertThat(debate.contradictions("").getFirst().path("severity").asText())
                .isEqualTo("MEDIUM");
        List<JsonNode> added = new ArrayList<>();
        for (String claim : List.of("x", "y", "z")) {
            debate.state(claim, 0.5, 1);
            added.add(debate.relate(claim, "depends_on", "a"));
        }
        JsonNode found = debate.contradictions("").getFirst();
        assertThat(found.path("severity").asText()).isEqualTo("HIGH");
        assertThat(found.path("resting").asInt()).isEqualTo(3);
        await().atMost(PATIENCE).until(() -> debate.cases().size() == 1);
        debate.remove(added.getFirst());
        debate.remove(added.get(1));
        assertThat(debate.contradictions("").getFirst().path("severity").asText())
                .isEqualTo("MEDIUM");
        debate.relate("x", "depends_on", "a");
        debate.relate("y", "depends_on", "a");
        assertThat(debate.events(pool, "contradiction-weighed")).hasSize(3);
        assertThat(debate.contradictions("").getFirst().path("escalated").asBoolean())
                .isTrue();
        assertThat(debate.cases()).hasSize(1);
    }

    @Test
    void what_a_human_decides_is_done() {
        debate.state("a", 0.9, 3);
        debate.state("b", 0.9, 3);
        debate.relate("a", "contradicts", "b");
        assertThat(debate.standing("a")).isEqualTo("UNDECIDED");
        await().atMost(PATIENCE).until(() -> debate.cases().size() == 1);
        String rejected = debate.contradictions("").getFirst().path("claim2").asText();
        String other = debate.contradictions("").getFirst().path("claim1").asText();
        expect(
                200,
                debate.api.post(
                        "/escalation/cases/"
                                + debate.cases().getFirst().path("id").asText() + "/resolve",
                        Map.of("option", "REJECT_SECOND", "note", "I looked"),
                        operator));
        await().atMost(PATIENCE).until(() -> standing(rejected).equals("REJECTED"));
        assertThat(standing(other)).isEqualTo("ACCEPTED");
        // Nobody is asked whether the human was right.
        assertThat(debate.cases()).hasSize(1);
        debate.state("c", 0.9, 3);
        debate.state("d", 0.9, 3);
        debate.relate("c", "contradicts", "d");
        await().atMost(PATIENCE).until(() -> debate.cases().size() == 2);
        expect(
                200,
                debate.api.post(
                        "/escalation/cases/"
                                + debate.cases().getFirst().path("id").asText() + "/resolve",
                        Map.of("option", "DISMISS"),
                        operator));
        await().atMost(PATIENCE).until(() -> debate.standing("c").equals("ACCEPTED"));
        assertThat(debate.standing("d")).isEqualTo("ACCEPTED");
        assertThat(debate.contradictions("&ended=true").getFirst().path("ended").asText())
                .isIn("DISMISSED");
    }

    private String standing(String id) {
        return expect(200, debate.api.get(CLAIMS + "/" + id, operator))
                .path("standing")
                .asText();
    }
}
