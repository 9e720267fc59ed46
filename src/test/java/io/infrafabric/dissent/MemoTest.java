package io.infrafabric.dissent;

import static io.infrafabric.dissent.Examples.AT;
import static io.infrafabric.dissent.Examples.minutes;
import static io.infrafabric.dissent.Examples.said;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.consensus.Minutes.Said;
import io.infrafabric.event.ConsensusEvent.Outcome;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoTest {
    private static final List<Said> SIX_OF_SEVEN = List.of(
            said("a", "approve", "0.5", "yes"),
            said("b", "approve", "0.5", "yes"),
            said("c", "approve", "0.5", "yes"),
            said("d", "approve", "0.5", "yes"),
            said("e", "approve", "0.5", "yes"),
            said("f", "abstain", "0.5", "dunno"),
            said("g", "reject", "0.9", Examples.NASTY));

    @Test
    void dissent_preserved() {
        Memo memo = Memo.of(minutes(Outcome.APPROVED, List.of(), SIX_OF_SEVEN), AT);
        assertThat(memo.dissentingViews()).singleElement().satisfies(view -> {
            assertThat(view.session()).isEqualTo("g");
            assertThat(view.rationale()).isEqualTo(Examples.NASTY);
            assertThat(view.evidenceCited()).isEmpty();
        });
        assertThat(memo.consensus())
                .isEqualTo(new Memo.Consensus(new BigDecimal("0.7142"), 7, 5, 1, 1, new BigDecimal("1.75")));
        assertThat(memo.nonVoters()).containsExactly("zoe");
        assertThat(memo.votes()).hasSize(7);
        assertThat(memo.traceToken()).isEqualTo("trace-1");
        assertThat(memo.timestamp()).isEqualTo(AT);
    }

    /** By heads and by confidence. */
    @Test
    void dissent_scoring() {
        Memo memo = Memo.of(minutes(Outcome.APPROVED, List.of(), SIX_OF_SEVEN), AT);
        assertThat(memo.dissentStrength()).isEqualByComparingTo("0.1428");
        // 0.9 of 3.9
        assertThat(memo.dissentScore()).isEqualByComparingTo("0.2307");
        assertThat(memo.reviewTier()).isEqualTo(ReviewTier.CLOSER_LOOK);
    }

    @Test
    void without_dissent_the_list_is_empty_and_the_scores_are_nothing() {
        Memo memo = Memo.of(minutes(Outcome.APPROVED, List.of(), List.of(said("a", "approve", "1", "yes"))), AT);
        assertThat(memo.dissentingViews()).isEmpty();
        assertThat(memo.dissentStrength()).isZero();
        assertThat(memo.dissentScore()).isZero();
        assertThat(memo.reviewTier()).isEqualTo(ReviewTier.ROUTINE);
    }

    @Test
    void nobody_voted_and_nobody_was_sure_are_no_division_by_zero() {
        Memo nobody = Memo.of(minutes(Outcome.QUORUM_NOT_MET, List.of(), List.of()), AT);
        assertThat(nobody.consensus().approvalRate()).isZero();
        assertThat(nobody.dissentStrength()).isZero();
        Memo unsure = Memo.of(minutes(Outcome.REJECTED, List.of(), List.of(said("a", "reject", "0", "no"))), AT);
        assertThat(unsure.dissentStrength()).isEqualByComparingTo("1");
        assertThat(unsure.dissentScore()).isZero();
    }

    @Test
    void what_was_close_dangerous_or_undecided_is_looked_at() {
        List<Said> fifth = List.of(
                said("a", "approve", "0.5", "y"),
                said("b", "approve", "0.5", "y"),
                said("c", "approve", "0.5", "y"),
                said("d", "approve", "0.5", "y"),
                said("e", "reject", "0.5", "n"));
        assertThat(Memo.of(minutes(Outcome.APPROVED, List.of(), fifth), AT).reviewTier())
                .isEqualTo(ReviewTier.ROUTINE);
        assertThat(Memo.of(minutes(Outcome.APPROVED, List.of("legal"), fifth), AT)
                        .reviewTier())
                .isEqualTo(ReviewTier.CLOSER_LOOK);
        assertThat(Memo.of(minutes(Outcome.ESCALATED, List.of("legal"), fifth), AT)
                        .reviewTier())
                .isEqualTo(ReviewTier.HUMAN);
    }
}
