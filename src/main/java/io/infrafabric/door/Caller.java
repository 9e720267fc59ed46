package io.infrafabric.door;

/**
 * Who calls, as the token says.
 *
 * @param subject the session's id for a session, else a name
 * @param swarm the swarm that the token is limited to; {@code null} is all of them (operators and viewers only)
 */
public record Caller(String subject, String swarm, Role role) {

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
        throw new IllegalStateException("being built" + anySwarm);
    }

    /** Refuses all but operators of the whole installation. */
    public void mustOperateAll() {
        throw new IllegalStateException("being built");
    }

    /** Refuses all but the session itself. */
    public void mustBe(String session) {
        throw new IllegalStateException("being built" + session);
    }

    /** Refuses all but the session itself and operators that reach its swarm. */
    public void mustBeOrOperate(String session, String anySwarm) {
        throw new IllegalStateException("being built" + session + anySwarm);
    }

    /** Refuses who may not read in this swarm: everybody whose token does not reach it. */
    public void mustRead(String anySwarm) {
        throw new IllegalStateException("being built" + anySwarm);
    }

    /** Refuses who may not act in this swarm: viewers, and whose token does not reach it. */
    public void mustActIn(String anySwarm) {
        throw new IllegalStateException("being built" + anySwarm);
    }
}
