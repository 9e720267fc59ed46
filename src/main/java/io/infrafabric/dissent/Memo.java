package io.infrafabric.dissent;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.infrafabric.consensus.Minutes;
import io.infrafabric.consensus.Minutes.Said;
import io.infrafabric.input.Decimals;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * The memo of a closed decision (seed: {@code format_final_memo}, P6): the whole decision, and every objection in the
 * objector's own words. Numbers have at most four decimals, so that every program writes them alike (see
 * {@link Chain}).
 *
 * @param dissentStrength rejections divided by votes
 * @param dissentScore the same, with each vote weighted by its confidence
 * @param timestamp when it was written
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
record Memo(
        String decisionSummary,
        String decisionRationale,
        String outcome,
        boolean valid,
        @Schema(nullable = true) String gate,
        Consensus consensus,
        List<View> dissentingViews,
        List<Ballot> votes,
        List<String> nonVoters,
        List<String> hazards,
        Rules rules,
        BigDecimal dissentStrength,
        BigDecimal dissentScore,
        ReviewTier reviewTier,
        String openedBy,
        Instant openedAt,
        String closedBecause,
        @Schema(nullable = true) String closedBy,
        Instant closedAt,
        @Schema(nullable = true) String reopens,
        @Schema(nullable = true) String traceToken,
        Instant timestamp) {

    private static final int DECIMALS = 4;

    /** The count of votes; {@code approvalRate} is approvals divided by all votes. */
    @Schema(name = "MemoConsensus")
    record Consensus(
            BigDecimal approvalRate,
            int totalVotes,
            int approvals,
            int rejections,
            int abstentions,
            BigDecimal independentVoters) {}

    /** A rejection, verbatim. */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    @Schema(name = "Objection")
    record View(
            String session,
            String rationale,
            BigDecimal confidence,
            @Schema(nullable = true) String alternativeProposed,
            List<String> evidenceCited,
            @Schema(nullable = true) Falsifier falsifier) {}

    /** What would show that the decision is wrong. */
    @Schema(name = "ObjectionFalsifier")
    record Falsifier(String statement, Instant dueAt) {}

    /** How an elector voted. */
    @Schema(name = "MemoBallot")
    record Ballot(String session, String vote, BigDecimal confidence) {}

    /** The rules that decided it. */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    @Schema(name = "MemoRules")
    record Rules(
            int electorate,
            int quorum,
            BigDecimal majority,
            BigDecimal supermajority,
            Instant closesAt,
            boolean sealed,
            BigDecimal correlation,
            @Schema(nullable = true) BigDecimal minIndependent) {}

    /** Makes the memo from the minutes. */
    static Memo of(Minutes minutes, Instant timestamp) {
        List<Said> against = against(minutes);
        Map<String, Long> counts =
                minutes.votes().stream().collect(Collectors.groupingBy(Said::vote, Collectors.counting()));
        int approvals = counts.getOrDefault("approve", 0L).intValue();
        int total = minutes.votes().size();
        BigDecimal strength = share(BigDecimal.valueOf(against.size()), BigDecimal.valueOf(total));
        BigDecimal score = share(confidence(against), confidence(minutes.votes()));
        return new Memo(
                minutes.motion().summary(),
                minutes.motion().rationale(),
                minutes.result().outcome().name(),
                minutes.result().outcome().isValid(),
                minutes.result().gate(),
                new Consensus(
                        share(BigDecimal.valueOf(approvals), BigDecimal.valueOf(total)),
                        total,
                        approvals,
                        against.size(),
                        counts.getOrDefault("abstain", 0L).intValue(),
                        Decimals.plain(minutes.result().independent())),
                against.stream().map(Memo::view).toList(),
                minutes.votes().stream()
                        .map(said -> new Ballot(said.session(), said.vote(), Decimals.plain(said.confidence())))
                        .toList(),
                minutes.nonVoters(),
                minutes.motion().hazards(),
                rules(minutes.conditions()),
                strength,
                score,
                ReviewTier.of(minutes, strength, score),
                minutes.motion().openedBy(),
                minutes.motion().openedAt(),
                minutes.result().closedBecause().name(),
                minutes.result().closedBy(),
                minutes.result().closedAt(),
                minutes.motion().reopens(),
                minutes.motion().traceToken(),
                timestamp);
    }

    /** The rejections. */
    static List<Said> against(Minutes minutes) {
        return minutes.votes().stream()
                .filter(said -> said.vote().equals("reject"))
                .toList();
    }

    private static View view(Said said) {
        return new View(
                said.session(),
                said.rationale(),
                Decimals.plain(said.confidence()),
                said.alternative(),
                said.evidence(),
                said.falsifier() == null ? null : new Falsifier(said.falsifier(), said.falsifierDue()));
    }

    private static Rules rules(Minutes.Conditions conditions) {
        return new Rules(
                conditions.electors(),
                conditions.quorum(),
                shown(conditions.majority()),
                shown(conditions.supermajority()),
                conditions.closesAt(),
                conditions.sealed(),
                shown(conditions.correlation()),
                Decimals.plain(conditions.minIndependent()));
    }

    private static BigDecimal confidence(List<Said> votes) {
        return votes.stream().map(Said::confidence).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    /** Rounded down, as consensus shows it; 0 if the whole is 0. */
    private static BigDecimal share(BigDecimal part, BigDecimal whole) {
        return whole.signum() == 0
                ? BigDecimal.ZERO
                : Decimals.plain(part.divide(whole, MathContext.DECIMAL128).setScale(DECIMALS, RoundingMode.DOWN));
    }

    private static BigDecimal shown(BigDecimal value) {
        return Decimals.plain(value.setScale(DECIMALS, RoundingMode.DOWN));
    }
}
