package io.infrafabric.door.identity;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.door.DoorConfig;
import io.infrafabric.door.ThingResource;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Tokens.Token;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The door from outside, on a real PostgreSQL. */
@QuarkusTest
class DoorTest {
    static final String THINGS = "/door-test/things";
    private static final int MIB = 1024 * 1024;

    @Inject
    Tokens tokens;

    @Inject
    DoorConfig config;

    @Inject
    Pool pool;

    @TestHTTPResource(THINGS)
    URI things;

    private final String session = "s-" + UUID.randomUUID();
    private String sessionToken;

    @BeforeEach
    void enrol() {
        pool.query("INSERT INTO coordinator_swarm (id) VALUES ('red') ON CONFLICT DO NOTHING")
                .executeAndAwait();
        pool.preparedQuery("INSERT INTO coordinator_session"
                        + " (id, swarm, domains, tools, max_tasks, heartbeat_seconds, state)"
                        + " VALUES ($1, 'red', '{}', '{}', 3, 90, 'LIVE')")
                .executeAndAwait(Tuple.of(session));
        sessionToken = token(new Caller(session, "red", Role.SESSION));
    }

    @Test
    void a_post_needs_neither_body_nor_content_type() throws Exception {
        HttpRequest bare = HttpRequest.newBuilder(things.resolve("/coordinator/sessions/" + session + "/tokens"))
                .header("Authorization", "Bearer " + sessionToken)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        assertThat(send(bare).statusCode()).isEqualTo(201);
    }

    // Refusals

    @Test
    void a_body_that_cannot_be_read_is_told_where() {
        refused(post("{\"swarm\":\n\"red\" oops}"), Code.IF_ERR_MALFORMED_JSON)
                .body("line", equalTo(2))
                .body("column", greaterThan(1));
        refused(post("{\"swarm\":\"red\",\"nmae\":\"x\"}"), Code.IF_ERR_UNKNOWN_FIELD)
                .body("field", equalTo("nmae"))
                .body("known", hasItems("name", "swarm"));
        refused(post("{\"swarm\":\"red\",\"count\":\"many\"}"), Code.IF_ERR_BAD_INPUT)
                .body("field", equalTo("count"))
                .body("expected", equalTo("a whole number"));
        refused(post("{\"swarm\":\"red\",\"tag\":\"too long\"}"), Code.IF_ERR_BAD_INPUT)
                .body("field", equalTo("tag"));
        refused(post("{\"swarm\":\"red\",\"name\":\"x\",\"cost\":-1}"), Code.IF_ERR_BAD_INPUT)
                .body("field", equalTo("cost"))
                .body("whatToDo", notNullValue());
        refused(post(""), Code.IF_ERR_BAD_INPUT).body("field", equalTo("body"));
    }

    @Test
    void an_address_method_or_format_that_is_not_there_is_told() {
        refused(operator().get("/nowhere").then(), Code.IF_ERR_NOT_FOUND);
        refused(operator().get("/q/nowhere").then(), Code.IF_ERR_NOT_FOUND);
        refused(operator().get(THINGS + "/nowhere").then(), Code.IF_ERR_NOT_FOUND);
        refused(operator().delete(THINGS).then(), Code.IF_ERR_METHOD_NOT_ALLOWED);
        refused(operator().contentType("text/plain").body("x").post(THINGS).then(), Code.IF_ERR_UNSUPPORTED_MEDIA_TYPE);
        refused(operator().accept("image/png").get(THINGS).then(), Code.IF_ERR_NOT_ACCEPTABLE);
    }

    @Test
    void an_unknown_parameter_is_named_with_the_known_ones() {
        refused(operator().get(THINGS + "?swram=red").then(), Code.IF_ERR_UNKNOWN_PARAMETER)
                .body("field", equalTo("swram"))
                .body("known", hasItems("cursor", "limit", "swarm"));
        refused(operator().get(THINGS + "?limit=501").then(), Code.IF_ERR_BAD_INPUT)
                .body("field", equalTo("limit"));
        refused(operator().get(THINGS + "?limit=many").then(), Code.IF_ERR_BAD_INPUT)
                .body("field", equalTo("limit"));
        refused(operator().get(THINGS + "?cursor=!").then(), Code.IF_ERR_BAD_INPUT)
                .body("field", equalTo("cursor"));
    }

    @Test
    void pages_are_plain_json() {
        operator()
                .header("S2-Trace-Token", "t-1")
                .get(THINGS + "?limit=1")
                .then()
                .statusCode(200)
                .body("items[0].cost", equalTo(1000))
                .body("items[0].traceToken", equalTo("t-1"))
                .body("items[0]", not(hasKey("by")))
                .body("next", notNullValue());
        operator().get(THINGS).then().body("next", nullValue()).body("$", hasKey("next"));
    }

