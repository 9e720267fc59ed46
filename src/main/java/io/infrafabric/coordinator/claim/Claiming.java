package io.infrafabric.coordinator.claim;

import io.infrafabric.budget.Purses;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.published.OtherQueues;
import io.infrafabric.coordinator.session.Match;
import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.session.SessionTable.Held;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.State;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The rule of granting. A session's own assigned tasks come first, then unassigned ones, by priority and then oldest first.
 * Capabilities filter only if the claim gives a least score. Tasks that the session cannot pay for are skipped; the
 * answer says so only if nothing but money stood in the way. A task that the session gave back a little while ago rests
 * for it: others come first, unless it names that task. Decides a whole batch of claims at once, whose sessions may pay
 * from the same accounts.
 */
public final class Claiming {

    /**
     * A request for a task.
     *
     * @param taskId only this task, {@code null} for any
     * @param minScore least {@link Match} score, {@code null} for any
     * @param lease the length of the lease
     * @param steal whether a task from another session's queue will do, if there is nothing else ({@link OtherQueues})
     * @param enrolment the enrolment of the claiming session, 0 for the current one; an earlier one gets nothing, like
     * a session that has left
     * @param keep whether each call of the session renews the lease ({@link LeaseTable#keep})
     */
    public record Claim(
            String session,
            String taskId,
            Double minScore,
            Duration lease,
            boolean steal,
            long enrolment,
            boolean keep) {
        /** A claim that does not steal. */
        public Claim(String session, String taskId, Double minScore, Duration lease) {
            this(session, taskId, minScore, lease, false, 0, false);
        }

        private boolean isOf(Session latest) {
            return latest.state() != Session.State.LEFT && (enrolment == 0 || enrolment == latest.enrolment());
        }

        /**
         * Whether this answer leaves the session empty-handed, so that a look at others' queues is worthwhile. Not if a
         * task was queued for it that others had locked just then.
         */
        public boolean maySteal(Answer answer) {
            return steal
                    && taskId == null
                    && ((answer instanceof Answer.Nothing nothing && !nothing.raced())
                            || (answer instanceof Answer.Unpaid(Purses.Verdict.Refused why)
                                    && why.why() == Purses.Refusal.EXCEEDED));
        }

        /** Whether it takes whatever comes first in the swarm's queue. */
        public boolean isPlain() {
            return taskId == null && minScore == null;
        }
    }

    /** The answer to the claimant. */
    public sealed interface Answer {
        /** The granted task, or {@code null}. */
        static Task granted(Answer answer) {
            return answer instanceof Granted granted
                    ? granted.task()
                    : answer instanceof Stolen stolen ? stolen.task() : null;
        }

        /**
         * The lease is granted, with this hold ({@code null} for a claim from before holds existed).
         *
         * @param holding the session's other leases
         */
        record Granted(Task task, String hold, List<Held> holding) implements Answer {}

        /** The same for a task that was in another session's queue until now. */
        record Stolen(Task task, String hold, String fromSession, List<Held> holding) implements Answer {}

        /**
         * Nothing to claim.
         *
         * @param raced whether there is something queued that others are just now taking
         * @param forOthers whether there is something that others may have: it rests for this session, or is not for the
         *     likes of it
         */
        record Nothing(boolean raced, boolean forOthers) implements Answer {
            /** There is nothing for others either. */
            public Nothing(boolean raced) {
                this(raced, false);
            }
        }

        /** The session holds its maximum of leases. */
        record Full(int maxConcurrentTasks, List<Held> holding) implements Answer {}

        /** An operator has paused the swarm. */
        record Paused(String swarm, String reason) implements Answer {}

        /** It could have a task, but its money or its breaker stands in the way. */
        record Unpaid(Purses.Verdict.Refused why) implements Answer {}

        /** Somebody else has the lease. */
        record AlreadyClaimed(String task, String holder, Instant until) implements Answer {}

        /** The session has claimed it again too often without ending it, so the task is dead. */
        record GivenUp(Task task) implements Answer {}

        /** The named task is not in its queue (or must rest until {@code notBefore}). */
        record NotClaimable(String task, State state, Instant notBefore) implements Answer {}

        /** The named task is for another session. */
        record AssignedToOther(String task, String assignee) implements Answer {}

        /** The named task requires what the session has not. */
        record RequirementMissing(String task, List<String> missing) implements Answer {}

        /** As many tasks with this concurrency key are held as may be. */
        record KeyFull(String task, String key) implements Answer {}

        /** The named task fits the session less than asked for. */
        record ScoreTooLow(String task, double score) implements Answer {}

        /** No such task in the session's swarm. */
        record UnknownTask(String task) implements Answer {}

        /** The session is not enrolled. */
        record UnknownSession(String session) implements Answer {}

        /** The session has left; if it was enrolled again since, this claim belongs to the old enrolment. */
        record Left(String session) implements Answer {}
    }

