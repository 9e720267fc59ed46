package io.infrafabric.escalation;

import static io.infrafabric.escalation.Desk.Bodies.json;
import static io.infrafabric.escalation.Desk.PATIENCE;
import static io.infrafabric.escalation.Desk.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.event.CoordinatorEvent.TaskStranded;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** From a task that is stranded to a case, and from an operator's word back to the task: through door and channel. */
@QuarkusTest
class StrandedAnswerTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Transactions transactions;

    @Inject
    Pool pool;

    private Desk desk;
    private String session;
    private String token;

    @BeforeEach
    void a_session() {
        desk = new Desk(fabric, operator, transactions);
        session = "ann-" + desk.swarm;
        String path = "/coordinator/sessions/" + session;
        expect(200, desk.api.put(path, json("swarm", desk.swarm), operator));
        token = expect(201, desk.api.post(path + "/tokens", json(), operator))
                .path("token")
                .asText();
    }

    private long openCases() {
        return expect(200, desk.api.get("/coordinator/swarms/" + desk.swarm, operator))
                .path("openCases")
                .asLong();
    }

    private String submit(String name, String... dependsOn) {
        String id = name + "-" + desk.swarm;
        expect(
                201,
                desk.api.post(
                        "/coordinator/tasks",
                        json("id", id, "swarm", desk.swarm, "title", name, "dependsOn", List.of(dependsOn)),
                        operator));
        return id;
    }

    private JsonNode task(String id) {
        return expect(200, desk.api.get("/coordinator/tasks/" + id, operator));
    }

    private JsonNode stranded(String task) {
        await().atMost(PATIENCE).until(() -> desk.about("task:" + task).size() == 1);
        return desk.about("task:" + task).getFirst();
    }

    private void dies(String task) {
        JsonNode claimed =
                expect(201, desk.api.post("/coordinator/sessions/" + session + "/claims", json("taskId", task), token));
        expect(
                200,
                desk.api.post(
                        "/coordinator/tasks/" + task + "/fail",
                        json(
                                "epoch",
                                claimed.path("lease").path("epoch").asLong(),
                                "error",
                                "No such repository.",
                                "retryable",
                                false),
                        token));
        assertThat(task(task).path("state").asText()).isEqualTo("DEAD");
    }

    @Test
    void a_dead_dependency_is_asked_about_and_retried() {
        String dead = submit("dead");
        String other = submit("other");
        String waiting = submit("waiting", dead, other);
        dies(dead);
        dies(other);
        String id = stranded(dead).path("id").asText();
        stranded(other);
        assertThat(openCases()).isEqualTo(2);
        expect(200, desk.resolve(id, operator, "option", "RETRY_DEPENDENCY", "note", "The repository is back."));
        await().atMost(PATIENCE).until(() -> task(dead).path("state").asText().equals("QUEUED"));
        assertThat(task(dead).path("history").toString()).contains("The repository is back.", id);
        assertThat(task(other).path("state").asText()).isEqualTo("DEAD");
        assertThat(task(waiting).path("state").asText()).isEqualTo("WAITING");
    }

    /** However many wait, the cause is one; and whoever begins to wait for it later changes the number. */
    @Test
    void forty_tasks_that_wait_for_a_dead_one_are_one_question() {
        String dead = submit("dead");
        List<String> waiting = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            waiting.add(submit("waiting" + i, dead));
        }
        dies(dead);
        JsonNode asked = stranded(dead);
        assertThat(asked.path("asked").asText()).contains("40 tasks wait for it");
        String late = submit("late", dead);
        await().atMost(PATIENCE)
                .until(() -> stranded(dead).path("asked").asText().contains("41 tasks wait for it"));
        assertThat(desk.list("?swarm=" + desk.swarm)).hasSize(1);
        String id = asked.path("id").asText();
        expect(200, desk.resolve(id, operator, "option", "CANCEL_TASK"));
        waiting.add(late);
        waiting.forEach(one -> await().atMost(PATIENCE)
                .until(() -> task(one).path("state").asText().equals("CANCELLED")));
        assertThat(task(dead).path("state").asText()).isEqualTo("DEAD");
        assertThat(desk.list("?swarm=" + desk.swarm)).hasSize(1);
        // Who gives it up is asked again when somebody waits for it after all.
        submit("later", dead);
        await().atMost(PATIENCE).until(() -> desk.about("task:" + dead).size() == 2);
    }

    @Test
    void what_shall_wait_on_waits_on_and_nobody_is_asked_again() {
        String dead = submit("dead");
        submit("waiting", dead);
        dies(dead);
        String id = stranded(dead).path("id").asText();
        expect(200, desk.resolve(id, operator, "option", "KEEP_WAITING"));
        submit("another", dead);
        String other = submit("other");
        submit("besides", other);
        dies(other);
        stranded(other);
        assertThat(desk.about("task:" + dead)).hasSize(1);
    }

    /** A cascade ends what it strands. */
    @Test
    void what_waits_for_what_is_given_up_is_given_up_too() {
        String dead = submit("dead");
        String waiting = submit("waiting", dead);
        String above = submit("above", waiting);
        dies(dead);
        expect(200, desk.resolve(stranded(dead).path("id").asText(), operator, "option", "CANCEL_TASK"));
        await().atMost(PATIENCE).until(() -> task(above).path("state").asText().equals("CANCELLED"));
        assertThat(desk.list("?swarm=" + desk.swarm)).hasSize(1);
    }

    @Test
    void a_stranded_task_is_cancelled() {
        String dead = submit("dead");
        String waiting = submit("waiting", dead);
        dies(dead);
        String id = stranded(dead).path("id").asText();
        expect(200, desk.resolve(id, operator, "option", "CANCEL_TASK"));
        await().atMost(PATIENCE)
                .until(() -> task(waiting).path("state").asText().equals("CANCELLED"));
        assertThat(task(dead).path("state").asText()).isEqualTo("DEAD");
    }

    @Test
    void a_decision_that_comes_too_late_is_taken_in_and_is_no_dead_letter() {
        String dead = submit("dead");
        submit("waiting", dead);
        dies(dead);
        String id = stranded(dead).path("id").asText();
        expect(200, desk.api.post("/coordinator/tasks/" + dead + "/retry", json("reason", "By hand."), operator));
        await().atMost(PATIENCE).until(() -> state(id).equals("WITHDRAWN"));
        // It was decided before, but the word of it comes only now.
        desk.emit(new CaseResolved(
                id,
                "coordinator",
                "task:" + dead,
                desk.swarm,
                "TASK_STRANDED",
                List.of("task:" + dead),
                "RETRY_DEPENDENCY",
                Map.of(),
                "olga",
                null));
        await().atMost(PATIENCE).until(() -> handled("task:" + dead) == 1);
        assertThat(task(dead).path("state").asText()).isEqualTo("QUEUED");
        assertThat(deadLetters("task:" + dead)).isZero();
    }

    private String state(String id) {
        return desk.read(id).path("state").asText();
    }

    @Test
    void a_task_that_is_cancelled_by_hand_needs_no_decision() {
        String dead = submit("dead");
        String waiting = submit("waiting", dead);
        dies(dead);
        String id = stranded(dead).path("id").asText();
        expect(
                200,
                desk.api.post("/coordinator/tasks/" + waiting + "/cancel", json("reason", "Not needed."), operator));
        await().atMost(PATIENCE).until(() -> state(id).equals("WITHDRAWN"));
    }

    @Test
    void a_task_that_waits_for_others_now_needs_no_decision() {
        String dead = submit("dead");
        String other = submit("other");
        String waiting = submit("waiting", dead);
        dies(dead);
        String id = stranded(dead).path("id").asText();
        expect(200, desk.api.patch("/coordinator/tasks/" + waiting, json("dependsOn", List.of(other)), operator));
        await().atMost(PATIENCE).until(() -> state(id).equals("WITHDRAWN"));
        assertThat(desk.about("task:" + dead)).hasSize(1);
    }

    /** The end of a cause may be told before the cause: nobody is asked then, but when it happens again. */
    @Test
    void a_dependency_that_is_brought_back_is_asked_about_when_it_dies_again_and_not_when_its_death_is_told_late() {
        String dead = submit("dead");
        String waiting = submit("waiting", dead);
        dies(dead);
        Instant died = Instant.parse(task(dead).path("changedAt").asText());
        String first = stranded(dead).path("id").asText();
        expect(200, desk.api.post("/coordinator/tasks/" + dead + "/retry", json("reason", "It is back."), operator));
        await().atMost(PATIENCE).until(() -> state(first).equals("WITHDRAWN"));
        desk.emit(new TaskStranded(waiting, desk.swarm, dead, died));
        dies(dead);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(desk.about("task:" + dead))
                        .extracting(about -> about.path("state").asText())
                        .containsExactly("OPEN", "WITHDRAWN"));
        assertThat(openCases()).isOne();
    }

    private long handled(String subject) {
        return count("SELECT count(*) FROM bus_inbox i JOIN bus_event e ON e.id = i.event"
                + " WHERE i.function = 'coordinator' AND e.type = 's2.escalation.case-resolved.v1' AND e.subject = '"
                + subject + "'");
    }

    private long deadLetters(String subject) {
        return count("SELECT count(*) FROM bus_dead_letter WHERE subject = '" + subject + "'");
    }

    private long count(String query) {
        return pool.query(query)
                .execute()
                .await()
                .atMost(PATIENCE)
                .iterator()
                .next()
                .getLong(0);
    }
}
