package io.infrafabric.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.sample.Tally.Claim;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

class TallyTest {
    private static final long LEASE = 1_000;
    private static final BigDecimal COST = new BigDecimal("2.50");

    private final Board board = Board.load();
    private final Tally tally = new Tally(board);

    @Test
    void anUntouchedBoardIsAllLeft() {
        Summary summary = tally.summary(0);
        assertThat(summary.done()).isZero();
        assertThat(summary.left()).hasSize(56).startsWith("P0.1.1");
        assertThat(tally.over()).isFalse();
    }

    @Test
    void twoGrantsThatOverlapAreHeldByTwo() {
        tally.claimed(claim("P0.1.1", "a", 1, 10, 20));
        tally.claimed(claim("P0.1.1", "b", 2, 15, 30));
        assertThat(tally.summary(0).heldByTwo()).isEqualTo(1);
    }

    @Test
    void theSameEpochTwiceIsHeldByTwo() {
        tally.claimed(claim("P0.1.1", "a", 1, 10, 20));
        tally.claimed(claim("P0.1.1", "b", 1, 12, 5_000));
        assertThat(tally.summary(0).heldByTwo()).isEqualTo(1);
    }

    @Test
    void aGrantAfterTheLeaseCanHaveEndedIsNot() {
        tally.claimed(claim("P0.1.1", "a", 1, 10, 20));
        tally.claimed(claim("P0.1.1", "b", 3, 15, 10 + LEASE));
        assertThat(tally.summary(0).heldByTwo()).isZero();
    }

    @Test
    void aGrantAfterTheFailureWasSentIsNot() {
        Claim first = claim("P0.1.1", "a", 1, 10, 20);
        tally.claimed(first);
        tally.ending(first, 40);
        tally.claimed(claim("P0.1.1", "b", 2, 15, 41));
        tally.failed(first);
        Summary summary = tally.summary(0);
        assertThat(summary.heldByTwo()).isZero();
        assertThat(summary.failed()).isEqualTo(1);
    }

    @Test
    void aRefusedCompletionDoesNotEndAGrantEarlier() {
        Claim first = claim("P0.1.1", "a", 1, 10, 20);
        tally.claimed(first);
        tally.ending(first, 40);
        tally.refused(first);
        tally.claimed(claim("P0.1.1", "b", 2, 15, 50));
        Summary summary = tally.summary(0);
        assertThat(summary.heldByTwo()).isEqualTo(1);
        assertThat(summary.refusedLate()).isEqualTo(1);
    }

    @Test
    void twoAcceptedCompletionsAreDoneTwice() {
        done(claim("P0.1.1", "a", 1, 10, 20), 30);
        done(claim("P0.1.1", "b", 2, 2_000, 2_001), 2_002);
        Summary summary = tally.summary(0);
        assertThat(summary.doneTwice()).isEqualTo(1);
        assertThat(summary.heldByTwo()).isZero();
        assertThat(summary.done()).isEqualTo(1);
        assertThat(summary.cost()).isEqualByComparingTo("5.00");
    }

    @Test
    void pickupRunsFromTheSubmissionToTheClaimThatWaited() {
        tally.submitting(board.tasksById().get("P0.1.1"), 100);
        tally.claimed(claim("P0.1.1", "a", 1, 10, 107));
        Summary summary = tally.summary(0);
        assertThat(summary.pickups().count()).isEqualTo(1);
        assertThat(summary.pickups().at(50)).isEqualTo(7);
    }

    @Test
    void pickupOfADependantRunsFromTheCompletionOfItsLastDependency() {
        tally.submitting(board.tasksById().get("P0.1.1"), 1);
        tally.submitting(board.tasksById().get("P0.1.2"), 1);
        done(claim("P0.1.1", "a", 1, 2, 3), 200);
        tally.claimed(claim("P0.1.2", "b", 1, 150, 205));
        Summary summary = tally.summary(0);
        assertThat(summary.pickups().count()).isEqualTo(1);
        assertThat(summary.pickups().at(99)).isEqualTo(5);
        assertThat(summary.begunTooEarly()).isZero();
    }

    @Test
    void aTaskThatWaitedForAFreeHandIsNoPickup() {
        tally.submitting(board.tasksById().get("P0.1.1"), 100);
        tally.claimed(claim("P0.1.1", "a", 1, 150, 160));
        assertThat(tally.summary(0).pickups().count()).isZero();
    }

    @Test
    void aGrantBeforeTheDependencyIsDoneIsTooEarly() {
        done(claim("P0.1.1", "a", 1, 2, 3), 200);
        tally.claimed(claim("P0.1.2", "b", 1, 150, 199));
        tally.claimed(claim("P0.2.2", "b", 1, 150, 199));
        assertThat(tally.summary(0).begunTooEarly()).isEqualTo(2);
    }

    @Test
    void whoseLeaseRanOutIsNoLongerAtWork() {
        tally.claimed(claim("P0.1.1", "a", 1, 10, 20));
        assertThat(tally.atWork(21)).isEqualTo(1);
        assertThat(tally.atWork(20 + LEASE)).isZero();
    }

    @Test
    void theFirstTroubleIsTheOneThatIsTold() {
        tally.stop("first");
        tally.stop("second");
        assertThat(tally.over()).isTrue();
        assertThat(tally.summary(0).trouble()).isEqualTo("first");
    }

    private void done(Claim claim, long at) {
        tally.claimed(claim);
        tally.ending(claim, at);
        tally.completed(claim, COST);
    }

    private static Claim claim(String task, String session, long epoch, long sentAt, long answeredAt) {
        return new Claim(task, session, epoch, sentAt, answeredAt, LEASE);
    }
}
