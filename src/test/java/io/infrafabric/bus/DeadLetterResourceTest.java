package io.infrafabric.bus;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.infrafabric.event.Catalogue;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.Trace;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.specification.RequestSpecification;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The whole way in the real application: outbox, relay, Redis, channel, the coordinator's handler, dead letter, replay. */
@QuarkusTest
class DeadLetterResourceTest {
    @Inject
    Transactions transactions;

    @Inject
    Pool pool;

    @Inject
    DeadLetters deadLetters;

    @ConfigProperty(name = "s2.door.operator-token")
    String token;

    private String task;

    @BeforeEach
    void name() {
        task = "request-" + UUID.randomUUID();
    }

    /** Other tests look whether there are any. */
    @AfterEach
    void forget() {
        pool.preparedQuery("DELETE FROM bus_dead_letter WHERE strpos(type, $1) > 0")
                .execute(Tuple.of(task))
                .await()
                .indefinitely();
    }

    private RequestSpecification operator() {
        return given().header("Authorization", "Bearer " + token);
    }

    /** A request that the coordinator refuses, since nobody enrolled its swarm and it has no title. */
    private void emitPoison() {
        var request = new CoordinatorEvent.TaskRequested(
                task, "nowhere", null, List.of(), List.of(), "P2", null, List.of(), List.of(), null, null, null);
        transactions
                .run(work -> {
                    work.emit(request, new Trace(null, "token-" + task));
                    return Uni.createFrom().voidItem();
                })
                .await()
                .indefinitely();
    }

    @Test
    void what_no_database_keeps_is_set_aside_all_the_same() {
        deadLetters
                .add("dissent", new Reading.Malformed(null, task + "\0", "{\0", null), "no JSON: \0", 1)
                .await()
                .atMost(Duration.ofSeconds(30));
        assertThat(operator().get("/dissent/dead-letters?limit=500").jsonPath().getList("items.type"))
                .contains(task + "\\u0000");
    }

    private String awaitLetter() {
        await().atMost(60, TimeUnit.SECONDS)
                .until(() -> operator()
                        .get("/coordinator/dead-letters?limit=500")
                        .jsonPath()
                        .getList("items.subject")
                        .contains("task:" + task));
        return operator()
                .get("/coordinator/dead-letters?limit=500")
                .jsonPath()
                .getString("items.find { it.subject == 'task:" + task + "' }.id");
    }

    @Test
    void aPoisonEventIsListedAndReplayed() {
        emitPoison();
        String id = awaitLetter();

        operator()
                .get("/coordinator/dead-letters?limit=500")
                .then()
                .statusCode(200)
                .body("items.find { it.id == '" + id + "' }.attempts", equalTo(5))
                .body("items.find { it.id == '" + id + "' }.type", equalTo("s2.coordinator.task-requested.v1"))
                .body("items.find { it.id == '" + id + "' }.error", containsString("title"))
                .body("items.find { it.id == '" + id + "' }.envelope", containsString("token-" + task))
                .body("next", nullValue());

        operator()
                .post("/coordinator/dead-letters/" + id + "/replay")
                .then()
                .statusCode(200)
                .body("id", equalTo(id));

        // Nothing was mended, so it comes back; and it is the same event.
        assertThat(awaitLetter()).isEqualTo(id);
    }

    @Test
    void pagesFollowEachOther() {
        emitPoison();
        String id = awaitLetter();
        String first = task;
        name();
        emitPoison();
        awaitLetter();

        String next = operator()
                .get("/coordinator/dead-letters?limit=1")
                .then()
                .body("items.subject", hasItem("task:" + task))
                .extract()
                .path("next");
        operator()
                .queryParam("cursor", next)
                .get("/coordinator/dead-letters?limit=500")
                .then()
                .statusCode(200)
                .body("items.id", hasItem(id))
                .body("items.subject", hasItem("task:" + first));
    }

    @Test
    void whatDoesNotExistIsNamed() {
        operator()
                .get("/nothing/dead-letters")
                .then()
                .statusCode(404)
                .body("code", equalTo("IF_ERR_UNKNOWN_FUNCTION"))
                .body("functions", hasItem("coordinator"));
        operator()
                .post("/coordinator/dead-letters/" + new EventIds().next() + "/replay")
                .then()
                .statusCode(404)
                .body("code", equalTo("IF_ERR_UNKNOWN_DEAD_LETTER"));
        operator()
                .post("/coordinator/dead-letters/" + UUID.randomUUID() + "/replay")
                .then()
                .statusCode(404);
    }

