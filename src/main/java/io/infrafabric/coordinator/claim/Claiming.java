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
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Who gets which task: own assigned tasks first, then unassigned ones, by priority and then oldest first; capabilities
 * filter only where the claim asks for a least score. What the session cannot pay is passed over; it is told so only if
 * nothing but money stood in the way. What it gave back a little while ago rests for it: others come first, unless it names
 * that task. Decides for a whole batch of claims at once, whose sessions may pay from the same
 * accounts.
 */
public final class Claiming {

    /**
     * A wish for a task.
     *
     * @param taskId this one and no other, {@code null} for any
     * @param minScore least {@link Match} score, {@code null} for any
     * @param lease how long the lease is to last
     * @param steal whether it may be a task from another session's queue, if there is nothing else ({@link OtherQueues})
     * @param enrolment of the session that claims, 0 for whichever it has: an earlier one gets nothing, as one that has left
     */
    public record Claim(String session, String taskId, Double minScore, Duration lease, boolean steal, long enrolment) {
        /** A claim that does not steal. */
        public Claim(String session, String taskId, Double minScore, Duration lease) {
            this(session, taskId, minScore, lease, false, 0);
        }

        private boolean isOf(Session latest) {
            return latest.state() != Session.State.LEFT && (enrolment == 0 || enrolment == latest.enrolment());
        }

        /**
         * Whether this answer leaves it with nothing, so that it is worth a look what is queued for others. Not if something was
         * queued for it that others had locked just then.
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

    /** What the claimant is told. */
    public sealed interface Answer {
        /** The task that was granted, {@code null} if none was. */
        static Task granted(Answer answer) {
            return answer instanceof Granted granted
                    ? granted.task()
                    : answer instanceof Stolen stolen ? stolen.task() : null;
        }

        /**
         * The lease is granted, with this hold ({@code null} for a claim from before there were holds).
         *
         * @param holding what the session holds besides
         */
        record Granted(Task task, String hold, List<Held> holding) implements Answer {}

        /** The same, of a task that was in another session's queue until now. */
        record Stolen(Task task, String hold, String fromSession, List<Held> holding) implements Answer {}

        /**
         * Nothing to claim.
         *
         * @param raced whether there is something queued that others are just now taking
         * @param rests whether there is something that rests for this session, and that others may have
         */
        record Nothing(boolean raced, boolean rests) implements Answer {
            /** Nothing rests for the session. */
            public Nothing(boolean raced) {
                this(raced, false);
            }
        }

        /** The session holds as many leases as it may. */
        record Full(int maxConcurrentTasks, List<Held> holding) implements Answer {}

        /** An operator has paused the swarm. */
        record Paused(String swarm, String reason) implements Answer {}

        /** There is something that it might have, but its money, or its breaker, stands in the way. */
        record Unpaid(Purses.Verdict.Refused why) implements Answer {}

        /** Somebody else has the lease. */
        record AlreadyClaimed(String task, String holder, Instant until) implements Answer {}

        /** The session has claimed it again too often without ending it: it is dead. */
        record GivenUp(Task task) implements Answer {}

        /** The named task is not in its queue (or must rest until {@code notBefore}). */
        record NotClaimable(String task, State state, Instant notBefore) implements Answer {}

        /** The named task is for another session. */
        record AssignedToOther(String task, String assignee) implements Answer {}

        /** The named task fits the session less than asked for. */
        record ScoreTooLow(String task, double score) implements Answer {}

        /** No such task in the session's swarm. */
        record UnknownTask(String task) implements Answer {}

        /** The session is not enrolled. */
        record UnknownSession(String session) implements Answer {}

        /** The session has left; if it was enrolled again since, this claim is still of before. */
        record Left(String session) implements Answer {}
    }

    /** What the rule decides for one claim: a task to be granted, or an answer at once. */
    public sealed interface Decision {
        /** To be written: {@code again} if the session holds it already; {@code counts} if that uses up an attempt. */
        record Grant(Claim claim, Task task, boolean again, boolean counts) implements Decision {}

        /** To be written: its holder has claimed it again once too often, and no attempt is left. */
        record GiveUp(Change change) implements Decision {}

        /** Nothing to write. */
        record Refuse(Answer answer) implements Decision {}
    }

    /** A session as a claimant: what it holds, and what its swarm allows. */
    public record Claimant(Session session, List<Held> holding, boolean paused, String pausedReason) {}

    /** Numbers that the rule goes by: what halves an outcome, and how often what is held may be claimed again. */
    public record Bounds(Duration halfLife, int reclaims) {
        public static Bounds of(CoordinatorConfig config) {
            return new Bounds(config.outcomeHalfLife(), config.maxReclaims());
        }
    }

