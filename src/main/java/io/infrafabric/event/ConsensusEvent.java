package io.infrafabric.event;

import static io.infrafabric.event.Catalogue.Type.v1;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

/**
 * What happens to decisions. Only consensus writes these, except for {@link VoteReported}. All are facts: each happens once,
 * and none replaces another. While a decision is sealed, those that others can follow say who has voted, never how.
 */
@RegisterForReflection
public sealed interface ConsensusEvent extends Event {

    /** The events, each with its name on the wire. */
    List<Catalogue.Type> TYPES = List.of(
            v1("consensus", "decision-opened", DecisionOpened.class),
            v1("consensus", "vote-reported", VoteReported.class),
            v1("consensus", "vote-cast", VoteCast.class),
            v1("consensus", "hazards-raised", HazardsRaised.class),
            v1("consensus", "hazards-lifted", HazardsLifted.class),
            v1("consensus", "decision-closed", DecisionClosed.class),
            v1("consensus", "decision-resolved", DecisionResolved.class));

    /** The decision that it concerns. */
    String decision();

    @Override
    default String subject() {
        return "decision:" + decision();
    }

    /** How the votes came out. */
    enum Outcome {
        /** More approvals than the majority asks for. */
        APPROVED,
        /** Too few approvals for the majority. */
        REJECTED,
        /** Too few votes, or too few that took a side: a human decides. */
        QUORUM_NOT_MET,
        /** The votes suffice, but a gate did not let them pass: a human decides. */
        ESCALATED;

        /** Whether the votes decided. */
        public boolean isValid() {
            return switch (this) {
                case APPROVED, REJECTED -> true;
                case QUORUM_NOT_MET, ESCALATED -> false;
            };
        }
    }

    /** Why a decision closed when it did. */
    enum ClosedBecause {
        /** Every elector has voted. */
        ALL_VOTED,
        /** Its closing time has come. */
        TIME_UP,
        /** An operator closed it. */
        OPERATOR,
        /** Too few electors are left to reach the quorum, or too many were silent for too long. */
        QUORUM_UNREACHABLE,
        /** A human decided before the votes did. */
        HUMAN
    }

    /** Electors are asked to vote. {@code reopens} is the decision that this one puts to the vote again, or {@code null}. */
    record DecisionOpened(
            String decision,
            String swarm,
            List<String> hazards,
            int electors,
            int quorum,
            boolean sealed,
            Instant closesAt,
            String openedBy,
            String reopens)
            implements ConsensusEvent {}

    /**
     * An elector votes over the channel (a fact: this casts a vote, or changes the one before). It is confidential, because the
     * decision may be sealed, and only consensus knows.
     *
     * @param vote {@code approve}, {@code reject} or {@code abstain}
     * @param confidence from 0 to 1; {@code null} means 0.5
     * @param evidence {@code claim:<id>}, {@code task:<id>}, {@code decision:<id>}, or links
     * @param falsifier what would show that the decision is wrong; {@code null} for nothing
     */
    record VoteReported(
            String decision,
            String swarm,
            String session,
            String vote,
            BigDecimal confidence,
            String rationale,
            String alternative,
            List<String> evidence,
            WrongIf falsifier)
            implements ConsensusEvent, Confidential {

        @Override
        public VoteReported shown() {
            return new VoteReported(decision, swarm, session, null, null, null, null, null, null);
        }

        /** "This decision is wrong if …", observed by then. */
        public record WrongIf(String statement, Instant dueAt) {}
    }

    /**
     * An elector voted, for the first time or again.
     *
     * @param vote {@code approve}, {@code reject} or {@code abstain}; {@code null} while the decision is sealed, like
     * {@code confidence}
     * @param number 1 for the elector's first vote on this decision
     */
    record VoteCast(String decision, String swarm, String session, String vote, BigDecimal confidence, int number)
            implements ConsensusEvent {}

    /**
     * Hazards were added.
     *
     * @param hazards all hazards of the decision now
     * @param by who named them, or {@code disputed evidence}
     */
    record HazardsRaised(String decision, String swarm, List<String> hazards, String by) implements ConsensusEvent {}

    /**
     * A hazard that nobody had named is gone: the dispute about cited evidence has ended.
     *
     * @param hazards all hazards that remain
     * @param by the cause of the hazard
     */
    record HazardsLifted(String decision, String swarm, List<String> hazards, String by) implements ConsensusEvent {}

    /**
     * The votes are counted, and no longer change. Read their texts from consensus: they may be larger than an event.
     *
     * @param gate the rule that a human must judge, {@code null} if the votes decided
     * @param by the operator who closed it, {@code null} if nobody did
     */
    record DecisionClosed(
            String decision,
            String swarm,
            Outcome outcome,
            String gate,
            ClosedBecause because,
            int approvals,
            int rejections,
            int abstentions,
            String by,
            Instant at)
            implements ConsensusEvent {}

    /** A human decided what the votes did not decide. {@code option} is {@code APPROVE} or {@code REJECT}. */
    record DecisionResolved(
            String decision, String swarm, String option, String by, String note, String caseId, Instant at)
            implements ConsensusEvent {}
}
