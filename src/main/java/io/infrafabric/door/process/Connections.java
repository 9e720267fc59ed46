package io.infrafabric.door.process;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Who is connected: at most so many, and a few more for those who are always served. Where all places are taken, the
 * connection goes on which nothing has happened for the longest time: one that nobody known ever called on before one that
 * somebody did. A connection with a call under way never has to go.
 *
 * <p>This process's own, and told by several event loops: each method holds the lock for a few steps.
 *
 * @param <C> a connection
 */
public final class Connections<C> {

    /** What becomes of a new connection. */
    sealed interface Entry<C> {
        /** It has a place. */
        record Placed<C>() implements Entry<C> {}

        /** It has the place of another one, which is to be closed. */
        record Instead<C>(C of) implements Entry<C> {}

        /** Calls are under way on all places: it is let in for those who are always served. */
        record Reserved<C>() implements Entry<C> {}

        /** There is no room at all: it is to be closed. */
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

    /** A connection has come. */
    synchronized Entry<C> come(C connection) {
        if (all.size() < limit) {
            add(connection, false);
            return new Entry.Placed<>();
        }
        C oldest = oldestIdle();
        if (oldest != null) {
            // Who was let in beyond the limit leaves a place beyond it.
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
     * A call has come on it.
     *
     * @param known whether it is known who calls
     * @return whether anybody's call is served on it; if not, only of those who are always served
     */
    synchronized boolean begin(C connection, boolean known) {
        State state = all.get(connection);
        if (state == null) {
            return true; // from before this was counted, or closed by now
        }
        idleStrangers.remove(connection);
        idleKnown.remove(connection);
        state.calls++;
        state.known |= known;
        state.reserved &= all.size() > limit;
        return !state.reserved;
    }

    /** A call on it has ended. */
    synchronized void end(C connection) {
        State state = all.get(connection);
        if (state != null && --state.calls == 0) {
            (state.known ? idleKnown : idleStrangers).add(connection);
        }
    }

    /** It is closed. */
    synchronized void go(C connection) {
        all.remove(connection);
        idleStrangers.remove(connection);
        idleKnown.remove(connection);
    }

    /** How many there are. */
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
