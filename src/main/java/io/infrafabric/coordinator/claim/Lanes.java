package io.infrafabric.coordinator.claim;

import io.infrafabric.budget.Purses;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.claim.Claiming.Claimant;
import io.infrafabric.coordinator.session.Match;
import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.task.Task.Dispatch;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which {@link Lane}s claims look into: decided once for a lane instead of once for a task, so a claim finds what it can have
 * however much is queued in front of it. The tasks that are found are then granted by {@link Claiming}, like all others.
 */
public final class Lanes {
    /**
     * Lanes that one claim looks into at once: more than one, since others may be taking what is in the first. The last of
     * them is one that no claim of the batch looks into yet, so that a batch finds as many lanes as it has claims.
     */
    private static final int EACH = 3;

    /**
     * How far somebody looks into a lane.
     *
     * @param most the highest price, in US dollars; {@code null} for any
     * @param session what rests for it is passed over; {@code null} for nobody in particular
     * @param tasks how many tasks
     */
    public record Look(Lane lane, BigDecimal most, String session, int tasks) {}

    /**
     * The facts about lanes that decide a batch of claims.
     *
     * @param keys what may be held under each concurrency key
     * @param turns whose turn it is
     * @param expected sessions for which there is something: if they get none of it, others are taking it
     * @param dear the price of something that a session might have had for more money, in US dollars
     * @param others sessions for which there is nothing in a lane that has something for others
     */
    public record Seen(
            FreeKeys keys, FairTurns turns, Set<String> expected, Map<String, BigDecimal> dear, Set<String> others) {
        static final Seen NOTHING = new Seen(FreeKeys.NONE, FairTurns.NONE, Set.of(), Map.of(), Set.of());

        /** The same, and what was seen in a further look, which was for some of the claims alone. */
        Seen and(Seen more) {
            return new Seen(
                    keys.and(more.keys),
                    turns.and(more.turns),
                    union(expected, more.expected),
                    union(dear, more.dear),
                    union(others, more.others));
        }

        /** The same with the keys as they are under lock. */
        public Seen under(FreeKeys locked) {
            return new Seen(locked, turns, expected, dear, others);
        }
    }

    /** The limits of grants apart from those of sessions, read before anything is picked. */
    public record Limits(FreeKeys keys, FairTurns turns) {
        /** Nothing bounds anything. */
        public static final Limits NONE = new Limits(FreeKeys.NONE, FairTurns.NONE);
    }

    /**
     * How lanes are picked.
     *
     * @param halfLife what halves an outcome
     * @param resting whether to look into all lanes for each claim, past what rests for its session
     */
    public record Bounds(Instant now, Duration halfLife, boolean resting) {}

    /** The lanes to look into, and the facts known so far. */
    public record Picked(List<Look> looks, Seen seen) {}

    /** A lane as it is asked for: whoever may pay all of it looks for the same. */
    private record Spot(Lane lane, BigDecimal most, String session) {}

    private final Map<String, List<Lane>> lanes = new HashMap<>();
    private final Map<String, Map<String, Outcomes>> outcomes;
    private final Purses purses;
    private final Bounds bounds;
    private final FairTurns turns;
    /** The turns as they will be when the claims so far have got what they look for first. */
    private final FairTurns ahead;

    private final Comparator<Lane> order;
    private final Map<Spot, Integer> looks = new LinkedHashMap<>();
    private final Set<String> expected = new HashSet<>();
    private final Map<String, BigDecimal> dear = new HashMap<>();
    private final Set<String> others = new HashSet<>();
    private FreeKeys keys;

    /**
     * Picks for one batch of claims.
     *
     * @param lanes of all swarms of the claims, and of what is for their sessions alone
     */
    public Lanes(
            List<Lane> lanes,
            Map<String, Map<String, Outcomes>> outcomes,
            Purses purses,
            Limits limits,
            Bounds bounds) {
        this.outcomes = outcomes;
        this.purses = purses;
        this.keys = limits.keys();
        this.turns = limits.turns();
        this.ahead = turns.copy();
        this.order = Comparator.comparing(Lane::priority)
                .thenComparingDouble(lane -> ahead.start(
                        lane.swarm(), lane.priority(), lane.dispatch().fairBy()))
                .thenComparingLong(Lane::head);
        this.bounds = bounds;
        lanes.forEach(lane -> this.lanes
                .computeIfAbsent(queue(lane), none -> new ArrayList<>())
                .add(lane));
        this.lanes.values().forEach(all -> all.sort(order));
    }

