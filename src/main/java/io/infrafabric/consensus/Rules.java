package io.infrafabric.consensus;

import io.infrafabric.event.ConsensusEvent.Outcome;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Set;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * The rules of a decision, frozen when it opens.
 *
 * @param quorum the least number of votes
 * @param majority approvals must exceed this share of the votes that took a side
 * @param supermajority with a hazard, approvals must be at least this share of all votes
 * @param closesAt the closing time; votes count before it, not at it
 * @param sealed whether votes are hidden until it closes
 * @param correlation the correlation of electors on one model of one provider, see {@link Independence}
 * @param minIndependent the least number of effective independent voters that took a side; {@code null} for no minimum
 */
@Schema(name = "DecisionRules")
record Rules(
        int quorum,
        BigDecimal majority,
        BigDecimal supermajority,
        Instant closesAt,
        boolean sealed,
        BigDecimal correlation,
        BigDecimal minIndependent) {

    /** What a human must judge when the votes did not decide. */
    @Schema(name = "DecisionGate")
    enum Gate {
        /** Fewer votes than the quorum. */
        QUORUM_NOT_MET,
        /** Enough votes, but fewer than half of the quorum took a side. */
        TOO_MANY_ABSTAINED,
        /** There is a hazard, and fewer approvals than it requires. */
        SUPERMAJORITY_NOT_MET,
        /** Enough votes, but from voters that are too much alike. */
        TOO_FEW_INDEPENDENT,
        /** Somebody observed what was named as proof that the earlier decision is wrong. */
        FALSIFIER_OBSERVED
    }

    /** The result of the votes; {@code gate} is {@code null} if they decided. */
    record Verdict(Outcome outcome, Gate gate) {
        /** A human decides, whatever the votes say. */
        static final Verdict HUMAN = new Verdict(Outcome.ESCALATED, Gate.FALSIFIER_OBSERVED);
    }

    /**
     * The rule of DESIGN.md, section 4 (seed: {@code validate_decision}, which passed a decision that everybody had
     * rejected).
     *
     * @param independent effective independent voters among those who took a side
     */
    Verdict verdict(VoteTally tally, Set<Hazard> hazards, BigDecimal independent) {
        if (tally.votes() < quorum) {
            return new Verdict(Outcome.QUORUM_NOT_MET, Gate.QUORUM_NOT_MET);
        }
        if (2 * tally.sides() < quorum) {
            return new Verdict(Outcome.QUORUM_NOT_MET, Gate.TOO_MANY_ABSTAINED);
        }
        if (!hazards.isEmpty() && !tally.reaches(supermajority)) {
            return new Verdict(Outcome.ESCALATED, Gate.SUPERMAJORITY_NOT_MET);
        }
        if (minIndependent != null && independent.compareTo(minIndependent) < 0) {
            return new Verdict(Outcome.ESCALATED, Gate.TOO_FEW_INDEPENDENT);
        }
        return new Verdict(tally.exceeds(majority) ? Outcome.APPROVED : Outcome.REJECTED, null);
    }

    /** Votes that are missing for the quorum. */
    int missing(int votes) {
        return Math.max(0, quorum - votes);
    }

    /** Whether live electors without a vote can still complete the quorum. */
    boolean reachable(int votes, int liveWithoutVote) {
        return votes + liveWithoutVote >= quorum;
    }
}
