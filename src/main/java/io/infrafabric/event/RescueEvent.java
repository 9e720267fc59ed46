package io.infrafabric.event;

import static io.infrafabric.event.Catalogue.Type.v1;

import io.infrafabric.event.EscalationEvent.Severity;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;

/**
 * What happens to blockers: sessions that cannot go on, and those who are asked to help. Written by rescue alone, but for
 * {@link BlockerReported}. The session waits for {@code blocker:<id>} from {@link BlockerRaised} to {@link BlockerResolved}
 * or {@link BlockerWithdrawn}.
 */
@RegisterForReflection
public sealed interface RescueEvent extends Event {

    /** Its events, each with its name on the wire. */
    List<Catalogue.Type> TYPES = List.of(
            v1("rescue", "blocker-reported", BlockerReported.class),
            v1("rescue", "blocker-raised", BlockerRaised.class),
            v1("rescue", "help-requested", HelpRequested.class),
            v1("rescue", "help-answered", HelpAnswered.class),
            v1("rescue", "help-rated", HelpRated.class),
            v1("rescue", "blocker-escalated", BlockerEscalated.class),
            v1("rescue", "blocker-resolved", BlockerResolved.class),
            v1("rescue", "blocker-withdrawn", BlockerWithdrawn.class));

    /** The blocker it happened to; {@code null} only in a report that leaves the id to rescue. */
    String blocker();

    @Override
    default String subject() {
        return "blocker:" + blocker();
    }

    /**
     * Somebody tells over the channel that a session cannot go on (a fact: the channel's way to raise a blocker).
     *
     * @param blocker makes it count once, also beside the same report sent over REST; {@code null} for the event's own id
     * @param task what it was working on, {@code null} for nothing in particular
     * @param severity {@code null} for medium
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

    /** A session cannot go on: from now on it waits for the blocker to be resolved. */
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

    /** How an ask for help was answered. */
    enum Answer {
        /** The session helps. */
        ACCEPTED,
        /** It said no. */
        DECLINED,
        /** It said nothing in time. */
        SILENT,
        /** It was lost or left before or while it helped. */
        GONE,
        /** It is not needed any more: the blocker is over, or someone nobody else can help needs it. */
        TAKEN_BACK
    }

    /** An ask for help was answered, or is over without an answer (a fact). */
    record HelpAnswered(String blocker, String swarm, String session, String blocked, Answer answer)
            implements RescueEvent {}

    /** The blocked session said whether a rescuer has helped (a fact: an outcome). */
    record HelpRated(String blocker, String swarm, String session, List<String> domains, boolean helped, Instant at)
            implements RescueEvent {}

    /** Nobody is left who could help, so a human is asked. The session still waits. */
    record BlockerEscalated(String blocker, String swarm, String session, long version)
            implements RescueEvent, Versioned {}

    /** The blocked session, or an operator, says that it can go on, or its task is done. {@code rescuers} are those who had accepted. */
    record BlockerResolved(String blocker, String swarm, String session, List<String> rescuers, String by, long version)
            implements RescueEvent, Versioned {}

    /** It is not to be solved any more: taken back by the session or an operator, the session is lost or has left, or its task is over. */
    record BlockerWithdrawn(String blocker, String swarm, String session, String by, long version)
            implements RescueEvent, Versioned {}
}
