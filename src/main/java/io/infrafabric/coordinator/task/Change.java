package io.infrafabric.coordinator.task;

import io.infrafabric.budget.LeaseEnd;
import io.infrafabric.coordinator.task.Task.Dispatch;
import io.infrafabric.coordinator.task.Task.LastAttempt;
import io.infrafabric.coordinator.task.Task.Progress;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.CoordinatorEvent.Reason;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.Event;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A decided change of one task, other than a claim: the task before, after, and why. The rules are the factory methods
 * here; {@link TaskTable#apply} writes a change, guarded by the version on which it was decided.
 *
 * @param what the step's name in the history
 * @param by who did it
 */
public record Change(Task before, Task after, What what, String by, String note) {

    /** Why a human is asked whether a result is accepted: its checker has no verdict. */
    public static final String CHECK_BROKEN = "CHECK_BROKEN";

    /** The steps that end a claim or move a task by other means than a claim. */
    public enum What {
        COMPLETED(null),
        HANDED_IN(null),
        REFUSED(null),
        NOT_ACCEPTED(Reason.FAILED),
        FAILED(Reason.FAILED),
        RELEASED(Reason.RELEASED),
        LEASE_EXPIRED(Reason.LEASE_EXPIRED),
        SESSION_LOST(Reason.SESSION_LOST),
        STALLED(Reason.STALLED),
        GIVEN_UP(Reason.FAILED),
        PREEMPTED(Reason.PREEMPTED),
        CANCELLED(Reason.CANCELLED),
        SOURCE_COMPLETED(Reason.ENDED_BY_SOURCE),
        SOURCE_FAILED(Reason.ENDED_BY_SOURCE),
        EXPIRED(Reason.EXPIRED),
        RETRIED(Reason.RETRIED),
        UNBLOCKED(Reason.UNBLOCKED),
        HELD_BACK(null),
        UNASSIGNED(null),
        STOLEN(null),
        CHANGED(null);

        private final Reason reason;

        What(Reason reason) {
            this.reason = reason;
        }

        public Reason reason() {
            return reason;
        }

        /** Whether it uses up the attempt. */
        public boolean countsAttempt() {
            return this == FAILED
                    || this == NOT_ACCEPTED
                    || this == SOURCE_FAILED
                    || this == LEASE_EXPIRED
                    || this == SESSION_LOST
                    || this == STALLED
                    || this == GIVEN_UP;
        }

        /** Whether it is an outcome of its session: a success or a failure. */
        boolean isOutcome() {
            return completes() || countsAttempt();
        }

        /** Whether the task is done by it. */
        boolean completes() {
            return this == COMPLETED || this == SOURCE_COMPLETED;
        }

        /** Whether this names a step that is a change (and not a submit or a claim). */
        public static boolean isNamed(String inHistory) {
            return !inHistory.equals("submitted") && !inHistory.equals("claimed");
        }

        public static What named(String inHistory) {
            return valueOf(inHistory.toUpperCase(Locale.ROOT).replace('-', '_'));
        }

        public String inHistory() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** The holder has finished. */
    public static Change completed(Task task, String result, BigDecimal cost, Instant now) {
        Progress done = task.progress().moved(task.epoch(), now);
        Task after = task.with(State.DONE, done.after(done.attempts(), new LastAttempt(result, null, cost)));
        return new Change(task, after, What.COMPLETED, task.holder(), null);
    }

    /** The holder has finished, and a checker must accept the result: until then the lease has no end. */
    public static Change handedIn(Task task, String hash, Instant now) {
        Task after = task.with(State.CHECKING, task.progress().held(null, now));
        return new Change(task, after, What.HANDED_IN, task.holder(), "result " + hash);
    }

    /** The result that was handed in is refused: the holder goes on, under the same epoch and with a full lease. */
    public static Change refused(Task task, String by, String said, Instant until, Instant now) {
        Progress held = task.progress().held(until, now);
        LastAttempt last = held.last().failed(said, held.last().cost());
        return new Change(task, task.with(State.CLAIMED, held.after(held.attempts(), last)), What.REFUSED, by, said);
    }

    /** The last result that the attempt may hand in is refused: that fails the attempt. */
    public static Change notAccepted(Task task, String by, String said, BigDecimal cost, Instant now, Backoff backoff) {
        return attemptLost(task, What.NOT_ACCEPTED, by, said, true, cost, now, backoff);
    }

    /** The holder reports a failure: another attempt after a rest, or the end. */
    public static Change failed(
            Task task, String error, boolean retryable, BigDecimal cost, Instant now, Backoff backoff) {
        return attemptLost(task, What.FAILED, task.holder(), error, retryable, cost, now, backoff);
    }

    /** A source outside says that it is done: the claim ends, although its holder did not ask for that. */
    public static Change completedBySource(Task task, String by, String result, Instant now) {
        Progress done = task.progress().moved(task.epoch() + 1, now);
        Task after = task.with(State.DONE, done.after(done.attempts(), new LastAttempt(result, null, cost(task))));
        return new Change(task, after, What.SOURCE_COMPLETED, by, null);
    }

    /** A source outside says that it failed: another attempt after a rest, or the end. */
    public static Change failedBySource(Task task, String by, String error, Instant now, Backoff backoff) {
        return attemptLost(task, What.SOURCE_FAILED, by, error, true, cost(task), now, backoff);
    }

    /** The holder gives the task back; no attempt is counted and the epoch stays until the next grant. */
    public static Change released(Task task, Instant now) {
        Task after = moved(task, task.next(), task.epoch(), now);
        return new Change(task, after, What.RELEASED, task.holder(), null);
    }

    /** The fabric or an operator takes the task from its holder without counting the attempt. */
    public static Change takenBack(Task task, What what, String by, String note, Instant now) {
        Task after = moved(task, task.next(), task.epoch() + 1, now);
        return new Change(task, after, what, by, note);
    }

    /** The holder blocks others: the task is queued again one priority higher, and no attempt is counted. */
    public static Change preempted(Task task, String by, String note, Instant now) {
        Dispatch higher = task.specification().dispatch().at(task.priority().higher());
        Progress open = task.progress().moved(task.epoch() + 1, now).from(now);
        Task after = task.with(higher, now).with(task.next(), open);
        return new Change(task, after, What.PREEMPTED, by, note);
    }

    /** The lease ran out, or its holder fell silent or got nowhere: the attempt counts. */
    public static Change lost(Task task, What what, Instant now, Backoff backoff) {
        String error = what == What.SESSION_LOST
                ? "The session fell silent."
                : what == What.STALLED ? "The session showed no progress for too long." : "The lease ran out.";
        return attemptLost(task, what, "fabric", error, true, cost(task), now, backoff);
    }

    /** Its holder claims it again and again and never ends it: the last attempt counts, too. */
    public static Change givenUp(Task task, Instant now) {
        String error =
                "Its holder claimed it again " + task.progress().tenure().reclaims() + " times and never ended it.";
        Backoff unused = new Backoff(Duration.ZERO, Duration.ZERO);
        return attemptLost(task, What.GIVEN_UP, "fabric", error, false, cost(task), now, unused);
    }

    /** An operator cancels the task; allowed unless it is over. */
    public static Change cancelled(Task task, String by, String reason, Instant now) {
        long epoch = task.state().isHeld() ? task.epoch() + 1 : task.epoch();
        Task after = moved(task, State.CANCELLED, epoch, now);
        return new Change(task, after, What.CANCELLED, by, reason);
    }

    /** Nobody had it by the time that it was given. */
    public static Change expired(Task task, Instant now) {
        Task after = moved(task, State.CANCELLED, task.epoch(), now);
        return new Change(task, after, What.EXPIRED, "fabric", Reason.EXPIRED.name());
    }

    /** An operator brings a dead or cancelled task back, with all its attempts. */
    public static Change retried(Task task, String by, String reason, Instant now) {
        Progress again = task.progress().moved(task.epoch(), now).from(now);
        Task after = task.with(task.next(), again.after(0, LastAttempt.NONE));
        return new Change(task, after, What.RETRIED, by, reason);
    }

    /** The last open dependency is done, or the last dispute has ended. A pending rest is kept. */
    static Change unblocked(Task task, Instant now) {
        Instant rest = task.progress().notBefore();
        Task after = resting(task, State.QUEUED, rest.isAfter(now) ? rest : now, now);
        return new Change(task, after, What.UNBLOCKED, "fabric", null);
    }

    /** A claim that it rests on is disputed: nobody may claim the task until that ends. */
    static Change heldBack(Task task, String claim, Instant now) {
        return new Change(
                task,
                resting(task, State.WAITING, task.progress().notBefore(), now),
                What.HELD_BACK,
                "fabric",
                "claim:" + claim);
    }

    /** The assignee is lost or gone, or cannot do it any more. */
    public static Change unassigned(Task task, String by, Instant now) {
        return new Change(
                task, task.with(task.specification().dispatch().to(null), now), What.UNASSIGNED, by, task.assignee());
    }

    /** An idle session takes it from the queue of its assignee; no attempt is counted. */
    public static Change stolen(Task task, String by, Instant now) {
        return new Change(
                task, task.with(task.specification().dispatch().to(by), now), What.STOLEN, by, task.assignee());
    }

    /**
     * An operator changes the parts that are not null. If nobody holds the task, its state follows its open
     * dependencies, which were changed before.
     */
    public static Change patched(
            Task task, Priority priority, String assignee, BigDecimal estimatedCost, String by, Instant now) {
        Dispatch old = task.specification().dispatch();
        Dispatch patched = old.at(priority == null ? old.priority() : priority)
                .costing(estimatedCost == null ? old.estimatedCost() : estimatedCost)
                .to(assignee == null ? old.assignee() : assignee.isEmpty() ? null : assignee);
        Task after = task.with(patched, now);
        State state = task.state().isHeld() ? task.state() : task.next();
        return new Change(task, after.with(state, after.progress()), What.CHANGED, by, null);
    }

    /** The same change with this note. */
    public Change noting(String newNote) {
        return new Change(before, after, what, by, newNote);
    }

    private static Task resting(Task task, State to, Instant notBefore, Instant now) {
        return task.with(to, task.progress().moved(task.epoch(), now).from(notBefore));
    }

    /** The task in another state, with everything recorded about it so far. */
    private static Task moved(Task task, State to, long epoch, Instant now) {
        return task.with(to, task.progress().moved(epoch, now).from(now));
    }

    private static Change attemptLost(
            Task task,
            What what,
            String by,
            String error,
            boolean retryable,
            BigDecimal cost,
            Instant now,
            Backoff backoff) {
        int attempts = task.progress().attempts() + 1;
        boolean again = retryable && attempts < task.specification().limits().maxAttempts();
        long epoch = what == What.FAILED ? task.epoch() : task.epoch() + 1;
        Progress lost = task.progress().moved(epoch, now).from(again ? now.plus(backoff.after(attempts)) : now);
        Task after = task.with(
                again ? task.next() : State.DEAD,
                lost.after(attempts, lost.last().failed(error, cost)));
        return new Change(task, after, what, by, error);
    }

    private static BigDecimal cost(Task task) {
        return task.progress().last().cost();
    }

    private List<String> domains() {
        return before.specification().requirements().domains();
    }

    /** Whether it made a task dormant: queued, and not to be claimed yet; one that was so before has its due row. */
    boolean madeDormant() {
        boolean before = this.before.state() == State.QUEUED
                && this.before.progress().notBefore().equals(after.progress().notBefore());
        return after.isDormant(after.progress().changedAt()) && !before;
    }

    /** Whether nobody has the task from now on, and somebody had, or it was over. */
    boolean madePending() {
        return after.state().isPending() && !before.state().isPending();
    }

    /** Whether it ended a claim. */
    public boolean endedClaim() {
        return before.state().isHeld() && !after.state().isHeld();
    }

    /** Whether a lease had an end before it, and has none after it. */
    boolean endedLease() {
        return before.state() == State.CLAIMED && after.state() != State.CLAIMED;
    }

    /** Whether nobody waits for a verdict any more. */
    boolean endedCheck() {
        return before.state() == State.CHECKING && after.state() != State.CHECKING;
    }

    /** Whether that is so for another reason than the verdict. */
    boolean leftCheck() {
        return endedCheck() && what != What.COMPLETED && what != What.REFUSED && what != What.NOT_ACCEPTED;
    }

    /** What the end of the claim means for its hold; only if it ended one. */
    public LeaseEnd leaseEnd() {
        String session = before.holder();
        return switch (what) {
            case COMPLETED, SOURCE_COMPLETED ->
                new LeaseEnd.Completed(session, before.id(), before.epoch(), cost(after));
            case FAILED, NOT_ACCEPTED, SOURCE_FAILED ->
                new LeaseEnd.Failed(session, before.id(), before.epoch(), cost(after));
            case LEASE_EXPIRED, SESSION_LOST, STALLED, GIVEN_UP ->
                new LeaseEnd.Lost(session, before.id(), before.epoch());
            case RELEASED, PREEMPTED, CANCELLED -> new LeaseEnd.Returned(session, before.id(), before.epoch());
            case HANDED_IN, REFUSED, EXPIRED, RETRIED, UNBLOCKED, HELD_BACK, UNASSIGNED, STOLEN, CHANGED ->
                throw new IllegalStateException(what + " ends no claim of " + before.id());
        };
    }

    /** Nobody has to say any more whether the result is accepted, should somebody have been asked. */
    public Event checkOver(String why) {
        return new CauseEnded(
                "coordinator",
                "task:" + before.id(),
                before.swarm(),
                CHECK_BROKEN,
                why,
                after.progress().changedAt());
    }

    /** Its events. */
    List<Event> events() {
        List<Event> events = new ArrayList<>(2);
        if (what.completes()) {
            events.add(new CoordinatorEvent.TaskCompleted(
                    before.id(), before.swarm(), before.holder(), domains(), before.epoch(), cost(after)));
        }
        if (what.countsAttempt()) {
            events.add(new CoordinatorEvent.TaskFailed(
                    before.id(),
                    before.swarm(),
                    before.holder(),
                    domains(),
                    before.epoch(),
                    what.reason(),
                    after.progress().changedAt()));
        }
        if (after.state() == State.DEAD && before.state() != State.DEAD) {
            events.add(new CoordinatorEvent.TaskDied(
                    after.id(), after.swarm(), after.progress().last().error(), after.version()));
        }
        if (after.state() == State.CANCELLED) {
            events.add(new CoordinatorEvent.TaskCancelled(after.id(), after.swarm(), note, after.version()));
        }
        if (leftCheck()) {
            events.add(checkOver("Its result is not checked any more: " + what + "."));
        }
        if (after.state() == State.QUEUED && what.reason() != null) {
            events.add(new CoordinatorEvent.TaskQueued(
                    after.id(),
                    after.swarm(),
                    before.holder(),
                    what.reason(),
                    after.progress().notBefore(),
                    after.version()));
        }
        return events;
    }
}
