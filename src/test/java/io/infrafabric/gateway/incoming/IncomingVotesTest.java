package io.infrafabric.gateway.incoming;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.format.EventFormat;
import io.cloudevents.core.provider.EventFormatProvider;
import io.cloudevents.http.HttpMessageFactory;
import io.cloudevents.jackson.JsonFormat;
import io.infrafabric.coordinator.Swarm;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Votes and claims that come as CloudEvents, as the official SDK writes them. */
@QuarkusTest
class IncomingVotesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String VOTE = "s2.consensus.vote-reported.v1";
    private static final String CLAIM = "s2.relation.claim-reported.v1";

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private final HttpClient http = HttpClient.newHttpClient();
    private Swarm swarm;

    private record Got(int status, JsonNode body) {
        String event() {
            return body.path("events").path(0).path("event").asText();
        }

        String effect() {
            return body.path("events").path(0).path("effect").asText();
        }
    }

    /** How an event travels (HTTP binding of CloudEvents 1.0). */
    enum Mode {
        STRUCTURED,
        BINARY,
        BATCH
    }

    @BeforeEach
    void a_swarm() {
        swarm = new Swarm(fabric, operator);
        List.of("anna", "bert", "cleo").forEach(name -> swarm.enrol(name));
    }

    private Got send(Mode mode, String token, String id, String type, String data) {
        CloudEvent event = CloudEventBuilder.v1()
                .withId(swarm.of(id))
                .withSource(URI.create("https://example.org/agents"))
                .withType(type)
                .withData("application/json", data.getBytes(StandardCharsets.UTF_8))
                .build();
        EventFormat format = EventFormatProvider.getInstance().resolveFormat(JsonFormat.CONTENT_TYPE);
        Map<String, String> headers = new TreeMap<>();
        byte[][] body = new byte[1][];
        switch (mode) {
            case STRUCTURED ->
                HttpMessageFactory.createWriter(headers::put, bytes -> body[0] = bytes)
                        .writeStructured(event, format);
            case BINARY ->
                HttpMessageFactory.createWriter(headers::put, bytes -> body[0] = bytes)
                        .writeBinary(event);
            case BATCH -> {
                headers.put("Content-Type", "application/cloudevents-batch+json");
                body[0] = ("[" + new String(format.serialize(event), StandardCharsets.UTF_8) + "]")
                        .getBytes(StandardCharsets.UTF_8);
            }
        }
        HttpRequest.Builder call = HttpRequest.newBuilder(fabric.resolve("/gateway/events"))
                .header("Authorization", "Bearer " + token)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body[0]));
        headers.forEach(call::header);
        try {
            HttpResponse<String> answer = http.send(call.build(), HttpResponse.BodyHandlers.ofString());
            return new Got(answer.statusCode(), JSON.readTree(answer.body()));
        } catch (IOException | InterruptedException broken) {
            throw new IllegalStateException(broken);
        }
    }

    private Got taken(Mode mode, String who, String id, String type, String data) {
        Got got = send(mode, swarm.token(who), id, type, data);
        assertThat(got.status()).as("%s", got.body()).isEqualTo(202);
        return got;
    }

    private void mustBeRefused(Got got, int status, String field) {
        assertThat(got.status()).as("%s", got.body()).isEqualTo(status);
        assertThat(got.body().path("field").asText()).as("%s", got.body()).isEqualTo(field);
    }

    private String open(String name, String more) {
        String decision = swarm.of(name);
        expect(
                swarm.api()
                        .post(
                                "/consensus/decisions",
                                "{\"id\": \"" + decision + "\", \"swarm\": \"" + swarm.id()
                                        + "\", \"summary\": \"s\", \"rationale\": \"r\", \"quorum\": 2" + more + "}",
                                operator),
                201);
        return decision;
    }

    private static String vote(String decision, String vote) {
        return "{\"decision\": \"" + decision + "\", \"vote\": \"" + vote + "\", \"rationale\": \"Because.\"}";
    }

    private JsonNode read(String path) {
        return expect(swarm.api().get(path, operator), 200);
    }

    private JsonNode deadLetter(String function, String event) {
        JsonNode[] found = new JsonNode[1];
        await().atMost(PATIENCE).until(() -> {
            for (JsonNode one : read("/" + function + "/dead-letters?limit=100").path("items")) {
                if (one.toString().contains(event)) {
                    found[0] = one;
                }
            }
            return found[0] != null;
        });
        return found[0];
    }

    @Test
    void three_electors_vote_in_three_modes_and_the_last_vote_closes() {
        String decision = open("d", "");
        Mode[] modes = Mode.values();
        List<String> names = List.of("anna", "bert", "cleo");
        for (int i = 0; i < modes.length; i++) {
            Got got = taken(modes[i], names.get(i), "v" + i, VOTE, vote(decision, i == 2 ? "REJECT" : "approve"));
            assertThat(got.effect()).isEqualTo("/consensus/decisions/" + decision);
        }
        Got again = taken(modes[0], "anna", "v0", VOTE, vote(decision, "approve"));
        assertThat(again.body().path("events").path(0).path("repeated").asBoolean())
                .isTrue();
        await().atMost(PATIENCE)
                .until(() -> !read("/consensus/decisions/" + decision)
                        .path("state")
                        .asText()
                        .equals("OPEN"));
        JsonNode closed = read("/consensus/decisions/" + decision);
        assertThat(closed.path("closedBecause").asText()).isEqualTo("ALL_VOTED");
        assertThat(closed.path("tally").path("approve").asInt()).isEqualTo(2);
        assertThat(closed.path("tally").path("reject").asInt()).isEqualTo(1);
        assertThat(read("/consensus/decisions/" + decision + "/votes").path("items"))
                .hasSize(3);
    }

    @Test
    void a_vote_with_all_that_it_may_say_is_changed_by_the_next() {
        String decision = open("d", "");
        taken(
                Mode.BINARY,
                "anna",
                "first",
                VOTE,
                "{\"decision\": \"" + decision + "\", \"session\": \"" + swarm.of("anna") + "\", \"swarm\": \""
                        + swarm.id() + "\", \"vote\": \"reject\", \"rationale\": \"Grüße\", \"confidence\": 0.75,"
                        + " \"alternative\": \"Wait\", \"evidence\": [\"claim:c\", \"https://example.org/log\"],"
                        + " \"falsifier\": {\"statement\": \"It breaks\", \"dueAt\": \""
                        + java.time.Instant.now().plusSeconds(3600) + "\"}}");
        await().atMost(PATIENCE)
                .until(() ->
                        read("/consensus/decisions/" + decision).path("votes").size() == 1);
        JsonNode said = read("/consensus/decisions/" + decision).path("votes").path(0);
        assertThat(said.path("rationale").asText()).isEqualTo("Grüße");
        assertThat(said.path("confidence").decimalValue()).isEqualByComparingTo("0.75");
        assertThat(said.path("evidence")).hasSize(2);
        assertThat(said.path("falsifier").path("statement").asText()).isEqualTo("It breaks");
        taken(Mode.STRUCTURED, "anna", "second", VOTE, vote(decision, "abstain"));
        await().atMost(PATIENCE)
                .until(() -> read("/consensus/decisions/" + decision)
                                .path("votes")
                                .path(0)
                                .path("number")
                                .asInt()
                        == 2);
    }

    @Test
    void a_vote_that_consensus_refuses_is_a_dead_letter_under_its_id() {
        String decision = open("d", ", \"electorate\": [\"" + swarm.of("anna") + "\", \"" + swarm.of("bert") + "\"]");
        Got got = taken(Mode.STRUCTURED, "cleo", "v", VOTE, vote(decision, "approve"));
        assertThat(deadLetter("consensus", got.event()).toString()).contains("was not asked to vote");
        assertThat(read("/consensus/decisions/" + decision).path("votes")).isEmpty();
    }

    @Test
    void a_vote_that_is_refused_is_not_shown_and_can_be_replayed() {
        String decision = swarm.of("later");
        Got got = taken(Mode.STRUCTURED, "anna", "early", VOTE, vote(decision, "reject"));
        JsonNode letter = deadLetter("consensus", got.event());
        assertThat(letter.toString())
                .as("whose it is, and what it is about")
                .contains(swarm.of("anna"), "There is no decision " + decision)
                .doesNotContainIgnoringCase("reject\\\"")
                .doesNotContain("Because.");
        assertThat(letter.path("withheld").asText()).contains("may be sealed");

        open("later", ", \"sealed\": true");
        expect(swarm.api().post("/consensus/dead-letters/" + got.event() + "/replay", null, operator), 200);
        await().atMost(PATIENCE)
                .until(() ->
                        read("/consensus/decisions/" + decision).path("missing").size() == 2);
        for (String name : List.of("bert", "cleo")) {
            taken(Mode.BINARY, name, name, VOTE, vote(decision, "approve"));
        }
        await().atMost(PATIENCE)
                .until(() -> read("/consensus/decisions/" + decision)
                                .path("tally")
                                .path("reject")
                                .asInt()
                        == 1);
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void a_claim_is_stated_and_revised(Mode mode) {
        String claim = swarm.of("c");
        String path = "/relation/claims/" + claim;
        Got got = taken(
                mode,
                "anna",
                "c1",
                CLAIM,
                "{\"claim\": \"" + claim + "\", \"statement\": \"It is fast\", \"confidence\": 0.9,"
                        + " \"scope\": {\"includes\": [\"linux\"]}, \"evidence\": [{\"type\": \"run\", \"url\":"
                        + " \"https://example.org/run\"}], \"falsifiers\": [\"A run over 10 ms\"]}");
        assertThat(got.effect()).isEqualTo(path);
        await().atMost(PATIENCE).until(() -> swarm.api().get(path, operator).status() == 200);
        JsonNode stated = read(path);
        assertThat(stated.path("session").asText()).isEqualTo(swarm.of("anna"));
        assertThat(stated.path("statement").asText()).isEqualTo("It is fast");
        assertThat(stated.path("scope").path("includes").path(0).asText()).isEqualTo("linux");
        assertThat(stated.path("falsifiers")).hasSize(1);
        taken(mode, "anna", "c2", CLAIM, "{\"claim\": \"" + claim + "\", \"statement\": \"It is quick\"}");
        taken(mode, "anna", "c2", CLAIM, "{\"claim\": \"" + claim + "\", \"statement\": \"It is quick\"}");
        await().atMost(PATIENCE)
                .until(() -> read(path).path("statement").asText().equals("It is quick"));
        assertThat(read(path).path("version").asInt()).isEqualTo(2);
        assertThat(read(path).path("evidence")).as("what it does not say stays").hasSize(1);
    }

    @Test
    void a_claim_without_an_id_has_that_of_the_event_and_operators_state_some() {
        Got got = taken(Mode.BINARY, "anna", "c", CLAIM, "{\"statement\": \"It is so\"}");
        assertThat(got.effect()).isEqualTo("/relation/claims/" + got.event());
        await().atMost(PATIENCE)
                .until(() -> swarm.api().get(got.effect(), operator).status() == 200);
        String theirs = swarm.of("theirs");
        Got operators = send(
                Mode.STRUCTURED,
                operator,
                "o",
                CLAIM,
                "{\"claim\": \"" + theirs + "\", \"swarm\": \"" + swarm.id() + "\", \"statement\": \"We know\"}");
        assertThat(operators.status()).as("%s", operators.body()).isEqualTo(202);
        await().atMost(PATIENCE)
                .until(() ->
                        swarm.api().get("/relation/claims/" + theirs, operator).status() == 200);
        Got taken = taken(
                Mode.STRUCTURED,
                "bert",
                "b",
                CLAIM,
                "{\"claim\": \"" + theirs + "\", \"statement\": \"No, we know better\"}");
        assertThat(deadLetter("relation", taken.event()).toString()).contains("was stated by somebody else");
        assertThat(read("/relation/claims/" + theirs).path("statement").asText())
                .isEqualTo("We know");
    }

    @Test
    void what_is_wrong_is_refused_with_its_attribute() {
        String anna = swarm.token("anna");
        Mode mode = Mode.STRUCTURED;
        String good = vote("d", "approve");
        mustBeRefused(send(mode, anna, "x", VOTE, good.replace("approve", "maybe")), 400, "data.vote");
        mustBeRefused(send(mode, anna, "x", VOTE, good.replace("\"d\"", "\"d d\"")), 400, "data.decision");
        mustBeRefused(send(mode, anna, "x", VOTE, good.replace("rationale", "reason")), 400, "data.reason");
        mustBeRefused(
                send(mode, anna, "x", VOTE, "{\"decision\": \"d\", \"vote\": \"approve\"}"), 400, "data.rationale");
        mustBeRefused(send(mode, anna, "x", VOTE, good.replace("}", ", \"confidence\": 1.5}")), 400, "data.confidence");
        mustBeRefused(
                send(
                        mode,
                        anna,
                        "x",
                        VOTE,
                        good.replace(
                                "}", ", \"falsifier\": {\"statement\": \"s\", \"dueAt\": \"2030-01-01T00:00:00Z\"}}")),
                400,
                "data.falsifier");
        mustBeRefused(
                send(mode, anna, "x", VOTE, good.replace("}", ", \"session\": \"" + swarm.of("bert") + "\"}")),
                403,
                "data.session");
        mustBeRefused(send(mode, operator, "x", VOTE, good), 400, "data.session");
        mustBeRefused(send(mode, anna, "x", CLAIM, "{}"), 400, "data.statement");
        mustBeRefused(
                send(mode, anna, "x", CLAIM, "{\"statement\": \"s\", \"confidence\": -1}"), 400, "data.confidence");
        mustBeRefused(
                send(mode, anna, "x", CLAIM, "{\"statement\": \"s\", \"evidence\": [{\"type\": \"t\"}]}"),
                400,
                "data.evidence[0]");
        mustBeRefused(
                send(mode, anna, "x", CLAIM, "{\"statement\": \"s\", \"swarm\": \"another\"}"), 403, "data.swarm");
        mustBeRefused(send(mode, anna, "x", CLAIM, "{\"statement\": \"" + "s".repeat(300_000) + "\"}"), 413, "data");
        mustBeRefused(
                send(
                        mode,
                        anna,
                        "x",
                        CLAIM,
                        "{\"statement\": \"s\", \"evidence\": [{\"url\": \"https://example.org\", \"link\": 1}]}"),
                400,
                "data.evidence[0].link");
        Got batch = send(Mode.BATCH, anna, "x", VOTE, good.replace("approve", "maybe"));
        mustBeRefused(batch, 400, "[0].data.vote");
    }
}
