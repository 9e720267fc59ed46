package io.infrafabric.coordinator.claim;

import io.infrafabric.budget.LeaseEnd;
import io.infrafabric.coordinator.task.Backoff;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.Change.What;
import io.infrafabric.coordinator.task.Step;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.LastAttempt;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.event.CoordinatorEvent.Reason;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;

/**
 * How a holder ends its claim: the commands, and the rule for them. The epoch is the fencing token (Kleppmann 2016,
 * "How to do distributed locking"): a call with an epoch other than the task's has come too late.
 */
public sealed interface Ending {
    String task();

    String session();

    /** The swarm that the caller's token reaches; {@code null} for the fabric itself, which reaches all. */
    String swarm();

    long epoch();

    /** The total cost of the claim, in US dollars; {@code null} if not reported. */
    BigDecimal cost();

    /** The task is done. {@code cost} is the claim's total in US dollars, {@code null} if not known. */
    record Complete(String task, String session, String swarm, long epoch, String result, BigDecimal cost)
            implements Ending {
        /** The same for the fabric itself. */
        public Complete(String task, String session, long epoch, String result, BigDecimal cost) {
            this(task, session, null, epoch, result, cost);
        }
    }

    /** The attempt failed; {@code retryable} says whether another one may do better. */
    record Fail(String task, String session, String swarm, long epoch, String error, boolean retryable, BigDecimal cost)
            implements Ending {}

    /** The holder gives the task back. */
    record Release(String task, String session, String swarm, long epoch) implements Ending {
        @Override
        public BigDecimal cost() {
            return null;
        }
    }

    /** The lease never reached the claiming client: the fabric gives the task back in its place. */
    record Undelivered(String task, String session, long epoch) implements Ending {
        @Override
        public String swarm() {
            return null;
        }

        @Override
        public BigDecimal cost() {
            return null;
        }
    }

    /** The decision of the rule. */
    sealed interface Decision {
        /** It ends the claim. */
        record Ends(Change change) implements Decision {}

        /** A checker must accept the result first. */
        record HandsIn(Change change, HandedIn.Key key) implements Decision {}

        /** The same result is being checked. */
        record Waits(HandedIn same) implements Decision {}

        /** The checker has refused the same result. */
        record Refused(HandedIn same) implements Decision {}

        /** Another result is being checked. */
        record Busy() implements Decision {}

        /** This epoch is not the task's: the history says whether the call is a repetition. */
        record Past() implements Decision {}

        /** Somebody else holds the task under this epoch. */
        record NotHolder() implements Decision {}
    }

    /** The answer to the caller. */
    sealed interface Answer {
        /**
         * The task after the claim's end; the same for a repeated call.
         *
         * @param costRecorded whether the reported cost is on the ledger, {@code null} if none was reported
         */
        record Ended(Task task, Boolean costRecorded) implements Answer {}

        /** The result is handed in, and its checker has not said yet what it thinks; {@code costRecorded} as above. */
        record Checked(Task task, Boolean costRecorded) implements Answer {}

        /** The checker does not accept this result; {@code costRecorded} as above. */
        record Refused(HandedIn result, Boolean costRecorded) implements Answer {}

        /** Another result is being checked. */
        record Busy() implements Answer {}

        /**
         * The claim had ended in another way.
         *
         * @param reason how, {@code null} if another call of the holder ended it or the epoch was never granted
         * @param costRecorded whether the reported cost is on the ledger nevertheless, {@code null} if none was
         * reported
         * @param source which source outside ended it, {@code null} unless that is the reason
         */
        record Stale(Reason reason, long currentEpoch, State taskState, Boolean costRecorded, String source)
                implements Answer {
            public Stale(Reason reason, long currentEpoch, State taskState, Boolean costRecorded) {
                this(reason, currentEpoch, taskState, costRecorded, null);
            }
        }

        /** Somebody else's claim. */
        record NotHolder() implements Answer {}

        /** No such task. */
        record UnknownTask() implements Answer {}
    }

    /** Whether the caller may know of the task: it sees nothing of other swarms. */
    default boolean mayKnow(Task task) {
        return task != null && (swarm() == null || swarm().equals(task.swarm()));
    }

