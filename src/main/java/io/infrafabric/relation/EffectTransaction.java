package io.infrafabric.relation;

import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;

/** What follows from a change of the graph: contradictions, how grave they are, standings and disputes, in this order. */
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

    /** Follows all that the change has touched. The change itself is written. */
    Uni<Void> follow(Work work, Ripple ripple) {
        return contradictions
                .follow(work, ripple)
                // Sent one after the other without waiting: neither needs what the other finds.
                .chain(() -> work.inOrder(severities.follow(work, ripple), standings.takeUp(work, ripple))
                        .discardItems())
                .chain(() -> standings.follow(work, ripple));
    }
}
