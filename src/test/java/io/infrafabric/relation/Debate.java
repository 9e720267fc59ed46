package io.infrafabric.relation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** One test's swarm, whose claims have ids of its own. */
final class Debate {
    static final Duration PATIENCE = Duration.ofSeconds(60);
    static final String CLAIMS = "/relation/claims";
    static final String RELATIONS = "/relation/relations";

    final Api api;
    final String operator;
    final String swarm = "swarm-" + UUID.randomUUID();

    Debate(URI fabric, String operator) {
        this(new Api(fabric.toString().replaceAll("/$", "")), operator);
    }

    Debate(Api api, String operator) {
        this.api = api;
        this.operator = operator;
    }

    /** The claim's id in the whole installation. */
    String id(String claim) {
        return claim + "-" + swarm;
    }

    static JsonNode expect(int status, Answer answer) {
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(status);
        return answer.body();
    }

    /** A claim of this confidence, with that many independent pieces of evidence. */
    JsonNode state(String claim, double confidence, int sources) {
        List<Map<String, String>> evidence = new ArrayList<>();
        for (int i = 0; i < sources; i++) {
            evidence.add(Map.of("type", "document", "url", "https://example.org/" + claim + "/" + i));
        }
        return put(claim, Map.of("statement", "It is " + claim, "confidence", confidence, "evidence", evidence));
    }

    JsonNode put(String claim, Map<String, Object> body) {
        Answer answer = api.put(CLAIMS + "/" + id(claim), with(body, "swarm", swarm), operator);
        assertThat(answer.status()).as("%s", answer.body()).isIn(200, 201);
        return answer.body();
    }

    static Map<String, Object> with(Map<String, Object> body, String name, Object value) {
        Map<String, Object> more = new HashMap<>(body);
        more.put(name, value);
        return more;
    }

    Answer relates(String from, String type, String to) {
        return api.post(RELATIONS, Map.of("from", id(from), "type", type, "to", id(to)), operator);
    }

    JsonNode relate(String from, String type, String to) {
        return expect(201, relates(from, type, to));
    }

    JsonNode remove(JsonNode relation) {
        return expect(200, api.delete(RELATIONS + "/" + relation.path("id").asText(), operator));
    }

    JsonNode read(String claim) {
        return expect(200, api.get(CLAIMS + "/" + id(claim), operator));
    }

    String standing(String claim) {
        return read(claim).path("standing").asText();
    }

    boolean disputed(String claim) {
        return read(claim).path("disputed").asBoolean();
    }

    List<JsonNode> contradictions(String query) {
        return items(expect(200, api.get("/relation/contradictions?limit=500&swarm=" + swarm + query, operator)));
    }

    /** Cases of the swarm. */
    List<JsonNode> cases() {
        return items(expect(200, api.get("/escalation/cases?limit=500&function=relation&swarm=" + swarm, operator)));
    }

    /** How often a human was asked, in cases of their own or again. */
    int asked() {
        return cases().stream()
                .mapToInt(about -> about.path("openings").asInt())
                .sum();
    }

    /** The envelopes of this type that the swarm has had. */
    List<String> events(Pool pool, String type) {
        return events(pool, "relation", type);
    }

    List<String> events(Pool pool, String function, String type) {
        List<String> envelopes = new ArrayList<>();
        pool.preparedQuery("SELECT envelope FROM bus_event WHERE type = $1 AND swarm = $2 ORDER BY id")
                .execute(Tuple.of("s2." + function + "." + type + ".v1", swarm))
                .await()
                .atMost(PATIENCE)
                .forEach(row -> envelopes.add(row.getString(0)));
        return envelopes;
    }

    static List<JsonNode> items(JsonNode page) {
        return page.path("items").valueStream().toList();
    }
}
