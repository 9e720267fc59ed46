package io.infrafabric.escalation;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.infrafabric.event.EscalationEvent.Severity;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A question to a human, and what became of it. Immutable; the methods decide what a human's answer makes of it. Its
 * JSON is flat: the parts exist only in Java.
 *
 * @param id UUIDv7
 * @param openings how often it was asked: more than once if it was withdrawn and reopened instead of opening another
 * @param heldUntil when it pages if it is still open then, because a human was paged often enough about its condition;
 * {@code null} if it has paged
 * @param version grows with each change, from 0
 */
public record Case(
        String id,
        @JsonUnwrapped Matter matter,
        @JsonUnwrapped Wording wording,
        @JsonUnwrapped Handling handling,
        int openings,
        Instant heldUntil,
        long version) {

    /**
     * What it is about.
     *
     * @param function the function that asked
     * @param subject {@code kind:id}
     * @param swarm the swarm that it belongs to; {@code null} for the installation
     */
    public record Matter(String function, String subject, String swarm, String reason) {}

    /**
     * What a human is asked.
     *
     * @param occurrence distinguishes this time from others: unique with function, reason and subject
     * @param deadline until when a session waits for the answer to its question; {@code null} if nobody waits
     * @param onNoAnswer what is taken then
     */
    public record Wording(
            Severity severity,
            String asked,
            List<String> options,
            List<String> evidence,
            String occurrence,
            Instant deadline,
            String onNoAnswer) {}

    /**
     * What became of it.
     *
     * @param note what the last operator wrote
     */
    public record Handling(
            State state,
            Instant openedAt,
            @JsonUnwrapped Seen seen,
            @JsonUnwrapped Ruling ruling,
            String note,
            @JsonUnwrapped Withdrawal withdrawal) {

        /** The handling of a case that nobody has seen. */
        static Handling open(Instant openedAt) {
            return new Handling(State.OPEN, openedAt, Seen.BY_NOBODY, Ruling.NONE, null, Withdrawal.NONE);
        }
    }

    /** Who takes care of it, and since when; both {@code null} while nobody does. */
    public record Seen(String acknowledgedBy, Instant acknowledgedAt) {
        static final Seen BY_NOBODY = new Seen(null, null);
    }

    /** What was decided; all {@code null} until then. */
    public record Ruling(String resolvedBy, Instant resolvedAt, String option, Map<String, String> parameters) {
        static final Ruling NONE = new Ruling(null, null, null, null);
    }

    /** Why its cause went away, and when; both {@code null} unless it was withdrawn. */
    public record Withdrawal(String withdrawnBecause, Instant withdrawnAt) {
        static final Withdrawal NONE = new Withdrawal(null, null);
    }

    /** Where a case stands. */
    @Schema(name = "CaseState")
    public enum State {
        /** Nobody has seen it yet. */
        OPEN,
        /** An operator takes care of it. */
        ACKNOWLEDGED,
        /** It was decided; this is final. */
        RESOLVED,
        /** Its cause has gone away, and nobody decided anything; this is final. */
        WITHDRAWN
    }

    /** The result of a human's answer. */
    public sealed interface Answer {
        /** The case as it is now. */
        record Changed(Case now) implements Answer {}

        /** The same was said before; nothing changed. */
        record Same(Case now) implements Answer {}

        /** It was already decided differently. */
        record Decided(Case now) implements Answer {}

        /** Nothing is left to decide. */
        record Withdrawn(Case now) implements Answer {}

        /** The case does not offer this option. */
        record NotOffered(Case now, String option) implements Answer {}

        /** The case is out of reach. */
        record Unknown(String id) implements Answer {}
    }

    /** An operator has seen it. The first one stays named; a resolved case needs nobody any more. */
    public Answer acknowledge(String by, String words, Instant at) {
        return switch (state()) {
            case OPEN ->
                new Answer.Changed(with(new Handling(
                        State.ACKNOWLEDGED,
                        handling.openedAt(),
                        new Seen(by, at),
                        Ruling.NONE,
                        words,
                        Withdrawal.NONE)));
            case ACKNOWLEDGED -> new Answer.Same(this);
            case RESOLVED -> new Answer.Decided(this);
            case WITHDRAWN -> new Answer.Withdrawn(this);
        };
    }

    /**
     * An operator decides. A case is decided once; repeating the decision gets the same answer.
     *
     * @param given the parameters after {@link Options#parameters}
     */
    public Answer resolve(String choice, Map<String, String> given, String by, String words, Instant at) {
        if (!wording.options().contains(choice)) {
            return new Answer.NotOffered(this, choice);
        }
        if (state() == State.WITHDRAWN) {
            return new Answer.Withdrawn(this);
        }
        if (state() == State.RESOLVED) {
            Ruling before = handling.ruling();
            return choice.equals(before.option()) && given.equals(before.parameters())
                    ? new Answer.Same(this)
                    : new Answer.Decided(this);
        }
        return new Answer.Changed(with(new Handling(
                State.RESOLVED,
                handling.openedAt(),
                handling.seen(),
                new Ruling(by, at, choice, given),
                words == null ? handling.note() : words,
                Withdrawal.NONE)));
    }

    /** Nobody answered a session's question in time: what it said is taken. A decided or withdrawn case stays as it is. */
    Case unanswered(Instant at) {
        return awaitsRuling()
                ? with(new Handling(
                        State.RESOLVED,
                        handling.openedAt(),
                        handling.seen(),
                        new Ruling(SessionQuestion.NOBODY, at, wording.onNoAnswer(), Map.of()),
                        "Nobody answered until " + wording.deadline() + "; onNoAnswer was taken.",
                        Withdrawal.NONE))
                : this;
    }

    /** Withdraws it, because its cause has gone away. A decided or withdrawn case stays as it is. */
    public Case withdraw(String why, Instant at) {
        return awaitsRuling()
                ? with(new Handling(
                        State.WITHDRAWN,
                        handling.openedAt(),
                        handling.seen(),
                        Ruling.NONE,
                        handling.note(),
                        new Withdrawal(why, at)))
                : this;
    }

    /** Whether somebody must decide. */
    boolean awaitsRuling() {
        return state() == State.OPEN || state() == State.ACKNOWLEDGED;
    }

    /** The same case with newer words. */
    Case renew(Question question) {
        return asking(question, wording.occurrence(), state(), openings, heldUntil);
    }

    /** Reopens a withdrawn case with this question. Nobody has seen it, and it does not page yet. */
    Case again(Question question, Instant until) {
        return asking(question, question.occurrence(), State.OPEN, openings + 1, until);
    }

    /** A human is paged. */
    Case paged() {
        return with(handling);
    }

    /** The case with this handling; it no longer pages. */
    private Case with(Handling now) {
        return new Case(id, matter, wording, now, openings, null, version + 1);
    }

    private Case asking(Question question, String time, State next, int times, Instant until) {
        boolean seen = next == State.ACKNOWLEDGED;
        return new Case(
                id,
                new Matter(function(), question.subject(), question.swarm(), reason()),
                new Wording(
                        question.severity(),
                        question.asked(),
                        question.options(),
                        question.evidence(),
                        time,
                        wording.deadline(),
                        wording.onNoAnswer()),
                new Handling(
                        next,
                        handling.openedAt(),
                        seen ? handling.seen() : Seen.BY_NOBODY,
                        Ruling.NONE,
                        seen ? handling.note() : null,
                        Withdrawal.NONE),
                times,
                until,
                version + 1);
    }

    public String function() {
        return matter.function();
    }

    public String subject() {
        return matter.subject();
    }

    public String swarm() {
        return matter.swarm();
    }

    public String reason() {
        return matter.reason();
    }

    public Severity severity() {
        return wording.severity();
    }

    public State state() {
        return handling.state();
    }

    Seen seen() {
        return handling.seen();
    }

    Ruling ruling() {
        return handling.ruling();
    }

    Withdrawal withdrawal() {
        return handling.withdrawal();
    }
}
