package io.infrafabric.dissent;

import java.time.Instant;

/**
 * "This decision is wrong if …": what a dissenter named with a rejection. Immutable.
 *
 * @param dueAt until when it must be seen
 * @param endedAt when it was reported, or lapsed; {@code null} until then
 * @param observedBy who reported it; {@code null} if nobody did
 */
record Falsifier(
        String id,
        String decision,
        String swarm,
        String namedBy,
        String statement,
        Instant dueAt,
        State state,
        Instant endedAt,
        String observedBy) {

    /** Where it stands. */
    enum State {
        /** Not reported, and there is time. */
        OPEN,
        /** Reported: the decision is put to the vote again. */
        OBSERVED,
        /** Not reported in time. */
        LAPSED
    }

    /** What became of a report. */
    sealed interface Report {
        /** It counts. */
        record Taken(Falsifier now) implements Report {}

        /** It is reported or lapsed already. */
        record Over(Falsifier now) implements Report {}

        /** There is none in reach. */
        record Unknown() implements Report {}
    }

    /** Somebody has seen it. In time is before it is due, whether or not it was marked as lapsed by then. */
    Report seen(String by, Instant at) {
        return state == State.OPEN && at.isBefore(dueAt)
                ? new Report.Taken(
                        new Falsifier(id, decision, swarm, namedBy, statement, dueAt, State.OBSERVED, at, by))
                : new Report.Over(this);
    }
}
