package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.body;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.transaction.ShortageTransaction;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is required and what nobody has is told, as long as it is so. */
@QuarkusTest
class NobodyCanTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    @Inject
    ShortageTransaction shortages;

    @Inject
    MeterRegistry metrics;

    private Swarm swarm;

    @BeforeEach
    void ann_has_docker_and_bob_has_python() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann", "tools", "[\"docker\"]");
        swarm.enrol("bob", "tools", "[\"python\",\"zig\"]");
    }

    private String why(String task) {
        return expect(swarm.api().get(swarm.task(task) + "/why", swarm.operator()), 200)
                .toString();
    }

    private String waitsFor(String task) {
        return swarm.read(task).path("waitsFor").toString();
    }

    @Test
    void a_queued_task_names_what_the_session_that_comes_nearest_lacks() {
        swarm.submit("easy", "requires", "[\"docker\"]");
        swarm.submit("hard", "requires", "[\"python\",\"gpu\",\"zig\"]");
        swarm.submit("split", "requires", "[\"docker\",\"python\"]");
        swarm.submit("later", "requires", "[\"gpu\"]", "dependsOn", swarm.list("easy"));
        assertThat(swarm.read("easy").has("waitsFor")).isFalse();
        assertThat(swarm.read("later").has("waitsFor"))
                .as("it waits for another task")
                .isFalse();
        assertThat(waitsFor("hard")).isEqualTo("[{\"kind\":\"NOBODY_CAN\",\"missing\":[\"gpu\"]}]");
        assertThat(waitsFor("split")).isEqualTo("[{\"kind\":\"NOBODY_CAN\",\"missing\":[\"docker\"]}]");
        assertThat(why("hard"))
                .as("the same in both answers")
                .contains(waitsFor("hard").replaceAll("^.|.$", ""));
        assertThat(why("split"))
                .as("the same in both answers")
                .contains(waitsFor("split").replaceAll("^.|.$", ""));
        JsonNode list = expect(swarm.api().get("/coordinator/tasks?state=QUEUED&swarm=" + swarm.id(), operator), 200)
                .path("items");
        assertThat(list.findValues("waitsFor")).hasSize(2);
        expect(swarm.api().delete(swarm.session("ann"), operator), 200);
        expect(swarm.api().delete(swarm.session("bob"), operator), 200);
        assertThat(waitsFor("hard")).isEqualTo("[{\"kind\":\"NOBODY_CAN\",\"missing\":[\"gpu\",\"python\",\"zig\"]}]");
        assertThat(waitsFor("easy")).isEqualTo("[{\"kind\":\"NOBODY_CAN\",\"missing\":[\"docker\"]}]");
        swarm.enrol("cid", "domains", "[\"gpu\",\"python\"]", "tools", "[\"zig\"]");
        assertThat(swarm.read("hard").has("waitsFor")).isFalse();
    }

    @Test
    void it_is_a_metric_and_after_a_while_a_case_until_a_session_that_can_is_enrolled() {
        swarm.submit("one", "requires", "[\"gpu\",\"docker\"]");
        swarm.submit("two", "requires", "[\"gpu\"]");
        swarm.submit("three", "requires", "[\"gpu\"]");
        swarm.submit("ours", "requires", "[\"docker\"]", "assignee", swarm.of("ann"));
        await().atMost(PATIENCE).untilAsserted(() -> {
            look();
            assertThat(gauge()).isNotNull();
            assertThat(gauge().value()).isEqualTo(3);
        });
        assertThat(cases()).isEmpty();
        pool.preparedQuery("UPDATE coordinator_shortage SET since = since - interval '11 minutes' WHERE swarm = $1")
                .execute(Tuple.of(swarm.id()))
                .await()
                .atMost(PATIENCE);
        await().atMost(PATIENCE).untilAsserted(() -> {
            look();
            assertThat(cases()).hasSize(1);
        });
        JsonNode open = cases().path(0);
        assertThat(open.path("subject").asText()).isEqualTo("requires:" + swarm.id() + ":gpu");
        assertThat(open.path("reason").asText()).isEqualTo("NOBODY_CAN");
        assertThat(open.path("state").asText()).isEqualTo("OPEN");

        expect(swarm.api().put(swarm.session("ann"), body("domains", "[\"gpu\"]"), operator), 200);
        await().atMost(PATIENCE).untilAsserted(() -> {
            look();
            assertThat(cases().path(0).path("state").asText()).isEqualTo("WITHDRAWN");
        });
        assertThat(gauge()).isNull();
    }

    private void look() {
        shortages.look().await().atMost(PATIENCE);
    }

    private Gauge gauge() {
        return metrics.find("s2_tasks_nobody_can")
                .tags("swarm", swarm.id(), "missing", "gpu")
                .gauge();
    }

    private JsonNode cases() {
        return expect(swarm.api().get("/escalation/cases?swarm=" + swarm.id(), operator), 200)
                .path("items");
    }
}
