package io.infrafabric.escalation;

import static io.infrafabric.escalation.Desk.Bodies.json;
import static io.infrafabric.escalation.Desk.CASES;
import static io.infrafabric.escalation.Desk.PATIENCE;
import static io.infrafabric.escalation.Desk.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.Transactions;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.door.identity.Tokens;
import io.infrafabric.event.CoordinatorEvent.TaskStranded;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.Event;
import io.infrafabric.event.Trace;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Cases through the real door and channel. */
@QuarkusTest
class EscalationTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Transactions transactions;

    @Inject
    EntitySessions sessions;

    @Inject
    CaseTable cases;

    @Inject
    Tokens tokens;

    @Inject
    Pool pool;

    private Desk desk;

    @BeforeEach
    void a_desk() {
        desk = new Desk(fabric, operator, transactions);
    }

    private List<String> events(String type, String subject) {
        List<String> envelopes = new ArrayList<>();
        pool.preparedQuery("SELECT envelope FROM bus_event WHERE type = $1 AND subject = $2 AND swarm = $3")
                .execute(Tuple.of("s2.escalation." + type + ".v1", subject, desk.swarm))
                .await()
                .atMost(PATIENCE)
                .forEach(row -> envelopes.add(row.getString(0)));
        return envelopes;
    }

    @Test
    void a_stranded_task_asks_a_human() {
        desk.emit(new TaskStranded("t", desk.swarm, "u", null), new TaskStranded("s", desk.swarm, "u", null));
        await().atMost(PATIENCE).until(() -> desk.about("task:u").size() == 1);
        JsonNode found = desk.about("task:u").getFirst();
        assertThat(found.path("function").asText()).isEqualTo("coordinator");
        assertThat(found.path("state").asText()).isEqualTo("OPEN");
        assertThat(found.path("options").toString()).contains("RETRY_DEPENDENCY", "CANCEL_TASK", "KEEP_WAITING");
        assertThat(events("case-opened", "task:u")).hasSize(1);
    }

    @Test
    void the_same_question_twice_makes_one_case() {
        Event question = desk.question(desk.of("account:a"), Severity.HIGH, "1");
        desk.emit(question, question);
        desk.emit(question);
        desk.emit(desk.question(desk.of("account:a"), Severity.HIGH, "2"));
        await().atMost(PATIENCE).until(() -> desk.about(desk.of("account:a")).size() == 2);
        assertThat(desk.about(desk.of("account:a")))
                .extracting(found -> found.path("occurrence").asText())
                .containsExactly("2", "1");
        assertThat(events("case-opened", desk.of("account:a"))).hasSize(2);
    }

    @Test
    void the_same_question_at_the_same_time_makes_one_case() {
        Question question = Question.of(
                desk.question(desk.of("account:race"), Severity.LOW, "1"), new Question.Bounds(100, 10, 10));
        List<Uni<Void>> all = IntStream.range(0, 32)
                .mapToObj(i -> sessions.run((session, work) -> cases.open(session, work, question, Trace.NONE)))
                .toList();
        Uni.join().all(all).andFailFast().await().atMost(PATIENCE);
        assertThat(desk.about(desk.of("account:race"))).hasSize(1);
        assertThat(events("case-opened", desk.of("account:race"))).hasSize(1);
    }

    @Test
    void a_case_is_acknowledged_and_resolved_and_the_answer_goes_back() {
        String id = desk.opened(desk.of("account:b")).path("id").asText();
        JsonNode seen = expect(200, desk.api.post(CASES + "/" + id + "/acknowledge", json("note", "mine"), operator));
        assertThat(seen.path("state").asText()).isEqualTo("ACKNOWLEDGED");
        assertThat(seen.path("acknowledgedBy").asText()).isNotEmpty();
        expect(200, desk.api.post(CASES + "/" + id + "/acknowledge", null, operator));
        assertThat(events("case-acknowledged", desk.of("account:b"))).hasSize(1);

        JsonNode done = expect(
                200, desk.resolve(id, operator, "option", "RAISE_LIMIT", "parameters", Map.of("dailyLimit", 80.50)));
        assertThat(done.path("state").asText()).isEqualTo("RESOLVED");
        assertThat(done.path("option").asText()).isEqualTo("RAISE_LIMIT");
        assertThat(done.path("parameters").path("dailyLimit").asText()).isEqualTo("80.5");
        assertThat(done.path("version").asLong()).isEqualTo(2);
        assertThat(desk.read(id)).isEqualTo(done);
        List<String> told = events("case-resolved", desk.of("account:b"));
        assertThat(told).hasSize(1);
        assertThat(told.getFirst()).contains("\"function\":\"example\"", "\"dailyLimit\":\"80.5\"", id);
    }

    @Test
    void a_decision_is_made_once() {
        String id = desk.opened(desk.of("account:c")).path("id").asText();
        expect(200, desk.resolve(id, operator, "option", "RESET"));
        expect(200, desk.resolve(id, operator, "option", "RESET", "note", "again"));
        Answer other = desk.resolve(id, operator, "option", "KEEP_STOPPED");
        expect(409, other);
        assertThat(other.code()).isEqualTo("IF_ERR_CASE_RESOLVED");
        assertThat(other.body().path("option").asText()).isEqualTo("RESET");
        expect(409, desk.api.post(CASES + "/" + id + "/acknowledge", null, operator));
        assertThat(events("case-resolved", desk.of("account:c"))).hasSize(1);
    }

    @Test
    void of_two_operators_at_once_one_decides() {
        String id = desk.opened(desk.of("account:d")).path("id").asText();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Answer>> calls = IntStream.range(0, 20)
                    .mapToObj(i -> CompletableFuture.supplyAsync(
                            () -> desk.resolve(id, operator, "option", i % 2 == 0 ? "RESET" : "KEEP_STOPPED"), threads))
                    .toList();
            List<Integer> statuses =
                    calls.stream().map(call -> call.join().status()).toList();
            assertThat(statuses).containsOnly(200, 409);
            assertThat(statuses.stream().filter(status -> status == 200)).hasSize(10);
        }
        assertThat(events("case-resolved", desk.of("account:d"))).hasSize(1);
    }

    @Test
    void an_idempotency_key_is_kept_with_the_effect() {
        String id = desk.opened(desk.of("account:e")).path("id").asText();
        String path = CASES + "/" + id + "/resolve";
        String key = UUID.randomUUID().toString();
        JsonNode first = expect(200, desk.api.post(path, json("option", "RESET"), operator, "Idempotency-Key", key));
        Answer again = desk.api.post(path, json("option", "RESET"), operator, "Idempotency-Key", key);
        assertThat(expect(200, again)).isEqualTo(first);
        assertThat(again.headers().firstValue("Idempotency-Replayed")).contains("true");
        expect(422, desk.api.post(path, json("option", "KEEP_STOPPED"), operator, "Idempotency-Key", key));
    }

    @Test
    void bad_decisions_are_refused_and_change_nothing() {
        String id = desk.opened(desk.of("account:f")).path("id").asText();
        Answer notOffered = desk.resolve(id, operator, "option", "APPROVE");
        expect(422, notOffered);
        assertThat(notOffered.code()).isEqualTo("IF_ERR_OPTION_NOT_OFFERED");
        assertThat(notOffered.body().path("options").toString()).contains("RAISE_LIMIT", "RESET", "KEEP_STOPPED");
        expect(400, desk.resolve(id, operator, "option", "RAISE_LIMIT"));
        expect(400, desk.resolve(id, operator, "option", "RAISE_LIMIT", "parameters", Map.of("dailyLimit", -1)));
        expect(400, desk.resolve(id, operator, "option", "RAISE_LIMIT", "parameters", Map.of("dailyLimit", "x")));
        expect(400, desk.resolve(id, operator));
        expect(400, desk.api.post(CASES + "/" + id + "/resolve", null, operator));
        expect(404, desk.resolve(UUID.randomUUID().toString(), operator, "option", "RESET"));
        expect(404, desk.resolve("nonsense", operator, "option", "RESET"));
        assertThat(desk.read(id).path("state").asText()).isEqualTo("OPEN");
    }

    @Test
    void lists_are_filtered_and_paged_newest_first() {
        for (String subject : List.of(desk.of("account:1"), desk.of("account:2"), desk.of("account:3"))) {
            desk.opened(subject);
        }
        expect(
                200,
                desk.resolve(
                        desk.about(desk.of("account:2")).getFirst().path("id").asText(), operator, "option", "RESET"));
        assertThat(desk.list("?swarm=" + desk.swarm + "&state=open&function=example"))
                .extracting(found -> found.path("subject").asText())
                .containsExactly(desk.of("account:3"), desk.of("account:1"));
        assertThat(desk.list("?swarm=" + desk.swarm + "&function=consensus")).isEmpty();

        JsonNode first = expect(200, desk.api.get(CASES + "?limit=2&swarm=" + desk.swarm, operator));
        assertThat(Desk.items(first)).hasSize(2);
        String next = first.path("next").asText();
        JsonNode second =
                expect(200, desk.api.get(CASES + "?limit=2&swarm=" + desk.swarm + "&cursor=" + next, operator));
        assertThat(Desk.items(second))
                .extracting(found -> found.path("subject").asText())
                .containsExactly(desk.of("account:1"));
        assertThat(second.path("next").isNull()).isTrue();
        expect(400, desk.api.get(CASES + "?state=done", operator));
        expect(400, desk.api.get(CASES + "?cursor=nonsense", operator));
        expect(400, desk.api.get(CASES + "?staet=open", operator));
    }

    @Test
    void a_session_is_refused() {
        expect(200, desk.api.put("/coordinator/sessions/" + desk.swarm, json("swarm", desk.swarm), operator));
        String session = expect(201, desk.api.post("/coordinator/sessions/" + desk.swarm + "/tokens", json(), operator))
                .path("token")
                .asText();
        String id = desk.opened(desk.of("account:g")).path("id").asText();
        expect(403, desk.api.get(CASES, session));
        expect(404, desk.api.get(CASES + "/" + id, session));
        expect(403, desk.resolve(id, session, "option", "RESET"));
        expect(403, desk.api.post(CASES + "/" + id + "/acknowledge", null, session));
        expect(403, desk.api.get("/escalation/webhooks", session));
        expect(403, desk.api.put("/escalation/webhooks/w", json("url", "http://localhost"), session));
        expect(401, desk.api.get(CASES, null));
    }

    private String token(Caller caller) {
        return tokens.issue(caller, null).await().atMost(PATIENCE).token();
    }

    @Test
    void an_operator_of_one_swarm_sees_its_cases_only() {
        String own = token(new Caller("ann", desk.swarm, Role.OPERATOR));
        String foreign = token(new Caller("bob", "another", Role.OPERATOR));
        String id = desk.opened(desk.of("account:h")).path("id").asText();
        assertThat(Desk.items(expect(200, desk.api.get(CASES, own))))
                .extracting(found -> found.path("id").asText())
                .containsExactly(id);
        assertThat(Desk.items(expect(200, desk.api.get(CASES, foreign)))).isEmpty();
        expect(403, desk.api.get(CASES + "?swarm=" + desk.swarm, foreign));
        expect(404, desk.api.get(CASES + "/" + id, foreign));
        expect(404, desk.resolve(id, foreign, "option", "RESET"));
        JsonNode done = expect(200, desk.resolve(id, own, "option", "RESET"));
        assertThat(done.path("resolvedBy").asText()).isEqualTo("ann");
    }

    @Test
    void a_viewer_reads_and_does_nothing() {
        String viewer = token(new Caller("eve", null, Role.VIEWER));
        String id = desk.opened(desk.of("account:i")).path("id").asText();
        expect(200, desk.api.get(CASES + "/" + id, viewer));
        expect(403, desk.resolve(id, viewer, "option", "RESET"));
        expect(403, desk.api.post(CASES + "/" + id + "/acknowledge", null, viewer));
        expect(403, desk.api.get("/escalation/webhooks", viewer));
    }
}
