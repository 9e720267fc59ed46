package io.infrafabric.relation;

import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;

/** What follows from a change of the graph: contradictions, their severity, standings and disputes, in this order. */
@ApplicationScoped
class EffectTransaction {
    private final ContradictionTransaction contradictions;
    private final SeverityTransaction severities;
    private final ClaimStandingTransaction standings;

    EffectTransaction(
            ContradictionTransaction contradictions,
            SeverityTransaction severities,
            ClaimStandingTransaction standings) {
        this.contradictions = contradictions;
        this.severities = severities;
        this.standings = standings;
    }

    /** Follows everything that the change has touched. The change itself is already written. */
    Uni<Void> follow(Work work, Ripple ripple) {
        return contradictions
                .follow(work, ripple)
                // Sent one after the other without waiting, because neither needs the other's result.
                .chain(() -> work.inOrder(severities.follow(work, ripple), standings.takeUp(work, ripple))
                        .discardItems())
                .chain(() -> standings.follow(work, ripple));
    }
}
