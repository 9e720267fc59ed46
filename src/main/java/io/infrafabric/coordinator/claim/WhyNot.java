package io.infrafabric.coordinator.claim;

import io.infrafabric.budget.Purses;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.Dispatch;
import io.infrafabric.coordinator.task.Task.Requirements;
import io.infrafabric.coordinator.task.Task.State;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Why nobody holds a task now, or why one session does not, and how many tasks that session would get before it. It asks
 * what {@link Lanes} and {@link Claiming} ask. So a session for which there is no reason and nothing before gets exactly this
 * task with its next claim that names none, and one for which there is a reason does not get it; unless something changes
 * in between, since all is read without a lock.
 */
public final class WhyNot {
    /** Up to here tasks before a task are counted. */
    public static final int MOST_COUNTED = 10_000;

    /**
     * What is known of a task.
     *
     * @param lane the number of its lane
     * @param dormant whether it waits to be woken
     * @param blockedBy tasks that are not done
     * @param disputed claims
     * @param keys its keys that are full
     */
    public record Known(
            Task task,
            long lane,
            boolean dormant,
            boolean paused,
            String pausedReason,
            Instant now,
            List<String> blockedBy,
            List<String> disputed,
            List<Reason.Concurrency> keys) {
        private Requirements requirements() {
            return task.specification().requirements();
        }

        private Dispatch dispatch() {
            return task.specification().dispatch();
        }
    }

    /**
     * The session that was asked about.
     *
     * @param holding how many leases it has
     * @param restsUntil until when the task rests for it; {@code null} if it does not
     */
    public record Asker(Session session, int holding, Instant restsUntil, Purses purses) {}

    /**
     * Who there is, if no session was asked about.
     *
     * @param missing required names that the LIVE session lacks that lacks the fewest; none if one has all of them
     * @param able LIVE sessions that have all of them
     * @param withRoom those of these that could hold one more task
     */
    public record Crowd(List<String> missing, int able, int withRoom) {}

    /**
     * A part of a lane that is counted.
     *
     * @param most the highest price in US dollars; {@code null} for any
     * @param until tasks from this place on do not count
     * @param cheaper only tasks below this price count, or at it and before {@code until}; {@code null} for all
     */
    public record Part(Lane lane, BigDecimal most, long until, BigDecimal cheaper) {}

    /**
     * What was counted.
     *
     * @param count at most one more than {@link #MOST_COUNTED}
     * @param first the place of the first of them
     */
    public record Counted(Part part, int count, long first) {}

    /** How many tasks the session would get before; {@code atLeast} if there may be more. */
    public record Place(int place, boolean atLeast) {
        static Place of(long counted) {
            return new Place((int) Math.min(counted, MOST_COUNTED), counted > MOST_COUNTED);
        }
    }

    private final Known known;
    private final Asker asker;
    private final Lanes.Limits limits;

    /**
     * @param asker {@code null} if no session was asked about
     * @param limits of all lanes that are looked at
     */
    public WhyNot(Known known, Asker asker, Lanes.Limits limits) {
        this.known = known;
        this.asker = asker;
        this.limits = limits;
    }

    /** Whether the session may have the task at some time, so that it stands in its queue. */
    public static boolean isInQueue(Known known, Asker asker) {
        Task task = known.task();
        return task.state() == State.QUEUED
                && (asker == null
                        ? task.assignee() == null
                        : asker.session().state() != Session.State.LEFT
                                && (task.assignee() == null
                                        || task.assignee()
                                                .equals(asker.session().id()))
                                && missing(known, asker).isEmpty());
    }

    private static List<String> missing(Known known, Asker asker) {
        return known.requirements()
                .missing(asker.session().domains(), asker.session().tools());
    }

    /** Those parts of lanes that might come before the task, for this session or for anybody. */
    public List<Part> before(List<Lane> lanes) {
        List<Part> parts = new ArrayList<>();
        for (Lane lane : lanes) {
            if (mayComeBefore(lane)) {
                Lane.Payable payable = asker == null ? Lane.Payable.ALL : lane.payable(left());
                if (payable != Lane.Payable.NONE || isLaneOfTask(lane)) {
                    parts.add(part(lane, payable));
                }
            }
        }
        return parts;
    }

