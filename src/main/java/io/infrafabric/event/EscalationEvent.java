package io.infrafabric.event;

import static io.infrafabric.event.Catalogue.Type.v1;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Questions to humans, and their answers. All are facts: each counts once, in any order. Their {@link Event#subject()} is
 * what was asked about, in the words of the function that asked, so that it finds its own again.
 */
@RegisterForReflection
public sealed interface EscalationEvent extends Event {

    /** Its events, each with its name on the wire. */
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
     * A function asks a human (the channel's way to open a case). Of all requests with the same function, reason, subject
     * and occurrence only the first opens one.
     *
     * @param function who asks, and to whom the answer goes: its name
     * @param subject what it is about, as {@code kind:id}
     * @param swarm whose operators may see and answer it; {@code null} for those of the installation only
     * @param reason why it is asked, a constant of the function, for example {@code QUORUM_NOT_MET}
     * @param asked the question, in words
     * @param options the answers that are possible, at least one
     * @param evidence what the human should know, texts or links
     * @param occurrence what tells this time from another; a new one is a new case
     * @param at when, by the database's clock, so that a cause that has ended since ({@link CauseEnded}) is known to have;
     *     {@code null} where it does not say: when the case is opened
     * @param condition what comes and goes, where that is more than the subject, which is new each time: a human is paged only so
     *     often about one condition; {@code null} for the subject
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

    /** A case was opened: a human is asked. */
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

    /** An operator has seen the case and takes care of it. */
    record CaseAcknowledged(
            String caseId, String function, String subject, String swarm, String reason, String by, String note)
            implements EscalationEvent {}

    /**
     * An operator decided. It goes to every function that subscribes; the one named in {@code function} acts on it, the
     * others let it pass.
     *
     * @param evidence what the case showed, as the one who asked gave it
     * @param option one of those that were offered
     * @param parameters what the option needs, for example {@code dailyLimit} of {@code RAISE_LIMIT} as a decimal number
     * @param by the operator, as the token names it
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
            String note)
            implements EscalationEvent {}

    /**
     * What cases are about is over: nobody has to decide any more. Those of {@code function} and {@code reason} that name
     * the subject, as what they are about or as evidence, and that were asked before are withdrawn; a question from before
     * that comes later makes none. A breaker needs no such event: that it has closed says it.
     *
     * @param why what happened, in words
     * @param before when it happened, by the database's clock: what is asked about later stays; {@code null} if it is never asked
     *     about again
     */
    record CauseEnded(String function, String subject, String swarm, String reason, String why, Instant before)
            implements EscalationEvent {}

    /** A case needs nobody any more: its cause has gone away. No operator decided, and nobody acts on it. */
    record CaseWithdrawn(String caseId, String function, String subject, String swarm, String reason, String why)
            implements EscalationEvent {}
}
