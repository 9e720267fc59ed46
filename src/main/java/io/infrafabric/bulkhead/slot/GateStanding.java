package io.infrafabric.bulkhead.slot;

import io.infrafabric.bulkhead.slot.CallTimes.Figures;
import java.time.Duration;

/**
 * How a gate stands.
 *
 * @param wants slots that calls wait for and other replicas could give
 */
record GateStanding(int running, int queued, int held, int wants, Figures figures) {
    /** How often figures are told while they change. */
    private static final Duration FIGURES = Duration.ofSeconds(5);

    private static final Duration WISH = GateTable.WISH.dividedBy(3);

    /** Whether the others must be told, so long after they were told this. */
    boolean isNews(GateStanding then, Duration since) {
        return then.wants != wants
                || (then.running > 0) != (running > 0)
                || (wants > 0 && since.compareTo(WISH) > 0)
                || (since.compareTo(FIGURES) > 0 && (!figures.equals(Figures.NONE) || !then.equals(this)));
    }
}
