package io.infrafabric.door.process;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * The open connections: a limited number, and a few more for callers that are always served. When all places are taken,
 * a new connection replaces the one that has been idle longest; those on which no known caller ever called go first. A
 * connection with a call under way never has to go.
 *
 * <p>One per process, used by several event loops: each method holds the lock for a few steps.
 *
 * @param <C> a connection
 */
public final class Connections<C> {

    /** What becomes of a new connection. */
    sealed interface Entry<C> {
        /** It has a place. */
        record Placed<C>() implements Entry<C> {}

        /** It gets the place of another one, which must be closed. */
        record Instead<C>(C of) implements Entry<C> {}

        /** Calls are under way on all places: it is let in only for callers that are always served. */
        record Reserved<C>() implements Entry<C> {}

        /** There is no room at all: it must be closed. */
        record Refused<C>() implements Entry<C> {}
    }

    private static final class State {
        int calls;
        boolean known;
        boolean reserved;
    }

    private final int limit;
    private final int reserve;
    private final Map<C, State> all = new HashMap<>();
    private final Set<C> idleStrangers = new LinkedHashSet<>();
    private final Set<C> idleKnown = new LinkedHashSet<>();

    Connections(int limit, int reserve) {
        this.limit = limit;
        this.reserve = reserve;
    }

    /** A connection arrives. */
    synchronized Entry<C> come(C connection) {
        if (all.size() < limit) {
            add(connection, false);
            return new Entry.Placed<>();
        }
        C oldest = oldestIdle();
        if (oldest != null) {
            // A connection beyond the limit frees a place beyond it.
            boolean reserved = all.size() > limit;
            go(oldest);
            add(connection, reserved);
            return new Entry.Instead<>(oldest);
        }
        if (all.size() < limit + reserve) {
            add(connection, true);
            return new Entry.Reserved<>();
        }
        return new Entry.Refused<>();
    }

    /**
     * A call arrives on a connection.
     *
     * @param known whether the caller is known
     * @return whether the connection serves everybody's calls; if not, only those of callers that are always served
     */
    synchronized boolean begin(C connection, boolean known) {
        State state = all.get(connection);
        if (state == null) {
            return true; // older than this count, or closed by now
        }
        idleStrangers.remove(connection);
        idleKnown.remove(connection);
        state.calls++;
        state.known |= known;
        state.reserved &= all.size() > limit;
        return !state.reserved;
    }

    /** A call on a connection has ended. */
    synchronized void end(C connection) {
        State state = all.get(connection);
        if (state != null && --state.calls == 0) {
            (state.known ? idleKnown : idleStrangers).add(connection);
        }
    }

    /** A connection is closed. */
    synchronized void go(C connection) {
        all.remove(connection);
        idleStrangers.remove(connection);
        idleKnown.remove(connection);
    }

    /** The number of connections. */
    synchronized int size() {
        return all.size();
    }

    private void add(C connection, boolean reserved) {
        State state = new State();
        state.reserved = reserved;
        all.put(connection, state);
        idleStrangers.add(connection);
    }

    private C oldestIdle() {
        Iterator<C> idle = (idleStrangers.isEmpty() ? idleKnown : idleStrangers).iterator();
        return idle.hasNext() ? idle.next() : null;
    }
}
