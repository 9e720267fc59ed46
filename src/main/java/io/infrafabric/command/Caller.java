package io.infrafabric.command;

import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.infrafabric.problem.Unauthenticated;
import java.util.Locale;
import java.util.Objects;

/**
 * Who calls, as the token says. The checks throw a {@link Problem} that says what was missing; what they let pass, they
 * let pass without a word.
 *
 * @param subject the session's id for a session, else a name
 * @param swarm the swarm that the token is limited to; {@code null} is all of them (operators and viewers only)
 * @param enrolment of a session: which of its enrolments the token is of, counted from 1; 0 for operators and viewers
 * @param tokenId of an operator's or viewer's token that stands in {@code Passes}; {@code null} for any other
 */
public record Caller(String subject, String swarm, Role role, long enrolment, String tokenId) {

    public Caller {
        Objects.requireNonNull(subject, "subject");
        Objects.requireNonNull(role, "role");
        if (role == Role.SESSION && swarm == null) {
            throw new IllegalArgumentException("A session's token is always limited to its swarm.");
        }
    }

    /** The same of a session that has never left, or of somebody who is no session. */
    public Caller(String subject, String swarm, Role role) {
        this(subject, swarm, role, role == Role.SESSION ? 1 : 0);
    }

    /** Who calls with a token that has no id. */
    public Caller(String subject, String swarm, Role role, long enrolment) {
        this(subject, swarm, role, enrolment, null);
    }

    /** The operator who was named so by {@link #by}, or, before there was that, by the name alone. */
    public static Caller operator(String by, String swarm) {
        return new Caller(by.substring(by.indexOf(':') + 1), swarm, Role.OPERATOR);
    }

    /**
     * Its name where sessions, operators and viewers stand side by side: a session's is its id, that of others begins with
     * the role, as in {@code operator:ann}. No id has a colon, so nobody can be called as another is.
     */
    public String by() {
        return isSession() ? subject : role.name().toLowerCase(Locale.ROOT) + ":" + subject;
    }

    public boolean isOperator() {
        return role == Role.OPERATOR;
    }

    public boolean isSession() {
        return role == Role.SESSION;
    }

    /** Whether the token reaches this swarm. */
    public boolean reaches(String anySwarm) {
        return swarm == null || swarm.equals(anySwarm);
    }

    /** Refuses all but operators whose token reaches {@code anySwarm}. */
    public void mustOperate(String anySwarm) {
        mustBeOperator();
        mustReach(anySwarm);
    }

    /** Refuses all but operators of the whole installation. */
    public void mustOperateAll() {
        mustBeOperator();
        if (swarm != null) {
            throw forbidden(
                    "This needs an operator of the whole installation; this token is limited to swarm " + swarm + ".");
        }
    }

    /** Refuses all but the session itself. */
    public void mustBe(String session) {
        if (!isSession()) {
            throw forbidden("Only session " + session + " itself may do this; this is " + article() + "'s token.");
        }
        if (!subject.equals(session)) {
            throw Problem.of(
                    Code.IF_ERR_NOT_YOUR_SESSION, "This token is of session " + subject + ", not of " + session + ".");
        }
    }

    /** Refuses a session whose latest enrolment is another than that of its token: it has left since. Lets others pass. */
    public void mustStillBe(long latest) {
        if (!isStill(latest)) {
            throw left();
        }
    }

    /** Says to a session that it has left since its token was made. */
    public static Problem left() {
        return Unauthenticated.LEFT.problem();
    }

    /** Whether it is no session, or the latest enrolment of its session is that of its token. */
    public boolean isStill(long latest) {
        return !isSession() || enrolment == latest;
    }

    /** Refuses all but the session itself and operators that reach its swarm. */
    public void mustBeOrOperate(String session, String anySwarm) {
        if (isOperator()) {
            mustReach(anySwarm);
        } else {
            mustBe(session);
        }
    }

    /** Refuses who may not read in this swarm: everybody whose token does not reach it. */
    public void mustRead(String anySwarm) {
        mustReach(anySwarm);
    }

    /** Refuses sessions, and whose token does not reach {@code anySwarm}: operators and viewers look over it. */
    public void mustOversee(String anySwarm) {
        if (isSession()) {
            throw forbidden("This needs an operator's or a viewer's token; this is a session's.");
        }
        mustReach(anySwarm);
    }

    /** Refuses viewers. */
    public void mustAct() {
        if (role == Role.VIEWER) {
            throw forbidden("A viewer's token only reads.");
        }
    }

    /** Refuses who may not act in this swarm: viewers, and whose token does not reach it. */
    public void mustActIn(String anySwarm) {
        mustAct();
        mustReach(anySwarm);
    }

    private void mustBeOperator() {
        if (!isOperator()) {
            throw forbidden("This needs an operator's token; this is " + article() + "'s.");
        }
    }

    private void mustReach(String anySwarm) {
        if (!reaches(anySwarm)) {
            // Not which swarm it was: where a session or a task is, is no business of who cannot reach it.
            throw forbidden("This token is limited to swarm " + swarm + " and does not reach "
                    + (anySwarm == null ? "the whole installation." : "beyond it."));
        }
    }

    private String article() {
        return switch (role) {
            case SESSION -> "a session";
            case OPERATOR -> "an operator";
            case VIEWER -> "a viewer";
        };
    }

    private static Problem forbidden(String detail) {
        return Problem.of(Code.IF_ERR_FORBIDDEN, detail);
    }
}
