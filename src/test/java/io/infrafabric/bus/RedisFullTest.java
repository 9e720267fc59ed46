package io.infrafabric.bus;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A Redis that answers PING and keeps nothing: said, and no reason for leases, holds and sessions to stay for ever. */
@QuarkusTest
class RedisFullTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Inject
    Redis redis;

    @Inject
    Pool pool;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private final String swarm = "full-" + UUID.randomUUID();

    @AfterEach
    void makeRoom() {
        maxMemory("0");
    }

    private void maxMemory(String bytes) {
        redis.send(Request.cmd(Command.CONFIG).arg("SET").arg("maxmemory").arg(bytes))
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    private static RequestSpecification as(String token) {
        return given().header("Authorization", "Bearer " + token).contentType(ContentType.JSON);
    }

    private static void awaitDegraded(String what) {
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(() -> given().get("/q/health/ready")
                        .then()
                        .statusCode(200)
                        .body("checks.find { it.name == 'fabric' }.data.degraded", equalTo(what)));
    }

    @Test
    void what_comes_due_has_its_effect_and_the_state_is_said() {
        String session = swarm + "-s";
        as(operator)
                .body(Map.of("swarm", swarm, "heartbeatSeconds", 1))
                .put("/coordinator/sessions/" + session)
                .then()
                .statusCode(200);
        String token = as(operator)
                .body(Map.of())
                .post("/coordinator/sessions/" + session + "/tokens")
                .then()
                .statusCode(201)
                .extract()
                .path("token");
        as(operator)
                .body(Map.of("swarm", swarm, "title", "work", "id", swarm + "-t"))
                .post("/coordinator/tasks")
                .then()
                .statusCode(201);

        maxMemory("1");
        awaitDegraded("redis");
        given().get("/q/health/ready")
                .then()
                .body("checks.find { it.name == 'fabric' }.data.redis", startsWith("refuses writes: OOM"));
        assertThat(as(operator).get("/q/metrics").asString()).contains("s2_degraded{part=\"redis\"} 1.0");

        as(token)
                .body(Map.of("taskId", swarm + "-t", "leaseSeconds", 1))
                .post("/coordinator/sessions/" + session + "/claims")
                .then()
                .statusCode(201);
        String hold = as(operator)
                .body(Map.of("amount", 1, "ttlSeconds", 1))
                .post("/budget/accounts/session:" + session + "/holds")
                .then()
                .statusCode(201)
                .extract()
                .path("hold");
        assertThat(hold).isNotBlank();

        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> as(operator)
                                .get("/coordinator/tasks/" + swarm + "-t")
                                .path("state")
                                .equals("QUEUED")
                        && as(operator)
                                .get("/coordinator/sessions/" + session)
                                .path("state")
                                .equals("LOST")
                        && List.of(0, 0.0f)
                                .contains(as(operator)
                                        .get("/budget/accounts/session:" + session)
                                        .path("heldToday")));

        maxMemory("0");
        awaitDegraded("nothing");
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> pool.query("SELECT count(*) FROM bus_event WHERE NOT published")
                                .execute()
                                .await()
                                .indefinitely()
                                .iterator()
                                .next()
                                .getLong(0)
                        == 0);
    }
}