    /**
     * What there is to claim, as read under lock or to be guarded by the write.
     *
     * @param assigned by session, in claiming order
     * @param unassigned by swarm, in claiming order
     * @param named by id
     * @param outcomes by session and then domain
     * @param rests for which sessions a task rests, by task
     */
    public record Offer(
            Map<String, List<Task>> assigned,
            Map<String, List<Task>> unassigned,
            Map<String, Task> named,
            Map<String, Map<String, Outcomes>> outcomes,
            Map<String, Set<String>> rests,
            Instant now) {

        /** Nothing to claim. */
        public static Offer none(Instant now) {
            return new Offer(Map.of(), Map.of(), Map.of(), Map.of(), Map.of(), now);
        }

        /** The same from lists, each in claiming order; {@code looked} are unassigned too, but not under lock. */
        static Offer of(
                List<Task> assigned,
                List<Task> unassigned,
                List<Task> looked,
                List<Task> named,
                Map<String, Map<String, Outcomes>> outcomes,
                Map<String, Set<String>> rests,
                Instant now) {
            Map<String, Task> all = new LinkedHashMap<>();
            looked.forEach(task -> all.put(task.id(), task));
            unassigned.forEach(task -> all.putIfAbsent(task.id(), task));
            return new Offer(
                    assigned.stream().collect(Collectors.groupingBy(Task::assignee)),
                    all.values().stream().collect(Collectors.groupingBy(Task::swarm)),
                    named.stream().collect(Collectors.toMap(Task::id, task -> task)),
                    outcomes,
                    rests,
                    now);
        }
    }

    private final Map<String, Claimant> claimants;
    private final Offer offer;
    private final Bounds bounds;
    private final Set<String> taken = new HashSet<>();
    private final Map<String, String> takenBy = new HashMap<>();
    private Purses purses;

    private Claiming(Map<String, Claimant> claimants, Offer offer, Purses purses, Bounds bounds) {
        this.purses = purses;
        this.claimants = claimants;
        this.offer = offer;
        this.bounds = bounds;
    }

    /**
     * Decides on all claims, in their order; no task is given twice, and no money. A batch has at most one claim a session.
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
                rule.taken.add(grant.task().id());
                rule.takenBy.put(grant.task().id(), claim.session());
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

    private Decision any(Claim claim, Claimant claimant) {
        Answer barred = barred(claimant);
        if (barred != null) {
            return new Decision.Refuse(barred);
        }
        String swarm = claimant.session().swarm();
        List<Task> own = offer.assigned().getOrDefault(claim.session(), List.of()).stream()
                .filter(task -> task.swarm().equals(swarm))
                .toList();
        List<Task> common = offer.unassigned().getOrDefault(swarm, List.of());
        Predicate<Task> rests =
                task -> offer.rests().getOrDefault(task.id(), Set.of()).contains(claim.session());
        boolean later = false;
        Purses.Verdict.Refused tooDear = null;
        for (Task task : (Iterable<Task>) Stream.concat(own.stream(), common.stream())::iterator) {
            if (taken.contains(task.id()) || !fits(task, claim, claimant)) {
                continue;
            }
            if (rests.test(task)) {
                later = true;
                continue;
            }
            Purses.Verdict.Refused refused = hold(claim, cost(task));
            if (refused == null) {
                return new Decision.Grant(claim, task, false, false);
            }
            tooDear = tooDear == null ? refused : tooDear;
        }
        return new Decision.Refuse(
                tooDear == null || later ? new Answer.Nothing(false, later) : new Answer.Unpaid(tooDear));
    }

    /** Takes the money from the purses, or says why it is not there. */
    private Purses.Verdict.Refused hold(Claim claim, BigDecimal amount) {
        return switch (purses.afford(claim.session(), amount)) {
            case Purses.Verdict.Fits(Purses after) -> {
                purses = after;
                yield null;
            }
            case Purses.Verdict.Refused refused -> refused;
        };
    }

    /** A task without an estimate needs no money. */
    private static BigDecimal cost(Task task) {
        BigDecimal estimate = task.specification().dispatch().estimatedCost();
        return estimate == null ? BigDecimal.ZERO : estimate;
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
        if (task.state() == State.CLAIMED) {
            return task.holder().equals(session.id())
                    ? again(claim, task)
                    : new Decision.Refuse(new Answer.AlreadyClaimed(task.id(), task.holder(), task.leaseExpiresAt()));
        }
        Instant notBefore = task.progress().notBefore();
        if (task.state() != State.QUEUED || notBefore.isAfter(offer.now())) {
            return new Decision.Refuse(new Answer.NotClaimable(task.id(), task.state(), notBefore));
        }
        if (task.assignee() != null && !task.assignee().equals(session.id())) {
            return new Decision.Refuse(new Answer.AssignedToOther(task.id(), task.assignee()));
        }
        if (!fits(task, claim, claimant)) {
            return new Decision.Refuse(new Answer.ScoreTooLow(task.id(), score(task, claimant)));
        }
        Answer barred = barred(claimant);
        if (barred != null) {
            return new Decision.Refuse(barred);
        }
        Purses.Verdict.Refused tooDear = hold(claim, cost(task));
        return tooDear == null
                ? new Decision.Grant(claim, task, false, false)
                : new Decision.Refuse(new Answer.Unpaid(tooDear));
    }

    /** Who comes back and claims what it holds may have lost its memory; who does so again and again is killed by the task. */
    private Decision again(Claim claim, Task task) {
        if (task.progress().tenure().reclaims() < bounds.reclaims()) {
            return new Decision.Grant(claim, task, true, false);
        }
        return task.progress().attempts() + 1 < task.specification().limits().maxAttempts()
                ? new Decision.Grant(claim, task, true, true)
                : new Decision.GiveUp(Change.givenUp(task, offer.now()));
    }

    /** Why the session gets nothing whatever there is. A breaker that is open needs no task to be told. */
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
