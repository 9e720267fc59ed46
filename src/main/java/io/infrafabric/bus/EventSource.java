package io.infrafabric.bus;

import io.vertx.core.Future;
import java.util.List;

/**
 * What one {@link StreamReader} reads from: its share of the channel of one function. The reader calls it on its own event
 * loop, and reads again only after it has removed what it read before, or given that up.
 */
interface EventSource {

    /**
     * The next batch: first what others left behind, then what is new. Empty if nothing comes within {@link
     * BusConfig.Reader#block()}. Nobody else gets these entries while this reader goes on to {@link #touch} them.
     *
     * @param atOnce does not wait for something to come
     */
    Future<List<EventBatch.Delivery>> read(boolean atOnce);

    /** Takes handled entries out of the channel. Entries that are not there any more are no failure. */
    Future<Void> remove(List<String> entries);

    /** Says that these entries are still in work. */
    void touch(List<String> entries);

    /**
     * Hears that a read failed.
     *
     * @return whether that is worth telling; otherwise the next read mends it
     */
    boolean failed(Throwable failure);

    /** Gives back what was not handed out. There is no other read. */
    void close();

    /** Adds an event to a batch, unless it is of a type for a newer replica: such a one stays in the channel. */
    static void add(List<EventBatch.Delivery> deliveries, String entry, Reading event, int count) {
        switch (event) {
            case Reading.Known known -> deliveries.add(new EventBatch.Delivery(entry, known, count));
            case Reading.Malformed malformed -> deliveries.add(new EventBatch.Delivery(entry, malformed, count));
            case Reading.Unknown unknown ->
                StreamReader.LOG.debugf("Left %s of type %s to a newer replica", unknown.id(), unknown.type());
        }
    }
}
