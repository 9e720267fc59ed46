package io.infrafabric.escalation;

import io.infrafabric.event.EscalationEvent.Severity;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A question to a human, and what became of it. Immutable; the methods decide what a human's word makes of it.
 *
 * @param id UUIDv7
 * @param function who asked
 * @param subject what it is about, {@code kind:id}
 * @param swarm whose it is; {@code null} for the installation's
 * @param occurrence what tells this time from another: unique with function, reason and subject
 * @param option what was decided; {@code null} until then, as {@code parameters} is
 * @param note what the last operator wrote
 * @param withdrawnBecause what made its cause go away, {@code null} unless it was withdrawn
 * @param openings how often it was asked: more than once for one that was withdrawn and taken up again instead of opening another
 * @param heldUntil when it pages, if it is still open then: a human was paged about its condition often enough before;
 *     {@code null} for one that has
 * @param version grows with each change, from 0
 */
public record Case(
        String id,
        String function,
        String subject,
        String swarm,
        String reason,
        Severity severity,
        String asked,
        List<String> options,
        List<String> evidence,
        String occurrence,
        State state,
        Instant openedAt,
        String acknowledgedBy,
        Instant acknowledgedAt,
        String resolvedBy,
        Instant resolvedAt,
        String option,
        Map<String, String> parameters,
        String note,
        String withdrawnBecause,
        Instant withdrawnAt,
        int openings,
        Instant heldUntil,
        long version) {

    /** Where a case stands. */
    public enum State {
        /** Nobody has seen it yet. */
        OPEN,
        /** An operator takes care of it. */
        ACKNOWLEDGED,
        /** It was decided; this does not change any more. */
        RESOLVED,
        /** Its cause has gone away, and nobody decided anything; this does not change any more. */
        WITHDRAWN
    }

    /** What a human's word came to. */
    public sealed interface Answer {
        /** The case as it is now. */
        record Changed(Case now) implements Answer {}

        /** The same had been said before; nothing changed. */
        record Same(Case now) implements Answer {}

        /** It had been decided otherwise. */
        record Decided(Case now) implements Answer {}

        /** There is nothing to decide any more. */
        record Withdrawn(Case now) implements Answer {}

        /** The option is none of those that the case offers. */
        record NotOffered(Case now, String option) implements Answer {}

        /** There is no such case in reach. */
        record Unknown(String id) implements Answer {}
    }

    /** An operator has seen it. The first one stays named; a resolved case needs nobody any more. */
    public Answer acknowledge(String by, String words, Instant at) {
        return switch (state) {
            case OPEN ->
                new Answer.Changed(
                        with(State.ACKNOWLEDGED, by, at, new Decision(null, null, null, null), words, null, null));
            case ACKNOWLEDGED -> new Answer.Same(this);
            case RESOLVED -> new Answer.Decided(this);
            case WITHDRAWN -> new Answer.Withdrawn(this);
        };
    }

    /**
     * An operator decides. Whoever says the same as was decided gets the same answer; a case is decided once.
     *
     * @param given what {@link Options#parameters} made of the parameters
     */
    public Answer resolve(String choice, Map<String, String> given, String by, String words, Instant at) {
        if (!options.contains(choice)) {
            return new Answer.NotOffered(this, choice);
        }
        if (state == State.WITHDRAWN) {
            return new Answer.Withdrawn(this);
        }
        if (state == State.RESOLVED) {
            return choice.equals(option) && given.equals(parameters) ? new Answer.Same(this) : new Answer.Decided(this);
        }
        return new Answer.Changed(with(
                State.RESOLVED,
                acknowledgedBy,
                acknowledgedAt,
                new Decision(by, at, choice, given),
                words == null ? note : words,
                null,
                null));
    }

    /** Its cause has gone away. What was decided stays decided; then, and the second time, it is as it was. */
    public Case withdraw(String why, Instant at) {
        return isUndecided()
                ? with(
                        State.WITHDRAWN,
                        acknowledgedBy,
                        acknowledgedAt,
                        new Decision(null, null, null, null),
                        note,
                        why,
                        at)
                : this;
    }

    /** Whether somebody has to decide. */
    boolean isUndecided() {
        return state == State.OPEN || state == State.ACKNOWLEDGED;
    }

    /** The same in newer words. */
    Case renew(Question question) {
        return asking(question, occurrence, state, openings, heldUntil);
    }

    /** One that was withdrawn is asked again, now with this question. It has been seen by nobody, and does not page yet. */
    Case again(Question question, Instant until) {
        return asking(question, question.occurrence(), State.OPEN, openings + 1, until);
    }

    /** A human is paged. */
    Case paged() {
        return with(state, acknowledgedBy, acknowledgedAt, decision(), note, withdrawnBecause, withdrawnAt);
    }

    private Decision decision() {
        return new Decision(resolvedBy, resolvedAt, option, parameters);
    }

    private record Decision(String by, Instant at, String option, Map<String, String> parameters) {}

    /** Whatever happens to it, it does not page any more. */
    private Case with(
            State next,
            String seenBy,
            Instant seenAt,
            Decision decided,
            String words,
            String because,
            Instant needlessAt) {
        return new Case(
                id,
                function,
                subject,
                swarm,
                reason,
                severity,
                asked,
                options,
                evidence,
                occurrence,
                next,
                openedAt,
                seenBy,
                seenAt,
                decided.by(),
                decided.at(),
                decided.option(),
                decided.parameters(),
                words,
                because,
                needlessAt,
                openings,
                null,
                version + 1);
    }

    private Case asking(Question question, String time, State next, int times, Instant until) {
        boolean seen = next == State.ACKNOWLEDGED;
        return new Case(
                id,
                function,
                question.subject(),
                question.swarm(),
                reason,
                question.severity(),
                question.asked(),
                question.options(),
                question.evidence(),
                time,
                next,
                openedAt,
                seen ? acknowledgedBy : null,
                seen ? acknowledgedAt : null,
                null,
                null,
                null,
                null,
                seen ? note : null,
                null,
                null,
                times,
                until,
                version + 1);
    }
}
