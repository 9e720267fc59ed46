package io.infrafabric.dissent;

import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * "This decision is wrong if …": what a dissenter named with a rejection. Immutable.
 *
 * @param dueAt the deadline for observing it
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
    @Schema(name = "FalsifierState")
    enum State {
        /** Not reported, and there is still time. */
        OPEN,
        /** Reported: the decision is put to the vote again. */
        OBSERVED,
        /** Not reported in time. */
        LAPSED
    }

    /** What became of a report. */
    sealed interface Report {
        /** The report counts. */
        record Taken(Falsifier now) implements Report {}

        /** The falsifier was already reported, or has lapsed. */
        record Over(Falsifier now) implements Report {}

        /** The falsifier is out of reach. */
        record Unknown() implements Report {}
    }

    /**
     * Somebody has observed it. A report is in time if it comes before the deadline, whether or not the falsifier is
     * already marked as lapsed.
     */
    Report seen(String by, Instant at) {
        return state == State.OPEN && at.isBefore(dueAt)
                ? new Report.Taken(
                        new Falsifier(id, decision, swarm, namedBy, statement, dueAt, State.OBSERVED, at, by))
                : new Report.Over(this);
    }
}
