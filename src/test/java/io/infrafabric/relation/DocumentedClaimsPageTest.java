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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/**
 * 125 documented claims of a real swarm and the 101 relations between them ({@code claims.jsonl}, own fixture). {@code
 * docs/documented-claims.md} lists the contradictions that matter.
 */
@QuarkusTest
class DocumentedClaimsPageTest {
    private static final Path PAGE = Path.of("docs/documented-claims.md");
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
        String page = page(debate, all, matter, apart);
        if (Boolean.getBoolean("s2.write-docs")) {
            Files.writeString(PAGE, page);
        }
        assertThat(PAGE).hasContent(page);
    }

    private static String page(Debate debate, List<JsonNode> all, List<JsonNode> matter, Set<String> apart) {
        String rows = matter.stream()
                .sorted(Comparator.comparingDouble(
                                (JsonNode one) -> -one.path("score").asDouble())
                        .thenComparing(one -> one.path("claim1").asText())
                        .thenComparing(one -> one.path("claim2").asText())
                        .thenComparing(one -> one.path("through").asText()))
                .map(one -> row(debate, one))
                .collect(Collectors.joining("\n"));
        return """
                # Documented claims, and where they contradict each other

                The public documents of the InfraFabric project make %d claims, with %d relations between them
                (`src/test/resources/relation/claims.jsonl` names the document of each). Stated again in this order, they
                make %d contradictions; %d more pairs contradict each other in words, but their scopes do not overlap. The table
                has the contradictions that matter, HIGH and CRITICAL: each asks a human. It shows the standing of each claim
                by grounded semantics. *Resting* counts the claims that depend on the two. The last column names a claim that
                depends on both sides.

                | severity | score | resting | one claim | the other | depends on both |
                |---|--:|--:|---|---|---|
                """.formatted(CLAIMS, RELATIONS, all.size(), apart.size()) + rows
                + "\n\n`DocumentedClaimsPageTest` checks this page against the function.\n";
    }

    private static String row(Debate debate, JsonNode one) {
        return "| %s | %s | %d | %s | %s | %s |"
                .formatted(
                        one.path("severity").asText(),
                        String.format(Locale.ROOT, "%.2f", one.path("score").asDouble()),
                        one.path("resting").asInt(),
                        cell(debate, one.path("claim1")),
                        cell(debate, one.path("claim2")),
                        one.path("through").isTextual() ? cell(debate, one.path("through")) : "");
    }

    private static String cell(Debate debate, JsonNode claim) {
        JsonNode now = expect(200, debate.api.get(Debate.CLAIMS + "/" + claim.asText(), debate.operator));
        return "`%s` %s: %s"
                .formatted(
                        claim.asText().replace("-" + debate.swarm, ""),
                        now.path("standing").asText(),
                        now.path("statement").asText());
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
        try (InputStream lines = DocumentedClaimsPageTest.class.getResourceAsStream("/relation/claims.jsonl")) {
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
