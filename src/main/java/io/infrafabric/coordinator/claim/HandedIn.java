package io.infrafabric.coordinator.claim;

import io.infrafabric.command.Canonical;
import io.infrafabric.coordinator.task.Task;
import java.math.BigDecimal;
import java.time.Instant;

/**
 * A result that was handed in for a task with a checker, and what became of it. A verdict is for the task, the epoch and the
 * hash: the same result handed in again gets the same answer.
 *
 * @param hash SHA-256 of the result
 * @param result JSON; {@code null} for none, and as soon as a verdict stands
 * @param cost the total of the claim until then, in US dollars; {@code null} if none was reported
 * @param clock when it was handed in: the checker's clock
 * @param askedAt when the checker was asked last
 * @param outcome {@code null} until there is one
 * @param refusals how many results of this epoch were refused, up to this one
 * @param said the checker's words, {@code null} for none
 * @param verdict JSON; {@code null} if nobody answered
 */
public record HandedIn(
        String task,
        long epoch,
        String hash,
        String result,
        BigDecimal cost,
        Instant clock,
        int asked,
        Instant askedAt,
        Outcome outcome,
        int refusals,
        String said,
        String verdict) {

    /** What became of it. */
    public enum Outcome {
        /** The task is done. */
        ACCEPTED,
        /** The holder must hand in another one. */
        REFUSED,
        /** The checker has no verdict: a human decides. */
        BROKEN
    }

    /** Which one it is. */
    public record Key(String task, long epoch, String hash) {
        public static Key of(Ending.Complete complete) {
            return new Key(complete.task(), complete.epoch(), HandedIn.hash(complete.result()));
        }
    }

    public Key key() {
        return new Key(task, epoch, hash);
    }

    /** SHA-256 of a result, as 64 hexadecimal digits. No result is the JSON {@code null}. */
    public static String hash(String result) {
        return Canonical.sha256(result == null ? "null" : result);
    }

    /** Whether its verdict is still to come, for the task as it is: also if a human is asked because nobody answered. */
    public boolean awaits(Task now) {
        return now.state() == Task.State.CHECKING && now.epoch() == epoch && awaitsVerdict();
    }

    /** Whether nobody has said anything about it yet, neither the checker nor a human. */
    public boolean awaitsVerdict() {
        return outcome == null || (outcome == Outcome.BROKEN && verdict == null);
    }

    /** Whether a human is asked about it, for the task as it is. */
    public boolean isBroken(Task now) {
        return now.state() == Task.State.CHECKING && now.epoch() == epoch && outcome == Outcome.BROKEN;
    }
}
