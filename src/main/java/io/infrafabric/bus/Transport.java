package io.infrafabric.bus;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/**
 * The server that carries events and bells between processes: what the bus needs of it, and no more. A process uses one,
 * chosen when it starts ({@link Transports}). It may lose all that it holds at any time, because the event log has
 * everything; so a transport keeps no promise but the ones below. Every call has a time limit, and every failure is one of
 * infrastructure.
 */
sealed interface Transport permits Streams, Queues {

    /** An event's JSON for one function. */
    record Entry(String function, String json) {}

    /**
     * Hands over all entries, those of a function in order, and completes when the server has accepted each of them. If it
     * fails, some of them may have been accepted.
     */
    Future<Void> append(List<Entry> entries);

    /** Writes something that nobody reads, within this time, and tells the {@link Doorbell} how that went. */
    Future<Void> knock(Duration patience);

    /** What one reader of a function's channel reads from. */
    EventSource source(String function);

    /** The bells between processes. */
    Broadcast broadcast();
}
