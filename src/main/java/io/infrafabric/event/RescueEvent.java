package io.infrafabric.event;

import static io.infrafabric.event.Catalogue.Type.v1;

import io.infrafabric.event.EscalationEvent.Severity;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;

/**
 * What happens to blockers: sessions that cannot go on, and sessions that are asked to help. Only rescue writes these,
 * except for {@link BlockerReported}. The session waits for {@code blocker:<id>} from {@link BlockerRaised} to
 * {@link BlockerResolved} or {@link BlockerWithdrawn}.
 */
@RegisterForReflection
public sealed interface RescueEvent extends Event {

    /** The events, each with its name on the wire. */
    List<Catalogue.Type> TYPES = List.of(
            v1("rescue", "blocker-reported", BlockerReported.class),
            v1("rescue", "blocker-raised", BlockerRaised.class),
            v1("rescue", "help-requested", HelpRequested.class),
            v1("rescue", "help-answered", HelpAnswered.class),
            v1("rescue", "help-rated", HelpRated.class),
            v1("rescue", "blocker-escalated", BlockerEscalated.class),
            v1("rescue", "blocker-resolved", BlockerResolved.class),
            v1("rescue", "blocker-withdrawn", BlockerWithdrawn.class));

    /** The blocker that it concerns; {@code null} only in a report that leaves the id to rescue. */
    String blocker();

    @Override
    default String subject() {
        return "blocker:" + blocker();
    }

    /**
     * Somebody reports over the channel that a session cannot go on (a fact: this raises a blocker).
     *
     * @param blocker makes it count once, even if the same report also comes over REST; {@code null} for the event's
     * own id
     * @param task the task that it was working on, {@code null} for none in particular
     * @param severity {@code null} means medium
     */
    record BlockerReported(
            String blocker,
            String swarm,
            String session,
            String task,
            String description,
            List<String> domains,
            List<String> tools,
            Severity severity)
            implements RescueEvent {}

    /** A session cannot go on; from now on it waits until the blocker is resolved. */
    record BlockerRaised(
            String blocker,
            String swarm,
            String session,
            String task,
            List<String> domains,
            List<String> tools,
            Severity severity,
            Instant at,
            long version)
            implements RescueEvent, Versioned {}

    /** A session was asked to help (a fact); it has until {@code until} to accept. {@code score} is from 0 to 1. */
    record HelpRequested(String blocker, String swarm, String session, String blocked, double score, Instant until)
            implements RescueEvent {}

    /** How a request for help ended. */
    enum Answer {
        /** The session helps. */
        ACCEPTED,
        /** The session refused. */
        DECLINED,
        /** The session did not answer in time. */
        SILENT,
        /** The session was lost or left before or while it helped. */
        GONE,
        /** The session is no longer needed: the blocker is over, or a session that nobody else can help needs it. */
        TAKEN_BACK
    }

    /** A request for help was answered, or ended without an answer (a fact). */
    record HelpAnswered(String blocker, String swarm, String session, String blocked, Answer answer)
            implements RescueEvent {}

    /** The blocked session said whether a rescuer has helped (a fact: an outcome). */
    record HelpRated(String blocker, String swarm, String session, List<String> domains, boolean helped, Instant at)
            implements RescueEvent {}

    /** No session is left that could help, so a human is asked. The session still waits. */
    record BlockerEscalated(String blocker, String swarm, String session, long version)
            implements RescueEvent, Versioned {}

    /**
     * The blocked session or an operator says that it can go on, or its task is done. {@code rescuers} are the sessions
     * that had accepted.
     */
    record BlockerResolved(String blocker, String swarm, String session, List<String> rescuers, String by, long version)
            implements RescueEvent, Versioned {}

    /**
     * The blocker needs no solution any more: the session or an operator took it back, the session was lost or left, or
     * its task is over.
     */
    record BlockerWithdrawn(String blocker, String swarm, String session, String by, long version)
            implements RescueEvent, Versioned {}
}
