package io.infrafabric.bus;

import io.infrafabric.event.Envelope;
import io.infrafabric.event.Event;
import io.infrafabric.event.Trace;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.util.List;

/**
 * One transaction under way: its connection, and what is to be told to others once it is committed. Used by one chain at
 * a time; never kept beyond the transaction.
 */
public interface Work {

    /** The transaction's connection. Statements sent on it without waiting are pipelined in order. */
    SqlConnection connection();

    /** Has the event written to the outbox in this transaction, and published right after the commit. */
    void emit(Event event, Trace trace);

    /** Rings this bell in every process after the commit (see {@link Bells}). */
    void ring(String bell);

    /** What was emitted so far. */
    List<Envelope> emitted();
}
