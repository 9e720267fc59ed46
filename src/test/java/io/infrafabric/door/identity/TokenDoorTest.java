package io.infrafabric.door.identity;

import static io.infrafabric.door.identity.DoorTest.THINGS;
import static io.infrafabric.door.identity.DoorTest.as;
import static io.infrafabric.door.identity.DoorTest.refused;
import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.matchesPattern;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.door.DoorConfig;
import io.infrafabric.door.identity.Tokens.Token;
import io.infrafabric.problem.Code;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.specification.RequestSpecification;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens at the door: which hold, who issues and revokes them, and for how long. */
@QuarkusTest
class TokenDoorTest {
    @Inject
    Tokens tokens;

    @Inject
    Revocations revocations;

    @Inject
    DoorConfig config;

    @Inject
    Pool pool;

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

    // Who is let in

    @Test
    void without_a_token_nothing_is_open_but_the_probes() {
        for (String path : new String[] {THINGS, "/q/metrics", "/q/openapi", "/nowhere", "/docs/errors.md"}) {
            refused(given().get(path).then(), Code.IF_ERR_UNAUTHENTICATED)
                    .header("WWW-Authenticate", containsString("Bearer"))
                    .body("reason", equalTo("MISSING"));
        }
        given().get("/q/health/live").then().statusCode(200);
        given().get("/q/health/ready").then().statusCode(200);
    }

    @Test
    void a_token_that_does_not_hold_is_refused_and_told_why(@TempDir Path directory) {
        unauthenticated("hello", "MALFORMED");
        refused(given().header("Authorization", "Basic eDp5").get(THINGS).then(), Code.IF_ERR_UNAUTHENTICATED)
                .body("reason", equalTo("MALFORMED"));

        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        Caller caller = new Caller(session, "red", Role.SESSION);
        Path own = Path.of(config.keyDirectory().orElseThrow(), "jwt.key");
        var ours = new Signature(Keys.load(Optional.of(own), Optional.empty()));
        unauthenticated(
                ours.sign(
                        new Signature.Grant(caller, now.getEpochSecond(), now.minusSeconds(60)), now.minusSeconds(99)),
                "EXPIRED");

        Keys.generate(directory.resolve("foreign.key"));
        var foreign = new Signature(Keys.load(Optional.of(directory.resolve("foreign.key")), Optional.empty()));
        unauthenticated(
                foreign.sign(new Signature.Grant(caller, now.getEpochSecond(), now.plusSeconds(60)), now), "FORGED");
    }

    @Test
    void a_revoked_token_is_refused_and_a_new_one_is_not() {
        as(sessionToken).get(THINGS + "?swarm=red").then().statusCode(200);
        operator().delete("/coordinator/sessions/" + session + "/tokens").then().statusCode(204);
        unauthenticated(sessionToken, "REVOKED");
        String renewed = operator()
                .body("{}")
                .post("/coordinator/sessions/" + session + "/tokens")
                .then()
                .statusCode(201)
                .body("expiresAt", matchesPattern("\\d{4}-.*Z"))
                .extract()
                .path("token");
        as(renewed).get(THINGS + "?swarm=red").then().statusCode(200);
    }

    @Test
    void a_revocation_of_another_process_is_taken_in() {
        pool.preparedQuery("INSERT INTO door_generation (subject, generation)"
                        + " VALUES ($1, floor(extract(epoch FROM now()))::bigint + 1)")
                .executeAndAwait(Tuple.of(session));
        Awaitility.await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> unauthenticated(sessionToken, "REVOKED"));
    }

    @Test
    void old_revocations_are_forgotten_without_raising_the_dead() {
        revocations.revoke(session).await().atMost(Duration.ofSeconds(5));
        pool.preparedQuery("DELETE FROM door_generation WHERE subject = $1").executeAndAwait(Tuple.of(session));
        unauthenticated(sessionToken, "REVOKED");
        Awaitility.await() // until the second of the revocation is over
                .atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> as(token(new Caller(session, "red", Role.SESSION)))
                        .get(THINGS + "?swarm=red")
                        .then()
                        .statusCode(200));
    }

    @Test
    void who_may_issue_and_revoke_tokens() {
        String path = "/coordinator/sessions/" + session + "/tokens";
        String other = token(new Caller("other", "red", Role.SESSION));
        String viewer = token(new Caller("dan", null, Role.VIEWER));
        String blueOperator = token(new Caller("cid", "blue", Role.OPERATOR));
        String redOperator = token(new Caller("bob", "red", Role.OPERATOR));
        as(sessionToken).post(path).then().statusCode(201);
        as(redOperator).post(path).then().statusCode(201);
        operator().get("/q/metrics").then().body(containsString("uri=\"/coordinator/sessions/{session}/tokens\""));
        refused(as(other).post(path).then(), Code.IF_ERR_NOT_YOUR_SESSION);
        refused(as(viewer).post(path).then(), Code.IF_ERR_FORBIDDEN);
        refused(as(blueOperator).post(path).then(), Code.IF_ERR_FORBIDDEN);
        refused(as(sessionToken).delete(path).then(), Code.IF_ERR_FORBIDDEN);
        refused(as(blueOperator).delete(path).then(), Code.IF_ERR_FORBIDDEN);
        refused(operator().post("/coordinator/sessions/nobody/tokens").then(), Code.IF_ERR_UNKNOWN_SESSION);
    }

    @Test
    void the_life_of_a_token_is_bounded() {
        for (String seconds : new String[] {"0", "-1", "2592001", "99999999999999"}) {
            refused(
                            operator()
                                    .body("{\"ttlSeconds\":" + seconds + "}")
                                    .post("/coordinator/sessions/" + session + "/tokens")
                                    .then(),
                            Code.IF_ERR_BAD_INPUT)
                    .body("field", equalTo("ttlSeconds"));
        }
    }

    private String token(Caller caller) {
        Token token = tokens.issue(caller, null).await().atMost(Duration.ofSeconds(10));
        return token.token();
    }

    private RequestSpecification operator() {
        return as(config.operatorToken().orElseThrow());
    }

    private void unauthenticated(String token, String reason) {
        refused(as(token).get(THINGS + "?swarm=red").then(), Code.IF_ERR_UNAUTHENTICATED)
                .header("WWW-Authenticate", containsString("invalid_token"))
                .body("reason", equalTo(reason));
    }
}
