package io.infrafabric.relation;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.relation.Contradiction.Verdict;
import io.infrafabric.relation.Why.Rivalry;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The small rules. */
class RulesTest {
    private static Claim claim(String id, double strength, Standing standing) {
        return new Claim(
                id,
                1,
                "s",
                "ann",
                "ann",
                "It is \"so\"\nand so",
                strength,
                Scope.EVERYWHERE,
                List.of(new Evidence("document", "a.md", null, null)),
                List.of(),
                strength,
                standing,
                standing != Standing.ACCEPTED,
                Instant.EPOCH,
                null);
    }

    @ParameterizedTest
    @CsvSource({
        "true,  false, true,  false, FOUND",
        "true,  false, false, false, UNCHANGED",
        "true,  true,  false, false, FOUND",
        "true,  false, true,  true,  UNCHANGED",
        "true,  false, false, true,  ENDED",
        "false, false, true,  true,  ENDED",
        "false, false, true,  false, UNCHANGED",
    })
    void a_contradiction_is_there_if_it_is_said_and_the_scopes_overlap(
            boolean said, boolean falsified, boolean overlap, boolean stands, Verdict expected) {
        assertThat(Verdict.of(said, falsified, overlap, stands)).isEqualTo(expected);
    }

    @Test
    void nobody_supports_what_it_contradicts() {
        assertThat(Relation.Type.SUPPORTS.agreesWith(Relation.Type.CONTRADICTS)).isFalse();
        assertThat(Relation.Type.CONTRADICTS.agreesWith(Relation.Type.SUPPORTS)).isFalse();
        assertThat(Relation.Type.CONTRADICTS.agreesWith(Relation.Type.DEPENDS_ON))
                .isTrue();
        assertThat(Relation.Type.SUPPORTS.agreesWith(Relation.Type.SUPPORTS)).isTrue();
    }

    @Test
    void why_follows_the_defeats() {
        Map<Long, Claim> claims = Map.of(
                1L, claim("a", 0.5, Standing.REJECTED),
                2L, claim("b", 0.6, Standing.ACCEPTED),
                3L, claim("c", 0.7, Standing.REJECTED),
                4L, claim("d", 0.9, Standing.ACCEPTED),
                5L, claim("e", 0.4, Standing.REJECTED));
        List<Why.Step> steps = Why.steps(
                1,
                claims,
                List.of(
                        new Rivalry(1, 2, "x"),
                        new Rivalry(3, 2, "y"),
                        new Rivalry(3, 4, "z"),
                        new Rivalry(2, 5, "w")));
        assertThat(steps).extracting(Why.Step::claim).containsExactly("a", "b", "c", "d");
        assertThat(steps.getFirst().against()).containsExactly(new Why.Against("b", 1, Standing.ACCEPTED, 0.6, "x"));
        assertThat(Why.attackingPath(steps)).containsExactly("a", "b", "c", "d");
    }

    @Test
    void why_an_undecided_one_is_so() {
        Map<Long, Claim> claims =
                Map.of(1L, claim("a", 0.5, Standing.UNDECIDED), 2L, claim("b", 0.5, Standing.UNDECIDED));
        List<Why.Step> steps = Why.steps(1, claims, List.of(new Rivalry(1, 2, "x"), new Rivalry(1, 1, "y")));
        assertThat(steps.getFirst().against()).extracting(Why.Against::claim).containsExactly("a", "b");
        assertThat(Why.attackingPath(steps)).containsExactly("a");
    }

    private static Graph graph() {
        return new Graph(
                "a",
                null,
                List.of(claim("a", 0.5, Standing.ACCEPTED), claim("b", 0.5, Standing.UNDECIDED)),
                List.of(
                        new Relation(
                                "r",
                                "s",
                                "a",
                                1,
                                "b",
                                1,
                                Relation.Type.DEPENDS_ON,
                                1,
                                null,
                                "ann",
                                Instant.EPOCH,
                                null,
                                null),
                        new Relation(
                                "q",
                                "s",
                                "b",
                                1,
                                "a",
                                1,
                                Relation.Type.CONTRADICTS,
                                1,
                                null,
                                "ann",
                                Instant.EPOCH,
                                null,
                                null)),
                new Graph.Bound(2, 10, 10, true));
    }

