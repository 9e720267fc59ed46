package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.task.Backoff;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.Task;
import java.time.Instant;

/**
 * A source outside says that what a task is about is done, or failed: the command, and the rule for it. Such news may be late, so it
 * must not end a claim that it cannot be about.
 *
 * @param epoch of the claim that it is about; {@code null} if the source does not know
 * @param happened when; decides if there is no epoch
 */
public record SourceEnding(String task, String source, String swarm, Long epoch, Instant happened, How how) {

    /** What the source says. */
    public sealed interface How {
        /** It is done; {@code result} is JSON. */
        record Completed(String result) implements How {}

        /** The attempt failed; another one may do better. */
        record Failed(String error) implements How {}
    }

    /** The decision of the rule. */
    public sealed interface Decision {
        /** It ends the claim. */
        record Ends(Change change) implements Decision {}

        /** It changes nothing, because of this. */
        record Not(String why) implements Decision {}
    }

    /** What the source is called in histories. */
    public static String by(String source) {
        return "source:" + source;
    }

    /**
     * Decides by the locked task.
     *
     * @param task {@code null} if there is none
     * @param granted when the claim of its epoch was granted, {@code null} if it has none
     */
    public Decision decide(Task task, Instant granted, Instant now, Backoff backoff) {
        if (task == null || !task.swarm().equals(swarm)) {
            return new Decision.Not("There is no task " + this.task + " in swarm " + swarm + ".");
        }
        if (!source.equals(task.specification().limits().completedBy())) {
            return new Decision.Not("Task " + this.task + " does not name this source in completedBy.");
        }
        if (!task.state().isHeld()) {
            return new Decision.Not("Nobody holds task " + this.task + ": it is " + task.state() + ".");
        }
        if (epoch != null && epoch != task.epoch()) {
            return new Decision.Not(
                    "Task " + this.task + " is held under epoch " + task.epoch() + ", not " + epoch + ".");
        }
        if (epoch == null && (granted == null || granted.isAfter(happened))) {
            return new Decision.Not("The claim of task " + this.task + " was granted at " + granted
                    + ", after this happened (" + happened + ").");
        }
        return new Decision.Ends(
                switch (how) {
                    case How.Completed(String result) -> Change.completedBySource(task, by(source), result, now);
                    case How.Failed(String error) -> Change.failedBySource(task, by(source), error, now, backoff);
                });
    }
}
