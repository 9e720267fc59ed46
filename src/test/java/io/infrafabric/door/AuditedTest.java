package io.infrafabric.door;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.door.identity.Tokens;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What operators do is in the audit log: every write in the OpenAPI document is called as an operator. A new one needs a line
 * in {@link #doneByOperators()}, or in one of the two sets before it.
 */
@QuarkusTest
class AuditedTest {
    /** Writes that an operator is refused: they are a session's own. */
    private static final Set<String> OF_SESSIONS = Set.of(
            "POST /stealing/sessions/{session}/idle",
            "POST /coordinator/sessions/{id}/heartbeat",
            "POST /coordinator/sessions/{session}/claims",
            "POST /coordinator/sessions/{id}/inbox/ack",
            "POST /coordinator/tasks/{id}/renew",
            "POST /coordinator/tasks/{id}/complete",
            "POST /coordinator/tasks/{id}/fail",
            "POST /consensus/decisions/{id}/votes",
            "POST /rescue/blockers",
            "POST /rescue/blockers/{id}/accept",
            "POST /rescue/blockers/{id}/decline",
            "PUT /deadlock/waits/{session}",
            "POST /deadlock/waits/{session}/edges");

    /** POST because there is much to say; nothing is written. */
    private static final Set<String> READS = Set.of("POST /rescue/matches");

    /** Stands for an id that only the answer tells. */
    private static final String NEW = "new";

    private static final String TESTS_OWN = "/door-test";

    @Inject
    DoorConfig config;

    @Inject
    Pool pool;

    @Inject
    Tokens tokens;

    private final String run = UUID.randomUUID().toString().substring(0, 8);
    private final String swarm = "audit-" + run;
    private final String agent = "agent-" + run;
    private String agentToken;

    /** A call as an operator; {@code entity} is what the audit log is to say that it was about. */
    private record Step(String operation, String path, String body, String entity) {}

    @BeforeEach
    void enrol() {
        operator()
                .body(Map.of("swarm", swarm))
                .put("/coordinator/sessions/" + agent)
                .then()
                .statusCode(200);
        agentToken = operator()
                .body("{}")
                .post("/coordinator/sessions/" + agent + "/tokens")
                .then()
                .statusCode(201)
                .extract()
                .path("token");
    }

    @Test
    void every_write_of_an_operator_is_in_the_audit_log() {
        Set<String> missing = new TreeSet<>(writes());
        assertThat(missing).containsAll(OF_SESSIONS).containsAll(READS);
        missing.removeAll(OF_SESSIONS);
        missing.removeAll(READS);
        List<String> unaudited = new ArrayList<>();
        for (Step step : doneByOperators()) {
            missing.remove(step.operation());
            String method = step.operation().substring(0, step.operation().indexOf(' '));
            RequestSpecification call = operator();
            if (step.body() != null) {
                call.body(step.body());
            }
            var answer = call.request(method, step.path()).then().extract();
            int status = answer.statusCode();
            JsonPath row = newest();
            String entity = step.entity().endsWith(":" + NEW)
                    ? step.entity().replace(NEW, answer.<String>path("id"))
                    : step.entity();
            boolean audited = (method + " " + step.path()).equals(row.getString("items[0].call"))
                    && entity.equals(row.getString("items[0].entity"))
                    && "operator".equals(row.getString("items[0].by"));
            if (status / 100 != 2 || !audited) {
                unaudited.add(step + " gave " + status + "; newest row: " + row.getString("items[0].call") + " about "
                        + row.getString("items[0].entity"));
            }
        }
        assertThat(unaudited).as("calls without a row in the audit log").isEmpty();
        assertThat(missing).as("writes that this test does not know").isEmpty();
    }

    @Test
    void what_is_a_sessions_own_is_refused_to_operators_and_leaves_no_row() {
        long before = newest().getLong("items[0].id");
        for (String operation : OF_SESSIONS) {
            String[] call = operation.split(" ", 2);
            String path = call[1].replaceAll("\\{[a-z]+}", agent);
            operator()
                    .body(
                            operation.contains("votes")
                                    ? "{\"vote\":\"approve\",\"rationale\":\"r\"}"
                                    : operation.endsWith("blockers")
                                            ? "{\"description\":\"d\"}"
                                            : operation.endsWith("ack")
                                                    ? "{\"upTo\":1}"
                                                    : operation.contains("waits")
                                                            ? "{\"waitingOn\":[\"session:x\"]}"
                                                            : "{\"epoch\":1,\"error\":\"e\"}")
                    .request(call[0], path)
                    .then()
                    .statusCode(not(200));
        }
        operator()
                .body("{\"dailyLimit\":-1}")
                .put("/budget/accounts/session:" + agent)
                .then()
                .statusCode(400);
        operator().post("/coordinator/swarms/none-" + run + "/resume").then().statusCode(404);
        assertThat(newest().getLong("items[0].id")).isEqualTo(before);
    }

    @Test
    void a_row_says_who_why_and_what_was_before_and_after() {
        String account = "/budget/accounts/session:" + agent;
        operator().body("{\"dailyLimit\":70}").put(account).then().statusCode(200);
        newestIs("account:session:" + agent)
                .body("items[0].before.dailyLimit", equalTo(50.0f))
                .body("items[0].request.dailyLimit", equalTo(70))
                .body("items[0].after.dailyLimit", equalTo(70))
                .body("items[0].swarm", equalTo(swarm))
                .body("items[0].tokenId", nullValue());

        JsonPath made = operator()
                .body(Map.of("name", "ann", "role", "operator"))
                .post("/coordinator/tokens")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath();
        newestIs("token:" + made.getString("id")).body("items[0].after.token", equalTo("(not kept)"));
        as(made.getString("token"))
                .body("{\"reason\":\"rain\"}")
                .post("/coordinator/swarms/" + swarm + "/pause")
                .then()
                .statusCode(200);
        newestIs("swarm:" + swarm)
                .body("items[0].by", equalTo("ann"))
                .body("items[0].tokenId", equalTo(made.getString("id")))
                .body("items[0].reason", equalTo("rain"))
                .body("items[0].before.paused", equalTo(false))
                .body("items[0].after.paused", equalTo(true));
        operator()
                .get("/coordinator/audit?by=ann&entity=swarm:" + swarm + "&from=2020-01-01T00:00:00Z")
                .then()
                .body("items.reason", contains("rain"))
                .body("next", nullValue());
        operator()
                .get("/coordinator/audit?entity=swarm:" + swarm + "&to=2020-01-01T00:00:00Z")
                .then()
                .body("items", equalTo(List.of()));
    }

    @Test
    void the_same_key_twice_leaves_one_row() {
        String task = "{\"swarm\":\"" + swarm + "\",\"title\":\"once\",\"id\":\"once-" + run + "\"}";
        for (int i = 0; i < 2; i++) {
            operator()
                    .header("Idempotency-Key", "k-" + run)
                    .body(task)
                    .post("/coordinator/tasks")
                    .then()
                    .statusCode(201);
        }
        operator()
                .get("/coordinator/audit?entity=task:once-" + run)
                .then()
                .body("items.size()", equalTo(1))
                .body("items[0].request.title", equalTo("once"));
    }

    @Test
    void what_is_long_is_cut_and_odd_text_is_kept() {
        // So that half of a pair would stand where it is cut.
        String payload = "é😀'".repeat(5000);
        operator()
                .body("{\"swarm\":\"" + swarm + "\",\"title\":\"long\",\"id\":\"long-" + run
                        + "\",\"payload\":{\"a\":\"" + payload + "\"}}")
                .post("/coordinator/tasks")
                .then()
                .statusCode(201);
        newestIs("task:long-" + run)
                .body("items[0].request.start", containsString("long-" + run))
                .body("items[0].after.start", containsString("long-" + run));
    }

    @Test
    void an_operator_of_one_swarm_sees_its_swarm_and_nobody_else_sees_anything() {
        String own = token(new Caller("bob", swarm, Role.OPERATOR));
        operator().body("{}").put("/coordinator/swarms/other-" + run).then().statusCode(200);
        as(own).body("{}").put("/coordinator/swarms/" + swarm).then().statusCode(200);
        as(own).get("/coordinator/audit?limit=500")
                .then()
                .statusCode(200)
                .body("items.swarm.unique()", contains(swarm))
                .body("items[0].by", equalTo("bob"));
        as(token(new Caller("eve", null, Role.VIEWER)))
                .get("/coordinator/audit")
                .then()
                .statusCode(403);
        as(agentToken).get("/coordinator/audit").then().statusCode(403);
        Map.of("from", "yesterday", "to", "+294277-01-01T00:00:00Z", "by", "\0", "cursor", "x")
                .forEach((field, bad) -> operator()
                        .queryParam(field, bad)
                        .get("/coordinator/audit")
                        .then()
                        .statusCode(400));
    }

    @Test
    void the_database_refuses_to_change_what_is_written() {
        for (String change :
                List.of("UPDATE door_audit SET by = 'nobody'", "DELETE FROM door_audit", "TRUNCATE door_audit")) {
            assertThatThrownBy(() -> pool.query(change).executeAndAwait()).hasMessageContaining("append-only");
        }
    }

    // How it is done

    private List<Step> doneByOperators() {
        List<Step> steps = new ArrayList<>();
        String tasks = "/coordinator/tasks/";
        steps.add(new Step("POST /coordinator/tasks", "/coordinator/tasks", task("a"), "task:a-" + run));
        steps.add(new Step(
                "POST /coordinator/tasks/batch",
                tasks + "batch",
                "{\"tasks\":[" + task("b") + "," + task("c") + "]}",
                "tasks"));
        steps.add(new Step(
                "PATCH /coordinator/tasks/{id}", tasks + "b-" + run, "{\"priority\":\"P3\"}", "task:b-" + run));
        steps.add(new Step(
                "POST /coordinator/tasks/{id}/cancel", tasks + "b-" + run + "/cancel", reason(), "task:b-" + run));
        steps.add(new Step(
                "POST /coordinator/tasks/{id}/retry", tasks + "b-" + run + "/retry", reason(), "task:b-" + run));
        String held = "held-" + run;
        operator().body(task("held")).post("/coordinator/tasks").then().statusCode(201);
        as(agentToken)
                .body("{\"taskId\":\"" + held + "\"}")
                .post("/coordinator/sessions/" + agent + "/claims")
                .then()
                .statusCode(201);
        steps.add(
                new Step("POST /coordinator/tasks/{id}/release", tasks + held + "/release", reason(), "task:" + held));
        String swarms = "/coordinator/swarms/" + swarm;
        steps.add(new Step("PUT /coordinator/swarms/{swarm}", swarms, "{\"quorum\":2}", "swarm:" + swarm));
        steps.add(new Step("POST /coordinator/swarms/{swarm}/pause", swarms + "/pause", reason(), "swarm:" + swarm));
        steps.add(new Step("POST /coordinator/swarms/{swarm}/resume", swarms + "/resume", null, "swarm:" + swarm));
        tokens(steps);
        money(steps);
        evidence(steps);
        cases(steps);
        decisions(steps);
        others(steps);
        return steps;
    }

    private void tokens(List<Step> steps) {
        String second = "second-" + run;
        String sessions = "/coordinator/sessions/";
        String enrolment = "{\"swarm\":\"" + swarm + "\"}";
        String id = operator()
                .body(Map.of("name", "carl", "role", "viewer"))
                .post("/coordinator/tokens")
                .then()
                .extract()
                .path("id");
        steps.add(new Step("PUT /coordinator/sessions/{id}", sessions + second, enrolment, "session:" + second));
        steps.add(new Step(
                "POST /coordinator/sessions/batch",
                sessions + "batch",
                "{\"sessions\":[{\"id\":\"third-" + run + "\",\"swarm\":\"" + swarm + "\"}]}",
                "sessions"));
        steps.add(new Step(
                "POST /coordinator/sessions/batch",
                sessions + "batch",
                "{\"tokens\":true,\"sessions\":[{\"id\":\"third-" + run + "\",\"swarm\":\"" + swarm + "\"}]}",
                "sessions"));
        steps.add(new Step(
                "POST /coordinator/sessions/{session}/tokens",
                sessions + second + "/tokens",
                "{}",
                "session:" + second));
        steps.add(new Step(
                "DELETE /coordinator/sessions/{session}/tokens",
                sessions + second + "/tokens",
                null,
                "session:" + second));
        steps.add(new Step("DELETE /coordinator/sessions/{id}", sessions + second, null, "session:" + second));
        steps.add(new Step("DELETE /coordinator/tokens/{id}", "/coordinator/tokens/" + id, null, "token:" + id));
    }

    private void money(List<Step> steps) {
        String account = "session:" + agent;
        String path = "/budget/accounts/" + account;
        steps.add(new Step("PUT /budget/accounts/{account}", path, "{\"dailyLimit\":10}", "account:" + account));
        steps.add(new Step(
                "POST /budget/accounts/{account}/holds", path + "/holds", "{\"amount\":1}", "account:" + account));
        steps.add(new Step(
                "POST /budget/accounts/{account}/costs", path + "/costs", "{\"amount\":11}", "account:" + account));
        steps.add(new Step(
                "POST /budget/accounts/{account}/reset",
                path + "/reset",
                "{\"reason\":\"test\",\"allowance\":5}",
                "account:" + account));
        steps.add(new Step(
                "POST /budget/accounts/{account}/corrections",
                path + "/corrections",
                "{\"amount\":-1,\"reason\":\"test\"}",
                "account:" + account));
        String settled = hold();
        String voided = hold();
        steps.add(new Step(
                "POST /budget/holds/{hold}/settle",
                "/budget/holds/" + settled + "/settle",
                "{\"amount\":1}",
                "hold:" + settled));
        steps.add(new Step(
                "POST /budget/holds/{hold}/void", "/budget/holds/" + voided + "/void", null, "hold:" + voided));
    }

    private String hold() {
        return operator()
                .body("{\"amount\":1}")
                .post("/budget/accounts/session:" + agent + "/holds")
                .then()
                .statusCode(201)
                .extract()
                .path("hold");
    }

    private void evidence(List<Step> steps) {
        String claim = "claim-" + run;
        String second = "claim2-" + run;
        String body = "{\"swarm\":\"" + swarm + "\",\"statement\":\"It rains.\",\"falsifiers\":[\"Sun.\"]}";
        steps.add(new Step("PUT /relation/claims/{id}", "/relation/claims/" + claim, body, "claim:" + claim));
        operator().body(body).put("/relation/claims/" + second).then().statusCode(not(500));
        operator().body(body).put("/relation/claims/third" + second).then().statusCode(not(500));
        steps.add(new Step(
                "POST /relation/claims/{id}/falsifiers/{number}/observed",
                "/relation/claims/" + second + "/falsifiers/0/observed",
                "{\"statement\":\"The sun shines.\"}",
                "claim:" + second));
        JsonPath made = operator()
                .body("{\"from\":\"third" + second + "\",\"to\":\"" + second + "\",\"type\":\"supports\"}")
                .post("/relation/relations")
                .then()
                .extract()
                .jsonPath();
        String relation = made.getString("id") == null ? made.getString("relation.id") : made.getString("id");
        steps.add(new Step(
                "DELETE /relation/relations/{id}", "/relation/relations/" + relation, null, "relation:" + relation));
        steps.add(new Step(
                "POST /relation/relations",
                "/relation/relations",
                "{\"from\":\"third" + second + "\",\"to\":\"" + second + "\",\"type\":\"depends_on\"}",
                "relation:" + NEW));
    }

    private void cases(List<Step> steps) {
        String hook = "hook-" + run;
        String hooks = "/escalation/webhooks/" + hook;
        String body = "{\"url\":\"http://127.0.0.1:1/\",\"secret\":\"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5\"}";
        operator().body(body).put(hooks).then().statusCode(200);
        UUID open = UUID.randomUUID();
        UUID delivery = UUID.randomUUID();
        pool.preparedQuery(
                        "INSERT INTO escalation_case (id, function, subject, swarm, reason, severity, asked, options,"
                                + " evidence, occurrence, opened_at, state, version) VALUES ($1, 'consensus', 'decision:none', $2, 'TEST',"
                                + " 'LOW', '?', '{APPROVE,REJECT}', '{}', $3, now(), 'OPEN', 0)")
                .executeAndAwait(Tuple.of(open, swarm, run));
        pool.preparedQuery(
                        "INSERT INTO escalation_delivery (id, webhook, case_id, type, body, state, attempt, before,"
                                + " created_at, ended_at, version) VALUES ($1, $2, $3, 't', '{}', 'DEAD', 1, 0, now(), now(), 0)")
                .executeAndAwait(Tuple.of(delivery, hook, open));
        steps.add(new Step(
                "POST /escalation/webhooks/{name}/deliveries/{id}/replay",
                hooks + "/deliveries/" + delivery + "/replay",
                null,
                "webhook:" + hook));
        steps.add(new Step("PUT /escalation/webhooks/{name}", hooks, body, "webhook:" + hook));
        steps.add(new Step("DELETE /escalation/webhooks/{name}", hooks, null, "webhook:" + hook));
        String path = "/escalation/cases/" + open;
        steps.add(new Step("POST /escalation/cases/{id}/acknowledge", path + "/acknowledge", "{}", "case:" + open));
        steps.add(new Step(
                "POST /escalation/cases/{id}/resolve", path + "/resolve", "{\"option\":\"REJECT\"}", "case:" + open));
    }

    private void decisions(List<Step> steps) {
        String decision = "decision-" + run;
        String path = "/consensus/decisions/" + decision;
        steps.add(new Step(
                "POST /consensus/decisions",
                "/consensus/decisions",
                "{\"id\":\"" + decision + "\",\"swarm\":\"" + swarm
                        + "\",\"summary\":\"s\",\"rationale\":\"r\",\"quorum\":1,\"electorate\":[\"" + agent + "\"]}",
                "decision:" + decision));
        steps.add(new Step(
                "POST /consensus/decisions/{id}/hazards",
                path + "/hazards",
                "{\"hazards\":[\"safety\"]}",
                "decision:" + decision));
        steps.add(new Step("POST /consensus/decisions/{id}/close", path + "/close", null, "decision:" + decision));
        UUID falsifier = UUID.randomUUID();
        String memo = "memo-" + run;
        operator()
                .body("{\"id\":\"" + memo + "\",\"swarm\":\"" + swarm
                        + "\",\"summary\":\"s\",\"rationale\":\"r\",\"quorum\":1,\"electorate\":[\"" + agent + "\"]}")
                .post("/consensus/decisions")
                .then()
                .statusCode(201);
        operator().post("/consensus/decisions/" + memo + "/close").then().statusCode(200);
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> operator().get("/dissent/memos/" + memo).statusCode() == 200);
        pool.preparedQuery("INSERT INTO dissent_falsifier (id, decision, swarm, named_by, statement, due_at, state)"
                        + " VALUES ($1, $2, $3, 'x', 'y', now() + interval '1 day', 'OPEN')")
                .executeAndAwait(Tuple.of(falsifier, memo, swarm));
        steps.add(new Step(
                "POST /dissent/falsifiers/{id}/observed",
                "/dissent/falsifiers/" + falsifier + "/observed",
                "{\"note\":\"seen\"}",
                "falsifier:" + falsifier));
    }

    private void others(List<Step> steps) {
        String waits = "/deadlock/waits/" + agent;
        steps.add(new Step("DELETE /deadlock/waits/{session}", waits, null, "session:" + agent));
        List<String> blockers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            blockers.add(as(agentToken)
                    .body("{\"description\":\"stuck\",\"domains\":[\"d\"]}")
                    .post("/rescue/blockers")
                    .then()
                    .statusCode(201)
                    .extract()
                    .path("id"));
        }
        String path = "/rescue/blockers/" + blockers.get(0);
        String entity = "blocker:" + blockers.get(0);
        steps.add(new Step("POST /rescue/blockers/{id}/messages", path + "/messages", "{\"text\":\"hi\"}", entity));
        steps.add(new Step("POST /rescue/blockers/{id}/resolve", path + "/resolve", "{}", entity));
        steps.add(new Step(
                "POST /rescue/blockers/{id}/withdraw",
                "/rescue/blockers/" + blockers.get(1) + "/withdraw",
                "{}",
                "blocker:" + blockers.get(1)));
        // A letter of an event that was there, about a task that is none.
        UUID event = pool.query("SELECT id FROM bus_event ORDER BY seq DESC LIMIT 1")
                .executeAndAwait()
                .iterator()
                .next()
                .getUUID(0);
        pool.preparedQuery(
                        "INSERT INTO bus_dead_letter SELECT 'coordinator', id, type, subject, envelope, 'e', 5, now(), now()"
                                + " FROM bus_event WHERE id = $1")
                .executeAndAwait(Tuple.of(event));
        steps.add(new Step(
                "POST /{function}/dead-letters/{id}/replay",
                "/coordinator/dead-letters/" + event + "/replay",
                null,
                "dead-letter:" + event));
        steps.add(new Step(
                "POST /coordinator/tokens",
                "/coordinator/tokens",
                "{\"name\":\"z\",\"role\":\"viewer\"}",
                "token:" + NEW));
    }

    private Set<String> writes() {
        Map<String, Map<String, Object>> paths = operator()
                .accept(ContentType.JSON)
                .get("/q/openapi?format=json")
                .jsonPath()
                .getMap("paths");
        Set<String> writes = new TreeSet<>();
        paths.forEach((path, operations) -> operations.keySet().stream()
                .map(method -> method.toUpperCase(Locale.ROOT))
                .filter(Set.of("POST", "PUT", "PATCH", "DELETE")::contains)
                .filter(_ -> !path.startsWith(TESTS_OWN))
                .forEach(method -> writes.add(method + " " + path)));
        return writes;
    }

    private String task(String name) {
        return "{\"swarm\":\"" + swarm + "\",\"title\":\"t\",\"id\":\"" + name + "-" + run + "\"}";
    }

    private static String reason() {
        return "{\"reason\":\"a test\"}";
    }

    private JsonPath newest() {
        return operator()
                .get("/coordinator/audit?limit=1")
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
    }

    private ValidatableResponse newestIs(String entity) {
        return operator()
                .get("/coordinator/audit?limit=1")
                .then()
                .statusCode(200)
                .body("items[0].entity", equalTo(entity));
    }

    private String token(Caller caller) {
        return tokens.issue(caller, null).await().atMost(Duration.ofSeconds(10)).token();
    }

    private RequestSpecification operator() {
        return as(config.operatorToken().orElseThrow());
    }

    private static RequestSpecification as(String token) {
        return given().header("Authorization", "Bearer " + token).contentType(ContentType.JSON);
    }
}
