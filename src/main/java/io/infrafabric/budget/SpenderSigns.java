package io.infrafabric.budget;

import io.smallrye.mutiny.Uni;

/**
 * What a report of a cost says besides the money: its session gets somewhere. The coordinator wants to know, and implements
 * this.
 */
public interface SpenderSigns {
    /** A session reports a cost. Never fails: the cost is booked, whether or not this is written. */
    Uni<Void> costReported(String session);
}
