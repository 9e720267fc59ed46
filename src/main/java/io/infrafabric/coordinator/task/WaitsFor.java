package io.infrafabric.coordinator.task;

import java.util.List;

/**
 * What a queued task waits for besides its turn.
 *
 * @param kind {@code NOBODY_CAN}: no live session of its swarm has all that it requires
 * @param missing the names that the live session lacks that lacks the fewest of them; all of them where no session is live
 */
public record WaitsFor(String kind, List<String> missing) {
    /** No live session has all that it requires. */
    public static WaitsFor nobodyCan(List<String> missing) {
        return new WaitsFor("NOBODY_CAN", missing);
    }
}