    @Test
    void a_body_that_is_too_large_is_refused_before_and_while_it_is_read() throws Exception {
        refused(post("{\"name\":\"" + "x".repeat(8 * MIB) + "\"}"), Code.IF_ERR_BODY_TOO_LARGE)
                .body("limit", equalTo(8 * MIB));
        assertThat(postChunked(8 * MIB + 2).body()).contains("IF_ERR_BODY_TOO_LARGE");
        assertThat(postChunked(8 * MIB - 100).body())
                .contains("IF_ERR_BAD_INPUT")
                .contains("name");
    }

    @Test
    void what_nobody_expected_is_told_without_internals() {
        refused(operator().get(THINGS + "/boom").then(), Code.IF_ERR_INTERNAL)
                .body("errorId", matchesPattern("[0-9a-f]{16}"))
                .body(not(containsString("secret internals")));
    }

    @Test
    void a_database_that_is_away_is_told_with_retry_after() {
        refused(operator().get(THINGS + "/away").then(), Code.IF_ERR_UNAVAILABLE)
                .header("Retry-After", "1");
        refused(operator().get(THINGS + "/ended").then(), Code.IF_ERR_UNAVAILABLE)
                .header("Retry-After", "1");
    }

    /** A statement that the server cancelled for its time, and a lock that did not come free: the same call may succeed. */
    @Test
    void a_database_that_is_too_slow_is_told_like_one_that_is_away() {
        refused(operator().get(THINGS + "/slow").then(), Code.IF_ERR_UNAVAILABLE)
                .header("Retry-After", "1");
        refused(operator().get(THINGS + "/locked").then(), Code.IF_ERR_UNAVAILABLE)
                .header("Retry-After", "1");
    }

    @Test
    void the_trace_token_comes_back_with_a_refusal() {
        refused(
                        operator()
                                .header("S2-Trace-Token", "t-7")
                                .get(THINGS + "/nowhere")
                                .then(),
                        Code.IF_ERR_NOT_FOUND)
                .body("traceToken", equalTo("t-7"));
        refused(operator().header("S2-Trace-Token", "a b").get(THINGS).then(), Code.IF_ERR_BAD_INPUT)
                .body("field", equalTo("S2-Trace-Token"));
    }

    // Asking twice

    @Test
    void the_same_key_has_one_effect_and_one_answer() {
        String key = UUID.randomUUID().toString();
        int before = ThingResource.EFFECTS.get();
        String body = "{\"swarm\":\"red\",\"name\":\"x\"}";
        String first = keyed(key, body)
                .statusCode(201)
                .header(Respond.REPLAYED, nullValue())
                .extract()
                .asString();
        String again = "{ \"name\":\"x\", \"swarm\":\"red\" }";
        String second = keyed(key, again)
                .statusCode(201)
                .header(Respond.REPLAYED, "true")
                .extract()
                .asString();
        assertThat(second).isEqualTo(first);
        assertThat(ThingResource.EFFECTS).hasValue(before + 1);
        refused(keyed(key, "{\"swarm\":\"red\",\"name\":\"y\"}"), Code.IF_ERR_IDEMPOTENCY_KEY_REUSED);
    }

    @Test
    void a_refusal_is_not_kept() {
        String key = UUID.randomUUID().toString();
        refused(keyed(key, "{\"swarm\":\"red\",\"name\":\"refused\"}"), Code.IF_ERR_SWARM_PAUSED);
        keyed(key, "{\"swarm\":\"red\",\"name\":\"x\"}").statusCode(201).header(Respond.REPLAYED, nullValue());
    }

    @Test
    void a_key_has_a_form() {
        refused(keyed("a b", "{\"swarm\":\"red\",\"name\":\"x\"}"), Code.IF_ERR_BAD_INPUT)
                .body("field", equalTo("Idempotency-Key"));
        refused(keyed("k".repeat(256), "{\"swarm\":\"red\",\"name\":\"x\"}"), Code.IF_ERR_BAD_INPUT);
    }

    // What operators look at

    @Test
    void metrics_are_for_operators_and_viewers() {
        operator().get("/q/metrics").then().statusCode(200).body(containsString("s2_degraded{part=\"redis\"} 0.0"));
        as(token(new Caller("dan", null, Role.VIEWER))).get("/q/metrics").then().statusCode(200);
        refused(as(sessionToken).get("/q/metrics").then(), Code.IF_ERR_FORBIDDEN);
    }

