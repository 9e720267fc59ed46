package io.infrafabric.consensus;

import io.infrafabric.event.ConsensusEvent.ClosedBecause;
import io.infrafabric.event.ConsensusEvent.Outcome;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Set;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A question to an electorate. Immutable.
 *
 * @param swarm the swarm that it belongs to
 * @param openedBy the session, or the operator's name
 * @param reopens the decision that this one puts to the vote again, or {@code null}
 * @param electors how many may vote
 * @param count the result of the votes; {@code null} while it is open
 * @param resolution what a human decided; {@code null} if no human did
 */
record Decision(
        String id,
        String swarm,
        String summary,
        String rationale,
        Set<Hazard> hazards,
        Rules rules,
        int electors,
        String openedBy,
        Instant openedAt,
        String traceToken,
        String reopens,
        State state,
        Count count,
        Resolution resolution,
        long version) {

    /** Where a decision stands: open, or how it closed. */
    @Schema(name = "DecisionState")
    enum State {
        OPEN,
        APPROVED,
        REJECTED,
        QUORUM_NOT_MET,
        ESCALATED;

        static State of(Outcome outcome) {
            return valueOf(outcome.name());
        }

        /** Whether the votes have decided. */
        boolean valid() {
            return this != OPEN && outcome().isValid();
        }

        /** How it closed. */
        Outcome outcome() {
            return Outcome.valueOf(name());
        }
    }

    /**
     * The result of the votes.
     *
     * @param independent effective independent voters among those who took a side
     * @param gate what a human must judge; {@code null} if the votes decided
     * @param by the operator who closed it, {@code null} if nobody did
     */
    record Count(
            VoteTally tally, BigDecimal independent, Rules.Gate gate, ClosedBecause because, String by, Instant at) {}

    /** What a human decided. It is not a vote, and does not change the count. */
    @Schema(name = "DecisionResolution")
    record Resolution(String option, String by, String note, String caseId, Instant at) {}

    boolean isOpen() {
        return state == State.OPEN;
    }

    /** Whether votes count at this time: only before the closing time, even if nobody has closed the decision yet. */
    boolean takesVotes(Instant at) {
        return isOpen() && at.isBefore(rules.closesAt());
    }

    /** Whether votes may be shown. */
    boolean isShown() {
        return !isOpen() || !rules.sealed();
    }
}