    /** Decides on one command, by the locked task, and what was handed in for it under the epoch of the command. */
    static Decision decide(Task task, Ending command, Map<HandedIn.Key, HandedIn> known, Instant now, Backoff backoff) {
        if (!task.state().isHeld() || task.epoch() != command.epoch()) {
            return new Decision.Past();
        }
        if (!task.holder().equals(command.session())) {
            return new Decision.NotHolder();
        }
        if (command instanceof Complete complete && task.specification().check() != null) {
            return switch (Checking.handIn(task, complete, known)) {
                case Checking.Handing.Begin(HandedIn.Key key) ->
                    new Decision.HandsIn(Change.handedIn(task, key.hash(), now), key);
                case Checking.Handing.Wait(HandedIn same) -> new Decision.Waits(same);
                case Checking.Handing.Again(HandedIn same) -> new Decision.Refused(same);
                case Checking.Handing.Busy _ -> new Decision.Busy();
            };
        }
        return new Decision.Ends(
                switch (command) {
                    case Complete complete -> Change.completed(task, complete.result(), complete.cost(), now);
                    case Fail fail -> Change.failed(task, fail.error(), fail.retryable(), fail.cost(), now, backoff);
                    case Release ignored -> Change.released(task, now);
                    case Undelivered ignored ->
                        Change.takenBack(task, What.RELEASED, "fabric", "Its client had gone.", now);
                });
    }

    /**
     * Answers a command whose epoch has passed; {@code step} is the one that ended this epoch, {@code null} if none
     * did, and {@code same} the result of the command, if it was handed in before.
     */
    static Answer past(Task task, Ending command, Step step, HandedIn same) {
        boolean its = step != null && command.session().equals(step.session());
        if (its && same != null && same.outcome() == HandedIn.Outcome.REFUSED) {
            return new Answer.Refused(same, null);
        }
        boolean repeated = step != null
                && step.what().equals(whatOf(command).inHistory())
                && command.session().equals(step.session());
        return repeated ? new Answer.Ended(asOf(task, command, step), null) : why(task, step);
    }

    /**
     * Why a lease is no longer its former holder's; a lease superseded by the holder's own new claim counts as given
     * back.
     */
    static Answer why(Task task, Step step) {
        Reason reason =
                step == null ? null : What.isNamed(step.what()) ? stale(What.named(step.what())) : Reason.RELEASED;
        String source = reason == Reason.ENDED_BY_SOURCE ? step.by() : null;
        return new Answer.Stale(reason, task.epoch(), task.state(), null, source);
    }

    /** Why a lease was not renewed: it is no longer its former holder's, or has no end while its result is checked. */
    static Answer notRenewed(Task task, Ending asking, Step step) {
        boolean its = task.epoch() == asking.epoch() && asking.session().equals(task.holder());
        return its && task.state() == State.CHECKING ? new Answer.Checked(task, null) : why(task, step);
    }

    /**
     * What to book for a command whose epoch has passed: its cost, if the caller had that epoch; otherwise
     * {@code null}. {@code step} is the one that ended the epoch.
     */
    static LeaseEnd late(Ending command, Step step) {
        boolean had = step != null && command.session().equals(step.session());
        return had && command.cost() != null
                ? new LeaseEnd.Late(command.session(), command.task(), command.epoch(), command.cost())
                : null;
    }

    /** The answer, with what became of the reported cost, if any. */
    static Answer withCost(Answer answer, Ending command, boolean recorded) {
        if (command.cost() == null) {
            return answer;
        }
        return switch (answer) {
            case Answer.Ended ended -> new Answer.Ended(ended.task(), recorded);
            case Answer.Stale stale ->
                new Answer.Stale(stale.reason(), stale.currentEpoch(), stale.taskState(), recorded, stale.source());
            // What it cost was booked when it was handed in.
            case Answer.Checked(Task task, Boolean before) -> new Answer.Checked(task, recorded || before != null);
            case Answer.Refused(HandedIn result, Boolean _) ->
                new Answer.Refused(result, recorded || result.cost() != null);
            case Answer.NotHolder _, Answer.UnknownTask _, Answer.Busy _ -> answer;
        };
    }

    private static What whatOf(Ending command) {
        return switch (command) {
            case Complete ignored -> What.COMPLETED;
            case Fail ignored -> What.FAILED;
            case Release _, Undelivered _ -> What.RELEASED;
        };
    }

    private static Reason stale(What what) {
        return switch (what) {
            case LEASE_EXPIRED,
                    SESSION_LOST,
                    STALLED,
                    GIVEN_UP,
                    NOT_ACCEPTED,
                    PREEMPTED,
                    RELEASED,
                    CANCELLED,
                    SOURCE_COMPLETED,
                    SOURCE_FAILED -> what.reason();
            case COMPLETED,
                    HANDED_IN,
                    REFUSED,
                    FAILED,
                    EXPIRED,
                    RETRIED,
                    UNBLOCKED,
                    HELD_BACK,
                    UNASSIGNED,
                    STOLEN,
                    CHANGED -> null;
        };
    }

    /** The task as it was right after that step, so that a repeated call gets the same answer. */
    private static Task asOf(Task task, Ending command, Step step) {
        if (task.version() == step.version()) {
            return task;
        }
        // Nothing follows a completion, so this was a failure or a release, and others have gone on since.
        BigDecimal cost = command instanceof Fail fail ? fail.cost() : null;
        return task.with(step.state(), task.progress().asOf(step, new LastAttempt(null, step.note(), cost)));
    }
}
