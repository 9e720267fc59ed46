package io.infrafabric.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.consensus.Rules.Gate;
import io.infrafabric.event.ConsensusEvent.Outcome;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RulesTest {
    private static final Rules SEED = rules(7, null);
    private static final Set<Hazard> NO_HAZARD = Set.of();
    private static final Set<Hazard> SAFETY = Set.of(Hazard.SAFETY);
    private static final BigDecimal MANY = BigDecimal.valueOf(1000);

    static Rules rules(int quorum, String minIndependent) {
        return new Rules(
                quorum,
                new BigDecimal("0.50"),
                new BigDecimal("0.80"),
                Instant.EPOCH.plusSeconds(3600),
                false,
                new BigDecimal("0.5"),
                minIndependent == null ? null : new BigDecimal(minIndependent));
    }

    /** The boundary cases, and those next to them. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # quorum | approve | reject | abstain | hazard | outcome        | gate
            7        | 6       | 0      | 0       | false  | QUORUM_NOT_MET | QUORUM_NOT_MET
            7        | 6       | 0      | 0       | true   | QUORUM_NOT_MET | QUORUM_NOT_MET
            7        | 0       | 0      | 0       | false  | QUORUM_NOT_MET | QUORUM_NOT_MET
            7        | 7       | 0      | 0       | false  | APPROVED       |
            7        | 7       | 0      | 0       | true   | APPROVED       |
            # exactly 0.80, and just below
            10       | 8       | 2      | 0       | true   | APPROVED       |
            5        | 4       | 1      | 0       | true   | APPROVED       |
            10000    | 7999    | 2001   | 0       | true   | ESCALATED      | SUPERMAJORITY_NOT_MET
            10000    | 8000    | 2000   | 0       | true   | APPROVED       |
            9        | 7       | 2      | 0       | true   | ESCALATED      | SUPERMAJORITY_NOT_MET
            # abstentions: fewer than half of the quorum took a side
            7        | 0       | 0      | 7       | false  | QUORUM_NOT_MET | TOO_MANY_ABSTAINED
            7        | 0       | 0      | 7       | true   | QUORUM_NOT_MET | TOO_MANY_ABSTAINED
            7        | 1       | 0      | 6       | false  | QUORUM_NOT_MET | TOO_MANY_ABSTAINED
            7        | 3       | 0      | 4       | false  | QUORUM_NOT_MET | TOO_MANY_ABSTAINED
            7        | 4       | 0      | 3       | false  | APPROVED       |
            8        | 4       | 0      | 4       | false  | APPROVED       |
            # four approve and three abstain with a hazard: 4/7 is 0.57
            7        | 4       | 0      | 3       | true   | ESCALATED      | SUPERMAJORITY_NOT_MET
            # all reject: not passed, as the seed's sketch had it
            7        | 0       | 7      | 0       | false  | REJECTED       |
            7        | 0       | 7      | 0       | true   | ESCALATED      | SUPERMAJORITY_NOT_MET
            # half is no majority
            8        | 4       | 4      | 0       | false  | REJECTED       |
            9        | 5       | 4      | 0       | false  | APPROVED       |
            7        | 2       | 2      | 3       | false  | REJECTED       |
            1        | 1       | 0      | 0       | true   | APPROVED       |
            1        | 0       | 0      | 1       | false  | QUORUM_NOT_MET | TOO_MANY_ABSTAINED
            """)
    void the_outcome_follows_from_the_votes(
            int quorum, int approve, int reject, int abstain, boolean hazard, Outcome outcome, Gate gate) {
        Rules.Verdict verdict =
                rules(quorum, null).verdict(new VoteTally(approve, reject, abstain), hazard ? SAFETY : NO_HAZARD, MANY);
        assertThat(verdict).isEqualTo(new Rules.Verdict(outcome, gate));
        assertThat(verdict.outcome().isValid()).isEqualTo(gate == null);
    }

    @Test
    void every_hazard_asks_for_the_supermajority() {
        for (Hazard hazard : Hazard.values()) {
            assertThat(SEED.verdict(new VoteTally(6, 4, 0), Set.of(hazard), MANY)
                            .outcome())
                    .isEqualTo(Outcome.ESCALATED);
        }
        assertThat(SEED.verdict(new VoteTally(6, 4, 0), NO_HAZARD, MANY).outcome())
                .isEqualTo(Outcome.APPROVED);
    }

    @Test
    void nothing_is_rounded_where_a_third_is_asked_for() {
        BigDecimal third = new BigDecimal("0.333333");
        assertThat(new VoteTally(1, 2, 0).exceeds(third)).isTrue();
        assertThat(new VoteTally(1, 2, 0).exceeds(new BigDecimal("0.333334"))).isFalse();
        assertThat(new VoteTally(333_333, 666_667, 0).reaches(third)).isTrue();
        assertThat(new VoteTally(333_333, 666_667, 0).exceeds(third)).isFalse();
    }

    @Test
    void a_rate_that_is_shown_never_looks_like_more() {
        assertThat(new VoteTally(7999, 2001, 0).approvalRate()).isEqualByComparingTo("0.7999");
        assertThat(new VoteTally(79_999, 20_001, 0).approvalRate()).isEqualByComparingTo("0.7999");
        assertThat(new VoteTally(4, 0, 3).approvalRate()).isEqualByComparingTo("0.5714");
        assertThat(VoteTally.NONE.approvalRate()).isZero();
    }

    @Test
    void a_minimum_of_independent_voters_decides_only_where_it_is_asked_for() {
        VoteTally ten = new VoteTally(10, 0, 0);
        BigDecimal alike = Independence.of(List.of(10), new BigDecimal("0.5"));
        assertThat(SEED.verdict(ten, NO_HAZARD, alike).outcome()).isEqualTo(Outcome.APPROVED);
        assertThat(rules(7, "3").verdict(ten, NO_HAZARD, alike))
                .isEqualTo(new Rules.Verdict(Outcome.ESCALATED, Gate.TOO_FEW_INDEPENDENT));
        BigDecimal mixed = Independence.of(List.of(4, 3, 3), new BigDecimal("0.5"));
        assertThat(rules(7, "3").verdict(ten, NO_HAZARD, mixed).outcome()).isEqualTo(Outcome.APPROVED);
    }

    @Test
    void lost_electors_are_missed_only_when_the_quorum_cannot_be_reached_without_them() {
        assertThat(SEED.missing(4)).isEqualTo(3);
        assertThat(SEED.missing(9)).isZero();
        assertThat(SEED.reachable(4, 3)).isTrue();
        assertThat(SEED.reachable(4, 2)).isFalse();
        assertThat(SEED.reachable(7, 0)).isTrue();
    }
}
