package io.infrafabric.door;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.not;

import io.restassured.RestAssured;
import io.restassured.config.EncoderConfig;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.specification.RequestSpecification;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;

/** The writes that operators do: one call of each in the OpenAPI document, with what the audit log is to say of it. */
final class OperatorSteps {
    /** Stands for an id that only the answer tells. */
    static final String NEW = "new";

    private static final String WASM = "application/wasm";
    private static final String CLOUD_EVENT = "application/cloudevents+json";

    /** A call as an operator; {@code entity} is what the audit log is to say that it was about. */
    record Step(String operation, String path, String body, String entity) {
        /** What it sends: JSON, or a module. */
        String contentType() {
            if (body != null && body.startsWith("{\"specversion\"")) {
                return CLOUD_EVENT;
            }
            return OtherSteps.MODULE.equals(body) ? WASM : "application/json";
        }
    }

    private final Pool pool;
    private final String operatorToken;
    private final String agentToken;
    private final String run;
    private final String swarm;
    private final String agent;

    /**
     * @param run what makes names unique
     * @param agent a session of the swarm
     */
    OperatorSteps(Pool pool, String operatorToken, String agentToken, String run, String swarm, String agent) {
        this.pool = pool;
        this.operatorToken = operatorToken;
        this.agentToken = agentToken;
        this.run = run;
        this.swarm = swarm;
        this.agent = agent;
    }

    /** One of each; what they are about is made on the way. */
    List<Step> all() {
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
        bulk(steps);
        String swarms = "/coordinator/swarms/" + swarm;
        steps.add(new Step("PUT /coordinator/swarms/{swarm}", swarms, "{\"quorum\":2}", "swarm:" + swarm));
        steps.add(new Step("POST /coordinator/swarms/{swarm}/pause", swarms + "/pause", reason(), "swarm:" + swarm));
        steps.add(new Step("POST /coordinator/swarms/{swarm}/resume", swarms + "/resume", null, "swarm:" + swarm));
        String schedule = "/coordinator/schedules/nightly-" + run;
        steps.add(new Step(
                "PUT /coordinator/schedules/{name}",
                schedule,
                "{\"swarm\":\"" + swarm + "\",\"cron\":\"@yearly\",\"task\":{\"title\":\"T\"}}",
                "schedule:nightly-" + run));
        steps.add(
                new Step("POST /coordinator/schedules/{name}/run", schedule + "/run", null, "schedule:nightly-" + run));
        steps.add(new Step("DELETE /coordinator/schedules/{name}", schedule, null, "schedule:nightly-" + run));
        keys(steps, swarms + "/concurrency/db", "concurrency", "{\"atMost\":2}");
        keys(steps, swarms + "/fairness/olga", "fairness", "{\"weight\":2}");
        tokens(steps);
        credentials(steps);
        money(steps);
        evidence(steps);
        cases(steps);
        decisions(steps);
        others(steps);
        OtherSteps.add(steps, run, pool);
        return steps;
    }

    private void bulk(List<Step> steps) {
        String path = "/coordinator/tasks/bulk";
        String order =
                "{\"do\":\"RETRY\",\"reason\":\"r\",\"filter\":{\"state\":\"DEAD\",\"swarm\":\"" + swarm + "\"}}";
        String id = operator()
                .body(order)
                .post(path)
                .then()
                .statusCode(202)
                .extract()
                .path("id");
        steps.add(new Step("POST " + path, path, order, "bulk:" + NEW));
        steps.add(new Step("POST " + path + "/{id}/stop", path + "/" + id + "/stop", reason(), "bulk:" + id));
        steps.add(new Step("DELETE " + path + "/{id}", path + "/" + id, null, "bulk:" + id));
    }

    private void keys(List<Step> steps, String path, String kind, String body) {
        String operation = " /coordinator/swarms/{swarm}/" + kind + "/{key}";
        steps.add(new Step("PUT" + operation, path, body, "swarm:" + swarm));
        steps.add(new Step("DELETE" + operation, path, null, "swarm:" + swarm));
    }

    private void credentials(List<Step> steps) {
        String path = "/chassis/credentials";
        String task = "scoped-" + run;
        operator().body(task("scoped")).post("/coordinator/tasks").then().statusCode(201);
        as(agentToken)
                .body("{\"taskId\":\"" + task + "\"}")
                .post("/coordinator/sessions/" + agent + "/claims")
                .then()
                .statusCode(201);
        String body = "{\"session\":\"" + agent + "\",\"taskId\":\"" + task + "\",\"endpoints\":[\"GET /*\"]}";
        String id = operator()
                .body(body)
                .post(path)
                .then()
                .statusCode(201)
                .extract()
                .path("id");
        steps.add(new Step("POST " + path, path, body, "credential:" + NEW));
        steps.add(new Step("DELETE " + path + "/{id}", path + "/" + id, null, "credential:" + id));
        steps.add(new Step("DELETE " + path, path + "?session=" + agent, null, "credentials"));
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

    private String task(String name) {
        return "{\"swarm\":\"" + swarm + "\",\"title\":\"t\",\"id\":\"" + name + "-" + run + "\"}";
    }

    private static String reason() {
        return "{\"reason\":\"a test\"}";
    }

    private RequestSpecification operator() {
        return as(operatorToken);
    }

    static RequestSpecification as(String token) {
        return given().header("Authorization", "Bearer " + token).contentType(ContentType.JSON);
    }

    /** A call with a body of another kind, which is text to the client. */
    static RequestSpecification as(String token, String contentType) {
        return given().config(RestAssured.config()
                        .encoderConfig(EncoderConfig.encoderConfig()
                                .appendDefaultContentCharsetToContentTypeIfUndefined(false)
                                .encodeContentTypeAs(CLOUD_EVENT, ContentType.TEXT)
                                .encodeContentTypeAs(WASM, ContentType.TEXT)))
                .header("Authorization", "Bearer " + token)
                .contentType(contentType);
    }
}
