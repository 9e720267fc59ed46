package io.infrafabric.coordinator.task;

import static io.infrafabric.coordinator.Examples.BACKOFF;
import static io.infrafabric.coordinator.Examples.NOW;
import static io.infrafabric.coordinator.Examples.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.task.Change.What;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.event.CoordinatorEvent.Reason;
import io.infrafabric.event.CoordinatorEvent.TaskCancelled;
import io.infrafabric.event.CoordinatorEvent.TaskCompleted;
import io.infrafabric.event.CoordinatorEvent.TaskDied;
import io.infrafabric.event.CoordinatorEvent.TaskFailed;
import io.infrafabric.event.CoordinatorEvent.TaskQueued;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ChangeTest {
    private static final BigDecimal COST = new BigDecimal("2.5");

    private final Task held =
            task("t").claimedBy("ann", 5).needs(List.of("rust"), List.of()).made();

    @Test
    void completed_is_done_under_the_holders_epoch_and_an_outcome() {
        Change change = Change.completed(held, "[1]", COST, NOW);
        assertThat(change.after().state()).isEqualTo(State.DONE);
        assertThat(change.after().epoch()).isEqualTo(5);
        assertThat(change.after().progress().attempts()).isZero();
        assertThat(change.after().progress().last().result()).isEqualTo("[1]");
        assertThat(change.after().progress().last().cost()).isEqualTo(COST);
        assertThat(change.by()).isEqualTo("ann");
        assertThat(change.events()).containsExactly(new TaskCompleted("t", "red", "ann", List.of("rust"), 5, COST));
        holdsNoMore(change);
    }

    @Test
    void failed_counts_the_attempt_and_rests_under_the_holders_epoch() {
        Change change = Change.failed(held, "It broke.", true, COST, NOW, BACKOFF);
        assertThat(change.after().state()).isEqualTo(State.QUEUED);
        assertThat(change.after().epoch()).isEqualTo(5);
        assertThat(change.after().progress().attempts()).isEqualTo(1);
        assertThat(change.after().progress().notBefore()).isEqualTo(NOW.plusSeconds(1));
        assertThat(change.after().progress().last().error()).isEqualTo("It broke.");
        assertThat(change.events())
                .containsExactly(
                        new TaskFailed("t", "red", "ann", List.of("rust"), 5, Reason.FAILED, NOW),
                        new TaskQueued("t", "red", "ann", Reason.FAILED, NOW.plusSeconds(1), 8));
        holdsNoMore(change);
    }

    @Test
    void each_further_attempt_rests_twice_as_long() {
        Task second = task("t").claimedBy("ann", 5).attempts(1).made();
        Change change = Change.failed(second, "It broke.", true, null, NOW, BACKOFF);
        assertThat(change.after().progress().notBefore()).isEqualTo(NOW.plusSeconds(2));
    }

    @Test
    void the_last_attempt_is_the_end() {
        Task last = task("t").claimedBy("ann", 5).attempts(2).made();
        Change change = Change.failed(last, "It broke.", true, null, NOW, BACKOFF);
        assertThat(change.after().state()).isEqualTo(State.DEAD);
        assertThat(change.after().progress().attempts()).isEqualTo(3);
        assertThat(change.events())
                .containsExactly(
                        new TaskFailed("t", "red", "ann", List.of(), 5, Reason.FAILED, NOW),
                        new TaskDied("t", "red", "It broke.", 8));
    }

    @Test
    void what_cannot_be_retried_is_the_end_at_once() {
        Change change = Change.failed(held, "No such thing.", false, null, NOW, BACKOFF);
        assertThat(change.after().state()).isEqualTo(State.DEAD);
        assertThat(change.after().progress().attempts()).isEqualTo(1);
    }

    @Test
    void released_counts_nothing_and_keeps_the_epoch() {
        Change change = Change.released(held, NOW);
        assertThat(change.after().state()).isEqualTo(State.QUEUED);
        assertThat(change.after().epoch()).isEqualTo(5);
        assertThat(change.after().progress().attempts()).isZero();
        assertThat(change.after().progress().notBefore()).isEqualTo(NOW);
        assertThat(change.events()).containsExactly(new TaskQueued("t", "red", "ann", Reason.RELEASED, NOW, 8));
        holdsNoMore(change);
    }

    @ParameterizedTest
    @EnumSource(
            value = What.class,
            names = {"RELEASED", "PREEMPTED"})
    void taken_back_counts_nothing_and_raises_the_epoch(What what) {
        Change change = Change.takenBack(held, what, "olga", "needed elsewhere", NOW);
        assertThat(change.after().state()).isEqualTo(State.QUEUED);
        assertThat(change.after().epoch()).isEqualTo(6);
        assertThat(change.after().progress().attempts()).isZero();
        assertThat(change.by()).isEqualTo("olga");
        assertThat(change.note()).isEqualTo("needed elsewhere");
        assertThat(change.events()).containsExactly(new TaskQueued("t", "red", "ann", what.reason(), NOW, 8));
        holdsNoMore(change);
    }

    @ParameterizedTest
    @EnumSource(
            value = What.class,
            names = {"LEASE_EXPIRED", "SESSION_LOST"})
    void lost_counts_the_attempt_and_raises_the_epoch(What what) {
        Change change = Change.lost(held, what, NOW, BACKOFF);
        assertThat(change.after().state()).isEqualTo(State.QUEUED);
        assertThat(change.after().epoch()).isEqualTo(6);
        assertThat(change.after().progress().attempts()).isEqualTo(1);
        assertThat(change.by()).isEqualTo("fabric");
        assertThat(change.events())
                .containsExactly(
                        new TaskFailed("t", "red", "ann", List.of("rust"), 5, what.reason(), NOW),
                        new TaskQueued("t", "red", "ann", what.reason(), NOW.plusSeconds(1), 8));
        Task last = task("t").claimedBy("ann", 5).attempts(2).made();
        assertThat(Change.lost(last, what, NOW, BACKOFF).after().state()).isEqualTo(State.DEAD);
    }

    @Test
    void cancelled_raises_the_epoch_only_of_a_holder() {
        Change change = Change.cancelled(held, "olga", "Not needed.", NOW);
        assertThat(change.after().state()).isEqualTo(State.CANCELLED);
        assertThat(change.after().epoch()).isEqualTo(6);
        assertThat(change.after().progress().attempts()).isZero();
        assertThat(change.events()).containsExactly(new TaskCancelled("t", "red", "Not needed.", 8));
        holdsNoMore(change);

        Change queued = Change.cancelled(task("u").epoch(5).made(), "olga", "Not needed.", NOW);
        assertThat(queued.after().epoch()).isEqualTo(5);
        assertThat(queued.endedClaim()).isFalse();
    }

    @Test
    void retried_has_all_attempts_again_and_forgets_the_failure() {
        Task dead = task("t")
                .state(State.DEAD)
                .attempts(3)
                .epoch(9)
                .failed("It broke.", COST)
                .made();
        Change change = Change.retried(dead, "olga", "Mended.", NOW);
        assertThat(change.after().state()).isEqualTo(State.QUEUED);
        assertThat(change.after().progress().attempts()).isZero();
        assertThat(change.after().epoch()).isEqualTo(9);
        assertThat(change.after().progress().last().error()).isNull();
        assertThat(change.after().progress().last().cost()).isNull();
        assertThat(change.events()).containsExactly(new TaskQueued("t", "red", null, Reason.RETRIED, NOW, 8));
    }

    @Test
    void retried_waits_while_dependencies_are_open() {
        Task cancelled = task("t").state(State.CANCELLED).open(1).made();
        Change change = Change.retried(cancelled, "olga", "Needed after all.", NOW);
        assertThat(change.after().state()).isEqualTo(State.WAITING);
        assertThat(change.events()).isEmpty();
    }

    @Test
    void what_rests_on_a_disputed_claim_is_held_back_and_keeps_the_rest_it_was_to_have() {
        Task queued =
                task("t").state(State.QUEUED).notBefore(NOW.plusSeconds(9)).made();
        Change change = Change.heldBack(queued, "c", NOW);
        assertThat(change.after().state()).isEqualTo(State.WAITING);
        assertThat(change.note()).isEqualTo("claim:c");
        assertThat(change.events()).isEmpty();
        Task waiting = task("t")
                .state(State.WAITING)
                .notBefore(NOW.plusSeconds(9))
                .open(1)
                .made();
        assertThat(Change.unblocked(waiting, NOW).after().progress().notBefore())
                .isEqualTo(NOW.plusSeconds(9));
    }

    @Test
    void what_is_given_back_while_its_basis_is_disputed_waits() {
        Task claimed = task("t").claimedBy("ann", 3).open(1).made();
        assertThat(List.of(
                        Change.released(claimed, NOW),
                        Change.takenBack(claimed, What.RELEASED, "olga", "why", NOW),
                        Change.preempted(claimed, "fabric", "why", NOW),
                        Change.lost(claimed, What.LEASE_EXPIRED, NOW, BACKOFF)))
                .extracting(change -> change.after().state())
                .containsOnly(State.WAITING);
    }

    @Test
    void unblocked_is_queued() {
        Change change = Change.unblocked(task("t").state(State.WAITING).open(1).made(), NOW);
        assertThat(change.after().state()).isEqualTo(State.QUEUED);
        assertThat(change.by()).isEqualTo("fabric");
        assertThat(change.events()).containsExactly(new TaskQueued("t", "red", null, Reason.UNBLOCKED, NOW, 8));
    }

    @Test
    void unassigned_is_for_everybody_and_remembers_whom_it_was_for() {
        Change change = Change.unassigned(task("t").assignee("ann").made(), "fabric", NOW);
        assertThat(change.after().assignee()).isNull();
        assertThat(change.after().state()).isEqualTo(State.QUEUED);
        assertThat(change.note()).isEqualTo("ann");
        assertThat(change.events()).isEmpty();
    }

    @Test
    void patched_changes_what_is_not_null_and_an_empty_assignee_is_nobody() {
        Task before = task("t").assignee("ann").made();
        Change nothing = Change.patched(before, null, null, null, "olga", NOW);
        assertThat(nothing.after())
                .usingRecursiveComparison()
                .ignoringFields("progress.version", "progress.changedAt")
                .isEqualTo(before);
        assertThat(nothing.after().version()).isEqualTo(8);

        Task after = Change.patched(before, Priority.P0, "", COST, "olga", NOW).after();
        assertThat(after.priority()).isEqualTo(Priority.P0);
        assertThat(after.assignee()).isNull();
        assertThat(after.specification().dispatch().estimatedCost()).isEqualTo(COST);
        assertThat(Change.patched(before, null, "bob", null, "olga", NOW)
                        .after()
                        .assignee())
                .isEqualTo("bob");
    }

    @ParameterizedTest
    @EnumSource(What.class)
    void every_step_has_a_name_in_the_history_that_leads_back_to_it(What what) {
        assertThat(what.inHistory()).matches("[a-z]+(-[a-z]+)*");
        assertThat(What.isNamed(what.inHistory())).isTrue();
        assertThat(What.named(what.inHistory())).isEqualTo(what);
    }

    @Test
    void submits_and_claims_are_no_changes() {
        assertThat(What.isNamed("submitted")).isFalse();
        assertThat(What.isNamed("claimed")).isFalse();
    }

    private static void holdsNoMore(Change change) {
        assertThat(change.endedClaim()).isTrue();
        assertThat(change.after().holder()).isNull();
        assertThat(change.after().leaseExpiresAt()).isNull();
        assertThat(change.after().version()).isEqualTo(change.before().version() + 1);
        assertThat(change.after().progress().changedAt()).isEqualTo(NOW);
    }
}
