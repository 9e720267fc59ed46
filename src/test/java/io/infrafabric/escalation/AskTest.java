package io.infrafabric.escalation;

import static io.infrafabric.escalation.Desk.Bodies.json;
import static io.infrafabric.escalation.Desk.CASES;
import static io.infrafabric.escalation.Desk.PATIENCE;
import static io.infrafabric.escalation.Desk.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A session asks a human, through the door; the answer, or what it said for the case that there is none, comes to its inbox. */
@QuarkusTest
class AskTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Transactions transactions;

    @Inject
    EscalationConfig config;

    @Inject
    Pool pool;

    private Desk desk;
    private String ann;

    @BeforeEach
    void a_session() {
        desk = new Desk(fabric, operator, transactions);
        ann = token("ann");
    }

    private String token(String name) {
        String path = "/coordinator/sessions/" + desk.of(name);
        expect(200, desk.api.put(path, json("swarm", desk.swarm), operator));
        return expect(201, desk.api.post(path + "/tokens", json(), operator))
                .path("token")
                .asText();
    }

    private Answer ask(Object... body) {
        return desk.api.post(CASES, json(body), ann);
    }

    private List<JsonNode> inbox() {
        return Desk.items(expect(200, desk.api.get("/coordinator/sessions/" + desk.of("ann") + "/inbox", ann)));
    }

    private JsonNode told() {
        await().atMost(PATIENCE).until(() -> !inbox().isEmpty());
        return inbox().getFirst();
    }

    @Test
    void an_operator_picks_an_option_and_the_session_is_told() {
        JsonNode asked = expect(201, ask("question", "Which?", "options", List.of("blue", "red"), "taskId", "t"));
        String id = asked.path("id").asText();
        assertThat(asked.path("options").toString()).isEqualTo("[\"blue\",\"red\",\"OTHER\"]");
        assertThat(asked.path("evidence").toString()).isEqualTo("[\"task:t\"]");
        assertThat(asked.path("swarm").asText()).isEqualTo(desk.swarm);
        assertThat(desk.read(id)).isEqualTo(asked);
        assertThat(expect(200, desk.api.get(CASES + "/" + id, ann))).isEqualTo(asked);
        assertThat(desk.api.get(CASES + "/" + id, token("bob")).status()).isEqualTo(404);

        expect(200, desk.resolve(id, operator, "option", "red", "note", "It fits."));

        JsonNode told = told();
        assertThat(told.path("type").asText()).isEqualTo("caseResolved");
        assertThat(told.path("subject").asText()).isEqualTo("case:" + id);
        assertThat(told.path("data").path("asked").asText()).isEqualTo("Which?");
        assertThat(told.path("data").path("option").asText()).isEqualTo("red");
        assertThat(told.path("data").path("note").asText()).isEqualTo("It fits.");
    }

    @Test
    void an_operator_answers_in_words() {
        String id = expect(201, ask("question", "What now?")).path("id").asText();
        Answer wordless = desk.resolve(id, operator, "option", "OTHER");
        assertThat(expect(400, wordless).path("field").asText()).isEqualTo("note");
        assertThat(desk.read(id).path("state").asText()).isEqualTo("OPEN");
        expect(200, desk.resolve(id, operator, "option", "OTHER", "note", "Have a rest."));
        assertThat(told().path("data").path("note").asText()).isEqualTo("Have a rest.");
    }

    @Test
    void at_the_deadline_what_the_session_said_is_taken_and_said() {
        JsonNode asked = expect(
                201, ask("question", "Which?", "options", List.of("a", "b"), "deadline", "PT0.2S", "onNoAnswer", "b"));
        JsonNode told = told();
        assertThat(told.path("data").path("option").asText()).isEqualTo("b");
        assertThat(told.path("data").path("by").asText()).isEqualTo("nobody");
        JsonNode taken = desk.read(asked.path("id").asText());
        assertThat(taken.path("state").asText()).isEqualTo("RESOLVED");
        assertThat(taken.path("resolvedBy").asText()).isEqualTo("nobody");
        assertThat(taken.path("note").asText()).contains("Nobody answered until ");
        expect(409, desk.resolve(asked.path("id").asText(), operator, "option", "a"));
    }

    @Test
    void an_answer_before_the_deadline_stays() {
        String id = expect(201, ask("question", "Which?", "options", List.of("a", "b"), "onNoAnswer", "b"))
                .path("id")
                .asText();
        expect(200, desk.resolve(id, operator, "option", "a"));
        pool.preparedQuery("UPDATE bus_due SET at = now() WHERE function = 'escalation' AND entity = $1")
                .execute(Tuple.of("deadline:" + id))
                .await()
                .atMost(PATIENCE);
        await().atMost(PATIENCE)
                .until(() -> pool.preparedQuery("SELECT 1 FROM bus_due WHERE function = 'escalation' AND entity = $1")
                                .execute(Tuple.of("deadline:" + id))
                                .await()
                                .atMost(PATIENCE)
                                .size()
                        == 0);
        assertThat(desk.read(id).path("option").asText()).isEqualTo("a");
        assertThat(told().path("data").path("option").asText()).isEqualTo("a");
    }

    @Test
    void asking_again_gives_the_case_and_open_questions_are_bounded() {
        JsonNode first = expect(201, ask("question", "0"));
        assertThat(expect(200, ask("question", "0"))).isEqualTo(first);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Answer>> calls = IntStream.rangeClosed(1, config.maxSessionQuestions() + 3)
                    .mapToObj(i -> CompletableFuture.supplyAsync(() -> ask("question", "" + i), threads))
                    .toList();
            List<Integer> statuses = new ArrayList<>();
            calls.forEach(call -> statuses.add(call.join().status()));
            assertThat(statuses.stream().filter(status -> status == 201)).hasSize(config.maxSessionQuestions() - 1);
            assertThat(statuses.stream().filter(status -> status == 409)).hasSize(4);
        }
        Answer full = ask("question", "one more");
        assertThat(full.code()).isEqualTo("IF_ERR_TOO_MANY_QUESTIONS");
        expect(200, desk.resolve(first.path("id").asText(), operator, "option", "OTHER", "note", "yes"));
        expect(201, ask("question", "one more"));
    }

    @Test
    void bad_questions_are_refused_by_their_field_and_ask_nobody() {
        Map<String, Object[]> bad = Map.of(
                "question", new Object[] {"options", List.of("a")},
                "options[0]", new Object[] {"question", "q", "options", List.of("")},
                "taskId", new Object[] {"question", "q", "taskId", "no id"},
                "severity", new Object[] {"question", "q", "severity", "dire"},
                "deadline", new Object[] {"question", "q", "deadline", "2020-01-01T00:00:00Z"},
                "onNoAnswer", new Object[] {"question", "q", "options", List.of("a"), "onNoAnswer", "b"});
        bad.forEach((field, body) ->
                assertThat(expect(400, ask(body)).path("field").asText()).isEqualTo(field));
        expect(400, desk.api.post(CASES, null, ann));
        expect(403, desk.api.post(CASES, json("question", "q"), operator));
        assertThat(desk.list("?swarm=" + desk.swarm)).isEmpty();
    }
}
