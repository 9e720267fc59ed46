package io.infrafabric.coordinator.session;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * How well a session fits a need (seed P2: "expertise_scoring"):
 * {@code 0.50 * domain + 0.30 * tool + 0.20 * recentSuccess}. Shared by claims, rescue and stealing.
 */
public final class Match {
    public static final double DOMAIN = 0.50;
    public static final double TOOL = 0.30;
    public static final double RECENT_SUCCESS = 0.20;

    /** Weight of the prior that gives a newcomer 0.5: as if it had one success and one failure. */
    private static final double PRIOR = 2.0;

    /** For this many half-lives a declared domain counts in full; after that, success must confirm it. */
    private static final int TRUSTED_HALF_LIVES = 4;

    /** The number of steps of a score: six decimals, as for money. */
    private static final double STEPS = 1e6;

    /** Far below a step, far above the error of sums of binary fractions. */
    private static final double NOISE = 1e-4;

    /** More than a score can exceed the sum that it was cut from, or than sums in another order differ. */
    public static final double SLACK = 10 * NOISE / STEPS;

    /** The three parts of a score, each from 0 to 1. */
    @Schema(name = "MatchParts")
    public record Parts(double domain, double tool, double recentSuccess) {
        /**
         * The weighted sum, from 0 to 1, cut to six decimals. It is the number closest to that decimal, like a literal:
         * 0.70 never falls below 0.70 because of the order of the sum, and 0.699999 does.
         */
        public double score() {
            double sum = DOMAIN * domain + TOOL * tool + RECENT_SUCCESS * recentSuccess;
            return Math.floor(sum * STEPS + NOISE) / STEPS;
        }
    }

    /**
     * What is needed. Names are compared character by character.
     *
     * @param domains required knowledge
     * @param tools required tools
     */
    public record Need(Set<String> domains, Set<String> tools) {
        /** A need in which duplicate names count once. */
        public static Need of(Collection<String> domains, Collection<String> tools) {
            return new Need(Set.copyOf(domains), Set.copyOf(tools));
        }
    }

    /**
     * Outcomes of a session in a domain, as weighted counts at one time: an outcome one half-life old counts half.
     *
     * @param at the time that the weights are for
     */
    public record Outcomes(double successes, double total, Instant at) {
        public static final Outcomes NONE = new Outcomes(0, 0, Instant.EPOCH);

        /** These counts and one more outcome. Commutative: outcomes may arrive in any order. */
        public Outcomes and(boolean success, Instant when, Duration halfLife) {
            boolean newer = when.isAfter(at);
            double kept = newer ? decay(Duration.between(at, when), halfLife) : 1;
            double added = newer ? 1 : decay(Duration.between(when, at), halfLife);
            return new Outcomes(successes * kept + (success ? added : 0), total * kept + added, newer ? when : at);
        }

        private double weight(Instant now, Duration halfLife) {
            return now.isAfter(at) ? decay(Duration.between(at, now), halfLife) : 1;
        }
    }

    private Match() {}

    /**
     * Scores a session for a need.
     *
     * @param outcomes outcomes of the session's work by domain; domains outside the need do not count
     */
    public static Parts score(
            Need need, Session session, Map<String, Outcomes> outcomes, Instant now, Duration halfLife) {
        return new Parts(
                domain(need.domains(), session, outcomes, now, halfLife),
                covered(need.tools(), session.tools()),
                recentSuccess(shared(need.domains(), outcomes), now, halfLife));
    }

    private static double domain(
            Set<String> required, Session session, Map<String, Outcomes> outcomes, Instant now, Duration halfLife) {
        if (required.isEmpty()) {
            return 1;
        }
        double declared = declared(session.createdAt(), now, halfLife);
        if (declared == 1) {
            return covered(required, session.domains());
        }
        double sum = 0;
        for (String domain : new HashSet<>(session.domains())) {
            if (required.contains(domain)) {
                Outcomes outcome = outcomes.getOrDefault(domain, Outcomes.NONE);
                sum += Math.max(declared, Math.min(1, outcome.successes() * outcome.weight(now, halfLife)));
            }
        }
        return sum / required.size();
    }

    /**
     * The weight of a session's mere declaration: full for {@value #TRUSTED_HALF_LIVES} half-lives from its enrolment,
     * then halved with each further half-life.
     */
    private static double declared(Instant enrolled, Instant now, Duration halfLife) {
        Instant trusted = enrolled == null ? now : enrolled.plus(halfLife.multipliedBy(TRUSTED_HALF_LIVES));
        return now.isAfter(trusted) ? decay(Duration.between(trusted, now), halfLife) : 1;
    }

    private static List<Outcomes> shared(Set<String> domains, Map<String, Outcomes> outcomes) {
        return outcomes.isEmpty()
                ? List.of()
                : domains.stream()
                        .filter(outcomes::containsKey)
                        .sorted()
                        .map(outcomes::get)
                        .toList();
    }

    /** The share of the required names that the session has; 1 if nothing is required. */
    static double covered(Set<String> required, Collection<String> own) {
        if (required.isEmpty()) {
            return 1;
        }
        Set<String> there = new HashSet<>();
        for (String one : own) {
            if (required.contains(one)) {
                there.add(one);
            }
        }
        return (double) there.size() / required.size();
    }

    static double recentSuccess(List<Outcomes> outcomes, Instant now, Duration halfLife) {
        double successes = 0;
        double total = 0;
        for (Outcomes outcome : outcomes) {
            double weight = outcome.weight(now, halfLife);
            successes += outcome.successes() * weight;
            total += outcome.total() * weight;
        }
        return (successes + PRIOR / 2) / (total + PRIOR);
    }

    private static double decay(Duration age, Duration halfLife) {
        return Math.pow(0.5, (double) age.toMillis() / halfLife.toMillis());
    }
}
