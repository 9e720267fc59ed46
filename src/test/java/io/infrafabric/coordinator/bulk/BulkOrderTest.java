package io.infrafabric.coordinator.bulk;

import static io.infrafabric.coordinator.Examples.NOW;
import static io.infrafabric.coordinator.Examples.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.bulk.BulkOrder.What;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.coordinator.transaction.Operation;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BulkOrderTest {
    private static final BulkFilter ALL = new BulkFilter(null, null, List.of(), List.of(), null, null, null);

    private final Task task = task("t")
            .labels(Map.of("team", "x", "kind", "parser"))
            .requires("docker", "gpu")
            .made();

    private static BulkOrder order(What what, BulkFilter filter) {
        return new BulkOrder(filter, what, null, null, "Enough.", "operator:ann");
    }

    private boolean matches(String swarm, State state, List<String> labels, List<String> requires, Instant olderThan) {
        return new BulkFilter(swarm, state, labels, requires, null, olderThan, null).matches(task);
    }

    @Test
    void all_of_the_filter_must_match() {
        assertThat(ALL.matches(task)).isTrue();
        assertThat(matches("red", State.QUEUED, List.of("team:x", "kind:parser"), List.of("gpu"), NOW))
                .isTrue();
        assertThat(matches("blue", null, List.of(), List.of(), null)).isFalse();
        assertThat(matches(null, State.DONE, List.of(), List.of(), null)).isFalse();
        assertThat(matches(null, null, List.of("team:x", "kind:manual"), List.of(), null))
                .isFalse();
        assertThat(matches(null, null, List.of("who:x"), List.of(), null)).isFalse();
        assertThat(matches(null, null, List.of(), List.of("gpu", "tpu"), null)).isFalse();
        assertThat(matches(null, null, List.of(), List.of(), task.origin().createdAt()))
                .as("not older than itself")
                .isFalse();
        assertThat(new BulkFilter(null, null, List.of(), List.of(), "somebody", null, null).matches(task))
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource(What.class)
    void a_task_that_does_not_match_is_left_alone(What what) {
        BulkFilter done = new BulkFilter(null, State.DONE, List.of(), List.of(), null, null, null);
        assertThat(order(what, done).on(task)).isNull();
    }

    @ParameterizedTest
    @EnumSource(What.class)
    void what_is_over_is_refused_whatever_is_to_be_done(What what) {
        Operation operation = order(what, ALL).on(task);
        assertThat(operation.by()).isEqualTo("operator:ann");
        assertThat(operation.refusal(task("t").state(State.DONE).made(), NOW)).isNotNull();
    }

    @Test
    void the_reason_stands_in_the_history_of_each_task() {
        BulkOrder order =
                new BulkOrder(ALL, What.REPRIORITISE, Priority.P0, null, "The customer waits.", "operator:ann");
        Change change = order.on(task).change(task, NOW);
        assertThat(change.note()).isEqualTo("The customer waits.");
        assertThat(change.after().priority()).isEqualTo(Priority.P0);
        assertThat(change.after().state()).isEqualTo(State.QUEUED);
    }

    @Test
    void nobody_is_assigned_what_somebody_holds() {
        BulkOrder order = new BulkOrder(ALL, What.ASSIGN, null, "bob", "His.", "operator:ann");
        assertThat(order.on(task).refusal(task, NOW)).isNull();
        Task held = task("t").claimedBy("ann", 1).made();
        assertThat(order.on(held).refusal(held, NOW)).isNotNull();
        assertThat(order(What.RELEASE, ALL).on(held).refusal(held, NOW)).isNull();
        assertThat(order(What.RELEASE, ALL).on(task).refusal(task, NOW)).isNotNull();
    }

    @Test
    void one_batch_has_its_turn() {
        Bulk running = bulk(Bulk.State.RUNNING);
        assertThat(List.of(running.isTurnOf(0), running.isTurnOf(1), running.isTurnOf(2)))
                .containsExactly(false, true, false);
        assertThat(bulk(Bulk.State.STOPPED).isTurnOf(1)).isFalse();
    }

    private static Bulk bulk(Bulk.State state) {
        return new Bulk(
                "b",
                ALL,
                What.CANCEL,
                null,
                state,
                9,
                3,
                0,
                0,
                null,
                "operator:ann",
                "r",
                NOW,
                null,
                null,
                new Bulk.Turn(1, 3));
    }
}
