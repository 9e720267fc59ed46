package io.infrafabric.bus;

import io.infrafabric.event.BusEvent.CameDue;
import java.util.ArrayList;
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

    /**
     * The same events, cut into batches to be taken one after the other: each that is about an entity of this kind that
     * came due stands alone, after all others.
     *
     * @param kind the prefix of the entity, up to and including the colon
     */
    public List<EventBatch> apart(String kind) {
        List<Delivery> others = new ArrayList<>(deliveries);
        List<EventBatch> batches = new ArrayList<>(1);
        for (Delivery delivery : deliveries) {
            if (delivery.event() instanceof Reading.Known known
                    && known.envelope().event() instanceof CameDue due
                    && due.entity().startsWith(kind)) {
                others.remove(delivery);
                batches.add(new EventBatch(function, List.of(delivery)));
            }
        }
        if (batches.isEmpty()) {
            return List.of(this);
        }
        if (!others.isEmpty()) {
            batches.addFirst(new EventBatch(function, others));
        }
        return batches;
    }
}
