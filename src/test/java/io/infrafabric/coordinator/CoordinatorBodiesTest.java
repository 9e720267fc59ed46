package io.infrafabric.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.entry;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import io.infrafabric.coordinator.CoordinatorBodies.ClaimBody;
import io.infrafabric.coordinator.CoordinatorBodies.EnrolBody;
import io.infrafabric.coordinator.CoordinatorBodies.HeartbeatBody;
import io.infrafabric.coordinator.CoordinatorBodies.LeaseBody;
import io.infrafabric.coordinator.CoordinatorBodies.TaskBody;
import io.infrafabric.coordinator.claim.LeaseTable.Lease;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Submission.NewTask;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoordinatorBodiesTest {
    private static final CoordinatorConfig CONFIG = new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(CoordinatorConfig.class)
            .build()
            .getConfigMapping(CoordinatorConfig.class);

    // Tasks

    @Test
    void a_task_that_says_little_gets_defaults() {
        assertThat(body(Map.of("swarm", "red", "title", "Title")).check("", "made-up", "hash", "trace", CONFIG))
                .isEqualTo(Examples.task("made-up")
                        .estimate(null)
                        .payload(null)
                        .trace("trace")
                        .wish());
    }

    @Test
    void a_task_that_says_all_keeps_it() {
        TaskBody body = body(Map.ofEntries(
                entry("id", "t"),
                entry("swarm", "red"),
                entry("title", "Title"),
                entry("domains", List.of("rust", "rust")),
                entry("tools", List.of("cargo")),
                entry("priority", "p0"),
                entry("estimatedCost", new BigDecimal("15.00")),
                entry("dependsOn", List.of("a", "b", "a")),
                entry("basis", List.of("c", "c")),
                entry("assignee", "ann"),
                entry("payload", "x"),
                entry("maxAttempts", 7),
                entry("traceToken", "own-trace")));
        assertThat(body.check("", null, "hash", "trace", CONFIG))
                .isEqualTo(Examples.task("t")
                        .needs(List.of("rust"), List.of("cargo"))
                        .priority(Priority.P0)
                        .dependsOn(List.of("a", "b"))
                        .basis(List.of("c"))
                        .assignee("ann")
                        .payload("\"x\"")
                        .maxAttempts(7)
                        .trace("own-trace")
                        .wish());
    }

    @Test
    void a_bad_value_of_a_task_is_named_with_its_place() {
        refused(
                "tasks[3].swarm",
                () -> task(null, "Title", null, null, null, null).check("tasks[3].", "x", "h", null, CONFIG));
        refused("title", () -> check(task("red", " ", null, null, null, null)));
        refused("title", () -> check(task("red", "x".repeat(501), null, null, null, null)));
        refused("priority", () -> check(task("red", "Title", "P9", null, null, null)));
        refused("estimatedCost", () -> check(task("red", "Title", null, new BigDecimal("-1"), null, null)));
        refused("estimatedCost", () -> check(task("red", "Title", null, new BigDecimal("0.0000001"), null, null)));
        refused("dependsOn[1]", () -> check(task("red", "Title", null, null, List.of("a", "b c"), null)));
        refused("dependsOn", () -> check(task("red", "Title", null, null, Collections.nCopies(1001, "a"), null)));
        refused("maxAttempts", () -> check(task("red", "Title", null, null, null, 0)));
        refused("maxAttempts", () -> check(task("red", "Title", null, null, null, 101)));
    }

    @Test
    void a_payload_has_a_limit_in_bytes() {
        // Two quotes, and two bytes for each letter.
        assertThat(CoordinatorBodies.json("payload", TextNode.valueOf("ä".repeat(49)), 100))
                .hasSize(51);
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> CoordinatorBodies.json("payload", TextNode.valueOf("ä".repeat(50)), 100))
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo(Code.IF_ERR_PAYLOAD_TOO_LARGE);
                    assertThat(problem.extensions()).containsEntry("field", "payload");
                });
    }

    @Test
    void a_payload_may_be_absent_or_speak_of_nul() {
        assertThat(CoordinatorBodies.json("payload", null, 100)).isNull();
        assertThat(CoordinatorBodies.json("payload", JsonNodeFactory.instance.nullNode(), 100))
                .isNull();
        // Backslash and u0000, as text; a real NUL does not get this far (StrictValues).
        assertThat(CoordinatorBodies.json("payload", TextNode.valueOf("\\u0000"), 100))
                .isEqualTo("\"\\\\u0000\"");
    }

    // Sessions

    @Test
    void a_session_has_bounds() {
        EnrolBody good = new EnrolBody(null, "red", null, null, null, null, BigDecimal.ONE, 1, 3600, null);
        assertThat(good.check("", "ann").heartbeatSeconds()).isEqualTo(3600);
        refused(
                "maxConcurrentTasks",
                () -> new EnrolBody(null, "red", null, null, null, null, null, 0, null, null).check("", "ann"));
        refused(
                "heartbeatSeconds",
                () -> new EnrolBody(null, "red", null, null, null, null, null, null, 3601, null).check("", "ann"));
        refused(
                "sessions[0].swarm",
                () -> new EnrolBody(null, "r d", null, null, null, null, null, null, null, null)
                        .check("sessions[0].", "ann"));
        refused(
                "provider",
                () -> new EnrolBody(null, "red", null, null, "", null, null, null, null, null).check("", "ann"));
        refused(
                "hourlyCost",
                () -> new EnrolBody(null, "red", null, null, null, null, new BigDecimal("-1"), null, null, null)
                        .check("", "ann"));
    }

    // Claims and leases

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN, Double.POSITIVE_INFINITY})
    void a_score_is_from_0_to_1(double score) {
        refused("minScore", () -> new ClaimBody(null, score, null, null, null).checkedScore());
        assertThat(new ClaimBody(null, 1.0, null, null, null).checkedScore()).isEqualTo(1.0);
        assertThat(ClaimBody.ANY.checkedScore()).isNull();
    }

    @Test
    void a_wait_is_from_0_to_50_seconds() {
        assertThat(ClaimBody.ANY.patience()).isZero();
        assertThat(new ClaimBody(null, null, 50, null, null).patience()).hasSeconds(50);
        refused("waitSeconds", () -> new ClaimBody(null, null, 51, null, null).patience());
        refused("waitSeconds", () -> new ClaimBody(null, null, -1, null, null).patience());
    }

    @Test
    void a_lease_is_from_1_second_to_24_hours() {
        assertThat(CoordinatorBodies.lease(null, CONFIG)).isEqualTo(Duration.ofMinutes(5));
        assertThat(CoordinatorBodies.lease(1, CONFIG)).hasSeconds(1);
        assertThat(CoordinatorBodies.lease(86_400, CONFIG)).hasHours(24);
        refused("leaseSeconds", () -> CoordinatorBodies.lease(0, CONFIG));
        refused("leaseSeconds", () -> CoordinatorBodies.lease(86_401, CONFIG));
    }

    @Test
    void an_epoch_must_be_given() {
        assertThat(CoordinatorBodies.epoch(0L)).isZero();
        refused("epoch", () -> CoordinatorBodies.epoch(null));
        refused("epoch", () -> CoordinatorBodies.epoch(-1L));
    }

    @Test
    void reasons_and_errors_must_be_given() {
        refused("reason", () -> CoordinatorBodies.reason(null));
        refused("error", () -> CoordinatorBodies.error(" "));
        refused("error", () -> CoordinatorBodies.error("x".repeat(4001)));
        assertThat(CoordinatorBodies.error("x".repeat(4000))).hasSize(4000);
    }

    @Test
    void a_heartbeat_names_each_lease_once() {
        assertThat(new HeartbeatBody(null, null).checkedLeases(2)).isEmpty();
        assertThat(new HeartbeatBody(List.of(new LeaseBody("a", 1L)), null).checkedLeases(2))
                .containsExactly(new Lease("a", 1));
        refused("leases", () -> beat(new LeaseBody("a", 1L), new LeaseBody("a", 2L)));
        refused("leases", () -> beat(new LeaseBody("a", 1L), new LeaseBody("b", 2L), new LeaseBody("c", 3L)));
        refused("leases.epoch", () -> beat(new LeaseBody("a", null)));
        refused("leases.task", () -> beat(new LeaseBody(null, 1L)));
    }

    private static List<Lease> beat(LeaseBody... leases) {
        return new HeartbeatBody(List.of(leases), null).checkedLeases(2);
    }

    private static TaskBody task(
            String swarm, String title, String priority, BigDecimal cost, List<String> dependsOn, Integer attempts) {
        Map<String, Object> fields = new HashMap<>();
        fields.put("id", "t");
        fields.put("swarm", swarm);
        fields.put("title", title);
        fields.put("priority", priority);
        fields.put("estimatedCost", cost);
        fields.put("dependsOn", dependsOn);
        fields.put("maxAttempts", attempts);
        return body(fields);
    }

    private static TaskBody body(Map<String, Object> fields) {
        return new ObjectMapper().convertValue(fields, TaskBody.class);
    }

    private static NewTask check(TaskBody body) {
        return body.check("", null, "hash", null, CONFIG);
    }

    private static void refused(String field, ThrowingCallable call) {
        assertThatExceptionOfType(Problem.class).isThrownBy(call).satisfies(problem -> {
            assertThat(problem.code()).isEqualTo(Code.IF_ERR_BAD_INPUT);
            assertThat(problem.extensions()).containsEntry("field", field);
        });
    }
}
