package io.infrafabric.coordinator;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonRawValue;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

/**
 * A task as it is at one version: what rules decide upon, and what callers are shown.
 *
 * @param payload JSON, verbatim as it was submitted; {@code null} if none
 * @param basis the claims that it rests on; {@code null} where it was not asked for
 * @param blockedBy the dependencies that are not done, and as {@code claim:<id>} the claims of its basis that are
 *     disputed; {@code null} where it was not asked for
 * @param notBefore nobody may claim it before
 * @param attempts failed attempts and lost leases so far
 * @param epoch fencing number: grows with every grant, and with every end that the holder did not ask for
 * @param leaseExpiresAt end of the holder's lease, {@code null} unless {@code CLAIMED}
 * @param result JSON, verbatim as the holder gave it; {@code null} if none
 * @param cost what the task's completion said it had cost, in US dollars; {@code null} if it said nothing
 * @param version grows by one with every change
 * @param openDependencies how many of its dependencies are not done, and of the claims that it rests on disputed
 * @param seq order of submission
 * @param bodyHash tells a resubmission of the same body from another one
 * @param reclaims how often its holder has claimed it again since it got it
 */
public record Task(
        String id,
        String swarm,
        String title,
        List<String> domains,
        List<String> tools,
        Priority priority,
        BigDecimal estimatedCost,
        String assignee,
        @JsonRawValue String payload,
        int maxAttempts,
        String traceToken,
        String submittedBy,
        Instant createdAt,
        State state,
        List<String> dependsOn,
        List<String> basis,
        List<String> blockedBy,
        Instant notBefore,
        int attempts,
        long epoch,
        String holder,
        Instant leaseExpiresAt,
        @JsonRawValue String result,
        String error,
        BigDecimal cost,
        long version,
        Instant changedAt,
        List<Step> history,
        @JsonIgnore int openDependencies,
        @JsonIgnore long seq,
        @JsonIgnore String bodyHash,
        @JsonIgnore int reclaims) {

    /** Where a task stands. {@code WAITING -> QUEUED -> CLAIMED -> DONE}, with the ends {@code DEAD} and {@code CANCELLED}. */
    public enum State {
        /** A dependency is not done, or a claim that it rests on is disputed. */
        WAITING,
        /** May be claimed (from {@code notBefore} on). */
        QUEUED,
        /** A session has the lease. */
        CLAIMED,
        /** Completed. */
        DONE,
        /** The last attempt failed. */
        DEAD,
        /** Cancelled by an operator. */
        CANCELLED;

        /** Whether nothing more happens to it by itself. */
        public boolean isOver() {
            return this == DONE || isHopeless();
        }

        /** Whether it can no longer be done, unless an operator brings it back. */
        boolean isHopeless() {
            return this == DEAD || this == CANCELLED;
        }

        /** Whether nobody has begun with it yet, or again. */
        boolean isPending() {
            return this == WAITING || this == QUEUED;
        }
    }

    /**
     * One step of a task's history; state, epoch and attempts are those after it.
     *
     * @param what {@code submitted}, {@code claimed}, {@code completed}, {@code failed}, {@code released}, …
     * @param by who did it: a caller's subject, or {@code fabric}
     */
    public record Step(
            long version,
            String what,
            String by,
            String session,
            State state,
            long epoch,
            int attempts,
            String note,
            @JsonIgnore Instant notBefore,
            Instant at) {}

    /** The same task with what it rests on, what stands in its way and its history filled in. */
    Task with(List<String> itsDependsOn, List<String> itsBasis, List<String> itsBlockedBy, List<Step> itsHistory) {
        return new Task(
                id,
                swarm,
                title,
                domains,
                tools,
                priority,
                estimatedCost,
                assignee,
                payload,
                maxAttempts,
                traceToken,
                submittedBy,
                createdAt,
                state,
                itsDependsOn,
                itsBasis,
                itsBlockedBy,
                notBefore,
                attempts,
                epoch,
                holder,
                leaseExpiresAt,
                result,
                error,
                cost,
                version,
                changedAt,
                itsHistory,
                openDependencies,
                seq,
                bodyHash,
                reclaims);
    }

    /** Where it goes when nobody holds it any more, and it is not over. */
    State next() {
        return openDependencies > 0 ? State.WAITING : State.QUEUED;
    }

    /** The same task after a claim was granted. */
    Task claimedBy(String session, Instant until, Instant at) {
        return claimedBy(session, until, at, attempts, 0);
    }

    /** The same task after its holder claimed it again; {@code counts} if that used up an attempt. */
    Task claimedAgain(Instant until, Instant at, boolean counts) {
        return claimedBy(holder, until, at, attempts + (counts ? 1 : 0), reclaims + 1);
    }

    private Task claimedBy(String session, Instant until, Instant at, int newAttempts, int newReclaims) {
        return new Task(
                id,
                swarm,
                title,
                domains,
                tools,
                priority,
                estimatedCost,
                assignee,
                payload,
                maxAttempts,
                traceToken,
                submittedBy,
                createdAt,
                State.CLAIMED,
                dependsOn,
                basis,
                blockedBy,
                notBefore,
                newAttempts,
                epoch + 1,
                session,
                until,
                result,
                error,
                cost,
                version + 1,
                at,
                history,
                openDependencies,
                seq,
                bodyHash,
                newReclaims);
    }

    /** The same task after its claim ended, or after an operator changed where it stands. */
    Task endedAs(
            State newState,
            long newEpoch,
            int newAttempts,
            Instant newNotBefore,
            String newResult,
            String newError,
            BigDecimal newCost,
            long newVersion,
            Instant at) {
        return new Task(
                id,
                swarm,
                title,
                domains,
                tools,
                priority,
                estimatedCost,
                assignee,
                payload,
                maxAttempts,
                traceToken,
                submittedBy,
                createdAt,
                newState,
                dependsOn,
                basis,
                blockedBy,
                newNotBefore,
                newAttempts,
                newEpoch,
                null,
                null,
                newResult,
                newError,
                newCost,
                newVersion,
                at,
                history,
                openDependencies,
                seq,
                bodyHash,
                reclaims);
    }

    /** The same task with another place in the queues or another price, one version on. */
    Task as(Priority newPriority, String newAssignee, BigDecimal newEstimatedCost, Instant at) {
        return new Task(
                id,
                swarm,
                title,
                domains,
                tools,
                newPriority,
                newEstimatedCost,
                newAssignee,
                payload,
                maxAttempts,
                traceToken,
                submittedBy,
                createdAt,
                state,
                dependsOn,
                basis,
                blockedBy,
                notBefore,
                attempts,
                epoch,
                holder,
                leaseExpiresAt,
                result,
                error,
                cost,
                version + 1,
                at,
                history,
                openDependencies,
                seq,
                bodyHash,
                reclaims);
    }
}
