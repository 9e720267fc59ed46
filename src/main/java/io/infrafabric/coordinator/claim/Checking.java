package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.State;
import java.util.Map;

/**
 * Tasks whose result a checker must accept: what handing in a result leads to, and what a verdict means. No coordinator runs
 * a checker; chassis does, and says what it exited with.
 *
 * <p>A checker accepts with 0 and refuses with 1 to 63. Everything else is no verdict: 64 and above, a trap, a limit, or
 * that nobody answers. Then a human decides, so a result that breaks its checker wins nothing.
 */
public sealed interface Checking {
    /** The refusal that fails the attempt. */
    int LAST_REFUSAL = 5;

    /** The largest exit code that refuses. */
    int LAST_REFUSING = 63;

    /** The task is done. */
    record Accept() implements Checking {}

    /** The holder must hand in another result; if {@code last}, the attempt has failed. */
    record Refuse(int refusals, boolean last) implements Checking {}

    /** The checker has no verdict, for this reason: a human decides. */
    record Ask(String why) implements Checking {}

    /**
     * What a verdict means.
     *
     * @param exitCode {@code null} if the checker was stopped
     * @param broken why it was stopped; {@code null} if it was not
     * @param refused how many results of this epoch were refused before
     */
    static Checking of(Integer exitCode, String broken, int refused) {
        if (broken != null || exitCode == null) {
            return new Ask(broken == null ? "NO_EXIT_CODE" : broken);
        }
        if (exitCode == 0) {
            return new Accept();
        }
        return exitCode > 0 && exitCode <= LAST_REFUSING ? refuse(refused) : new Ask("EXIT_CODE_" + exitCode);
    }

    /** One more result is refused. */
    static Refuse refuse(int refused) {
        return new Refuse(refused + 1, refused + 1 >= LAST_REFUSAL);
    }

    /** What it leads to that a holder hands in a result. */
    sealed interface Handing {
        /** It is checked. */
        record Begin(HandedIn.Key key) implements Handing {}

        /** It is being checked. */
        record Wait(HandedIn same) implements Handing {}

        /** It was refused. */
        record Again(HandedIn refused) implements Handing {}

        /** Another one is being checked. */
        record Busy() implements Handing {}
    }

    /**
     * What it leads to; the caller has the task, which is held under the epoch of the call.
     *
     * @param known what was handed in before, among it this result if it was
     */
    static Handing handIn(Task task, Ending.Complete complete, Map<HandedIn.Key, HandedIn> known) {
        HandedIn.Key key = HandedIn.Key.of(complete);
        HandedIn before = known.get(key);
        if (before != null && before.outcome() == HandedIn.Outcome.REFUSED) {
            return new Handing.Again(before);
        }
        if (task.state() == State.CHECKING) {
            return before == null ? new Handing.Busy() : new Handing.Wait(before);
        }
        return new Handing.Begin(key);
    }
}
