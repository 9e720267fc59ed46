package io.infrafabric.relation;

import static io.infrafabric.relation.Debate.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** 125 documented claims of a real swarm and the 101 relations between them. */
@QuarkusTest
class DocumentedClaimsTest {
    private static final int CLAIMS = 125;
    private static final int RELATIONS = 101;

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Test
    void the_contradictions_that_matter_are_found() throws IOException {
        Debate debate = new Debate(fabric, operator);
        List<JsonNode> records = records();
        records.stream().filter(one -> is(one, "claim")).forEach(one -> state(debate, one));
        List<JsonNode> relations =
                records.stream().filter(one -> is(one, "relation")).toList();
        Set<String> apart = new HashSet<>();
        for (JsonNode one : relations) {
            JsonNode said = debate.relate(
                    one.path("from").asText(),
                    one.path("type").asText(),
                    one.path("to").asText());
            if (said.path("scopesApart").asBoolean()) {
                apart.add(one.path("from").asText() + " - " + one.path("to").asText());
            }
            assertThat(said.path("bounded").asBoolean()).isFalse();
        }
        assertThat(records).hasSize(CLAIMS + RELATIONS);
        assertThat(relations).hasSize(RELATIONS);
        List<JsonNode> all = debate.contradictions("");
        List<JsonNode> declared =
                all.stream().filter(one -> !one.path("derived").asBoolean()).toList();
        long contradicts =
                relations.stream().filter(one -> is(one, "type", "contradicts")).count();
        assertThat(declared).hasSize((int) contradicts - apart.size());

        // By hand. The same figure, 0.071 ms, is told of three different things: their scopes differ, so they are
        // apart.
        assertThat(apart).contains("latency.0071.redis - latency.0071.escalation");
        // 53.5 is the mean of two evaluations that contradict each other, and depends on both.
        JsonNode mean = through(all, debate.id("eval.535"));
        assertThat(List.of(mean.path("claim1").asText(), mean.path("claim2").asText()))
                .containsExactlyInAnyOrder(debate.id("eval.45"), debate.id("eval.62"));
        assertThat(debate.standing("eval.535")).isEqualTo("UNDECIDED");
        // "The design is good" depends on a race that another claim says is not there.
        assertThat(debate.standing("sec.race")).isEqualTo("UNDECIDED");
        assertThat(debate.disputed("sec.good")).isTrue();
        // Nothing contradicts the source text that the benchmark has a mocked bus, but the claim that it verified
        // something.
        assertThat(debate.standing("latency.s2.mocked")).isEqualTo(debate.standing("latency.s2.verified"));
        // What nobody contradicts is accepted, and rests on nothing disputed.
        assertThat(debate.standing("race.notused")).isEqualTo("ACCEPTED");
        assertThat(debate.disputed("race.notused")).isFalse();

        List<JsonNode> matter = debate.contradictions("&minSeverity=high");
        assertThat(matter)
                .isNotEmpty()
                .allSatisfy(one -> assertThat(one.path("escalated").asBoolean()).isTrue());
        System.getLogger("documented claims")
                .log(System.Logger.Level.INFO, "{0} contradictions, {1} matter", all.size(), matter.size());
    }

    private static JsonNode through(List<JsonNode> all, String claim) {
        return all.stream()
                .filter(one -> one.path("through").asText().equals(claim))
                .findFirst()
                .orElseThrow();
    }

    private static boolean is(JsonNode one, String kind) {
        return is(one, "kind", kind);
    }

    private static boolean is(JsonNode one, String member, String value) {
        return one.path(member).asText().equals(value);
    }

    private static void state(Debate debate, JsonNode one) {
        Map<String, Object> body = new HashMap<>();
        body.put("statement", one.path("statement").asText());
        if (one.path("confidence").isNumber()) {
            body.put("confidence", one.path("confidence").asDouble());
        }
        body.put(
                "scope",
                Map.of(
                        "includes", texts(one.path("scope").path("includes")),
                        "excludes", texts(one.path("scope").path("excludes"))));
        List<Map<String, String>> evidence = new ArrayList<>();
        texts(one.path("evidence")).forEach(document -> evidence.add(Map.of("type", "document", "url", document)));
        body.put("evidence", evidence);
        body.put("falsifiers", texts(one.path("falsifiers")));
        JsonNode stated = debate.put(one.path("claim_id").asText(), body);
        assertThat(stated.path("version").asInt()).isEqualTo(1);
        expect(200, debate.api.get(Debate.CLAIMS + "/" + stated.path("id").asText(), debate.operator));
    }

    private static List<String> texts(JsonNode list) {
        return list.valueStream().map(JsonNode::asText).toList();
    }

    private static List<JsonNode> records() throws IOException {
        ObjectMapper json = new ObjectMapper();
        List<JsonNode> records = new ArrayList<>();
        try (InputStream lines = DocumentedClaimsTest.class.getResourceAsStream("/relation/claims.jsonl")) {
            List<String> all = new String(lines.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            for (String line : all) {
                records.add(json.readTree(line));
            }
        }
        return records;
    }
}
