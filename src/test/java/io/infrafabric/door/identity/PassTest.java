package io.infrafabric.door.identity;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.infrafabric.door.DoorConfig;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.specification.RequestSpecification;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** Tokens of operators and viewers, from outside. */
@QuarkusTest
class PassTest {
    private static final String TOKENS = "/coordinator/tokens";

    @Inject
    DoorConfig config;

    @Inject
    Passes passes;

    @Inject
    PassOffice office;

    @Inject
    Tokens tokens;

    @Inject
    Pool pool;

    @ConfigProperty(name = "quarkus.http.host")
    String host;

    private final String swarm = "pass-" + UUID.randomUUID();

    @Test
    void an_operator_makes_a_token_that_is_shown_once_and_says_when_it_ends() {
        JsonPath viewer = made("grafana", "viewer", null, null);
        assertThat(Instant.parse(viewer.getString("expiresAt")))
                .isBetween(
                        Instant.now().plus(23, ChronoUnit.HOURS), Instant.now().plus(25, ChronoUnit.HOURS));
        as(viewer.getString("token")).get("/coordinator/swarms").then().statusCode(200);
        as(viewer.getString("token")).get("/q/metrics").then().statusCode(200);
        as(viewer.getString("token"))
                .body("{}")
                .put("/coordinator/swarms/x")
                .then()
                .statusCode(403);
        as(viewer.getString("token")).get(TOKENS).then().statusCode(403);
        operator()
                .get(TOKENS)
                .then()
                .body("items[0].id", equalTo(viewer.getString("id")))
                .body("items[0].name", equalTo("grafana"))
                .body("items[0].role", equalTo("viewer"))
                .body("items[0].madeBy", equalTo("operator"))
                .body("items[0].token", nullValue());
    }

    @Test
    void the_list_tells_the_last_use() {
        JsonPath used = made("used", "operator", null, null);
        as(used.getString("token")).get("/coordinator/swarms").then().statusCode(200);
        passes.writeUsed().await().atMost(Duration.ofSeconds(10));
        JsonPath unused = made("unused", "operator", null, null);
        operator()
                .get(TOKENS + "?limit=500")
                .then()
                .body(item(used) + ".lastUsedAt", notNullValue())
                .body(item(unused) + ".lastUsedAt", nullValue());
    }

    @Test
    void a_revoked_token_is_refused_here_at_once_and_again_changes_nothing() {
        JsonPath token = made("eve", "operator", null, null);
        as(token.getString("token")).get(TOKENS).then().statusCode(200);
        for (int i = 0; i < 2; i++) {
            operator().delete(TOKENS + "/" + token.getString("id")).then().statusCode(204);
        }
        as(token.getString("token")).get(TOKENS).then().statusCode(401).body("reason", equalTo("REVOKED"));
        operator()
                .get(TOKENS + "?limit=500")
                .then()
                .body(item(token) + ".revokedBy", equalTo("operator"))
                .body(item(token) + ".revokedAt", notNullValue());
        for (String unknown : new String[] {UUID.randomUUID().toString(), "nonsense"}) {
            operator()
                    .delete(TOKENS + "/" + unknown)
                    .then()
                    .statusCode(404)
                    .body("code", equalTo("IF_ERR_UNKNOWN_TOKEN"));
        }
    }