    /** None may be hidden behind a path of the function itself, neither the list nor the replay. */
    @ParameterizedTest
    @MethodSource("functions")
    void everyFunctionHasThem(String function) {
        operator().get("/" + function + "/dead-letters").then().statusCode(200).body("items", notNullValue());
        String id = new EventIds().next().toString();
        operator()
                .post("/" + function + "/dead-letters/" + id + "/replay")
                .then()
                .statusCode(404)
                .body("code", equalTo("IF_ERR_UNKNOWN_DEAD_LETTER"));

        put(function, id);
        operator().get("/" + function + "/dead-letters").then().statusCode(200).body("items.id", hasItem(id));
        operator()
                .post("/" + function + "/dead-letters/" + id + "/replay")
                .then()
                .statusCode(200)
                .body("function", equalTo(function));
        operator().get("/" + function + "/dead-letters").then().body("items.id", not(hasItem(id)));
    }

    static Set<String> functions() {
        return Catalogue.FUNCTIONS;
    }

    /** A letter of an event in which no function hears anything, so that its replay has no effect. */
    private void put(String function, String id) {
        var resumed = new CoordinatorEvent.SwarmResumed("nowhere", 1);
        Envelope envelope = new Envelope(
                UUID.fromString(id),
                Catalogue.typeOf(resumed).name(),
                "/s2/coordinator",
                Instant.now(),
                Trace.NONE,
                resumed);
        pool.preparedQuery("INSERT INTO bus_dead_letter (function, event, type, subject, envelope, error, attempts,"
                        + " first_at, last_at) VALUES ($1, $2, $3, 'x', $4, 'e', 5, now(), now())")
                .execute(Tuple.of(function, envelope.id(), envelope.type(), Envelopes.write(envelope)))
                .await()
                .indefinitely();
    }

    @Test
    void aLetterThatIsNotThereMakesNoDay() {
        UUID longAgo = EventIds.floor(Instant.parse("2031-05-05T12:00:00Z"));

        operator()
                .post("/coordinator/dead-letters/" + longAgo + "/replay")
                .then()
                .statusCode(404)
                .body("code", equalTo("IF_ERR_UNKNOWN_DEAD_LETTER"));
        operator()
                .header("Idempotency-Key", "none-" + longAgo)
                .post("/coordinator/dead-letters/" + longAgo + "/replay")
                .then()
                .statusCode(404);

        assertThat(pool.query("SELECT count(*) FROM bus_day WHERE day = '2031-05-05'")
                        .execute()
                        .await()
                        .indefinitely()
                        .iterator()
                        .next()
                        .getLong(0))
                .isZero();
    }

    @Test
    void badInputIsNamed() {
        operator()
                .post("/coordinator/dead-letters/x/replay")
                .then()
                .statusCode(400)
                .body("field", equalTo("id"));
        operator()
                .get("/coordinator/dead-letters?cursor=x")
                .then()
                .statusCode(400)
                .body("field", equalTo("cursor"));
    }

    @Test
    void nobodyElseMay() {
        given().get("/coordinator/dead-letters").then().statusCode(401);
        given().post("/coordinator/dead-letters/" + UUID.randomUUID() + "/replay")
                .then()
                .statusCode(401);
    }

    @Test
    void theBusIsMeasured() {
        emitPoison();
        awaitLetter();

        // What is counted by the sweep comes with its next round.
        await().atMost(60, TimeUnit.SECONDS)
                .until(() ->
                        operator().get("/q/metrics").asString().contains("s2_dead_letters{function=\"coordinator\"}"));
        String metrics = operator().get("/q/metrics").asString();

        assertThat(metrics)
                .contains("s2_events_failed_total{function=\"coordinator\"}")
                .contains("s2_events_handled_total{function=\"coordinator\"}")
                .contains("s2_events_duplicate_total{function=\"coordinator\"}")
                .contains("s2_event_lag_seconds_bucket{function=\"coordinator\"")
                .contains("s2_dead_letters{function=\"coordinator\"}")
                .contains("s2_stream_length{function=\"coordinator\"}");
    }
}
