package io.infrafabric.relation;

import static io.infrafabric.relation.Debate.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Contradictions, from the relation that completes one to the human who is asked. */
@QuarkusTest
class ContradictionTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Debate debate;

    @BeforeEach
    void a_debate() {
        debate = new Debate(fabric, operator);
    }

    /** Said, derived from what a claim depends on, and observed: each is found when it arrives, and nothing else is. */
    @Test
    void contradiction_detection() {
        for (String claim : List.of("a", "b", "on-a", "on-both", "c")) {
            debate.state(claim, 0.5, 1);
        }
        debate.put("d", Map.of("statement", "It is d", "falsifiers", List.of("somebody saw it")));
        debate.relate("c", "supports", "a");
        debate.relate("on-a", "depends_on", "a");
        debate.relate("on-both", "depends_on", "on-a");
        debate.relate("on-both", "depends_on", "b");
        assertThat(debate.contradictions("")).isEmpty();

        JsonNode said = debate.relate("a", "contradicts", "b");

        assertThat(said.path("contradictions"))
                .as("the pair, and who depends on both")
                .hasSize(2);
        assertThat(debate.contradictions("")).hasSize(2);
        JsonNode pair = only("derived", "false");
        assertThat(List.of(pair.path("claim1").asText(), pair.path("claim2").asText()))
                .containsExactlyInAnyOrder(debate.id("a"), debate.id("b"));
        assertThat(only("derived", "true").path("through").asText()).isEqualTo(debate.id("on-both"));

        String path = Debate.CLAIMS + "/" + debate.id("d") + "/falsifiers/0/observed";
        Debate.expect(201, debate.api.post(path, Map.of("confidence", 0.9), operator));
        assertThat(only("kind", "FALSIFIER").toString()).contains(debate.id("d"));

        debate.remove(said);
        assertThat(debate.contradictions("")).as("the observed one stays").hasSize(1);
    }

    private JsonNode only(String member, String value) {
        List<JsonNode> found = debate.contradictions("").stream()
                .filter(one -> one.path(member).asText().equals(value))
                .toList();
        assertThat(found).as("%s %s", member, value).hasSize(1);
        return found.getFirst();
    }

    /** HIGH and CRITICAL ask a human by themselves, once each; LOW and MEDIUM ask nobody. */
    @Test
    void auto_escalation() {
        for (String claim : List.of("low", "low2")) {
            debate.state(claim, 0.3, 1);
        }
        for (String claim : List.of("medium", "medium2")) {
            debate.state(claim, 0.5, 1);
        }
        for (String claim : List.of("high", "high2", "critical", "critical2")) {
            debate.state(claim, 0.9, 3);
        }
        for (String resting : List.of("x", "y", "z")) {
            debate.state(resting, 0.9, 3);
            debate.relate(resting, "depends_on", "critical");
        }
        for (String claim : List.of("low", "medium", "high", "critical")) {
            debate.relate(claim, "contradicts", claim + "2");
        }

        for (String claim : List.of("low", "medium", "high", "critical")) {
            assertThat(severity(claim)).isEqualToIgnoringCase(claim);
        }
        await().atMost(PATIENCE)
                .until(() -> asked("critical").size() == 1 && asked("high").size() == 1);
        JsonNode high = asked("high").getFirst();
        assertThat(high.path("state").asText()).isEqualTo("OPEN");
        assertThat(high.path("severity").asText()).isEqualTo("HIGH");
        assertThat(high.path("options").valueStream().map(JsonNode::asText)).contains("REJECT_SECOND", "DISMISS");
        assertThat(asked("critical").getFirst().path("severity").asText()).isEqualTo("CRITICAL");
        // Said once more by the other side, nobody is asked again.
        debate.relate("high2", "contradicts", "high");
        assertThat(debate.asked()).isEqualTo(2);
        assertThat(asked("low")).isEmpty();
        assertThat(asked("medium")).isEmpty();
    }

    private String severity(String claim) {
        return debate.contradictions("").stream()
                .filter(one -> one.toString().contains(debate.id(claim + "2")))
                .filter(one -> !one.path("derived").asBoolean())
                .map(one -> one.path("severity").asText())
                .findFirst()
                .orElse("none");
    }

    private List<JsonNode> asked(String claim) {
        return debate.cases().stream()
                .filter(about -> about.path("evidence").toString().contains("claim:" + debate.id(claim + "2")))
                .toList();
    }
}
