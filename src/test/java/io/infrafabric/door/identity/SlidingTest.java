package io.infrafabric.door.identity;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Canonical;
import io.infrafabric.command.Role;
import io.infrafabric.door.DoorConfig;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How tokens of sessions slide, are renewed, and end, on a real PostgreSQL. */
@QuarkusTest
class SlidingTest {
    private static final String THINGS = "/door-test/things?swarm=red";
    private static final Duration HALF_AN_HOUR = Duration.ofMinutes(30);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Inject
    Tokens tokens;

    @Inject
    Revocations revocations;

    @Inject
    Uses uses;

    @Inject
    DoorConfig config;

    @Inject
    Pool pool;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private final String session = "s-" + UUID.randomUUID();
    private final Caller caller = new Caller(session, "red", Role.SESSION);
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private Signature signature;

    @BeforeEach
    void enrol() {
        signature = new Signature(
                Keys.load(Optional.of(Path.of(config.keyDirectory().orElseThrow(), "jwt.key")), Optional.empty()));
        pool.query("INSERT INTO coordinator_swarm (id) VALUES ('red') ON CONFLICT DO NOTHING")
                .executeAndAwait();
        pool.preparedQuery("INSERT INTO coordinator_session"
                        + " (id, swarm, domains, tools, max_tasks, heartbeat_seconds, state)"
                        + " VALUES ($1, 'red', '{}', '{}', 3, 90, 'LIVE')")
                .executeAndAwait(Tuple.of(session));
    }

    @Test
    void a_token_in_use_does_not_end_when_it_would_have_unused() {
        String token = issuedBefore(Duration.ofHours(3));
        used(token, Duration.ofMinutes(29));
        accepted(token);
    }

    @Test
    void a_token_that_lay_unused_for_too_long_has_ended() {
        refused(issuedBefore(Duration.ofMinutes(31)), "EXPIRED");
        String token = issuedBefore(Duration.ofHours(3));
        used(token, Duration.ofMinutes(31));
        refused(token, "EXPIRED");
    }

    @Test
    void a_use_is_written_down_for_other_processes() {
        String token = issuedBefore(Duration.ofMinutes(20));
        accepted(token);
        uses.write().await().atMost(PATIENCE);
        Instant written = pool.preparedQuery("SELECT used_at FROM door_use WHERE token = $1")
                .executeAndAwait(Tuple.of(Canonical.sha256(token)))
                .iterator()
                .next()
                .getOffsetDateTime(0)
                .toInstant();
        assertThat(written).isAfterOrEqualTo(now);
    }

    @Test
    void a_fresh_token_says_when_it_ends_if_it_is_not_used() {
        Instant end = Instant.parse(ask(operator, "{\"ttlSeconds\":600}").path("expiresAt"));
        assertThat(end).isBetween(now.plusSeconds(600), now.plusSeconds(700));
    }

    @Test
    void a_token_of_an_operator_ends_at_its_time_however_much_it_is_used() {
        var grant = new Signature.Grant(
                new Caller("ann", null, Role.OPERATOR), now.getEpochSecond(), now.minusSeconds(1), HALF_AN_HOUR);
        refused(signature.sign(grant, now.minusSeconds(1801)), "EXPIRED");
    }

    /** Processes forget old revocations in their memory. */
    @Test
    void a_token_that_was_revoked_long_ago_does_not_come_back_by_being_used() {
        String token = issuedBefore(Duration.ofDays(90));
        used(token, Duration.ofMinutes(1));
        pool.preparedQuery("INSERT INTO door_generation (subject, generation, at)"
                        + " VALUES ($1, $2, now() - interval '60 days')")
                .executeAndAwait(
                        Tuple.of(session, now.minus(Duration.ofDays(60)).getEpochSecond()));
        refused(token, "REVOKED");
    }

    @Test
    void sessions_and_operators_of_one_name_are_revoked_apart() {
        String namesake = tokens.issue(new Caller(session, null, Role.OPERATOR), null)
                .await()
                .atMost(PATIENCE)
                .token();
        String own = issued();
        given().auth()
                .oauth2(operator)
                .delete("/coordinator/sessions/" + session + "/tokens")
                .then()
                .statusCode(204);
        refused(own, "REVOKED");
        accepted(namesake);
        revocations.revoke("operator:" + session).await().atMost(PATIENCE);
        refused(namesake, "REVOKED");
    }

    /** What is renewed while it is revoked is revoked. */
    @Test
    void no_renewal_outlives_a_revocation() throws Exception {
        int threads = 16;
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            for (int round = 0; round < 6; round++) {
                String first = issued();
                var started = new CountDownLatch(threads);
                List<Future<List<String>>> all = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    all.add(pool.submit(() -> renewals(first, started)));
                }
                started.await();
                given().auth()
                        .oauth2(operator)
                        .delete("/coordinator/sessions/" + session + "/tokens")
                        .then()
                        .statusCode(204);
                for (Future<List<String>> renewed : all) {
                    for (String token : renewed.get()) {
                        refused(token, "REVOKED");
                    }
                }
                refused(first, "REVOKED");
            }
        }
        accepted(issued());
    }

    /** Renews, each time what came of it, until that is refused. */
    private List<String> renewals(String first, CountDownLatch started) {
        List<String> renewed = new ArrayList<>();
        String token = first;
        while (true) {
            Response answer = ask(token, "{\"ttlSeconds\":" + (600 + renewed.size()) + "}");
            started.countDown();
            if (answer.statusCode() != 201) {
                return renewed;
            }
            token = answer.path("token");
            renewed.add(token);
        }
    }

    private Response ask(String token, String body) {
        return given().auth()
                .oauth2(token)
                .contentType(ContentType.JSON)
                .body(body)
                .post("/coordinator/sessions/" + session + "/tokens");
    }

    private String issued() {
        return tokens.issue(caller, null).await().atMost(PATIENCE).token();
    }

    /** A token that may lie unused for half an hour. */
    private String issuedBefore(Duration age) {
        Instant then = now.minus(age);
        return signature.sign(
                new Signature.Grant(caller, then.getEpochSecond(), then.plus(HALF_AN_HOUR), HALF_AN_HOUR), then);
    }

    /** As another process has written down. */
    private void used(String token, Duration ago) {
        Instant at = now.minus(ago);
        pool.preparedQuery("INSERT INTO door_use (token, used_at, ends_at) VALUES ($1, $2, $3)")
                .executeAndAwait(Tuple.of(
                        Canonical.sha256(token),
                        at.atOffset(ZoneOffset.UTC),
                        at.plus(HALF_AN_HOUR).atOffset(ZoneOffset.UTC)));
    }

    private static void accepted(String token) {
        call(token).statusCode(200);
    }

    private static void refused(String token, String reason) {
        call(token).statusCode(401).body("reason", equalTo(reason));
    }

    private static ValidatableResponse call(String token) {
        return given().auth().oauth2(token).get(THINGS).then();
    }
}