    @Test
    void the_document_of_the_api_says_how_to_call_and_what_refusals_look_like() {
        as(sessionToken)
                .accept(ContentType.JSON)
                .get("/q/openapi?format=json")
                .then()
                .statusCode(200)
                .body("info.title", equalTo("S² fabric"))
                .body("openapi", matchesPattern("3\\.1.*"))
                .body("components.securitySchemes.bearer.scheme", equalTo("bearer"))
                .body("components.schemas.Problem.properties.code.enum", hasItems("IF_ERR_STALE_EPOCH"))
                .body("paths.'/door-test/things'.post.parameters.name", hasItems("Idempotency-Key"))
                .body("paths.'/coordinator/sessions/{session}/tokens'.post.parameters.name", hasItems("session"))
                .body("paths.'/coordinator/sessions/{session}/tokens'.post.tags", hasItems("coordinator"))
                .body(
                        "paths.'/coordinator/sessions/{session}/tokens'.post.responses.default.content."
                                + "'application/problem+json'.schema.'$ref'",
                        equalTo("#/components/schemas/Problem"));
    }

    @Test
    void the_document_of_the_api_shows_answers_as_flat_as_they_are() {
        as(sessionToken)
                .accept(ContentType.JSON)
                .get("/q/openapi?format=json")
                .then()
                .body(
                        "components.schemas.Task.properties.keySet()",
                        containsInAnyOrder(
                                "id,swarm,title,domains,tools,priority,estimatedCost,assignee,payload,maxAttempts,traceToken,"
                                        .concat("submittedBy,createdAt,state,dependsOn,basis,blockedBy,notBefore,")
                                        .concat("attempts,epoch,holder,leaseExpiresAt,result,error,cost,version,")
                                        .concat(
                                                "changedAt,history,requires,concurrency,fairBy,labels,expiresAt,waitsFor,check,completedBy")
                                        .split(",")))
                .body(
                        "components.schemas.Case.properties.keySet()",
                        containsInAnyOrder(
                                "id,function,subject,swarm,reason,severity,asked,options,evidence,occurrence,state,"
                                        .concat("openedAt,acknowledgedBy,acknowledgedAt,resolvedBy,resolvedAt,")
                                        .concat("option,parameters,note,withdrawnBecause,withdrawnAt,openings,")
                                        .concat("heldUntil,version,deadline,onNoAnswer")
                                        .split(",")))
                .body(
                        "components.schemas.Contradiction.properties.keySet()",
                        containsInAnyOrder(
                                "id,swarm,claim1,version1,claim2,version2,kind,derived,through,throughVersion,path,"
                                        .concat("severity,score,resting,foundAt,endedAt,ended,escalated")
                                        .split(",")));
    }

    @Test
    void the_page_of_codes_is_served() {
        as(sessionToken).get(Problem.PAGE).then().statusCode(200).body(containsString("## IF_ERR_STALE_EPOCH"));
    }

    @Test
    void ready_says_what_is_away() {
        given().get("/q/health/ready")
                .then()
                .statusCode(200)
                .body("checks.find { it.name == 'fabric' }.data.degraded", equalTo("nothing"));
    }

    private String token(Caller caller) {
        Token token = tokens.issue(caller, null).await().atMost(Duration.ofSeconds(10));
        return token.token();
    }

    private RequestSpecification operator() {
        return as(config.operatorToken().orElseThrow());
    }

    static RequestSpecification as(String token) {
        return given().header("Authorization", "Bearer " + token).contentType(ContentType.JSON);
    }

    private ValidatableResponse post(String body) {
        return operator().body(body).post(THINGS).then();
    }

    private ValidatableResponse keyed(String key, String body) {
        return operator().header("Idempotency-Key", key).body(body).post(THINGS).then();
    }

    static ValidatableResponse refused(ValidatableResponse response, Code code) {
        return response.statusCode(code.status())
                .contentType(Problem.MEDIA_TYPE)
                .body("code", equalTo(code.name()))
                .body("status", equalTo(code.status()))
                .body("title", equalTo(code.meaning()))
                .body("detail", notNullValue());
    }

    /** Sends a body of this size without saying its length. */
    private HttpResponse<String> postChunked(int size) throws IOException, InterruptedException {
        String json = "{\"swarm\":\"red\",\"name\":\"" + "x".repeat(size - 26) + "\"}";
        InputStream body = new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8));
        HttpRequest request = HttpRequest.newBuilder(things)
                .header("Authorization", "Bearer " + config.operatorToken().orElseThrow())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> body))
                .build();
        return send(request);
    }

    private static HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        }
    }
}