    @Test
    void a_graph_in_dot() {
        assertThat(EvidenceDot.of(graph()))
                .startsWith("digraph relation {")
                .contains("\"a@1\" -> \"b@1\" [label=\"depends_on\"];")
                .contains("\"b@1\" -> \"a@1\" [label=\"contradicts\", dir=both, color=red];")
                .contains("It is \\\"so\\\"\\nand so")
                .contains("limited to depth 2, 10 claims");
    }

    @Test
    void no_statement_moves_the_cursor_or_turns_a_label_around() {
        Claim odd = new Claim(
                "a",
                1,
                "s",
                "ann",
                "ann",
                "x\u202ey\u001b[2J\rz\nso",
                0.5,
                Scope.EVERYWHERE,
                List.of(),
                List.of(),
                0.5,
                Standing.ACCEPTED,
                false,
                Instant.EPOCH,
                null);
        assertThat(EvidenceDot.of(new Graph("a", null, List.of(odd), List.of(), new Graph.Bound(2, 10, 10, false))))
                .contains("x\\\\u202ey\\\\u001b[2J\\\\u000dz\\nso");
    }

    @Test
    void what_is_liked_best_of_what_there_is_is_given() {
        MediaType other = MediaType.TEXT_PLAIN_TYPE;
        MediaType prov = MediaType.valueOf("application/provenance+json");
        assertThat(StatedClaimResource.accepted(List.of(other, prov, MediaType.WILDCARD_TYPE)))
                .isEqualTo("application/provenance+json");
        assertThat(StatedClaimResource.accepted(List.of(MediaType.valueOf("text/*"))))
                .isEqualTo("text/vnd.graphviz");
        assertThat(StatedClaimResource.accepted(List.of(MediaType.WILDCARD_TYPE, prov)))
                .isEqualTo("application/json");
    }

    @Test
    @SuppressWarnings("unchecked")
    void a_graph_as_provenance() {
        Map<String, Object> document = Provenance.of(graph());
        assertThat(((Map<String, Map<String, Object>>) document.get("entity")).get("claim:a.v1"))
                .containsEntry("prov:type", Map.of("$", "s2:Claim", "type", "prov:QUALIFIED_NAME"));
        assertThat(((Map<String, Map<String, Object>>) document.get("entity")).get("evidence:a.v1.0"))
                .containsEntry("prov:type", Map.of("$", "s2:Evidence", "type", "prov:QUALIFIED_NAME"))
                .containsEntry("s2:type", "document");
        assertThat(((Map<String, Map<String, Object>>) document.get("agent")).values())
                .allSatisfy(agent -> assertThat(agent.get("prov:type")).isInstanceOf(Map.class));
        assertThat(((Map<String, Map<String, Object>>) document.get("wasGeneratedBy")).values())
                .contains(Map.of("prov:entity", "claim:a.v1", "prov:time", Instant.EPOCH.toString()));
        assertThat(document).containsKeys("prefix", "entity", "agent", "wasAttributedTo", "wasDerivedFrom");
        assertThat((Map<String, Object>) document.get("entity"))
                .containsKeys("claim:a.v1", "claim:b.v1", "evidence:a.v1.0");
        assertThat(((Map<String, Map<String, Object>>) document.get("wasDerivedFrom")).values())
                .anySatisfy(derived -> assertThat(derived)
                        .containsEntry("prov:generatedEntity", "claim:a.v1")
                        .containsEntry("prov:usedEntity", "claim:b.v1"));
        assertThat(((Map<String, Map<String, Object>>) document.get("wasInfluencedBy")).values())
                .singleElement()
                .satisfies(one -> assertThat(one).containsEntry("s2:relation", "contradicts"));
    }
}
