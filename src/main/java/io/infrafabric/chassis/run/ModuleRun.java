package io.infrafabric.chassis.run;

import io.infrafabric.chassis.run.Sandbox.Bounds;
import java.time.Instant;
import java.util.UUID;

/**
 * A run as it is kept.
 *
 * @param by who asked for it, as {@code Caller.by} says
 * @param check of which result it is the check, {@code null} if somebody asked for it
 * @param clock what it reads as the time; {@code null} for a check, whose input the coordinator keeps
 * @param tries how often it was begun
 * @param leaseUntil until when nobody else begins it
 * @param ran what it came to, {@code null} while it has not finished
 */
public record ModuleRun(
        UUID id,
        String module,
        String sha256,
        String by,
        String swarm,
        Checked check,
        Instant clock,
        Bounds bounds,
        State state,
        int tries,
        Instant leaseUntil,
        Instant finishedAt,
        Ran ran) {

    /** The states of a run. */
    public enum State {
        QUEUED,
        RUNNING,
        FINISHED
    }

    /** The result that a check is of. */
    public record Checked(String task, long epoch, String resultSha256) {}

    /** Whether it is to begin: nobody is at it. */
    boolean isDue(Instant now) {
        return switch (state) {
            case QUEUED -> true;
            case RUNNING -> !leaseUntil.isAfter(now);
            case FINISHED -> false;
        };
    }
}
