package io.infrafabric.event;

import static io.infrafabric.event.Catalogue.Type.v1;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

/** What happens to swarms, sessions and tasks. Only the coordinator writes these, except for {@link TaskRequested}. */
@RegisterForReflection
public sealed interface CoordinatorEvent extends Event {

    /** The events, each with its name on the wire. */
    List<Catalogue.Type> TYPES = List.of(
            v1("coordinator", "task-submitted", TaskSubmitted.class),
            v1("coordinator", "task-moved", TaskMoved.class),
            v1("coordinator", "task-queued", TaskQueued.class),
            v1("coordinator", "task-claimed", TaskClaimed.class),
            v1("coordinator", "task-completed", TaskCompleted.class),
            v1("coordinator", "task-failed", TaskFailed.class),
            v1("coordinator", "task-died", TaskDied.class),
            v1("coordinator", "task-cancelled", TaskCancelled.class),
            v1("coordinator", "task-stranded", TaskStranded.class),
            v1("coordinator", "task-requested", TaskRequested.class),
            v1("coordinator", "check-requested", CheckRequested.class),
            v1("coordinator", "session-enrolled", SessionEnrolled.class),
            v1("coordinator", "session-lost", SessionLost.class),
            v1("coordinator", "session-stalled", SessionStalled.class),
            v1("coordinator", "session-returned", SessionReturned.class),
            v1("coordinator", "session-readied", SessionReadied.class),
            v1("coordinator", "session-left", SessionLeft.class),
            v1("coordinator", "swarm-paused", SwarmPaused.class),
            v1("coordinator", "swarm-resumed", SwarmResumed.class));

    /** Why a task went back to its queue, or left it without being done. */
    enum Reason {
        /** The lease ran out. */
        LEASE_EXPIRED,
        /** The holder fell silent. */
        SESSION_LOST,
        /** The holder was heard, and showed no progress for too long. */
        STALLED,
        /** Taken away to end a deadlock. */
        PREEMPTED,
        /** Given back by the holder or an operator, or because the holder left or its client was gone. */
        RELEASED,
        /** The holder reported a failure that may be tried again. */
        FAILED,
        /** Cancelled by an operator. */
        CANCELLED,
        /** A source outside said that it is done, or failed. */
        ENDED_BY_SOURCE,
        /** Nobody had it by its {@code expiresAt}. */
        EXPIRED,
        /** Brought back from {@code DEAD} by an operator. */
        RETRIED,
        /** The last open dependency is done, or the last dispute about what it rests on has ended. */
        UNBLOCKED
    }

    /** A task was accepted; {@code state} is {@code QUEUED} or {@code WAITING}. */
    record TaskSubmitted(String task, String swarm, String state, String priority, String assignee, long version)
            implements CoordinatorEvent, Versioned {
        @Override
        public String subject() {
            return "task:" + task;
        }
    }

    /**
     * A task is in its queue, perhaps again; nobody may claim it before {@code notBefore}. {@code session} held it
     * last.
     */
    record TaskQueued(String task, String swarm, String session, Reason reason, Instant notBefore, long version)
            implements CoordinatorEvent, Versioned {
        @Override
        public String subject() {
            return "task:" + task;
        }
    }

    /** A session got the task's lease. */
    record TaskClaimed(String task, String swarm, String session, long epoch, Instant expiresAt, long version)
            implements CoordinatorEvent, Versioned {
        @Override
        public String subject() {
            return "task:" + task;
        }
    }

    /**
     * The task's standing changed, for watchers of its swarm.
     *
     * @param session the present holder, or {@code null}
     */
    record TaskMoved(String task, String swarm, Standing standing, String session, long version)
            implements CoordinatorEvent, Versioned, OnDemand {
        @Override
        public String subject() {
            return "task:" + task;
        }
    }

    /** What a task's state means for those who wait for it. */
    enum Standing {
        /** It waits, or is queued. */
        OPEN,
        /** A session works on it. */
        CLAIMED,
        /** Its result is there. */
        DONE,
        /** It is dead or cancelled. */
        GONE
    }

    /** A session finished the task (a fact: an outcome). */
    record TaskCompleted(String task, String swarm, String session, List<String> domains, long epoch, BigDecimal cost)
            implements CoordinatorEvent {
        @Override
        public String subject() {
            return "task:" + task;
        }
    }

    /**
     * One attempt at the task failed (a fact: an outcome).
     *
     * @param reason how: reported, or the lease was lost
     * @param at when, by the database's clock; {@code null} from releases that did not say
     */
    record TaskFailed(
            String task, String swarm, String session, List<String> domains, long epoch, Reason reason, Instant at)
            implements CoordinatorEvent {
        @Override
        public String subject() {
            return "task:" + task;
        }
    }

    /** The last attempt is used up. */
    record TaskDied(String task, String swarm, String error, long version) implements CoordinatorEvent, Versioned {
        @Override
        public String subject() {
            return "task:" + task;
        }
    }

