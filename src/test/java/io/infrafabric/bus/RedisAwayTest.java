package io.infrafabric.bus;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.infrafabric.door.DoorConfig;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The fabric without Redis: started, ready, and degraded. */
@QuarkusTest
@TestProfile(RedisAwayTest.NoRedis.class)
class RedisAwayTest {

    public static class NoRedis implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quarkus.redis.hosts", "redis://127.0.0.1:1", "s2.door.redis-every", "200ms");
        }
    }

    @Inject
    DoorConfig config;

    @Test
    void redis_away_is_told_and_does_not_take_us_out_of_service() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> given().get("/q/health/ready")
                        .then()
                        .statusCode(200)
                        .body("status", equalTo("UP"))
                        .body("checks.find { it.name == 'fabric' }.data.degraded", equalTo("redis")));
        given().header("Authorization", "Bearer " + config.operatorToken().orElseThrow())
                .get("/q/metrics")
                .then()
                .statusCode(200)
                .body(containsString("s2_degraded{part=\"redis\"} 1.0"));
        given().get("/q/health/live").then().statusCode(200);
    }
}