    /** The decision about one claim: a task to grant, or an answer at once. */
    public sealed interface Decision {
        /**
         * A grant to write: {@code again} if the session holds it already; {@code counts} if that uses up an attempt.
         */
        record Grant(Claim claim, Task task, boolean again, boolean counts) implements Decision {}

        /** A change to write: its holder has claimed it again once too often, and no attempt is left. */
        record GiveUp(Change change) implements Decision {}

        /** Nothing to write. */
        record Refuse(Answer answer) implements Decision {}
    }

    /** A claimant: its leases, and what its swarm allows. */
    public record Claimant(Session session, List<Held> holding, boolean paused, String pausedReason) {}

    /** The numbers of the rule: the half-life of outcomes, and how often a held task may be claimed again. */
    public record Bounds(Duration halfLife, int reclaims) {
        public static Bounds of(CoordinatorConfig config) {
            return new Bounds(config.outcomeHalfLife(), config.maxReclaims());
        }
    }

    private final Map<String, Claimant> claimants;
    private final Offer offer;
    private final Bounds bounds;
    private final Set<String> taken = new HashSet<>();
    private final Map<String, String> takenBy = new HashMap<>();
    private final FairTurns turns;
    private FreeKeys keys;
    private Purses purses;

    private Claiming(Map<String, Claimant> claimants, Offer offer, Purses purses, Bounds bounds) {
        this.purses = purses;
        this.claimants = claimants;
        this.offer = offer;
        this.bounds = bounds;
        this.keys = offer.seen().keys();
        this.turns = offer.seen().turns().copy();
    }

    /**
     * Decides all claims in order; gives no task and no money twice. A batch has at most one claim for each session.
     *
     * @param purses what all claimants can pay
     */
    public static List<Decision> decide(
            List<Claim> claims, Map<String, Claimant> claimants, Offer offer, Purses purses, Bounds bounds) {
        Claiming rule = new Claiming(claimants, offer, purses, bounds);
        List<Decision> decisions = new ArrayList<>(claims.size());
        for (Claim claim : claims) {
            Decision decision = rule.decide(claim);
            if (decision instanceof Decision.Grant grant) {
                rule.taken(grant);
            }
            decisions.add(decision);
        }
        return decisions;
    }

    private Decision decide(Claim claim) {
        Claimant claimant = claimants.get(claim.session());
        if (claimant == null) {
            return new Decision.Refuse(new Answer.UnknownSession(claim.session()));
        }
        if (!claim.isOf(claimant.session())) {
            return new Decision.Refuse(new Answer.Left(claim.session()));
        }
        return claim.taskId() == null ? any(claim, claimant) : named(claim, claimant);
    }

    private void taken(Decision.Grant grant) {
        Task task = grant.task();
        taken.add(task.id());
        takenBy.put(task.id(), grant.claim().session());
        if (!grant.again()) {
            keys = keys.take(task.swarm(), task.specification().dispatch().concurrency());
            turns.take(task);
        }
    }

    private Decision any(Claim claim, Claimant claimant) {
        Answer barred = barred(claimant);
        if (barred != null) {
            return new Decision.Refuse(barred);
        }
        String swarm = claimant.session().swarm();
        List<Task> own = offer.assigned().getOrDefault(claim.session(), List.of()).stream()
                .filter(task -> task.swarm().equals(swarm))
                .toList();
        List<Task> common = offer.unassigned().getOrDefault(swarm, List.of()).stream()
                .sorted(Comparator.comparing(Task::priority).thenComparingDouble(turns::start))
                .toList();
        boolean later = false;
        Purses.Verdict.Refused tooDear = null;
        for (Task task : (Iterable<Task>) Stream.concat(own.stream(), common.stream())::iterator) {
            if (taken.contains(task.id()) || !may(task, claim, claimant)) {
                continue;
            }
            if (offer.rests().getOrDefault(task.id(), Set.of()).contains(claim.session())) {
                later = true;
                continue;
            }
            Purses.Verdict.Refused refused =
                    hold(claim, task.specification().dispatch().price());
            if (refused == null) {
                return new Decision.Grant(claim, task, false, false);
            }
            tooDear = tooDear == null ? refused : tooDear;
        }
        return new Decision.Refuse(nothing(claim, later, tooDear));
    }

    /** Whether the task may be this session's, whatever it costs, and whoever else is taking it. */
    private boolean may(Task task, Claim claim, Claimant claimant) {
        Session session = claimant.session();
        Task.Specification specification = task.specification();
        return fits(task, claim, claimant)
                && specification
                        .requirements()
                        .missing(session.domains(), session.tools())
                        .isEmpty()
                && keys.fit(task.swarm(), specification.dispatch().concurrency())
                && !task.isTooLate(offer.now());
    }

