package io.infrafabric.consensus;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.infrafabric.event.ConsensusEvent.ClosedBecause;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A decision as callers see it.
 *
 * @param valid whether the votes have decided
 * @param tally {@code null} while votes are hidden
 * @param votes each elector's last one; {@code null} in lists, and while votes are hidden
 * @param missing electors who have not voted; {@code null} in lists
 * @param missingForQuorum votes that are still missing for the quorum; {@code null} in lists
 * @param unreachableSince since when voters and live electors together are fewer than the quorum; {@code null} while
 * they are enough, and in lists
 * @param gate what a human must judge; {@code null} if the votes decided
 */
record DecisionView(
        String id,
        String swarm,
        String summary,
        String rationale,
        List<String> hazards,
        Rules rules,
        int electors,
        String openedBy,
        Instant openedAt,
        String traceToken,
        String reopens,
        Decision.State state,
        boolean valid,
        TallyView tally,
        List<Vote> votes,
        List<Missing> missing,
        Integer missingForQuorum,
        Instant unreachableSince,
        Rules.Gate gate,
        ClosedBecause closedBecause,
        String closedBy,
        Instant closedAt,
        Decision.Resolution resolution,
        long version) {

    /**
     * The count of votes.
     *
     * @param approvalRate approvals divided by all votes, four decimals, rounded down
     * @param independent effective independent voters among those who took a side
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    record TallyView(int approve, int reject, int abstain, int votes, BigDecimal approvalRate, BigDecimal independent) {
        static TallyView of(VoteTally tally, BigDecimal independent) {
            return new TallyView(
                    tally.approve(),
                    tally.reject(),
                    tally.abstain(),
                    tally.votes(),
                    tally.approvalRate(),
                    independent.stripTrailingZeros());
        }
    }

    /** An elector who has not voted. {@code state} is {@code LIVE}, {@code LOST} or {@code LEFT}. */
    @Schema(name = "MissingElector")
    record Missing(String session, String state) {}

    /** The count of an open decision, the missing electors and, if requested, the votes. */
    record Seen(
            VoteTally tally,
            BigDecimal independent,
            List<Missing> missing,
            List<Vote> votes,
            Instant unreachableSince) {}

    /** The decision with its votes, which are hidden while it is sealed and open, except for the missing electors. */
    static DecisionView of(Decision decision, Seen seen) {
        Decision.Count count = decision.count();
        VoteTally tally = count == null ? seen.tally() : count.tally();
        BigDecimal independent = count == null ? seen.independent() : count.independent();
        boolean shown = decision.isShown();
        int voted = seen.missing() == null
                ? 0
                : decision.electors() - seen.missing().size();
        boolean outOfReach =
                decision.isOpen() && seen.missing() != null && !decision.rules().reachable(voted, live(seen));
        return new DecisionView(
                decision.id(),
                decision.swarm(),
                decision.summary(),
                decision.rationale(),
                Hazard.words(decision.hazards()),
                decision.rules(),
                decision.electors(),
                decision.openedBy(),
                decision.openedAt(),
                decision.traceToken(),
                decision.reopens(),
                decision.state(),
                decision.state().valid(),
                shown ? TallyView.of(tally, independent) : null,
                shown ? seen.votes() : null,
                seen.missing(),
                seen.missing() == null ? null : decision.rules().missing(voted),
                outOfReach ? seen.unreachableSince() : null,
                count == null ? null : count.gate(),
                count == null ? null : count.because(),
                count == null ? null : count.by(),
                count == null ? null : count.at(),
                decision.resolution(),
                decision.version());
    }

    private static int live(Seen seen) {
        return (int) seen.missing().stream()
                .filter(elector -> elector.state().equals("LIVE"))
                .count();
    }
}