    @Test
    void what_another_process_revoked_is_refused_within_seconds() {
        JsonPath token = made("far", "viewer", null, null);
        pool.preparedQuery("UPDATE door_token SET revoked_at = now() WHERE id = $1")
                .executeAndAwait(Tuple.of(UUID.fromString(token.getString("id"))));
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() ->
                        as(token.getString("token")).get("/coordinator/swarms").statusCode() == 401);
    }

    @Test
    void a_token_that_another_process_has_revoked_makes_no_tokens_meanwhile() {
        JsonPath token = made("maker", "operator", null, null);
        String session = "made-by-revoked-" + UUID.randomUUID();
        operator()
                .body(Map.of("swarm", swarm))
                .put("/coordinator/sessions/" + session)
                .then()
                .statusCode(200);
        pool.preparedQuery("UPDATE door_token SET revoked_at = now() WHERE id = $1")
                .executeAndAwait(Tuple.of(UUID.fromString(token.getString("id"))));
        for (Map.Entry<String, Object> call : Map.<String, Object>of(
                        TOKENS,
                        Map.of("name", "child", "role", "operator"),
                        "/coordinator/sessions/" + session + "/tokens",
                        Map.of(),
                        "/coordinator/sessions/batch",
                        Map.of("tokens", true, "sessions", List.of(Map.of("id", session, "swarm", swarm))))
                .entrySet()) {
            as(token.getString("token"))
                    .body(call.getValue())
                    .post(call.getKey())
                    .then()
                    .statusCode(401)
                    .body("reason", equalTo("REVOKED"));
        }
    }

    @Test
    void sessions_of_the_same_name_are_another_matter() {
        JsonPath token = made("namesake", "operator", null, null);
        tokens.revoke("namesake").await().atMost(Duration.ofSeconds(10));
        as(token.getString("token")).get(TOKENS).then().statusCode(200);
    }

    @Test
    void an_operator_of_one_swarm_makes_and_sees_those_of_its_swarm() {
        JsonPath all = made("all", "operator", null, null);
        JsonPath own = made("own", "operator", swarm, null);
        RequestSpecification limited = as(own.getString("token"));
        // Without a swarm it is its own, never all.
        JsonPath child = as(own.getString("token"))
                .body(Map.of("name", "child", "role", "operator"))
                .post(TOKENS)
                .then()
                .statusCode(201)
                .body("swarm", equalTo(swarm))
                .extract()
                .jsonPath();
        as(own.getString("token"))
                .body(Map.of("name", "wide", "role", "viewer", "swarm", "another"))
                .post(TOKENS)
                .then()
                .statusCode(403);
        limited.get(TOKENS)
                .then()
                .body("items.id", hasItem(child.getString("id")))
                .body("items.id", not(hasItem(all.getString("id"))));
        as(own.getString("token"))
                .delete(TOKENS + "/" + all.getString("id"))
                .then()
                .statusCode(404);
        as(all.getString("token")).get(TOKENS).then().statusCode(200);
        as(own.getString("token"))
                .delete(TOKENS + "/" + child.getString("id"))
                .then()
                .statusCode(204);
    }

    @Test
    void what_is_out_of_bounds_is_refused() {
        for (String body : new String[] {
            "{}",
            "{\"name\":\"x\"}",
            "{\"name\":\"x\",\"role\":\"session\"}",
            "{\"name\":\"a b\",\"role\":\"viewer\"}",
            "{\"name\":\"x\",\"role\":\"viewer\",\"ttlSeconds\":0}",
            "{\"name\":\"x\",\"role\":\"viewer\",\"ttlSeconds\":2592001}",
            "{\"name\":\"x\",\"role\":\"viewer\",\"swarm\":\"\"}"
        }) {
            operator().body(body).post(TOKENS).then().statusCode(400);
        }
        operator().get(TOKENS + "?cursor=x").then().statusCode(400);
    }

    @Test
    void pages_follow_each_other() {
        JsonPath first = made("first", "viewer", swarm, null);
        JsonPath second = made("second", "viewer", swarm, null);
        String own = made("own", "operator", swarm, 60L).getString("token");
        String next = as(own).get(TOKENS + "?limit=2")
                .then()
                .body("items[1].id", equalTo(second.getString("id")))
                .extract()
                .path("next");
        as(own).get(TOKENS + "?limit=2&cursor=" + next)
                .then()
                .body("items[0].id", equalTo(first.getString("id")))
                .body("next", nullValue());
    }

    @Test
    void a_token_can_be_made_from_a_shell() {
        var wish = PassOffice.Wish.of("shelly", "viewer", null, 60L);
        var made = office.make(wish, "shell:root").await().atMost(Duration.ofSeconds(10));
        as(made.token()).get("/coordinator/swarms").then().statusCode(200);
        operator()
                .get("/coordinator/audit?entity=token:" + made.id())
                .then()
                .body("items[0].by", equalTo("shell:root"));
        assertThat(office.revoke(UUID.fromString(made.id()), "shell:root")
                        .await()
                        .atMost(Duration.ofSeconds(10)))
                .isTrue();
        as(made.token()).get("/coordinator/swarms").then().statusCode(401);
    }

    @Test
    void an_embedded_run_listens_on_this_machine_alone() {
        assertThat(host).isEqualTo("127.0.0.1");
    }

    private JsonPath made(String name, String role, String ofSwarm, Long ttl) {
        Map<String, Object> body = new HashMap<>(Map.of("name", name, "role", role));
        if (ofSwarm != null) {
            body.put("swarm", ofSwarm);
        }
        if (ttl != null) {
            body.put("ttlSeconds", ttl);
        }
        return operator()
                .body(body)
                .post(TOKENS)
                .then()
                .statusCode(201)
                .extract()
                .jsonPath();
    }

    private static String item(JsonPath token) {
        return "items.find { it.id == '" + token.getString("id") + "' }";
    }

    private RequestSpecification operator() {
        return as(config.operatorToken().orElseThrow());
    }

    private static RequestSpecification as(String token) {
        return given().header("Authorization", "Bearer " + token).contentType(ContentType.JSON);
    }
}
