package io.infrafabric.coordinator.claim;

import static io.infrafabric.coordinator.Examples.BACKOFF;
import static io.infrafabric.coordinator.Examples.NOW;
import static io.infrafabric.coordinator.Examples.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.claim.SourceEnding.Decision;
import io.infrafabric.coordinator.claim.SourceEnding.How;
import io.infrafabric.coordinator.task.Change.What;
import io.infrafabric.coordinator.task.Step;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.event.CoordinatorEvent.Reason;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SourceEndingTest {
    private static final Instant GRANTED = NOW.minusSeconds(60);
    private static final How DONE = new How.Completed("{\"url\":1}");
    private static final How FAILED = new How.Failed("It broke.");

    private final Task held =
            task("t").swarm("red").claimedBy("ann", 5).completedBy("gh").made();

    private static Decision decide(Task task, Long epoch, Instant happened, How how) {
        return new SourceEnding("t", "gh", "red", epoch, happened, how).decide(task, GRANTED, NOW, BACKOFF);
    }

    private static Task ended(Decision decision) {
        return ((Decision.Ends) decision).change().after();
    }

    @Test
    void a_claim_that_was_there_when_it_happened_is_completed_under_the_next_epoch() {
        Task done = ended(decide(held, null, GRANTED, DONE));
        assertThat(done.state()).isEqualTo(State.DONE);
        assertThat(done.epoch()).isEqualTo(6);
        assertThat(done.progress().last().result()).isEqualTo("{\"url\":1}");
    }

    @Test
    void a_failure_counts_the_attempt_and_may_be_tried_again() {
        Task failed = ended(decide(held, 5L, Instant.EPOCH, FAILED));
        assertThat(failed.state()).isEqualTo(State.QUEUED);
        assertThat(failed.progress().attempts()).isEqualTo(1);
        assertThat(failed.progress().last().error()).isEqualTo("It broke.");
    }

    @Test
    void another_epoch_or_a_later_grant_is_not_meant() {
        assertThat(decide(held, 4L, NOW, FAILED)).isInstanceOf(Decision.Not.class);
        assertThat(decide(held, null, GRANTED.minusMillis(1), FAILED)).isInstanceOf(Decision.Not.class);
    }

    @Test
    void only_a_task_that_names_the_source_in_its_own_swarm_and_is_held() {
        assertThat(decide(null, null, NOW, DONE)).isInstanceOf(Decision.Not.class);
        assertThat(decide(task("t").swarm("red").claimedBy("ann", 5).made(), null, NOW, DONE))
                .isInstanceOf(Decision.Not.class);
        assertThat(decide(
                        task("t")
                                .swarm("red")
                                .claimedBy("ann", 5)
                                .completedBy("other")
                                .made(),
                        null,
                        NOW,
                        DONE))
                .isInstanceOf(Decision.Not.class);
        assertThat(decide(
                        task("t")
                                .swarm("blue")
                                .claimedBy("ann", 5)
                                .completedBy("gh")
                                .made(),
                        null,
                        NOW,
                        DONE))
                .isInstanceOf(Decision.Not.class);
        assertThat(decide(task("t").swarm("red").completedBy("gh").made(), null, NOW, DONE))
                .isInstanceOf(Decision.Not.class);
    }

    @Test
    void the_holder_hears_at_its_next_call_that_a_source_ended_it_and_which() {
        Task done = ended(decide(held, null, NOW, DONE));
        Step step = new Step(
                done.version(),
                What.SOURCE_COMPLETED.inHistory(),
                "source:gh",
                "ann",
                State.DONE,
                6,
                0,
                null,
                NOW,
                NOW);
        assertThat(Ending.past(done, new Ending.Complete("t", "ann", 5, "[1]", null), step, null))
                .isEqualTo(new Ending.Answer.Stale(Reason.ENDED_BY_SOURCE, 6, State.DONE, null, "source:gh"));
    }
}