    private BigDecimal left() {
        return asker.purses().left(asker.session().id());
    }

    private Part part(Lane lane, Lane.Payable payable) {
        boolean all = isLater(lane) || isOtherKey(lane);
        // A session that can pay only part of a lane gets the cheapest task first.
        if (!all && payable == Lane.Payable.SOME && isLaneOfTask(lane)) {
            return new Part(lane, left(), seq(), known.dispatch().estimatedCost());
        }
        return new Part(lane, payable == Lane.Payable.SOME ? left() : null, all ? Long.MAX_VALUE : seq(), null);
    }

    private boolean mayComeBefore(Lane lane) {
        if (isOwn() && !lane.isOwn()) {
            return false;
        }
        if (isOwn() == lane.isOwn() && lane.priority().compareTo(known.task().priority()) > 0) {
            return false;
        }
        return limits.keys().fit(lane.swarm(), lane.dispatch().concurrency()) || isLaneOfTask(lane);
    }

    /** Whether all of the lane comes before the task. */
    private boolean isLater(Lane lane) {
        return isOwn() != lane.isOwn() || lane.priority() != known.task().priority();
    }

    /** Whether the lane takes turns with the task. */
    private boolean isOtherKey(Lane lane) {
        return !isOwn()
                && isInTurn()
                && !Objects.equals(lane.dispatch().fairBy(), known.dispatch().fairBy());
    }

    private boolean isLaneOfTask(Lane lane) {
        return lane.number() == known.lane()
                && lane.priority() == known.task().priority()
                && Objects.equals(lane.dispatch().assignee(), known.task().assignee());
    }

    private boolean isOwn() {
        return known.task().assignee() != null;
    }

    private boolean isInTurn() {
        return limits.turns().areTaken(known.task().swarm(), known.task().priority());
    }

    private long seq() {
        return known.task().origin().seq();
    }

    /**
     * How many tasks come before.
     *
     * @param ripe how many tasks come before whose time has just come, and that stand in no lane yet
     */
    public Place place(List<Counted> counted, int ripe) {
        long all = isOwn() ? 0 : ripe;
        Map<String, List<Counted>> others = new HashMap<>();
        long sameKey = 0;
        for (Counted one : counted) {
            if (isLater(one.part().lane())) {
                all += one.count();
            } else if (isOtherKey(one.part().lane())) {
                others.computeIfAbsent(
                                FairTurns.key(one.part().lane().dispatch().fairBy()), none -> new ArrayList<>())
                        .add(one);
            } else {
                sameKey += one.count();
            }
        }
        double due = start(known.dispatch().fairBy())
                + sameKey
                        / limits.turns()
                                .weight(known.task().swarm(), known.dispatch().fairBy());
        for (List<Counted> key : others.values()) {
            all += served(key, due);
        }
        return Place.of(all + sameKey);
    }

    private double start(String fairBy) {
        return limits.turns().start(known.task().swarm(), known.task().priority(), fairBy);
    }

    /** How many tasks of another key are served before this time. */
    private long served(List<Counted> key, double due) {
        String fairBy = key.getFirst().part().lane().dispatch().fairBy();
        long count = key.stream().mapToLong(Counted::count).sum();
        double ahead =
                (due - start(fairBy)) * limits.turns().weight(known.task().swarm(), fairBy);
        if (ahead < 0) {
            return 0;
        }
        double whole = Math.floor(ahead);
        boolean tie = whole == ahead;
        return Math.min(count, (long) whole + (tie && first(key) > seq() ? 0 : 1));
    }

    private static long first(List<Counted> key) {
        return key.stream().mapToLong(Counted::first).min().orElse(Long.MAX_VALUE);
    }

    /** How many other keys come before the task's own in turn. */
    private int keysBefore(List<Counted> counted) {
        Map<String, List<Counted>> others = new HashMap<>();
        counted.stream()
                .filter(one -> one.count() > 0
                        && !isLater(one.part().lane())
                        && isOtherKey(one.part().lane()))
                .forEach(one -> others.computeIfAbsent(
                                FairTurns.key(one.part().lane().dispatch().fairBy()), none -> new ArrayList<>())
                        .add(one));
        return (int) others.values().stream()
                .filter(key -> served(key, start(known.dispatch().fairBy())) > 0)
                .count();
    }

