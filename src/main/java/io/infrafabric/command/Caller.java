package io.infrafabric.command;

import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.infrafabric.problem.Unauthenticated;
import java.util.Locale;
import java.util.Objects;

/**
 * The caller, according to the token. A check that fails throws a {@link Problem} that says what is missing; one that
 * passes does nothing.
 *
 * @param subject the session's id for a session, else a name
 * @param swarm the swarm that the token is limited to; {@code null} means all (operators and viewers only)
 * @param enrolment the number of the session's enrolment that the token belongs to, counted from 1; 0 for operators and
 * viewers
 * @param tokenId the id of an operator's or viewer's token that is in {@code Passes}; {@code null} for any other
 * @param scope what a session's scoped credential is held to; {@code null} for any other token
 */
public record Caller(String subject, String swarm, Role role, long enrolment, String tokenId, TaskScope scope) {

    public Caller {
        Objects.requireNonNull(subject, "subject");
        Objects.requireNonNull(role, "role");
        if (role == Role.SESSION && swarm == null) {
            throw new IllegalArgumentException("A session's token is always limited to its swarm.");
        }
        if (role != Role.SESSION && scope != null) {
            throw new IllegalArgumentException("Only sessions have scoped credentials.");
        }
    }

    /** A session that has never left, or a caller that is not a session. */
    public Caller(String subject, String swarm, Role role) {
        this(subject, swarm, role, role == Role.SESSION ? 1 : 0);
    }

    /** A caller whose token has no id. */
    public Caller(String subject, String swarm, Role role, long enrolment) {
        this(subject, swarm, role, enrolment, null);
    }

    /** A caller with all that its token gives. */
    public Caller(String subject, String swarm, Role role, long enrolment, String tokenId) {
        this(subject, swarm, role, enrolment, tokenId, null);
    }

    /** The operator with this name from {@link #by}; older rows have only the bare name. */
    public static Caller operator(String by, String swarm) {
        return new Caller(by.substring(by.indexOf(':') + 1), swarm, Role.OPERATOR);
    }

    /**
     * The caller's name where sessions, operators and viewers appear side by side: a session's is its id; the others'
     * begin with the role, as in {@code operator:ann}. No id contains a colon, so no two callers share a name.
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

    /** Whether this is a session's scoped credential, which is good for one claim and a few endpoints. */
    public boolean isScoped() {
        return scope != null;
    }

    /** Refuses a scoped credential that is for another task. Lets others pass, and calls that name no task. */
    public void mustReachTask(String task) {
        if (isScoped() && task != null && !task.equals(scope.task())) {
            throw scope.refused(TaskScope.Reason.OTHER_TASK);
        }
    }

    /** Whether the token reaches this swarm. */
    public boolean reaches(String anySwarm) {
        return swarm == null || swarm.equals(anySwarm);
    }

    /** Refuses everybody except operators whose token reaches {@code anySwarm}. */
    public void mustOperate(String anySwarm) {
        mustBeOperator();
        mustReach(anySwarm);
    }

    /** Refuses everybody except operators of the whole installation. */
    public void mustOperateAll() {
        mustBeOperator();
        if (swarm != null) {
            throw forbidden(
                    "This needs an operator of the whole installation; this token is limited to swarm " + swarm + ".");
        }
    }

    /** Refuses everybody except the session itself. */
    public void mustBe(String session) {
        if (!isSession()) {
            throw forbidden("Only session " + session + " itself may do this; this is " + article() + "'s token.");
        }
        if (!subject.equals(session)) {
            throw Problem.of(
                    Code.IF_ERR_NOT_YOUR_SESSION, "This token is of session " + subject + ", not of " + session + ".");
        }
    }

    /**
     * Refuses everybody except a session with a token of its own; a scoped credential is for the endpoints that it names.
     *
     * @param what what needs it, as the subject of a sentence in the plural
     */
    public void mustBeSessionItself(String what) {
        if (!isSession() || isScoped()) {
            throw forbidden(what + " are for sessions, each with a token of its own; this is "
                    + (isScoped() ? "a scoped credential." : "the token of " + by() + ", which has REST."));
        }
    }

    /** Refuses a session whose latest enrolment is not that of its token: it has left since. Lets others pass. */
    public void mustStillBe(long latest) {
        if (!isStill(latest)) {
            throw left();
        }
    }

    /** The refusal for a session that has left since its token was made. */
    public static Problem left() {
        return Unauthenticated.LEFT.problem();
    }

    /** Whether the caller is not a session, or its token belongs to the latest enrolment of its session. */
    public boolean isStill(long latest) {
        return !isSession() || enrolment == latest;
    }

    /** Refuses everybody except the session itself and operators that reach its swarm. */
    public void mustBeOrOperate(String session, String anySwarm) {
        if (isOperator()) {
            mustReach(anySwarm);
        } else {
            mustBe(session);
        }
    }

    /** Refuses callers that may not read in this swarm: those whose token does not reach it. */
    public void mustRead(String anySwarm) {
        mustReach(anySwarm);
    }

    /**
     * Refuses sessions, and callers whose token does not reach {@code anySwarm}: only operators and viewers oversee it.
     */
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

    /** Refuses callers that may not act in this swarm: viewers, and those whose token does not reach it. */
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
            // Do not name the swarm: callers that cannot reach a session or a task must not learn where it is.
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
