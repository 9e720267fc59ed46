package io.infrafabric.coordinator.claim;

import static io.infrafabric.coordinator.Examples.BACKOFF;
import static io.infrafabric.coordinator.Examples.NOW;
import static io.infrafabric.coordinator.Examples.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.claim.Ending.Answer;
import io.infrafabric.coordinator.claim.Ending.Complete;
import io.infrafabric.coordinator.claim.Ending.Decision;
import io.infrafabric.coordinator.claim.Ending.Fail;
import io.infrafabric.coordinator.claim.Ending.Release;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.Change.What;
import io.infrafabric.coordinator.task.Step;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.event.CoordinatorEvent.Reason;
import java.math.BigDecimal;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class EndingTest {
    private final Task held = task("t").claimedBy("ann", 5).made();
    private final Complete complete = new Complete("t", "ann", 5, "[1]", BigDecimal.ONE);
    private final Fail fail = new Fail("t", "ann", null, 5, "It broke.", true, BigDecimal.TWO);
    private final Release release = new Release("t", "ann", null, 5);

    @Test
    void the_holder_ends_its_claim_under_its_epoch() {
        assertThat(ended(complete)).isEqualTo(Change.completed(held, "[1]", BigDecimal.ONE, NOW));
        assertThat(ended(fail)).isEqualTo(Change.failed(held, "It broke.", true, BigDecimal.TWO, NOW, BACKOFF));
        assertThat(ended(release)).isEqualTo(Change.released(held, NOW));
    }

    @Test
    void another_epoch_is_past() {
        for (long epoch : new long[] {0, 4, 6}) {
            assertThat(decide(held, new Release("t", "ann", null, epoch))).isEqualTo(new Decision.Past());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = State.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"CLAIMED", "CHECKING"})
    void what_is_not_held_is_past_even_under_the_right_epoch(State state) {
        assertThat(decide(task("t").state(state).epoch(5).made(), complete)).isEqualTo(new Decision.Past());
    }

    @Test
    void another_session_under_the_right_epoch_is_not_the_holder() {
        assertThat(decide(held, new Complete("t", "bob", 5, null, null))).isEqualTo(new Decision.NotHolder());
    }

    // After the end

    @Test
    void repeating_the_call_that_ended_the_claim_gives_the_same_answer() {
        for (Ending command : new Ending[] {complete, fail, release}) {
            Change change = ended(command);
            assertThat(Ending.past(change.after(), command, step(change), null))
                    .isEqualTo(new Answer.Ended(change.after(), null));
        }
    }

    @Test
    void the_same_answer_also_when_others_have_gone_on_since() {
        Change change = ended(fail);
        Task later = task("t").claimedBy("bob", 8).attempts(2).version(12).made();
        assertThat(Ending.past(later, fail, step(change), null)).isInstanceOfSatisfying(Answer.Ended.class, answer -> {
            assertThat(answer.task().state()).isEqualTo(State.QUEUED);
            assertThat(answer.task().epoch()).isEqualTo(5);
            assertThat(answer.task().progress().attempts()).isEqualTo(1);
            assertThat(answer.task().holder()).isNull();
            assertThat(answer.task().leaseExpiresAt()).isNull();
            assertThat(answer.task().progress().last().error()).isEqualTo("It broke.");
            assertThat(answer.task().progress().last().cost()).isEqualTo(BigDecimal.TWO);
            assertThat(answer.task().progress().last().result()).isNull();
            assertThat(answer.task().progress().notBefore()).isEqualTo(NOW.plusSeconds(1));
            assertThat(answer.task().version()).isEqualTo(change.after().version());
            assertThat(answer.task().progress().changedAt()).isEqualTo(NOW);
        });
    }

    @Test
    void another_call_than_the_one_that_ended_the_claim_is_stale() {
        Change change = ended(complete);
        assertThat(Ending.past(change.after(), fail, step(change), null))
                .isEqualTo(new Answer.Stale(null, 5, State.DONE, null));
    }

    @Test
    void the_same_call_by_another_session_is_stale() {
        Change change = ended(release);
        assertThat(Ending.past(change.after(), new Release("t", "bob", null, 5), step(change), null))
                .isEqualTo(new Answer.Stale(Reason.RELEASED, 5, State.QUEUED, null));
    }

    @ParameterizedTest
    @CsvSource({
        "lease-expired,LEASE_EXPIRED",
        "session-lost,SESSION_LOST",
        "preempted,PREEMPTED",
        "released,RELEASED",
        "cancelled,CANCELLED",
        // The holder claimed anew what it held: it gave this epoch back itself.
        "claimed,RELEASED",
        "completed,",
        "failed,"
    })
    void a_late_call_is_told_why(String what, Reason reason) {
        Task now = task("t").epoch(6).made();
        Step step = new Step(8, what, "fabric", "ann", State.QUEUED, 6, 1, null, NOW, NOW);
        assertThat(Ending.why(now, step)).isEqualTo(new Answer.Stale(reason, 6, State.QUEUED, null));
    }

    @Test
    void an_epoch_that_never_was_has_no_reason() {
        assertThat(Ending.past(held, new Complete("t", "ann", 9, null, null), null, null))
                .isEqualTo(new Answer.Stale(null, 5, State.CLAIMED, null));
    }

    private static Decision decide(Task task, Ending command) {
        return Ending.decide(task, command, Map.of(), NOW, BACKOFF);
    }

    private Change ended(Ending command) {
        assertThat(decide(held, command)).isInstanceOf(Decision.Ends.class);
        return ((Decision.Ends) decide(held, command)).change();
    }

    /** The step that is written for a change. */
    static Step step(Change change) {
        Task after = change.after();
        What what = change.what();
        return new Step(
                after.version(),
                what.inHistory(),
                change.by(),
                change.before().holder(),
                after.state(),
                after.epoch(),
                after.progress().attempts(),
                change.note(),
                after.progress().notBefore(),
                NOW);
    }
}
