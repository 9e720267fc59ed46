package io.infrafabric.coordinator.claim;

import static io.infrafabric.coordinator.Examples.BACKOFF;
import static io.infrafabric.coordinator.Examples.NOW;
import static io.infrafabric.coordinator.Examples.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.claim.Ending.Answer;
import io.infrafabric.coordinator.claim.Ending.Complete;
import io.infrafabric.coordinator.claim.Ending.Decision;
import io.infrafabric.coordinator.claim.HandedIn.Outcome;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.Checker;
import io.infrafabric.coordinator.task.Step;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.event.CoordinatorEvent.Reason;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckingTest {
    private final Task claimed = task("t")
            .check(new Checker("schema", "abc", null))
            .claimedBy("ann", 5)
            .made();
    private final Complete first = new Complete("t", "ann", 5, "[1]", BigDecimal.ONE);
    private final Complete second = new Complete("t", "ann", 5, "[2]", null);
    private final Map<HandedIn.Key, HandedIn> known = new HashMap<>();

    // Verdicts

    @Test
    void nothing_but_0_accepts() {
        assertThat(Checking.of(0, null, 4)).isEqualTo(new Checking.Accept());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 63})
    void from_1_to_63_it_refuses(int exitCode) {
        assertThat(Checking.of(exitCode, null, 0)).isEqualTo(new Checking.Refuse(1, false));
    }

    @ParameterizedTest
    @CsvSource({"0, 1, false", "3, 4, false", "4, 5, true", "7, 8, true"})
    void the_fifth_refusal_is_the_last(int before, int refusals, boolean last) {
        assertThat(Checking.of(1, null, before)).isEqualTo(new Checking.Refuse(refusals, last));
    }

    @ParameterizedTest
    @CsvSource({
        "64,, EXIT_CODE_64",
        "255,, EXIT_CODE_255",
        "-1,, EXIT_CODE_-1",
        ", FUEL, FUEL",
        "0, TRAP, TRAP",
        ",, NO_EXIT_CODE"
    })
    void everything_else_is_for_a_human(Integer exitCode, String broken, String why) {
        assertThat(Checking.of(exitCode, broken, 0)).isEqualTo(new Checking.Ask(why));
    }

    // Results

    @Test
    void a_result_is_handed_in_and_the_lease_has_no_end() {
        Decision.HandsIn in = (Decision.HandsIn) decide(claimed, first);
        assertThat(in.key()).isEqualTo(new HandedIn.Key("t", 5, HandedIn.hash("[1]")));
        Task after = in.change().after();
        assertThat(after.state()).isEqualTo(State.CHECKING);
        assertThat(after.holder()).isEqualTo("ann");
        assertThat(after.epoch()).isEqualTo(5);
        assertThat(after.leaseExpiresAt()).isNull();
        assertThat(after.progress().last().result()).as("it is no result yet").isNull();
        assertThat(in.change().endedClaim()).isFalse();
    }

    @Test
    void the_same_result_waits_for_the_same_verdict_and_another_one_has_to() {
        HandedIn handedIn = handIn(first);
        assertThat(decide(checking(), first)).isEqualTo(new Decision.Waits(handedIn));
        assertThat(decide(checking(), second)).isEqualTo(new Decision.Busy());
    }

    @Test
    void the_same_result_is_refused_again_and_another_one_is_checked() {
        HandedIn refused = judged(first, Outcome.REFUSED);
        assertThat(decide(claimed, first)).isEqualTo(new Decision.Refused(refused));
        assertThat(decide(claimed, second)).isInstanceOf(Decision.HandsIn.class);
        HandedIn now = handIn(second);
        assertThat(decide(checking(), first)).isEqualTo(new Decision.Refused(refused));
        assertThat(decide(checking(), second)).isEqualTo(new Decision.Waits(now));
    }

    @Test
    void what_is_handed_in_is_no_other_session_s_business() {
        assertThat(decide(checking(), new Complete("t", "bob", 5, "[1]", null))).isEqualTo(new Decision.NotHolder());
        assertThat(decide(checking(), new Complete("t", "ann", 4, "[1]", null))).isEqualTo(new Decision.Past());
    }

    @Test
    void its_holder_may_still_give_it_back_or_fail() {
        assertThat(decide(checking(), new Ending.Release("t", "ann", null, 5))).isInstanceOf(Decision.Ends.class);
        assertThat(decide(checking(), new Ending.Fail("t", "ann", null, 5, "No.", true, null)))
                .isInstanceOf(Decision.Ends.class);
    }

    @Test
    void no_result_has_a_hash_too() {
        assertThat(HandedIn.hash(null)).isEqualTo(HandedIn.hash("null")).hasSize(64);
    }

    // What follows

    @Test
    void a_refusal_gives_it_back_to_its_holder_under_the_same_epoch() {
        Instant until = NOW.plusSeconds(300);
        Change change = Change.refused(checking(), "fabric", "Mend it.", until, NOW);
        assertThat(change.after().state()).isEqualTo(State.CLAIMED);
        assertThat(change.after().holder()).isEqualTo("ann");
        assertThat(change.after().epoch()).isEqualTo(5);
        assertThat(change.after().leaseExpiresAt()).isEqualTo(until);
        assertThat(change.after().progress().attempts()).isZero();
        assertThat(change.endedClaim()).isFalse();
        assertThat(change.what().countsAttempt()).isFalse();
    }

    @Test
    void the_last_refusal_fails_the_attempt_under_the_next_epoch() {
        Change change = Change.notAccepted(checking(), "fabric", "Five times.", BigDecimal.ONE, NOW, BACKOFF);
        assertThat(change.after().state()).isEqualTo(State.QUEUED);
        assertThat(change.after().epoch()).isEqualTo(6);
        assertThat(change.after().progress().attempts()).isEqualTo(1);
        assertThat(change.endedClaim()).isTrue();
        Step step = EndingTest.step(change);
        HandedIn refused = judged(first, Outcome.REFUSED);
        assertThat(Ending.past(change.after(), first, step, refused)).isEqualTo(new Answer.Refused(refused, null));
        assertThat(Ending.past(change.after(), second, step, null))
                .isEqualTo(new Answer.Stale(Reason.FAILED, 6, State.QUEUED, null));
    }

    @Test
    void a_check_that_is_over_without_a_verdict_withdraws_the_question_about_it() {
        Change preempted = Change.preempted(checking(), "deadlock", "It blocks others.", NOW);
        assertThat(preempted.endedClaim()).isTrue();
        assertThat(preempted.checkOver("why")).isInstanceOf(CauseEnded.class);
        assertThat(Ending.past(preempted.after(), first, EndingTest.step(preempted), handIn(first)))
                .isEqualTo(new Answer.Stale(Reason.PREEMPTED, 6, State.QUEUED, null));
        assertThat(Change.cancelled(checking(), "olga", "why", NOW).after().epoch())
                .isEqualTo(6);
    }

    @Test
    void a_lease_without_an_end_need_not_be_renewed() {
        Ending asking = new Ending.Release("t", "ann", null, 5);
        assertThat(Ending.notRenewed(checking(), asking, null)).isEqualTo(new Answer.Checked(checking(), null));
        assertThat(Ending.notRenewed(checking(), new Ending.Release("t", "bob", null, 5), null))
                .isInstanceOf(Answer.Stale.class);
    }

    private Decision decide(Task now, Ending command) {
        return Ending.decide(now, command, known, NOW, BACKOFF);
    }

    private Task checking() {
        return Change.handedIn(claimed, HandedIn.hash("[1]"), NOW).after();
    }

    private HandedIn handIn(Complete complete) {
        return put(complete, null, 0);
    }

    private HandedIn judged(Complete complete, Outcome outcome) {
        return put(complete, outcome, 1);
    }

    private HandedIn put(Complete complete, Outcome outcome, int refusals) {
        HandedIn.Key key = HandedIn.Key.of(complete);
        HandedIn result = new HandedIn(
                "t", 5, key.hash(), complete.result(), complete.cost(), NOW, 1, NOW, outcome, refusals, "said", null);
        known.put(key, result);
        return result;
    }
}
