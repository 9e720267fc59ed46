package io.infrafabric.consensus;

import io.infrafabric.event.ConsensusEvent.Outcome;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Set;

/**
 * What a decision is decided by, frozen when it opens.
 *
 * @param quorum votes that must be there
 * @param majority approvals must be more than this share of the votes that took a side
 * @param supermajority with a hazard, approvals must be at least this share of all votes
 * @param closesAt when it closes at the latest; votes count before it, not at it
 * @param sealed whether votes are hidden until it closes
 * @param correlation of electors that run on one model of one provider, see {@link Independence}
 * @param minIndependent effective independent voters that must have taken a side; {@code null} for no minimum
 */
record Rules(
        int quorum,
        BigDecimal majority,
        BigDecimal supermajority,
        Instant closesAt,
        boolean sealed,
        BigDecimal correlation,
        BigDecimal minIndependent) {

    /** What a human is asked about when the votes did not decide. */
    enum Gate {
        /** Fewer votes than the quorum. */
        QUORUM_NOT_MET,
        /** Votes enough, but fewer than half of the quorum took a side. */
        TOO_MANY_ABSTAINED,
        /** There is a hazard, and fewer approvals than it asks for. */
        SUPERMAJORITY_NOT_MET,
        /** Votes enough, but of voters that are too much alike. */
        TOO_FEW_INDEPENDENT,
        /** What was named as proof that the earlier decision is wrong has been seen. */
        FALSIFIER_OBSERVED
    }

    /** What the votes come to; {@code gate} is {@code null} if they decided. */
    record Verdict(Outcome outcome, Gate gate) {
        /** A human decides, whatever the votes say. */
        static final Verdict HUMAN = new Verdict(Outcome.ESCALATED, Gate.FALSIFIER_OBSERVED);
    }

    /**
     * The rule of DESIGN.md, section 4 (seed: {@code validate_decision}, which passed a decision that all had rejected).
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

    /** Whether the quorum can still be reached by those who have not voted and are live. */
    boolean reachable(int votes, int liveWithoutVote) {
        return votes + liveWithoutVote >= quorum;
    }
}
