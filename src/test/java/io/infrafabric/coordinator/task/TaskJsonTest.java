package io.infrafabric.coordinator.task;

import static io.infrafabric.coordinator.Examples.NOW;
import static io.infrafabric.coordinator.Examples.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.CoordinatorAnswers;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.door.RestJson;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The JSON of a task knows nothing of its parts: it is flat, in one order, to the letter. */
class TaskJsonTest {
    private static final String FIELDS = """
            "id":"t","swarm":"red","title":"Title of t","domains":["rust"],"tools":["cargo"],"priority":"P2",\
            "estimatedCost":15,"assignee":"ann","payload":{"a": 1},"maxAttempts":3,"traceToken":"trace-1",\
            "submittedBy":"operator","createdAt":"2026-01-02T11:50:00Z","state":"CLAIMED",\
            "dependsOn":["a","b"],"basis":["c"],"blockedBy":["b","claim:c"],"notBefore":"2026-01-02T11:59:00Z",\
            "attempts":1,"epoch":4,"holder":"ann","leaseExpiresAt":"2026-01-02T12:05:00Z","result":[ 1],\
            "error":"It broke.","cost":0.50,"version":7,"changedAt":"2026-01-02T11:59:00Z",\
            "history":[{"version":1,"what":"submitted","by":"operator","session":"ann","state":"QUEUED","epoch":0,\
            "attempts":0,"note":"n","at":"2026-01-02T12:00:00Z"}]""";

    private static final Task FULL = task("t")
            .needs(List.of("rust"), List.of("cargo"))
            .assignee("ann")
            .payload("{\"a\": 1}")
            .claimedBy("ann", 4)
            .attempts(1)
            .result("[ 1]")
            .failed("It broke.", new BigDecimal("0.50"))
            .made()
            .with(
                    List.of("a", "b"),
                    List.of("c"),
                    List.of("b", "claim:c"),
                    List.of(new Step(1, "submitted", "operator", "ann", State.QUEUED, 0, 0, "n", NOW, NOW)));

    @Test
    void a_task_is_flat_in_its_order() throws Exception {
        assertThat(RestJson.of(FULL)).isEqualTo("{" + FIELDS + "}");
    }

    @Test
    void what_is_not_there_is_left_out() throws Exception {
        assertThat(RestJson.of(
                        task("t").payload(null).trace(null).estimate(null).made()))
                .isEqualTo("""
                        {"id":"t","swarm":"red","title":"Title of t","domains":[],"tools":[],"priority":"P2",\
                        "maxAttempts":3,"submittedBy":"operator","createdAt":"2026-01-02T11:50:00Z","state":"QUEUED",\
                        "notBefore":"2026-01-02T11:59:00Z","attempts":0,"epoch":0,"version":7,\
                        "changedAt":"2026-01-02T11:59:00Z"}""");
    }

    @Test
    void it_is_as_flat_in_the_answer_to_a_completion() throws Exception {
        assertThat(RestJson.of(new CoordinatorAnswers.Ended(FULL, true)))
                .isEqualTo("{" + FIELDS + ",\"costRecorded\":true}");
    }

    @Test
    void a_claim_has_the_task_in_it() throws Exception {
        assertThat(RestJson.of(new CoordinatorAnswers.Claimed(
                        FULL, new CoordinatorAnswers.Claimed.Lease(4, NOW), "hold", null, List.of())))
                .isEqualTo("{\"task\":{" + FIELDS
                        + "},\"lease\":{\"epoch\":4,\"expiresAt\":\"2026-01-02T12:00:00Z\"},\"hold\":\"hold\","
                        + "\"holding\":[]}");
    }
}