    private Answer nothing(Claim claim, boolean later, Purses.Verdict.Refused tooDear) {
        Lanes.Seen seen = offer.seen();
        if (seen.expected().contains(claim.session())) {
            return new Answer.Nothing(!later, later || seen.others().contains(claim.session()));
        }
        if (later) {
            return new Answer.Nothing(false, true);
        }
        BigDecimal price = seen.dear().get(claim.session());
        if (tooDear != null || price == null) {
            return tooDear == null
                    ? new Answer.Nothing(false, seen.others().contains(claim.session()))
                    : new Answer.Unpaid(tooDear);
        }
        return purses.afford(claim.session(), price) instanceof Purses.Verdict.Refused refused
                ? new Answer.Unpaid(refused)
                : new Answer.Nothing(true, true);
    }

    /** Takes the money from the purses, or says why it cannot. */
    private Purses.Verdict.Refused hold(Claim claim, BigDecimal amount) {
        return switch (purses.afford(claim.session(), amount)) {
            case Purses.Verdict.Fits(Purses after) -> {
                purses = after;
                yield null;
            }
            case Purses.Verdict.Refused refused -> refused;
        };
    }

    private Decision named(Claim claim, Claimant claimant) {
        Task task = offer.named().get(claim.taskId());
        Session session = claimant.session();
        if (task == null || !task.swarm().equals(session.swarm())) {
            return new Decision.Refuse(new Answer.UnknownTask(claim.taskId()));
        }
        if (taken.contains(task.id())) {
            return new Decision.Refuse(new Answer.AlreadyClaimed(task.id(), takenBy.get(task.id()), null));
        }
        if (task.state().isHeld()
                && (task.state() == State.CLAIMED || !task.holder().equals(session.id()))) {
            return task.holder().equals(session.id())
                    ? again(claim, task)
                    : new Decision.Refuse(new Answer.AlreadyClaimed(task.id(), task.holder(), task.leaseExpiresAt()));
        }
        Instant notBefore = task.progress().notBefore();
        if (task.state() != State.QUEUED || notBefore.isAfter(offer.now()) || task.isTooLate(offer.now())) {
            return new Decision.Refuse(new Answer.NotClaimable(task.id(), task.state(), notBefore));
        }
        if (task.assignee() != null && !task.assignee().equals(session.id())) {
            return new Decision.Refuse(new Answer.AssignedToOther(task.id(), task.assignee()));
        }
        List<String> missing = task.specification().requirements().missing(session.domains(), session.tools());
        if (!missing.isEmpty()) {
            return new Decision.Refuse(new Answer.RequirementMissing(task.id(), missing));
        }
        String full = keys.full(task.swarm(), task.specification().dispatch().concurrency());
        if (full != null) {
            return new Decision.Refuse(new Answer.KeyFull(task.id(), full));
        }
        if (!fits(task, claim, claimant)) {
            return new Decision.Refuse(new Answer.ScoreTooLow(task.id(), score(task, claimant)));
        }
        Answer barred = barred(claimant);
        if (barred != null) {
            return new Decision.Refuse(barred);
        }
        Purses.Verdict.Refused tooDear =
                hold(claim, task.specification().dispatch().price());
        return tooDear == null
                ? new Decision.Grant(claim, task, false, false)
                : new Decision.Refuse(new Answer.Unpaid(tooDear));
    }

    /**
     * A session that claims again what it holds may have lost its memory; one that does so again and again is probably
     * killed by the task.
     */
    private Decision again(Claim claim, Task task) {
        if (task.progress().tenure().reclaims() < bounds.reclaims()) {
            return new Decision.Grant(claim, task, true, false);
        }
        return task.progress().attempts() + 1 < task.specification().limits().maxAttempts()
                ? new Decision.Grant(claim, task, true, true)
                : new Decision.GiveUp(Change.givenUp(task, offer.now()));
    }

    /** Why the session gets nothing, whatever there is. An open breaker is reported even if there is no task. */
    private Answer barred(Claimant claimant) {
        Session session = claimant.session();
        if (claimant.paused()) {
            return new Answer.Paused(session.swarm(), claimant.pausedReason());
        }
        if (claimant.holding().size() >= session.maxConcurrentTasks()) {
            return new Answer.Full(session.maxConcurrentTasks(), claimant.holding());
        }
        return purses.afford(session.id(), BigDecimal.ZERO) instanceof Purses.Verdict.Refused stopped
                ? new Answer.Unpaid(stopped)
                : null;
    }

    private boolean fits(Task task, Claim claim, Claimant claimant) {
        return claim.minScore() == null || score(task, claimant) >= claim.minScore();
    }

    private double score(Task task, Claimant claimant) {
        Map<String, Outcomes> own =
                offer.outcomes().getOrDefault(claimant.session().id(), Map.of());
        return Match.score(
                        task.specification().requirements().need(),
                        claimant.session(),
                        own,
                        offer.now(),
                        bounds.halfLife())
                .score();
    }
}
