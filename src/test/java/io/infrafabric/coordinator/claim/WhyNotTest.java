package io.infrafabric.coordinator.claim;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.Swarm;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Why a task is not held, as callers read it. */
@QuarkusTest
class WhyNotTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Swarm swarm;

    @BeforeEach
    void a_swarm_with_one_session() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("plain", "tools", "[\"git\"]", "maxConcurrentTasks", "2");
    }

    private JsonNode why(String task, String query) {
        return expect(swarm.api().get(swarm.task(task) + "/why" + query, operator), 200);
    }

    private JsonNode whyOf(String task) {
        return why(task, "?session=" + swarm.of("plain"));
    }

    private static List<String> kinds(JsonNode why) {
        List<String> kinds = new ArrayList<>();
        why.path("reasons").forEach(reason -> kinds.add(reason.path("kind").asText()));
        return kinds;
    }

    @Test
    void what_a_session_would_get_has_no_reason_and_a_place() {
        swarm.submit("first");
        swarm.submit("second", "tools", "[\"git\"]");
        swarm.submit("urgent", "priority", "P0");
        assertThat(whyOf("urgent").path("place").asInt(-1)).isZero();
        assertThat(whyOf("first").path("place").asInt()).isEqualTo(1);
        JsonNode second = whyOf("second");
        assertThat(second.path("place").asInt()).isEqualTo(2);
        assertThat(second.path("reasons").isEmpty()).isTrue();
        assertThat(second.has("atLeast")).isFalse();
        assertThat(second.path("state").asText()).isEqualTo("QUEUED");
    }

    @Test
    void each_reason_says_what_it_knows() {
        swarm.submit("gpu", "requires", "[\"gpu\",\"git\"]");
        assertThat(why("gpu", "").path("reasons").toString())
                .isEqualTo("[{\"kind\":\"NOBODY_CAN\",\"missing\":[\"gpu\"]}]");
        assertThat(whyOf("gpu").path("reasons").toString())
                .isEqualTo("[{\"kind\":\"REQUIREMENT\",\"missing\":[\"gpu\"]}]");
        swarm.submit("k1", "concurrency", "[\"db\"]", "priority", "P0");
        swarm.submit("k2", "concurrency", "[\"db\"]", "priority", "P0");
        long epoch = swarm.claims("plain", "k1");
        assertThat(whyOf("k2").path("reasons").toString())
                .isEqualTo("[{\"kind\":\"CONCURRENCY\",\"key\":\"db\",\"atMost\":1,\"running\":1,\"heldBy\":[\""
                        + swarm.of("k1") + "\"]}]");
        assertThat(kinds(why("k1", ""))).containsExactly("HELD");
        expect(swarm.end("plain", "complete", "k1", epoch), 200);
        assertThat(kinds(why("k1", ""))).containsExactly("OVER");
        assertThat(why("k2", "").path("reasons").toString())
                .isEqualTo("[{\"kind\":\"NOBODY_IDLE\",\"able\":1,\"withRoom\":1}]");
        swarm.submit("after", "dependsOn", "[\"" + swarm.of("k2") + "\"]");
        assertThat(why("after", "").path("reasons").toString())
                .isEqualTo("[{\"kind\":\"DEPENDENCY\",\"blockedBy\":[\"" + swarm.of("k2") + "\"]}]");
    }

    @Test
    void money_rest_and_turns_are_reasons_too() {
        expect(swarm.api().put("/budget/accounts/swarm:" + swarm.id(), "{\"dailyLimit\":1}", operator), 200);
        swarm.submit("dear", "estimatedCost", "5");
        JsonNode money = whyOf("dear").path("reasons").path(0);
        assertThat(money.path("kind").asText()).isEqualTo("MONEY");
        assertThat(money.path("account").asText()).isEqualTo("swarm:" + swarm.id());
        swarm.submit("t");
        long epoch = swarm.claims("plain", "t");
        expect(swarm.end("plain", "release", "t", epoch), 200);
        assertThat(kinds(whyOf("t"))).containsExactly("RESTS");
        swarm.submit("a1", "fairBy", "alice", "priority", "P0");
        swarm.submit("a2", "fairBy", "alice", "priority", "P0");
        swarm.submit("b1", "fairBy", "bob", "priority", "P0");
        swarm.claims("plain", "a1");
        JsonNode turn = whyOf("a2");
        assertThat(turn.path("reasons").toString())
                .isEqualTo("[{\"kind\":\"FAIRNESS\",\"key\":\"alice\",\"weight\":1.0,\"place\":1}]");
        assertThat(turn.path("place").asInt()).isEqualTo(1);
        assertThat(whyOf("b1").path("place").asInt(-1)).isZero();
    }

    @Test
    void whoever_is_of_another_swarm_finds_nothing() {
        swarm.submit("t");
        Swarm other = new Swarm(fabric, operator);
        other.enrol("stranger");
        assertThat(swarm.api()
                        .get(swarm.task("t") + "/why?session=" + other.of("stranger"), operator)
                        .status())
                .isEqualTo(404);
        assertThat(swarm.api().get(swarm.task("none") + "/why", operator).status())
                .isEqualTo(404);
    }
}
