package io.infrafabric.consensus;

import io.infrafabric.event.ConsensusEvent.ClosedBecause;
import io.infrafabric.event.ConsensusEvent.Outcome;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

/**
 * Everything that was said about a closed decision, for its memo. It no longer changes.
 *
 * @param votes each elector's last one, in the order of their sessions
 * @param nonVoters electors who did not vote
 */
public record Minutes(
        String decision,
        String swarm,
        Motion motion,
        Conditions conditions,
        Result result,
        List<Said> votes,
        List<String> nonVoters) {

    /**
     * What was put to the vote.
     *
     * @param reopens the decision that it puts to the vote again, or {@code null}
     */
    public record Motion(
            String summary,
            String rationale,
            List<String> hazards,
            String openedBy,
            Instant openedAt,
            String reopens,
            String traceToken) {}

    /**
     * The rules that decided it.
     *
     * @param minIndependent {@code null} for no minimum
     */
    public record Conditions(
            int electors,
            int quorum,
            BigDecimal majority,
            BigDecimal supermajority,
            Instant closesAt,
            boolean sealed,
            BigDecimal correlation,
            BigDecimal minIndependent) {}

    /**
     * How it closed.
     *
     * @param gate what a human must judge; {@code null} if the votes decided
     * @param independent effective independent voters among those who took a side
     */
    public record Result(
            Outcome outcome,
            String gate,
            ClosedBecause closedBecause,
            String closedBy,
            Instant closedAt,
            BigDecimal independent) {}

    /**
     * A vote in the elector's own words.
     *
     * @param vote {@code approve}, {@code reject} or {@code abstain}
     * @param falsifier what would show that the decision is wrong, or {@code null}
     */
    public record Said(
            String session,
            String vote,
            String rationale,
            BigDecimal confidence,
            String alternative,
            List<String> evidence,
            String falsifier,
            Instant falsifierDue,
            int number,
            Instant at) {}
}
