package io.infrafabric.event;

import static io.infrafabric.event.Catalogue.Type.v1;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Questions to humans, and their answers. All are facts: each counts once, in any order. Their {@link Event#subject()}
 * is the subject of the question, in the words of the function that asked, so that the function recognises its own.
 */
@RegisterForReflection
public sealed interface EscalationEvent extends Event {

    /** The events, each with its name on the wire. */
    List<Catalogue.Type> TYPES = List.of(
            v1("escalation", "case-requested", CaseRequested.class),
            v1("escalation", "case-opened", CaseOpened.class),
            v1("escalation", "case-acknowledged", CaseAcknowledged.class),
            v1("escalation", "case-resolved", CaseResolved.class),
            v1("escalation", "cause-ended", CauseEnded.class),
            v1("escalation", "case-withdrawn", CaseWithdrawn.class));

    /** How urgently a human is needed, from least to most. */
    enum Severity {
        LOW,
        MEDIUM,
        HIGH,
        CRITICAL
    }

    /**
     * A function asks a human over the channel: this opens a case. Among requests with the same function, reason,
     * subject and occurrence, only the first opens one.
     *
     * @param function the name of the function that asks and gets the answer
     * @param subject what it is about, as {@code kind:id}
     * @param swarm operators of this swarm may see and answer it; {@code null} means only those of the installation
     * @param reason why it is asked, a constant of the function, for example {@code QUORUM_NOT_MET}
     * @param asked the question, in words
     * @param options the possible answers, at least one
     * @param evidence what the human should know, texts or links
     * @param occurrence distinguishes this time from others; a new value makes a new case
     * @param at when it was asked, by the database's clock, so that a later {@link CauseEnded} withdraws it;
     * {@code null} means when the case is opened
     * @param condition what comes and goes, if the subject is new each time: humans are paged only so often about one
     * condition; {@code null} means the subject
     */
    record CaseRequested(
            String function,
            String subject,
            String swarm,
            String reason,
            Severity severity,
            String asked,
            List<String> options,
            List<String> evidence,
            String occurrence,
            Instant at,
            String condition)
            implements EscalationEvent {
        /** A question whose condition is its subject. */
        public CaseRequested(
                String function,
                String subject,
                String swarm,
                String reason,
                Severity severity,
                String asked,
                List<String> options,
                List<String> evidence,
                String occurrence,
                Instant at) {
            this(function, subject, swarm, reason, severity, asked, options, evidence, occurrence, at, null);
        }
    }

    /** A case was opened: a human must answer. */
    record CaseOpened(
            String caseId,
            String function,
            String subject,
            String swarm,
            String reason,
            Severity severity,
            String asked,
            List<String> options,
            String occurrence)
            implements EscalationEvent {}

    /** An operator has seen the case and is taking care of it. */
    record CaseAcknowledged(
            String caseId, String function, String subject, String swarm, String reason, String by, String note)
            implements EscalationEvent {}

    /**
     * An operator decided. Every subscriber gets this; the function named in {@code function} acts on it, and the
     * others ignore it.
     *
     * @param evidence what the case showed, as the asking function gave it
     * @param option one of the offered options
     * @param parameters what the option needs, for example {@code dailyLimit} of {@code RAISE_LIMIT} as a decimal
     * number
     * @param by the operator, as the token names it; {@code nobody} if a session's question met its deadline
     * @param asked the question; {@code null} from an earlier release
     */
    record CaseResolved(
            String caseId,
            String function,
            String subject,
            String swarm,
            String reason,
            List<String> evidence,
            String option,
            Map<String, String> parameters,
            String by,
            String note,
            String asked)
            implements EscalationEvent {
        /** An answer as earlier releases give it. */
        public CaseResolved(
                String caseId,
                String function,
                String subject,
                String swarm,
                String reason,
                List<String> evidence,
                String option,
                Map<String, String> parameters,
                String by,
                String note) {
            this(caseId, function, subject, swarm, reason, evidence, option, parameters, by, note, null);
        }
    }

    /**
     * The cause of cases is over, so nobody has to decide any more. This withdraws earlier cases of {@code function}
     * and {@code reason} that name the subject, or have it as evidence. An earlier question that arrives later opens no
     * case. A breaker needs no such event: its closing is enough.
     *
     * @param why what happened, in words
     * @param before when it happened, by the database's clock: later questions stay; {@code null} if nobody will ask
     * about it again
     */
    record CauseEnded(String function, String subject, String swarm, String reason, String why, Instant before)
            implements EscalationEvent {}

    /** A case was withdrawn because its cause has gone away. No operator decided, and nobody acts on it. */
    record CaseWithdrawn(String caseId, String function, String subject, String swarm, String reason, String why)
            implements EscalationEvent {}
}
