package io.infrafabric.chassis.credential;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Endpoint;
import io.infrafabric.command.TaskScope;
import io.infrafabric.problem.Unauthenticated;
import java.time.Duration;
import java.util.List;

/** Whether a credential may be issued, and for which claim. */
sealed interface Issuing {

    /**
     * A credential that somebody asks for; its endpoints are already known to be within what the caller has.
     *
     * @param bearer the session, as it is enrolled
     * @param generation of its tokens
     * @param by the caller, as in {@link Caller#by}
     * @param with the caller's own scope; {@code null} if it has none
     */
    record Wish(
            Caller bearer,
            long generation,
            String task,
            List<Endpoint> endpoints,
            Duration ttl,
            String by,
            TaskScope with) {}

    /** Issue it for the claim with this epoch. */
    record Issue(long epoch) implements Issuing {}

    /** The task does not exist in the session's swarm. */
    record UnknownTask() implements Issuing {}

    /** The session does not hold the task. */
    record NotHeld(String taskState) implements Issuing {}

    /** The session has as many credentials as it may. */
    record TooMany(long open) implements Issuing {}

    /** The caller's own credential no longer holds. */
    record Over(Unauthenticated why) implements Issuing {}

    /**
     * Decides.
     *
     * @param task how it stands, {@code null} if it does not exist
     * @param open how many credentials of the session are neither revoked nor past their time
     * @param issuerHolds whether the caller's own credential is still one of those
     */
    static Issuing decide(Wish wish, ClaimEpochs.Standing task, long open, boolean issuerHolds, int most) {
        if (wish.with() != null && !issuerHolds) {
            return new Over(Unauthenticated.REVOKED);
        }
        if (task == null || !task.swarm().equals(wish.bearer().swarm())) {
            return new UnknownTask();
        }
        boolean held = task.isHeldBy(wish.bearer().subject());
        if (wish.with() != null && (!held || task.epoch() != wish.with().epoch())) {
            return new Over(Unauthenticated.CLAIM_ENDED);
        }
        if (!held) {
            return new NotHeld(task.state());
        }
        return open < most ? new Issue(task.epoch()) : new TooMany(open);
    }
}
