package io.infrafabric.coordinator.task;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.infrafabric.coordinator.session.Match;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A task at one version: what rules decide on, and what callers see. Its JSON is flat: the parts exist only in Java.
 *
 * @param specification what to do
 * @param origin who submitted it
 * @param links what it rests on
 * @param progress how far it is
 * @param history its steps, oldest first; {@code null} if not requested
 */
public record Task(
        @JsonUnwrapped Specification specification,
        @JsonUnwrapped Origin origin,
        State state,
        @JsonUnwrapped Links links,
        @JsonUnwrapped Progress progress,
        List<Step> history) {

    /**
     * The work, as it was submitted; only the dispatch changes afterwards.
     *
     * @param labels for searches; they decide nothing
     * @param payload JSON, verbatim as submitted; {@code null} if none
     * @param check the module that must accept its result; {@code null} for none
     */
    public record Specification(
            String id,
            String swarm,
            String title,
            @JsonUnwrapped Requirements requirements,
            @JsonUnwrapped Dispatch dispatch,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, String> labels,

            @JsonRawValue @Schema(implementation = Object.class)
            String payload,

            @JsonUnwrapped Limits limits,
            @JsonInclude(JsonInclude.Include.NON_NULL) Checker check) {
        /** The same with another dispatch. */
        Specification with(Dispatch newDispatch) {
            return new Specification(id, swarm, title, requirements, newDispatch, labels, payload, limits, check);
        }
    }

    /** {@code DEAD} after as many failed attempts; {@code CANCELLED} if nobody holds it by then; which source may end claims of it. */
    public record Limits(int maxAttempts, Instant expiresAt, String completedBy) {}

    /**
     * What a session should know about and be able to use.
     *
     * @param domains scored ({@link Match})
     * @param tools scored, too
     * @param requires names that its {@code domains} and {@code tools} must contain, all of them
     */
    public record Requirements(
            List<String> domains,
            List<String> tools,

            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> requires) {
        /** The required names that a session with these capabilities lacks. */
        public List<String> missing(List<String> itsDomains, List<String> itsTools) {
            return requires.stream()
                    .filter(name -> !itsDomains.contains(name) && !itsTools.contains(name))
                    .toList();
        }

        /** The same for {@link Match}. */
        public Match.Need need() {
            return Match.Need.of(domains, tools);
        }
    }

    /**
     * How it is given out, which operators and steals may change.
     *
     * @param estimatedCost in US dollars, {@code null} if not known
     * @param assignee the only session that may claim it, {@code null} for any
     * @param concurrency keys; for each, the number of held tasks in the swarm is limited
     * @param fairBy within a priority, tasks are given out in turn by this key; {@code null} for none
     */
    public record Dispatch(
            Priority priority,
            BigDecimal estimatedCost,
            String assignee,

            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> concurrency,

            String fairBy) {
        /** The money that a claim of it holds, in US dollars: nothing without an estimate. */
        public BigDecimal price() {
            return estimatedCost == null ? BigDecimal.ZERO : estimatedCost;
        }

        /** Whether a claim of it needs no money. */
        public boolean needsNoMoney() {
            return price().signum() == 0;
        }

        /** The same for another session. */
        Dispatch to(String newAssignee) {
            return new Dispatch(priority, estimatedCost, newAssignee, concurrency, fairBy);
        }

        /** The same at another priority. */
        Dispatch at(Priority newPriority) {
            return new Dispatch(newPriority, estimatedCost, assignee, concurrency, fairBy);
        }

        /** The same at another price. */
        Dispatch costing(BigDecimal newEstimate) {
            return new Dispatch(priority, newEstimate, assignee, concurrency, fairBy);
        }
    }

    /**
     * Who submitted it.
     *
     * @param seq order of submission
     * @param bodyHash distinguishes a resubmission of the same body from a different one
     */
    public record Origin(
            String traceToken,
            String submittedBy,
            Instant createdAt,
            @JsonIgnore long seq,
            @JsonIgnore String bodyHash) {}

    /**
     * What it rests on.
     *
     * @param dependsOn tasks; {@code null} if not requested
     * @param basis the claims that it rests on; {@code null} if not requested
     * @param blockedBy the dependencies that are not done, and, as {@code claim:<id>}, the disputed claims of its
     * basis; {@code null} if not requested
     * @param waitsFor what a queued task waits for besides; left out for nothing
     * @param open the number of open dependencies and disputed claims
     */
    public record Links(
            List<String> dependsOn,
            List<String> basis,
            List<String> blockedBy,

            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<WaitsFor> waitsFor,

            @JsonIgnore int open) {
        /** The links as read with the task: only the number of open ones. */
        public static Links counted(int open) {
            return new Links(null, null, null, null, open);
        }
    }

    /**
     * How far it is.
     *
     * @param notBefore nobody may claim it before
     * @param attempts failed attempts and lost leases so far
     * @param epoch fencing number: grows with every grant, and with every end that the holder did not ask for
     * @param version grows by one with every change
     */
    public record Progress(
            Instant notBefore,
            int attempts,
            long epoch,
            @JsonUnwrapped Tenure tenure,
            @JsonUnwrapped LastAttempt last,
            long version,
            Instant changedAt) {

        /** The progress of a new task, claimable from {@code notBefore} on ({@code null} for at once). */
        static Progress start(Instant at, Instant notBefore) {
            Instant from = notBefore == null || notBefore.isBefore(at) ? at : notBefore;
            return new Progress(from, 0, 0, Tenure.NONE, LastAttempt.NONE, 1, at);
        }

        /** One version on, with everything else unchanged. */
        Progress changed(Instant at) {
            return new Progress(notBefore, attempts, epoch, tenure, last, version + 1, at);
        }

        /** One version on, under the next epoch. */
        Progress claimed(Tenure by, int newAttempts, Instant at) {
            return new Progress(notBefore, newAttempts, epoch + 1, by, last, version + 1, at);
        }

        /** One version on, with the same holder, and this end of its lease; {@code null} for none. */
        Progress held(Instant until, Instant at) {
            Tenure same = new Tenure(tenure.holder(), until, tenure.reclaims());
            return new Progress(notBefore, attempts, epoch, same, last, version + 1, at);
        }

        /** One version on, without a holder. */
        Progress moved(long newEpoch, Instant at) {
            return new Progress(notBefore, attempts, newEpoch, tenure.over(), last, version + 1, at);
        }

        /** The same, claimable from then on. */
        Progress from(Instant newNotBefore) {
            return new Progress(newNotBefore, attempts, epoch, tenure, last, version, changedAt);
        }

        /** The same after this many attempts, with this last one. */
        Progress after(int newAttempts, LastAttempt newLast) {
            return new Progress(notBefore, newAttempts, epoch, tenure, newLast, version, changedAt);
        }

        /** The progress right after a step that ended a claim. */
        public Progress asOf(Step step, LastAttempt then) {
            return new Progress(
                    step.notBefore(), step.attempts(), step.epoch(), tenure.over(), then, step.version(), step.at());
        }
    }

    /**
     * The holder, {@code null} unless it is held; and the end of its lease, {@code null} unless {@code CLAIMED}.
     *
     * @param reclaims how often its holder has claimed it again since the grant
     */
    public record Tenure(
            String holder,
            Instant leaseExpiresAt,
            @JsonIgnore int reclaims) {
        static final Tenure NONE = new Tenure(null, null, 0);

        /** Without a holder. */
        Tenure over() {
            return new Tenure(null, null, reclaims);
        }
    }

    /**
     * What the last attempt that reported it came to.
     *
     * @param result JSON, verbatim from the holder; {@code null} if none
     * @param error why it failed, {@code null} if it did not
     * @param cost the cost reported at the end of the attempt, in US dollars; {@code null} if none was
     */
    public record LastAttempt(
            @JsonRawValue @Schema(implementation = Object.class)
            String result,

            String error,
            BigDecimal cost) {
        static final LastAttempt NONE = new LastAttempt(null, null, null);

        /** A later failed attempt; the result stays. */
        LastAttempt failed(String newError, BigDecimal newCost) {
            return new LastAttempt(result, newError, newCost);
        }
    }

    /** Where a task stands: {@code WAITING -> QUEUED -> CLAIMED (-> CHECKING) -> DONE}, or the end is {@code DEAD} or {@code CANCELLED}. */
    @Schema(name = "TaskState")
    public enum State {
        /** A dependency is not done, or a claim that it rests on is disputed. */
        WAITING,
        /** May be claimed (from {@code notBefore} on). */
        QUEUED,
        /** A session has the lease. */
        CLAIMED,
        /** The session has handed in its result, and the checker of the task has not accepted it yet. */
        CHECKING,
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
        public boolean isHopeless() {
            return this == DEAD || this == CANCELLED;
        }

        /** Whether a session has it. */
        public boolean isHeld() {
            return this == CLAIMED || this == CHECKING;
        }

        /** Whether nobody works on it yet, or again. */
        boolean isPending() {
            return this == WAITING || this == QUEUED;
        }
    }

    /** The same task with its links and history filled in. */
    public Task with(List<String> dependsOn, List<String> basis, List<String> blockedBy, List<Step> itsHistory) {
        return new Task(
                specification,
                origin,
                state,
                new Links(dependsOn, basis, blockedBy, null, links.open()),
                progress,
                itsHistory);
    }

    /** The same task, waiting for this. */
    public Task waitingFor(List<WaitsFor> its) {
        Links more = new Links(links.dependsOn(), links.basis(), links.blockedBy(), its, links.open());
        return new Task(specification, origin, state, more, progress, history);
    }

    /** The same task with another state and progress. */
    public Task with(State newState, Progress newProgress) {
        return new Task(specification, origin, newState, links, newProgress, history);
    }

    /** The same task with another dispatch, one version on. */
    public Task with(Dispatch newDispatch, Instant at) {
        return new Task(specification.with(newDispatch), origin, state, links, progress.changed(at), history);
    }

    /** The state after its holder gives it up, if it is not over. */
    State next() {
        return links.open() > 0 ? State.WAITING : State.QUEUED;
    }

    /** Whether it is queued, and not to be claimed yet. */
    boolean isDormant(Instant now) {
        return state == State.QUEUED && progress.notBefore().isAfter(now);
    }

    /** Whether nobody has it, and it was to be had by somebody before. */
    public boolean hasExpired(Instant now) {
        return state.isPending() && isTooLate(now);
    }

    /** Whether nobody needs it any more. */
    public boolean isTooLate(Instant now) {
        Instant expiresAt = specification.limits().expiresAt();
        return expiresAt != null && !expiresAt.isAfter(now);
    }

    /** The same task after a claim was granted. */
    public Task claimedBy(String session, Instant until, Instant at) {
        return with(State.CLAIMED, progress.claimed(new Tenure(session, until, 0), progress.attempts(), at));
    }

    /** The same task after its holder claimed it again; {@code counts} if that used up an attempt. */
    public Task claimedAgain(Instant until, Instant at, boolean counts) {
        Tenure again = new Tenure(holder(), until, progress.tenure().reclaims() + 1);
        return with(State.CLAIMED, progress.claimed(again, progress.attempts() + (counts ? 1 : 0), at));
    }

    public String id() {
        return specification.id();
    }

    public String swarm() {
        return specification.swarm();
    }

    public Priority priority() {
        return specification.dispatch().priority();
    }

    public String assignee() {
        return specification.dispatch().assignee();
    }

    public String traceToken() {
        return origin.traceToken();
    }

    public long epoch() {
        return progress.epoch();
    }

    public String holder() {
        return progress.tenure().holder();
    }

    public Instant leaseExpiresAt() {
        return progress.tenure().leaseExpiresAt();
    }

    public long version() {
        return progress.version();
    }
}
