package io.infrafabric.relation;

import static io.infrafabric.relation.Debate.CLAIMS;
import static io.infrafabric.relation.Debate.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Questions to the graph through the real door: what stands around a claim, lists, and the past. */
@QuarkusTest
class AuditTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Debate debate;

    @BeforeEach
    void a_debate() {
        debate = new Debate(fabric, operator);
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
    void long_ways_are_walked_to_their_end_or_to_the_depth() {
        debate.state("c0", 0.5, 1);
        String then = "";
        for (int i = 1; i < 10; i++) {
            debate.state("c" + i, 0.5, 1);
            then = debate.relate("c" + i, "depends_on", "c" + (i - 1))
                    .path("at")
                    .asText();
        }
        // A way round, which adds nothing.
        debate.relate("c8", "depends_on", "c2");
        String path = CLAIMS + "/" + debate.id("c0") + "/dependents?depth=";
        for (String when : List.of("", "&at=" + then)) {
            JsonNode part = expect(200, debate.api.get(path + "6" + when, operator));
            assertThat(steps(part)).isEqualTo(when.isEmpty() ? "1 2 3 3 4 4 5 6" : "1 2 3 4 5 6");
            assertThat(part.path("bound").path("more").asBoolean()).isTrue();
        }
        JsonNode all = expect(200, debate.api.get(path + "10", operator));
        assertThat(steps(all)).isEqualTo("1 2 3 3 4 4 5 6 7");
        assertThat(all.path("bound").path("more").asBoolean()).isFalse();
        JsonNode before = expect(200, debate.api.get(path + "10&at=" + then, operator));
        assertThat(steps(before)).isEqualTo("1 2 3 4 5 6 7 8 9");
        assertThat(before.path("bound").path("more").asBoolean()).isFalse();
    }

    private static String steps(JsonNode dependents) {
        return dependents
                .path("claims")
                .valueStream()
                .map(one -> one.path("steps").asText())
                .collect(Collectors.joining(" "));
    }

    @Test
    void the_past_can_be_asked() {
        debate.state("a", 0.9, 3);
        debate.state("b", 0.5, 3);
        debate.state("c", 0.5, 3);
        debate.relate("b", "depends_on", "c");
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
        assertThat(graph.path("relations")).hasSize(2);
        JsonNode why = expect(200, debate.api.get(b + "/why?at=" + then, operator));
        assertThat(why.path("attackingPath").toString())
                .isEqualTo("[\"%s\",\"%s\"]".formatted(debate.id("b"), debate.id("a")));
        JsonNode gone = expect(200, debate.api.get(CLAIMS + "/" + debate.id("c") + "/dependents", operator));
        assertThat(gone.path("claims")).isEmpty();
        JsonNode resting =
                expect(200, debate.api.get(CLAIMS + "/" + debate.id("c") + "/dependents?at=" + then, operator));
        assertThat(resting.path("claims").get(0).path("claim").path("id").asText())
                .isEqualTo(debate.id("b"));
        assertThat(debate.contradictions("&at=" + then)).hasSize(1);
        assertThat(debate.contradictions("")).isEmpty();
    }

    @Test
    void contradictions_are_as_grave_as_they_were_then() {
        debate.state("a", 0.5, 1);
        debate.state("b", 0.5, 1);
        String found = debate.relate("a", "contradicts", "b").path("at").asText();
        String rests = "";
        for (int i = 0; i < 3; i++) {
            debate.state("on" + i, 0.5, 1);
            rests = debate.relate("on" + i, "depends_on", "a").path("at").asText();
        }
        assertThat(debate.contradictions(""))
                .singleElement()
                .satisfies(now -> assertThat(weight(now)).isEqualTo("HIGH 1.0 3 true"));
        assertThat(debate.contradictions("&at=" + found))
                .singleElement()
                .satisfies(was -> assertThat(weight(was)).isEqualTo("MEDIUM 0.5 0 false"));
        assertThat(debate.contradictions("&at=" + rests)).isEqualTo(debate.contradictions(""));
        assertThat(debate.contradictions("&minSeverity=high&at=" + found)).isEmpty();
        assertThat(debate.contradictions("&minSeverity=medium&at=" + found)).hasSize(1);
        assertThat(debate.contradictions("&minSeverity=high&at=" + rests)).hasSize(1);
    }

    private static String weight(JsonNode contradiction) {
        return contradiction.path("severity").asText() + " "
                + contradiction.path("score").asDouble() + " "
                + contradiction.path("resting").asInt() + " "
                + contradiction.path("escalated").asBoolean();
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

    @Test
    void claims_are_listed_as_they_stood_then() {
        for (int i = 0; i < 4; i++) {
            debate.state("c" + i, 0.5, 1);
        }
        debate.state("strong", 0.9, 3);
        JsonNode relation = debate.relate("strong", "contradicts", "c0");
        String then = relation.path("at").asText();
        debate.remove(relation);
        debate.put("c1", Map.of("statement", "It is otherwise"));
        debate.state("late", 0.5, 1);
        assertThat(ids("?at=" + then))
                .containsExactly(
                        debate.id("strong"), debate.id("c3"), debate.id("c2"), debate.id("c1"), debate.id("c0"));
        JsonNode rejected = expect(200, debate.api.get(list("?standing=rejected&at=" + then), operator));
        assertThat(Debate.items(rejected)).singleElement().satisfies(one -> {
            assertThat(one.path("id").asText()).isEqualTo(debate.id("c0"));
            assertThat(one.path("standing").asText()).isEqualTo("REJECTED");
            assertThat(one.path("disputed").asBoolean()).isTrue();
        });
        assertThat(ids("?disputed=false&at=" + then)).hasSize(4).doesNotContain(debate.id("c0"));
        assertThat(ids("?standing=rejected")).isEmpty();
        assertThat(ids("")).hasSize(6);
        assertThat(Debate.items(expect(200, debate.api.get(list("?at=" + then), operator))))
                .extracting(one -> one.path("version").asInt())
                .containsOnly(1);
        List<String> paged = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = expect(200, debate.api.get(list("?limit=2&at=" + then) + cursor, operator));
            Debate.items(page).forEach(one -> paged.add(one.path("id").asText()));
            cursor = page.path("next").isNull()
                    ? null
                    : "&cursor=" + page.path("next").asText();
        } while (cursor != null);
        assertThat(paged).isEqualTo(ids("?at=" + then));
        assertThat(debate.api.get(list("?at=yesterday"), operator).code()).isEqualTo("IF_ERR_BAD_INPUT");
        assertThat(ids("?at=2000-01-01T00:00:00Z")).isEmpty();
    }

    private String list(String query) {
        return CLAIMS + (query.isEmpty() ? "?" : query + "&") + "swarm=" + debate.swarm;
    }

    private List<String> ids(String query) {
        return Debate.items(expect(200, debate.api.get(list(query), operator))).stream()
                .map(one -> one.path("id").asText())
                .toList();
    }
}
