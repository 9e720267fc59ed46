package io.infrafabric.consensus;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Work;
import io.infrafabric.event.ConsensusEvent.HazardsLifted;
import io.infrafabric.event.ConsensusEvent.HazardsRaised;
import io.infrafabric.event.RelationEvent.ContradictionEnded;
import io.infrafabric.event.RelationEvent.ContradictionFound;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Handles disputed evidence: an open decision whose votes cite both sides of a contradiction gets the hazard
 * {@code conflict>20%}. It keeps the hazard until the last such contradiction has ended, or for good if somebody has
 * named that hazard, too. A sealed decision gets it when it closes, because it would reveal what votes cite. Claims of
 * other swarms do not count as evidence: a vote may name them, like claims that do not exist, without effect. Consensus
 * keeps its own copy of the contradictions from relation's events.
 *
 * <p>Votes that cite claims share an advisory lock, which those events take exclusively. It is one of the turns of
 * {@link Locks}. So a vote that is cast while a contradiction is found or ends is not overlooked. One transaction
 * changes the hazard of at most {@link ConsensusConfig#evidenceBatch} decisions; a due row makes the next one go on.
 */
final class EvidenceTransaction {
    private static final String BY = "disputed evidence";

    /** What comes due if a contradiction concerns more decisions than one transaction takes. */
    static final String DUE = "evidence:";

    /**
     * What new or ended contradictions concern.
     *
     * @param decisions the decisions to lock and weigh
     * @param unfinished contradictions that may concern more decisions than these
     * @param evidence the proof that contradictions are locked; {@code null} if none had to be
     */
    record Concerned(Set<String> decisions, Set<String> unfinished, DisputedEvidenceTable.Locked evidence) {}

    private EvidenceTransaction() {}

    private static boolean citesClaims(Vote.Words words) {
        return words.evidence().stream().anyMatch(cited -> cited.startsWith(Vote.CLAIM));
    }

    /** Keeps contradictions unchanged until the end of the transaction if one of these votes cites claims. */
    static Lock<Locks.Turns, Optional<DisputedEvidenceTable.Locked>> share(Work work, Collection<Vote.Words> votes) {
        return votes.stream().anyMatch(EvidenceTransaction::citesClaims)
                ? Lock.of(DisputedEvidenceTable.share(work).take().map(Optional::of))
                : Lock.none(Uni.createFrom().item(Optional.empty()));
    }

    /**
     * Records new and ended contradictions, and gives the decisions that they concern: open ones that cite both sides
     * of a new contradiction, and those that had the hazard because of an ended one.
     *
     * @param leftOver contradictions that concerned more decisions than one transaction took
     * @param votes those that the transaction is going to take in
     * @param most the most decisions
     */
    static Lock<Locks.Turns, Concerned> learn(
            Work work,
            List<ContradictionFound> found,
            List<ContradictionEnded> ended,
            Set<String> leftOver,
            Collection<Vote.Words> votes,
            int most) {
        Set<String> ids = new TreeSet<>(leftOver);
        found.forEach(one -> ids.add(one.contradiction()));
        ended.forEach(one -> ids.add(one.contradiction()));
        if (ids.isEmpty()) {
            return Lock.of(
                    share(work, votes).take().map(shared -> new Concerned(Set.of(), Set.of(), shared.orElse(null))));
        }
        return Lock.of(DisputedEvidenceTable.alone(work)
                .take()
                .chain(alone -> DisputedEvidenceTable.found(work, alone, found)
                        .chain(() -> DisputedEvidenceTable.ended(work, alone, ended))
                        .chain(() -> DisputedEvidenceTable.concerned(work, ids, most))
                        .call(decisions -> DisputedEvidenceTable.release(work, alone, decisions))
                        .map(decisions -> new Concerned(decisions, decisions.size() < most ? Set.of() : ids, alone))));
    }

    /** Gives the hazard to those of the decisions that cite both sides, and takes it back from others. */
    static Uni<Void> weigh(
            Work work, DisputedEvidenceTable.Locked evidence, Collection<DecisionTable.Locked> decisions) {
        return check(
                work,
                decisions.stream()
                        .map(DecisionTable.Locked::row)
                        .filter(row -> !row.sealed)
                        .toList());
    }

    /**
     * The same for a sealed decision that is about to close. It uses the contradictions known then: the closing does
     * not wait for one that is being found at the same time.
     */
    static Uni<Void> unseal(Work work, DecisionTable.Locked decision) {
        return check(work, List.of(decision.row()));
    }

    private static Uni<Void> check(Work work, List<DecisionRow> decisions) {
        List<DecisionRow> open = decisions.stream()
                .filter(row -> row.state == Decision.State.OPEN)
                .filter(row -> row.disputed || !List.of(row.hazards).contains(Hazard.CONFLICT.word()))
                .toList();
        if (open.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        List<String> ids = open.stream().map(row -> row.id).toList();
        return DisputedEvidenceTable.hold(work, ids)
                .chain(() -> DisputedEvidenceTable.held(work, ids))
                .invoke(held -> open.stream()
                        .filter(row -> row.dispute(held.contains(row.id)))
                        .forEach(row -> tell(work, row)))
                .replaceWithVoid();
    }

    private static void tell(Work work, DecisionRow row) {
        List<String> hazards = List.of(row.hazards);
        work.emit(
                row.disputed
                        ? new HazardsRaised(row.id, row.swarm, hazards, BY)
                        : new HazardsLifted(row.id, row.swarm, hazards, BY),
                new Trace(null, row.traceToken));
    }
}
