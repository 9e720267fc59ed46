package io.infrafabric.door;

import static io.infrafabric.door.OperatorSteps.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.door.OperatorSteps.Step;
import io.infrafabric.door.identity.Tokens;
import io.infrafabric.gateway.source.ScriptedGitHub;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What operators do is in the audit log: every write in the OpenAPI document is called as an operator. A new one needs a line
 * in {@link OperatorSteps}, or in one of the sets before it. One of them calls GitHub, which is scripted.
 */
@QuarkusTest
@TestProfile(ScriptedGitHub.class)
class AuditedTest {
    /** Writes that an operator is refused: they are a session's own. */
    private static final Set<String> OF_SESSIONS = Set.of(
            "POST /gateway/mcp",
            "POST /gateway/tools/{tool}",
            "POST /stealing/sessions/{session}/idle",
            "POST /coordinator/sessions/{id}/heartbeat",
            "POST /coordinator/sessions/{session}/claims",
            "POST /coordinator/sessions/{id}/inbox/ack",
            "POST /coordinator/tasks/{id}/renew",
            "POST /coordinator/tasks/{id}/complete",
            "POST /coordinator/tasks/{id}/fail",
            "POST /consensus/decisions/{id}/votes",
            "POST /gateway/hooks/{agent}",
            "POST /escalation/cases",
            "POST /gateway/otlp/v1/logs",
            "POST /gateway/otlp/v1/metrics",
            "POST /gateway/otlp/v1/traces",
            "POST /rescue/blockers",
            "POST /rescue/blockers/{id}/accept",
            "POST /rescue/blockers/{id}/decline",
            "PUT /deadlock/waits/{session}",
            "POST /deadlock/waits/{session}/edges");

    /** Of agents that have no token yet, and of sources, which sign. */
    private static final Set<String> OF_ANYBODY = Set.of("POST /coordinator/joins", "POST /gateway/webhooks/{source}");

    /** POST because there is much to say; nothing is written. */
    private static final Set<String> READS = Set.of("POST /rescue/matches", "POST /gateway/sources/{name}/test");

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
        assertThat(missing).containsAll(OF_SESSIONS).containsAll(READS).containsAll(OF_ANYBODY);
        missing.removeAll(OF_SESSIONS);
        missing.removeAll(READS);
        missing.removeAll(OF_ANYBODY);
        List<String> unaudited = new ArrayList<>();
        for (Step step : doneByOperators()) {
            missing.remove(step.operation());
            String method = step.operation().substring(0, step.operation().indexOf(' '));
            RequestSpecification call = as(config.operatorToken().orElseThrow(), step.contentType());
            if (step.body() != null) {
                call.body(step.body());
            }
            var answer = call.request(method, step.path()).then().extract();
            int status = answer.statusCode();
            JsonPath row = newest();
            String entity = step.entity().endsWith(":" + OperatorSteps.NEW)
                    ? step.entity().replace(OperatorSteps.NEW, answer.<String>path("id"))
                    : step.entity();
            String path = step.path().split("\\?", 2)[0];
            boolean audited = (method + " " + path).equals(row.getString("items[0].call"))
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
        return new OperatorSteps(pool, config.operatorToken().orElseThrow(), agentToken, run, swarm, agent).all();
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
}
