package io.infrafabric.relation;

import static io.infrafabric.relation.Debate.CLAIMS;
import static io.infrafabric.relation.Debate.PATIENCE;
import static io.infrafabric.relation.Debate.RELATIONS;
import static io.infrafabric.relation.Debate.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.door.Caller;
import io.infrafabric.door.Role;
import io.infrafabric.door.Tokens;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
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
    Tokens tokens;

    @Inject
    Pool pool;

    private Debate debate;

    @BeforeEach
    void a_debate() {
        debate = new Debate(fabric, operator);
    }

    private String session(String id) {
        return tokens.issue(new Caller(id, debate.swarm, Role.SESSION), Duration.ofHours(1))
                .await()
                .atMost(PATIENCE)
                .token();
    }

    /** How many events of this type the swarm has had. */
    private List<String> events(String type) {
        List<String> envelopes = new ArrayList<>();
        pool.preparedQuery("SELECT envelope FROM bus_event WHERE type = $1 AND swarm = $2 ORDER BY id")
                .execute(Tuple.of("s2.relation." + type + ".v1", debate.swarm))
                .await()
                .atMost(PATIENCE)
                .forEach(row -> envelopes.add(row.getString(0)));
        return envelopes;
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
        assertThat(events("claim-stated")).hasSize(1);
        assertThat(events("claim-revised")).hasSize(1);
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
        assertThat(events("contradiction-found")).hasSize(1);
        assertThat(events("relation-added")).hasSize(2);
        assertThat(events("claim-disputed")).hasSize(1);
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
        assertThat(events("claim-disputed")).hasSize(5);
        assertThat(events("claim-settled")).hasSize(5);
        assertThat(events("contradiction-ended")).hasSize(1);
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
        assertThat(events("claim-disputed")).hasSize(3);
        assertThat(events("claim-settled")).hasSize(3);
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
        assertThat(events("contradiction-weighed")).hasSize(3);
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

    @Test
    void the_graph_can_be_asked_and_exported_and_names_its_bounds() {
        for (String claim : List.of("a", "b", "c", "d")) {
            debate.state(claim, 0.5, 1);
        }
        debate.relate("b", "depends_on", "a");
        debate.relate("c", "supports", "b");
        debate.relate("d", "contradicts", "c");
        String path = CLAIMS + "/" + debate.id("a") + "/graph";
        JsonNode near = expect(200, debate.api.get(path + "?depth=1", operator));
        assertThat(near.path("claims")).hasSize(2);
        assertThat(near.path("relations")).hasSize(1);
        assertThat(near.path("bound").path("more").asBoolean()).isTrue();
        assertThat(near.path("bound").path("claims").asInt()).isEqualTo(2000);
        JsonNode far = expect(200, debate.api.get(path + "?depth=4", operator));
        assertThat(far.path("claims")).hasSize(4);
        assertThat(far.path("bound").path("more").asBoolean()).isFalse();
        assertThat(debate.api.get(path + "?depth=11", operator).code()).isEqualTo("IF_ERR_BAD_INPUT");
        Answer dot = debate.api.get(path + "?depth=4&format=dot", operator);
        assertThat(dot.body().asText()).startsWith("digraph").contains("depends_on", "supports", "contradicts");
        Answer prov = debate.api.get(path + "?depth=4", operator, "Accept", "application/provenance+json");
        assertThat(prov.headers().firstValue("Content-Type")).hasValue("application/provenance+json");
        assertThat(prov.body().has("wasDerivedFrom") || prov.body().asText().contains("wasDerivedFrom"))
                .isTrue();
        JsonNode resting = expect(200, debate.api.get(CLAIMS + "/" + debate.id("a") + "/dependents", operator));
        assertThat(resting.path("claims")).hasSize(1);
        assertThat(resting.path("claims").get(0).path("claim").path("id").asText())
                .isEqualTo(debate.id("b"));
    }

    @Test
    void the_past_can_be_asked() {
        debate.state("a", 0.9, 3);
        debate.state("b", 0.5, 3);
        JsonNode relation = debate.relate("a", "contradicts", "b");
        String then = relation.path("at").asText();
        debate.remove(relation);
        debate.put("b", Map.of("statement", "It is better now"));
        String b = CLAIMS + "/" + debate.id("b");
        JsonNode was = expect(200, debate.api.get(b + "?at=" + then, operator));
        assertThat(was.path("version").asInt()).isEqualTo(1);
        assertThat(was.path("standing").asText()).isEqualTo("REJECTED");
        assertThat(debate.standing("b")).isEqualTo("ACCEPTED");
        JsonNode graph = expect(200, debate.api.get(b + "/graph?at=" + then, operator));
        assertThat(graph.path("relations")).hasSize(1);
        JsonNode why = expect(200, debate.api.get(b + "/why?at=" + then, operator));
        assertThat(why.path("attackingPath").toString())
                .isEqualTo("[\"%s\",\"%s\"]".formatted(debate.id("b"), debate.id("a")));
        assertThat(debate.contradictions("&at=" + then)).hasSize(1);
        assertThat(debate.contradictions("")).isEmpty();
    }

    @Test
    void refusals() {
        debate.state("a", 0.5, 1);
        assertThat(debate.relates("a", "contradicts", "nobody").code()).isEqualTo("IF_ERR_UNKNOWN_CLAIM");
        assertThat(debate.relates("a", "contradicts", "a").code()).isEqualTo("IF_ERR_BAD_INPUT");
        assertThat(debate.relates("a", "denies", "a").code()).isEqualTo("IF_ERR_BAD_INPUT");
        assertThat(debate.api
                        .put(CLAIMS + "/" + debate.id("new"), Map.of("swarm", debate.swarm), operator)
                        .code())
                .isEqualTo("IF_ERR_BAD_INPUT");
        Debate other = new Debate(fabric, operator);
        other.state("b", 0.5, 1);
        Map<String, Object> across = Map.of("from", debate.id("a"), "type", "supports", "to", other.id("b"));
        assertThat(debate.api.post(RELATIONS, across, operator).code()).isEqualTo("IF_ERR_BAD_INPUT");
        assertThat(debate.api.post(RELATIONS, across, session("ann")).code()).isEqualTo("IF_ERR_UNKNOWN_CLAIM");
        assertThat(debate.api.get(CLAIMS + "/" + other.id("b"), session("ann")).code())
                .isEqualTo("IF_ERR_UNKNOWN_CLAIM");
        assertThat(debate.api.get("/relation/contradictions/none", operator).code())
                .isEqualTo("IF_ERR_UNKNOWN_CONTRADICTION");
    }

    @Test
    void a_session_speaks_for_itself() {
        String ann = session("ann");
        String bob = session("bob");
        String claim = CLAIMS + "/" + debate.id("mine");
        JsonNode mine = expect(201, debate.api.put(claim, Map.of("statement", "Mine"), ann));
        assertThat(mine.path("session").asText()).isEqualTo("ann");
        assertThat(debate.api.put(claim, Map.of("statement", "Not yours"), bob).code())
                .isEqualTo("IF_ERR_CLAIM_EXISTS");
        assertThat(debate.api
                        .put(claim, Map.of("statement", "x", "session", "ann"), bob)
                        .code())
                .isEqualTo("IF_ERR_NOT_YOUR_SESSION");
        expect(201, debate.api.put(CLAIMS + "/" + debate.id("his"), Map.of("statement", "His"), bob));
        Map<String, Object> said = Map.of("from", debate.id("his"), "type", "contradicts", "to", debate.id("mine"));
        JsonNode relation = expect(201, debate.api.post(RELATIONS, said, bob, "Idempotency-Key", "k"));
        Answer again = debate.api.post(RELATIONS, said, bob, "Idempotency-Key", "k");
        assertThat(again.headers().firstValue("Idempotency-Replayed")).hasValue("true");
        assertThat(again.body()).isEqualTo(relation);
        assertThat(debate.api
                        .delete(RELATIONS + "/" + relation.path("id").asText(), ann)
                        .code())
                .isEqualTo("IF_ERR_NOT_YOUR_SESSION");
        expect(200, debate.api.delete(RELATIONS + "/" + relation.path("id").asText(), bob));
        expect(200, debate.api.delete(RELATIONS + "/" + relation.path("id").asText(), bob));
        assertThat(events("relation-removed")).hasSize(1);
    }

    @Test
    void lists_are_paged() {
        for (int i = 0; i < 5; i++) {
            debate.state("c" + i, 0.5, 1);
        }
        JsonNode first = expect(200, debate.api.get(CLAIMS + "?limit=3&swarm=" + debate.swarm, operator));
        JsonNode rest = expect(
                200,
                debate.api.get(
                        CLAIMS + "?limit=3&swarm=" + debate.swarm + "&cursor="
                                + first.path("next").asText(),
                        operator));
        assertThat(Debate.items(first))
                .extracting(one -> one.path("id").asText())
                .contains(debate.id("c4"));
        assertThat(Debate.items(rest)).hasSize(2);
        assertThat(rest.path("next").isNull()).isTrue();
        assertThat(Debate.items(
                        expect(200, debate.api.get(CLAIMS + "?standing=rejected&swarm=" + debate.swarm, operator))))
                .isEmpty();
    }
}
