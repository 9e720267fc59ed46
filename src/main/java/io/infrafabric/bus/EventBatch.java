package io.infrafabric.bus;

import java.util.List;

/**
 * The events that a function gets at once from its channel.
 *
 * @param function whose channel it came from
 * @param deliveries in the order of the channel
 */
public record EventBatch(String function, List<Delivery> deliveries) {

    /**
     * One event of a batch; never {@link Reading.Unknown}, which stays in the channel.
     *
     * @param entry what the channel calls it; empty if it was read from the event log
     * @param event the event
     * @param count how often it was delivered so far, this time included
     */
    public record Delivery(String entry, Reading event, int count) {}
}
