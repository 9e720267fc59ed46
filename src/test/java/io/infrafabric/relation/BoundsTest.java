package io.infrafabric.relation;

import static io.infrafabric.relation.Debate.CLAIMS;
import static io.infrafabric.relation.Debate.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.SmallBounds;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No question walks further than it may, in steps, claims or relations; and each answer names the bounds it was made within. */
@QuarkusTest
@TestProfile(SmallBounds.class)
class BoundsTest {
    private static final int MANY = 9;

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Debate debate;

    @BeforeEach
    void claims() {
        debate = new Debate(fabric, operator);
        for (int i = 0; i < MANY; i++) {
            debate.state("c" + i, 0.5, 1);
        }
    }

    private JsonNode ask(String what, int depth, String more) {
        return expect(
                200, debate.api.get(CLAIMS + "/" + debate.id("c0") + "/" + what + "?depth=" + depth + more, operator));
    }

    private static void assertBound(JsonNode answer, int depth, boolean more) {
        JsonNode bound = answer.path("bound");
        assertThat(bound.path("depth").asInt()).isEqualTo(depth);
        assertThat(bound.path("claims").asInt()).isEqualTo(5);
        assertThat(bound.path("relations").asInt()).isEqualTo(6);
        assertThat(bound.path("more").asBoolean()).isEqualTo(more);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void many_neighbours(boolean past) {
        String at = "";
        for (int i = 1; i < MANY; i++) {
            at = "&at=" + debate.relate("c" + i, "depends_on", "c0").path("at").asText();
        }
        String when = past ? at : "";
        JsonNode graph = ask("graph", 1, when);
        assertThat(graph.path("claims")).hasSize(5);
        assertThat(graph.path("relations")).hasSizeLessThanOrEqualTo(6);
        assertBound(graph, 1, true);
        JsonNode dependents = ask("dependents", 1, when);
        assertThat(dependents.path("claims")).hasSize(4);
        assertBound(dependents, 1, true);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void many_rivals(boolean past) {
        String at = "";
        for (int i = 1; i < MANY; i++) {
            at = "&at=" + debate.relate("c" + i, "contradicts", "c0").path("at").asText();
        }
        JsonNode why = ask("why", 1, past ? at : "");
        assertThat(why.path("steps")).hasSize(5);
        assertBound(why, 1, true);
    }

    @Test
    void long_ways() {
        for (int i = 1; i < 5; i++) {
            debate.relate("c" + i, "depends_on", "c" + (i - 1));
        }
        JsonNode dependents = ask("dependents", 3, "");
        assertThat(dependents.path("claims")).hasSize(3);
        assertBound(dependents, 3, true);
        assertBound(ask("graph", 2, ""), 2, true);
        assertBound(ask("why", 2, ""), 2, false);
        for (String what : List.of("graph", "why", "dependents")) {
            String path = CLAIMS + "/" + debate.id("c0") + "/" + what + "?depth=";
            for (String depth : List.of("4", "-1", "many")) {
                assertThat(debate.api.get(path + depth, operator).status()).isEqualTo(400);
            }
        }
    }

    @Test
    void many_relations_between_few_claims() {
        for (int from = 0; from < 5; from++) {
            for (int to = 0; to < from; to++) {
                debate.relate("c" + from, "supports", "c" + to);
            }
        }
        JsonNode graph = ask("graph", 3, "");
        assertThat(graph.path("claims")).hasSize(5);
        assertThat(graph.path("relations")).hasSize(6);
        assertBound(graph, 3, true);
    }
}
