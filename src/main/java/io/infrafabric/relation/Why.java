package io.infrafabric.relation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * Why a claim stands as it does, for an audit.
 *
 * @param steps the claim, what decides about it, what decides about that, and so on, nearest first
 * @param attackingPath from the claim over what defeats it, and what would defeat that, to the end: a claim that
 * nothing defeats, or two of equal strength
 * @param dispute for a disputed claim, the shortest way over its dependencies to a claim that is not accepted
 */
@Schema(name = "ClaimWhy")
public record Why(Claim claim, List<Step> steps, List<String> attackingPath, List<String> dispute, Graph.Bound bound) {

    /** A claim, and what decides about it. */
    @Schema(name = "ClaimWhyStep")
    public record Step(String claim, int version, Standing standing, double strength, List<Against> against) {}

    /**
     * Something that decides about a claim. For a rejected claim: what defeats it; for an undecided one: what it
     * opposes; for an accepted one: what would defeat it but is rejected.
     *
     * @param contradiction its id
     */
    @Schema(name = "ClaimWhyAgainst")
    public record Against(String claim, int version, Standing standing, double strength, String contradiction) {}

    /** Two claims that contradict each other ({@code one} equals {@code other}: itself). */
    record Rivalry(long one, long other, String contradiction) {
        Rivalry turned() {
            return new Rivalry(/* one= */ other, /* other= */ one, contradiction);
        }
    }

    /** The rule: the steps from this claim, within what was loaded. */
    static List<Step> steps(long from, Map<Long, Claim> claims, Collection<Rivalry> rivalries) {
        Map<Long, List<Rivalry>> of = new HashMap<>();
        for (Rivalry rivalry : rivalries) {
            of.computeIfAbsent(rivalry.one(), none -> new ArrayList<>()).add(rivalry);
            if (rivalry.one() != rivalry.other()) {
                of.computeIfAbsent(rivalry.other(), none -> new ArrayList<>()).add(rivalry.turned());
            }
        }
        List<Step> steps = new ArrayList<>();
        Set<Long> seen = new HashSet<>(Set.of(from));
        ArrayDeque<Long> queue = new ArrayDeque<>(List.of(from));
        while (!queue.isEmpty()) {
            long at = queue.poll();
            Claim claim = claims.get(at);
            List<Against> against = new ArrayList<>();
            for (Rivalry rivalry : of.getOrDefault(at, List.of())) {
                Claim rival = claims.get(rivalry.other());
                if (rival != null && decides(claim, rival)) {
                    against.add(new Against(
                            rival.id(), rival.version(), rival.standing(), rival.strength(), rivalry.contradiction()));
                    if (seen.add(rivalry.other())) {
                        queue.add(rivalry.other());
                    }
                }
            }
            against.sort(
                    Comparator.comparingDouble(Against::strength).reversed().thenComparing(Against::claim));
            steps.add(new Step(claim.id(), claim.version(), claim.standing(), claim.strength(), against));
        }
        return steps;
    }

    private static boolean decides(Claim claim, Claim rival) {
        return switch (claim.standing()) {
            case REJECTED -> rival.standing() == Standing.ACCEPTED && rival.strength() > claim.strength();
            case UNDECIDED -> rival.standing() != Standing.REJECTED && rival.strength() >= claim.strength();
            case ACCEPTED -> rival.strength() >= claim.strength();
        };
    }

    /** The way over the strongest rival of each step. */
    static List<String> attackingPath(List<Step> steps) {
        Map<String, Step> byClaim = new HashMap<>();
        steps.forEach(step -> byClaim.putIfAbsent(step.claim(), step));
        Set<String> path = new LinkedHashSet<>();
        Step at = steps.getFirst();
        while (at != null && path.add(at.claim())) {
            at = at.against().isEmpty()
                    ? null
                    : byClaim.get(at.against().getFirst().claim());
        }
        return List.copyOf(path);
    }
}
