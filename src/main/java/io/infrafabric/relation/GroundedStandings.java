package io.infrafabric.relation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The standing of claims by grounded semantics, updated from where something changed.
 *
 * <p><b>Defeats.</b> Two claims that contradict each other are rivals: each defeats the other, unless it is strictly weaker
 * ({@link Strength}). A claim that contradicts itself defeats itself.
 *
 * <p><b>Rule.</b> The least fixpoint ("rejected if defeated by an accepted one; accepted if all that defeat it are
 * rejected") can be evaluated from the strongest claim down, because rivals of the same strength defeat each other:
 *
 * <pre>
 *   REJECTED    some strictly stronger rival is ACCEPTED
 *   ACCEPTED    otherwise, if it does not contradict itself and all rivals that are not weaker are REJECTED
 *   UNDECIDED   otherwise
 * </pre>
 *
 * (A rival of the same strength is accepted only if a third claim has already rejected this one.) So each standing
 * depends on stronger claims, and on whether those of its own strength are rejected. After a change it is enough to
 * look again at the claims around it, strongest first, and to go on to the weaker rivals of claims whose standing
 * changed. Claims that no such difference reaches are never loaded.
 *
 * <p>One object makes one update: tell it what is {@link #dirty}, and give it what {@link #missing} names until nothing
 * is missing. It stops after the allowed number of claims; another update must look at those in {@link #left}. Because
 * the rule has only one solution, the order and number of updates do not change the result. Not thread-safe.
 */
final class GroundedStandings {

    /** A claim as its rivals see it. */
    record Known(long claim, double strength, boolean againstItself, Standing standing) {}

    private final int most;
    private final Map<Long, Known> known = new HashMap<>();
    private final Map<Long, Set<Long>> rivals = new HashMap<>();
    private final Set<Long> unknown = new LinkedHashSet<>();
    private final TreeMap<Double, Set<Long>> dirty = new TreeMap<>();
    private final Map<Long, Standing> before = new LinkedHashMap<>();
    private int looked;

    /** An update that looks at no more than {@code most} claims. */
    GroundedStandings(int most) {
        this.most = most;
    }

    /** Marks claims that have changed: in strength, in what they contradict, or in what contradicts them. */
    void dirty(Collection<Long> claims) {
        for (long claim : claims) {
            if (known.containsKey(claim)) {
                mark(claim);
            } else {
                unknown.add(claim);
            }
        }
    }

    /** What must be given before it can go on; empty if it is done. */
    Set<Long> missing() {
        Set<Long> missing = new LinkedHashSet<>(unknown);
        if (looked < most) {
            dirty.values()
                    .forEach(level -> level.stream()
                            .filter(claim -> !rivals.containsKey(claim))
                            .limit(most)
                            .forEach(missing::add));
        }
        return missing;
    }

    /** Gives a claim with all its rivals, as they stand in the graph after the change. */
    void give(Known claim, Collection<Known> against) {
        known.putIfAbsent(claim.claim(), claim);
        Set<Long> ids = new LinkedHashSet<>();
        for (Known rival : against) {
            known.putIfAbsent(rival.claim(), rival);
            ids.add(rival.claim());
        }
        rivals.put(claim.claim(), ids);
        if (unknown.remove(claim.claim())) {
            mark(claim.claim());
        }
    }

    /** Drops claims that no longer exist, or not in the requested form. */
    void forget(Collection<Long> claims) {
        unknown.removeAll(claims);
    }

    /** Goes on as far as it can with what it has. */
    void settle() {
        while (unknown.isEmpty() && !dirty.isEmpty() && looked < most) {
            Set<Long> level = dirty.lastEntry().getValue();
            if (!rivals.keySet().containsAll(level)) {
                return;
            }
            if (!widen(level)) {
                dirty.pollLastEntry();
                decide(level);
            }
        }
    }

    /** Adds the rivals of the same strength whose acceptance may change because a rejection does; false if there are none. */
    private boolean widen(Set<Long> level) {
        Set<Long> more = new HashSet<>();
        for (long claim : level) {
            if (isRejected(claim) != (known.get(claim).standing() == Standing.REJECTED)) {
                double strength = known.get(claim).strength();
                rivals.get(claim).stream()
                        .filter(rival -> known.get(rival).strength() == strength)
                        .forEach(more::add);
            }
        }
        return level.addAll(more);
    }

    private void decide(Set<Long> level) {
        looked += level.size();
        Map<Long, Standing> rejections = new HashMap<>();
        for (long claim : level) {
            if (isRejected(claim)) {
                rejections.put(claim, Standing.REJECTED);
            }
        }
        List<Known> decided = new ArrayList<>();
        for (long claim : level) {
            Known old = known.get(claim);
            Standing now = rejections.getOrDefault(claim, Standing.UNDECIDED);
            if (now != Standing.REJECTED && !old.againstItself() && nothingDefeats(old, level, rejections)) {
                now = Standing.ACCEPTED;
            }
            decided.add(new Known(claim, old.strength(), old.againstItself(), now));
        }
        for (Known now : decided) {
            Known old = known.put(now.claim(), now);
            if (old.standing() != now.standing()) {
                before.putIfAbsent(now.claim(), old.standing());
                rivals.get(now.claim()).stream()
                        .filter(rival -> known.get(rival).strength() < now.strength())
                        .forEach(this::mark);
            }
        }
    }

    private boolean isRejected(long claim) {
        double strength = known.get(claim).strength();
        return rivals.get(claim).stream()
                .map(known::get)
                .anyMatch(rival -> rival.strength() > strength && rival.standing() == Standing.ACCEPTED);
    }

    private boolean nothingDefeats(Known claim, Set<Long> level, Map<Long, Standing> rejections) {
        return rivals.get(claim.claim()).stream()
                .map(known::get)
                .filter(rival -> rival.strength() >= claim.strength())
                .allMatch(rival -> level.contains(rival.claim())
                        ? rejections.containsKey(rival.claim())
                        : rival.standing() == Standing.REJECTED);
    }

    private void mark(long claim) {
        dirty.computeIfAbsent(known.get(claim).strength(), none -> new LinkedHashSet<>())
                .add(claim);
    }

    /** The claims whose standing changed, with the new standing. */
    Map<Long, Standing> changed() {
        Map<Long, Standing> changed = new LinkedHashMap<>();
        before.forEach((claim, old) -> {
            if (known.get(claim).standing() != old) {
                changed.put(claim, known.get(claim).standing());
            }
        });
        return changed;
    }

    /** The earlier standing of a claim in {@link #changed}. */
    Standing before(long claim) {
        return before.get(claim);
    }

    /** The claims that another update must look at. */
    Set<Long> left() {
        Set<Long> left = new LinkedHashSet<>(unknown);
        dirty.values().forEach(left::addAll);
        return left;
    }
}
