package io.infrafabric.consensus;

import io.infrafabric.bus.EventIds;
import io.infrafabric.bus.Work;
import io.infrafabric.consensus.DecisionTable.Locked;
import io.infrafabric.event.ConsensusEvent.ClosedBecause;
import io.infrafabric.event.ConsensusEvent.DecisionResolved;
import io.infrafabric.event.DissentEvent.FalsifierObserved;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.hibernate.reactive.mutiny.Mutiny;
import org.jboss.logging.Logger;

/** Handles what comes after the votes: a human decides, or the decision turns out to be wrong. */
@ApplicationScoped
class DecisionRulingTransaction {
    private static final Logger LOG = Logger.getLogger(DecisionRulingTransaction.class);

    private final ClosingTransaction closings;
    private final DecisionTransaction decisions;
    private final EventIds ids;
    private final ConsensusConfig config;

    DecisionRulingTransaction(
            ClosingTransaction closings, DecisionTransaction decisions, EventIds ids, ConsensusConfig config) {
        this.closings = closings;
        this.decisions = decisions;
        this.ids = ids;
        this.config = config;
    }

    /**
     * Records once what a human decided. A decision that was put to the vote again may still be open: then the human
     * was faster, and it closes without a result of the votes.
     */
    Uni<Void> resolved(Mutiny.Session session, Work work, Locked locked, CaseResolved resolved, Instant now) {
        DecisionRow row = locked.row();
        if (row.option != null) {
            LOG.infof("Case %s: %s by %s came too late", resolved.caseId(), resolved.option(), resolved.by());
            return Uni.createFrom().voidItem();
        }
        if (!resolved.option().equals("APPROVE") && !resolved.option().equals("REJECT")) {
            throw new IllegalArgumentException("Consensus offers no " + resolved.option());
        }
        Uni<Void> closed = row.state == Decision.State.OPEN
                ? closings.close(session, work, locked, ClosedBecause.HUMAN, resolved.by(), now)
                : Uni.createFrom().voidItem();
        return closed.invoke(() -> {
            row.resolve(
                    new Decision.Resolution(resolved.option(), resolved.by(), resolved.note(), resolved.caseId(), now));
            work.emit(
                    new DecisionResolved(
                            row.id,
                            row.swarm,
                            resolved.option(),
                            resolved.by(),
                            resolved.note(),
                            resolved.caseId(),
                            now),
                    new Trace(null, row.traceToken));
        });
    }

    /**
     * Puts a decision to the vote again with the same electorate, rules and named hazards, and asks a human. If a new
     * vote is already under way, it only asks the human.
     */
    Uni<Void> reopen(
            Mutiny.Session session,
            Work work,
            Locked reopened,
            FalsifierObserved seen,
            List<String> electors,
            Instant now) {
        DecisionRow old = reopened.row();
        return DecisionTable.lockAgain(session, old.id)
                .take()
                .chain(again -> again == null
                        ? open(session, work, old, seen, electors, now)
                        : Uni.createFrom().item(again))
                .chain(again -> {
                    work.emit(
                            ClosingTransaction.ask(
                                    again.row().toDecision(),
                                    Rules.Gate.FALSIFIER_OBSERVED,
                                    "Decision " + old.id + " (" + old.state + ") was challenged by " + seen.namedBy()
                                            + " if: " + ClosingTransaction.shown(seen.statement()) + "\n"
                                            + seen.observedBy()
                                            + " reports that it was observed. The question is put to the vote again "
                                            + "as decision "
                                            + again.row().id + ". Do you approve or reject it?",
                                    seen.falsifier()),
                            new Trace(null, old.traceToken));
                    return closings.checkReach(session, work, again, Set.of(), now);
                });
    }

    private Uni<Locked> open(
            Mutiny.Session session,
            Work work,
            DecisionRow old,
            FalsifierObserved seen,
            List<String> electors,
            Instant now) {
        DecisionRow again = DecisionRow.again(
                ids.next().toString(),
                old,
                "Decision " + old.id + " is put to the vote again, because what " + seen.namedBy()
                        + " had named as proof that it is wrong was observed by " + seen.observedBy() + ": "
                        + seen.statement() + "\n\n" + old.rationale,
                now,
                now.plus(config.voting()));
        return DecisionTable.insert(session, again, old.id)
                .call(() -> decisions.announce(work, again, electors, new Trace(null, old.traceToken)));
    }
}