    /** Those of these lanes whose requirements some of these sessions meet. */
    public static List<Lane> forAny(List<Lane> lanes, List<Session> sessions) {
        return lanes.stream()
                .filter(lane -> sessions.stream().anyMatch(session -> meets(lane, session)))
                .toList();
    }

    private static boolean meets(Lane lane, Session session) {
        return lane.requirements().missing(session.domains(), session.tools()).isEmpty();
    }

    private static Set<String> union(Set<String> some, Set<String> more) {
        Set<String> all = new HashSet<>(some);
        all.addAll(more);
        return all;
    }

    private static Map<String, BigDecimal> union(Map<String, BigDecimal> some, Map<String, BigDecimal> more) {
        Map<String, BigDecimal> all = new HashMap<>(some);
        all.putAll(more);
        return all;
    }

    /** The lanes of a session, or of a swarm. */
    private static String queue(Lane lane) {
        return lane.isOwn() ? "session:" + lane.dispatch().assignee() : "swarm:" + lane.swarm();
    }

    /** Picks for claims that take whatever comes, each of them of a session that may have something. */
    public Picked pick(List<Claim> claims, Map<String, Claimant> claimants) {
        FreeKeys before = keys;
        claims.forEach(claim -> pick(claim, claimants.get(claim.session()).session()));
        return new Picked(
                looks.entrySet().stream()
                        .map(look -> new Look(
                                look.getKey().lane(),
                                look.getKey().most(),
                                look.getKey().session(),
                                look.getValue()))
                        .toList(),
                new Seen(before, turns, expected, dear, others));
    }

    private void pick(Claim claim, Session session) {
        pick(claim, session, "session:" + session.id());
        pick(claim, session, "swarm:" + session.swarm());
    }

    private void pick(Claim claim, Session session, String queue) {
        BigDecimal left = purses.left(session.id());
        Lane first = null;
        int found = 0;
        for (Lane lane : lanes.getOrDefault(queue, List.of())) {
            Dispatch dispatch = lane.dispatch();
            if (!may(lane, claim, session)) {
                others.add(session.id());
            } else if (keys.fit(lane.swarm(), dispatch.concurrency())) {
                Lane.Payable payable = lane.payable(left);
                if (payable != Lane.Payable.ALL) {
                    dear.putIfAbsent(session.id(), dispatch.estimatedCost());
                }
                if (payable == Lane.Payable.NONE) {
                    continue;
                }
                if (payable == Lane.Payable.ALL) {
                    expected.add(session.id());
                }
                Spot spot = new Spot(
                        lane, payable == Lane.Payable.SOME ? left : null, bounds.resting() ? session.id() : null);
                if (found == EACH - 1 && looks.containsKey(spot)) {
                    continue;
                }
                looks.merge(spot, 1, Integer::sum);
                if (found == 0) {
                    first = lane;
                    keys = keys.take(lane.swarm(), dispatch.concurrency());
                }
                found++;
            }
            if (found == EACH && !bounds.resting()) {
                break;
            }
        }
        if (first != null && !first.isOwn()) {
            moveOn(first);
        }
    }

    /** The key of that lane has had its turn: what is next for the claims after this one is another's. */
    private void moveOn(Lane served) {
        String key = served.dispatch().fairBy();
        double before = ahead.start(served.swarm(), served.priority(), key);
        ahead.served(served.swarm(), served.priority(), key);
        if (ahead.start(served.swarm(), served.priority(), key) == before) {
            return;
        }
        List<Lane> all = lanes.get(queue(served));
        Predicate<Lane> moves = lane -> lane.priority() == served.priority()
                && Objects.equals(lane.dispatch().fairBy(), key);
        List<Lane> moved = all.stream().filter(moves).toList();
        all.removeIf(moves);
        for (Lane lane : moved) {
            int place = Collections.binarySearch(all, lane, order);
            all.add(place < 0 ? -place - 1 : place, lane);
        }
    }

    private boolean may(Lane lane, Claim claim, Session session) {
        return meets(lane, session) && fits(lane, claim, session);
    }

    private boolean fits(Lane lane, Claim claim, Session session) {
        return claim.minScore() == null
                || Match.score(
                                        lane.requirements().need(),
                                        session,
                                        outcomes.getOrDefault(session.id(), Map.of()),
                                        bounds.now(),
                                        bounds.halfLife())
                                .score()
                        >= claim.minScore();
    }
}