    /**
     * All reasons, of which each would do alone; none if the session that was asked about may have it.
     *
     * @param counted what may come before it
     * @param crowd who there is, if no session was asked about; {@code null} else
     */
    public List<Reason> reasons(List<Counted> counted, Crowd crowd) {
        Task task = known.task();
        if (task.state().isOver()) {
            return List.of(new Reason.Over(task.state()));
        }
        if (task.state().isHeld()) {
            return List.of(new Reason.Held(task.holder(), task.leaseExpiresAt()));
        }
        List<Reason> reasons = new ArrayList<>(known.keys());
        Stream.of(blocked(), time(), assigned(), asker == null ? crowded(crowd) : asked())
                .forEach(reasons::addAll);
        int before = keysBefore(counted);
        if (before > 0) {
            String key = known.dispatch().fairBy();
            reasons.add(new Reason.Fairness(key, limits.turns().weight(task.swarm(), key), before));
        }
        return reasons.isEmpty() && asker == null
                ? List.of(new Reason.NobodyIdle(crowd.able(), crowd.withRoom()))
                : List.copyOf(reasons);
    }

    private List<Reason> blocked() {
        List<Reason> reasons = new ArrayList<>();
        if (!known.blockedBy().isEmpty()) {
            reasons.add(new Reason.Dependency(known.blockedBy()));
        }
        if (!known.disputed().isEmpty()) {
            reasons.add(new Reason.Dispute(known.disputed()));
        }
        if (known.paused()) {
            reasons.add(new Reason.Pause(known.pausedReason()));
        }
        return reasons;
    }

    private List<Reason> time() {
        List<Reason> reasons = new ArrayList<>();
        Instant notBefore = known.task().progress().notBefore();
        boolean asleep = known.dormant() && !known.dispatch().concurrency().isEmpty() && !isOwn();
        if (notBefore.isAfter(known.now()) || asleep) {
            reasons.add(new Reason.Time(notBefore));
        }
        if (known.task().isTooLate(known.now())) {
            reasons.add(new Reason.Expired(known.task().specification().limits().expiresAt()));
        }
        return reasons;
    }

    private List<Reason> assigned() {
        String assignee = known.task().assignee();
        return assignee == null
                        || (asker != null && assignee.equals(asker.session().id()))
                ? List.of()
                : List.of(new Reason.Assigned(assignee));
    }

    private List<Reason> crowded(Crowd crowd) {
        return crowd.missing().isEmpty() ? List.of() : List.of(new Reason.NobodyCan(crowd.missing()));
    }

    private List<Reason> asked() {
        List<Reason> reasons = new ArrayList<>();
        Session session = asker.session();
        List<String> missing = missing(known, asker);
        if (!missing.isEmpty()) {
            reasons.add(new Reason.Requirement(missing));
        }
        if (session.state() == Session.State.LEFT) {
            reasons.add(new Reason.SessionLeft(session.id()));
        }
        if (asker.holding() >= session.maxConcurrentTasks()) {
            reasons.add(new Reason.SessionFull(session.maxConcurrentTasks(), asker.holding()));
        }
        Dispatch dispatch = known.dispatch();
        if (asker.purses().afford(session.id(), dispatch.price()) instanceof Purses.Verdict.Refused refused) {
            reasons.add(
                    new Reason.Money(refused.account(), refused.remaining(), dispatch.estimatedCost(), refused.why()));
        }
        if (asker.restsUntil() != null) {
            reasons.add(new Reason.Rests(asker.restsUntil()));
        }
        return reasons;
    }

    /** Tasks that anybody may have stand in no lane; here they count as one for each priority. */
    public static List<Lane> plain(String swarm) {
        return Stream.of(Priority.values())
                .map(priority -> new Lane(
                        swarm,
                        priority,
                        0,
                        0,
                        new Requirements(List.of(), List.of(), List.of()),
                        new Dispatch(priority, null, null, List.of(), null)))
                .toList();
    }
}