    /** An operator cancelled the task; or nobody had it by its {@code expiresAt}, and {@code reason} is {@code EXPIRED}. */
    record TaskCancelled(String task, String swarm, String reason, long version)
            implements CoordinatorEvent, Versioned {
        @Override
        public String subject() {
            return "task:" + task;
        }
    }

    /**
     * A task that others wait for can no longer be done, so they wait for a human (a fact: one for each such task, and
     * one more when further tasks begin to wait for it).
     *
     * @param task one of the waiting tasks
     * @param blockedBy the task that they wait for
     * @param waiting how many tasks wait for it by now; {@code null} from releases that report each one
     * @param since the version at which it could no longer be done; {@code null} from releases that did not say
     * @param at when, by the database's clock; {@code null} from releases that did not say
     */
    record TaskStranded(String task, String swarm, String blockedBy, Integer waiting, Long since, Instant at)
            implements CoordinatorEvent {
        /** The form of releases that reported each waiting task. */
        public TaskStranded(String task, String swarm, String blockedBy, Instant at) {
            this(task, swarm, blockedBy, null, null, at);
        }

        @Override
        public String subject() {
            return "task:" + task;
        }
    }

    /**
     * A session handed in a result that a checker must accept (a fact). What the checker gets is read where it is run.
     *
     * @param sha256 the version of the module
     * @param resultSha256 of the result: with task and epoch it says which check this is
     * @param attempt counted from 1
     */
    record CheckRequested(
            String task, String swarm, String session, long epoch, String sha256, String resultSha256, int attempt)
            implements CoordinatorEvent {
        @Override
        public String subject() {
            return "task:" + task;
        }
    }

    /**
     * The checker of a requested task.
     *
     * @param sha256 its version, {@code null} for the newest one
     * @param limits of a run; {@code null} for the usual ones
     */
    @RegisterForReflection
    record RequestedCheck(String module, String sha256, RequestedLimits limits) {}

    /** The most that one run may take; {@code null} for what is usual. */
    @RegisterForReflection
    record RequestedLimits(Long millis, Long fuel, Integer memoryMb, Integer outputBytes) {}

    /** Somebody submits a task over the channel (a fact). */
    record TaskRequested(
            String id,
            String swarm,
            String title,
            List<String> domains,
            List<String> tools,
            String priority,
            BigDecimal estimatedCost,
            List<String> dependsOn,
            List<String> basis,
            String assignee,
            String payload,
            RequestedCheck check)
            implements CoordinatorEvent {
        @Override
        public String subject() {
            return "task:" + id;
        }
    }

    /**
     * A session was enrolled, or its capabilities changed.
     *
     * @param enrolment counted from 1, one more with each enrolment after leaving; 0 in events, of all four types, from
     * before enrolments had numbers
     */
    record SessionEnrolled(String session, String swarm, long version, long enrolment)
            implements CoordinatorEvent, Versioned {
        @Override
        public String subject() {
            return "session:" + session;
        }
    }

    /**
     * A session can take on tasks that it could not take before, for watchers of its swarm: it was enrolled, can do
     * more, is back, or is no longer stopped by a breaker (a fact).
     *
     * @param session {@code null} if it may be any session of the swarm
     */
    record SessionReadied(String session, String swarm) implements CoordinatorEvent, OnDemand {
        @Override
        public String subject() {
            return session == null ? "swarm:" + swarm : "session:" + session;
        }
    }

    /** A session fell silent; its leases have ended. */
    record SessionLost(String session, String swarm, long version, long enrolment)
            implements CoordinatorEvent, Versioned {
        @Override
        public String subject() {
            return "session:" + session;
        }
    }

    /** A live session holds work and shows no progress since {@code since}; at {@code endsAt} its leases end. */
    record SessionStalled(String session, String swarm, Instant since, Instant endsAt, long version, long enrolment)
            implements CoordinatorEvent, Versioned {
        @Override
        public String subject() {
            return "session:" + session;
        }
    }

    /** A lost session called again; it is live, without its former leases. */
    record SessionReturned(String session, String swarm, long version, long enrolment)
            implements CoordinatorEvent, Versioned {
        @Override
        public String subject() {
            return "session:" + session;
        }
    }

    /** A session left; everything that it held is released. */
    record SessionLeft(String session, String swarm, long version, long enrolment)
            implements CoordinatorEvent, Versioned {
        @Override
        public String subject() {
            return "session:" + session;
        }
    }

    /** An operator paused the swarm: no claims until it is resumed. */
    record SwarmPaused(String swarm, String reason, long version) implements CoordinatorEvent, Versioned {
        @Override
        public String subject() {
            return "swarm:" + swarm;
        }
    }

    /** An operator resumed the swarm. */
    record SwarmResumed(String swarm, long version) implements CoordinatorEvent, Versioned {
        @Override
        public String subject() {
            return "swarm:" + swarm;
        }
    }
}
