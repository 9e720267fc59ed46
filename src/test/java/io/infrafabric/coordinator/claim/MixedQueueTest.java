package io.infrafabric.coordinator.claim;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What only some can do, only so many at once, and in turn: as sessions see it. */
@QuarkusTest
class MixedQueueTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Swarm swarm;

    @BeforeEach
    void a_swarm_of_two_kinds() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("plain", "tools", "[\"git\"]", "maxConcurrentTasks", "100");
        swarm.enrol("docker", "tools", "[\"git\",\"docker\"]", "maxConcurrentTasks", "100");
    }

    @Test
    void what_a_session_cannot_do_stands_in_nobodys_way() {
        swarm.submit("first", "priority", "P0", "requires", "[\"docker\"]");
        swarm.submit("second", "priority", "P3");
        swarm.claims("plain", "second");
        assertThat(swarm.claim("plain").status()).isEqualTo(204);
        swarm.claims("docker", "first");
        assertThat(swarm.read("first").path("requires").toString()).isEqualTo("[\"docker\"]");
        assertThat(swarm.read("second").has("requires")).isFalse();
    }

    @Test
    void a_named_task_says_what_is_missing() {
        swarm.submit("t", "requires", "[\"docker\",\"gpu\",\"git\"]");
        JsonNode refused = expect(swarm.claim("plain", "taskId", swarm.of("t")), 422);
        assertThat(refused.path("code").asText()).isEqualTo("IF_ERR_REQUIREMENT_MISSING");
        assertThat(refused.path("missing").toString()).isEqualTo("[\"docker\",\"gpu\"]");
    }

    @Test
    void a_claim_with_a_least_score_finds_the_one_that_fits_behind_many() {
        for (int i = 0; i < 20; i++) {
            swarm.submit("other-" + i, "priority", "P0", "domains", "[\"cobol\"]");
        }
        swarm.submit("fits", "priority", "P3", "tools", "[\"git\"]");
        swarm.claims("plain", "fits", "minScore", "0.7");
        assertThat(swarm.claim("plain", "minScore", "0.7").status()).isEqualTo(204);
    }

    @Test
    void a_full_key_blocks_nobody_behind_it_and_its_end_wakes_who_waits() {
        swarm.submit("k1", "priority", "P0", "concurrency", "[\"db\"]");
        swarm.submit("k2", "priority", "P0", "concurrency", "[\"db\"]");
        swarm.submit("free", "priority", "P3");
        long epoch = swarm.claims("plain", "k1");
        swarm.claims("plain", "free");
        JsonNode full = expect(swarm.claim("docker", "taskId", swarm.of("k2")), 409);
        assertThat(full.path("key").asText()).isEqualTo("db");
        CompletableFuture<Answer> waiting = swarm.claimLater("docker", "waitSeconds", "30");
        expect(swarm.end("plain", "complete", "k1", epoch), 200);
        assertThat(expect(waiting.join(), 201).path("task").path("id").asText()).isEqualTo(swarm.of("k2"));
    }

    @Test
    void what_is_assigned_counts_under_its_keys_too() {
        swarm.submit("own1", "assignee", swarm.of("plain"), "concurrency", "[\"db\"]");
        swarm.submit("own2", "assignee", swarm.of("plain"), "concurrency", "[\"db\"]");
        swarm.submit("own3", "assignee", swarm.of("plain"), "concurrency", "[\"other\"]");
        swarm.claims("plain", "own1");
        swarm.claims("plain", "own3");
        assertThat(swarm.claim("plain").status()).isEqualTo(204);
    }

    @Test
    void keys_are_served_in_turn_within_a_priority() {
        for (int i = 0; i < 6; i++) {
            swarm.submit("a" + i, "fairBy", "alice");
        }
        swarm.submit("b0", "fairBy", "bob");
        swarm.submit("urgent", "priority", "P0");
        List<String> order = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            order.add(
                    expect(swarm.claim("plain"), 201).path("task").path("title").asText());
        }
        assertThat(order.getFirst()).isEqualTo("Title of urgent");
        assertThat(order.indexOf("Title of b0")).isLessThanOrEqualTo(2);
        assertThat(order).doesNotHaveDuplicates();
    }

    @Test
    void what_one_cannot_pay_stands_in_nobodys_way() {
        expect(swarm.api().put("/budget/accounts/swarm:" + swarm.id(), "{\"dailyLimit\":1.2}", operator), 200);
        swarm.submit("dear", "priority", "P0", "estimatedCost", "50");
        swarm.submit("nearly", "priority", "P1", "estimatedCost", "1.3");
        swarm.submit("cheap", "priority", "P3", "estimatedCost", "1.1");
        swarm.claims("plain", "cheap");
        assertThat(expect(swarm.claim("plain"), 402).path("code").asText()).startsWith("IF_ERR_BUDGET");
    }

    @Test
    void what_is_given_back_rests_for_its_session_and_not_for_others() {
        swarm.submit("t", "requires", "[\"git\"]");
        swarm.submit("u", "requires", "[\"git\"]", "priority", "P3");
        long epoch = swarm.claims("plain", "t");
        expect(swarm.end("plain", "release", "t", epoch), 200);
        swarm.claims("plain", "u");
        assertThat(swarm.claim("plain").status()).isEqualTo(204);
        swarm.claims("docker", "t");
    }

    @Test
    void whoever_can_do_it_is_woken_past_those_who_cannot() {
        List<CompletableFuture<Answer>> idle = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            swarm.enrol("idle" + i, "tools", "[\"git\"]");
            idle.add(swarm.claimLater("idle" + i, "waitSeconds", "20"));
        }
        CompletableFuture<Answer> able = swarm.claimLater("docker", "waitSeconds", "20");
        swarm.submit("t", "requires", "[\"docker\"]");
        assertThat(expect(able.join(), 201).path("task").path("id").asText()).isEqualTo(swarm.of("t"));
        for (int i = 0; i < 5; i++) {
            swarm.submit("for-idle" + i);
        }
        idle.forEach(one -> expect(one.join(), 201));
    }
}
