package io.infrafabric.coordinator;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How well a session fits a need (seed P2: "expertise_scoring"):
 * {@code 0.50 * domain + 0.30 * tool + 0.20 * recentSuccess}. Shared by claims, rescue and stealing.
 */
public final class Match {
    private static final double DOMAIN = 0.50;
    private static final double TOOL = 0.30;
    private static final double RECENT_SUCCESS = 0.20;

    /** Weight of the prior that gives a newcomer 0.5: as if it had one success and one failure. */
    private static final double PRIOR = 2.0;

    /** The three parts of a score, each from 0 to 1. */
    public record Parts(double domain, double tool, double recentSuccess) {
        /** The weighted sum, from 0 to 1. */
        public double score() {
            return DOMAIN * domain + TOOL * tool + RECENT_SUCCESS * recentSuccess;
        }
    }

    /**
     * Outcomes of a session in a domain, as weighted counts at one time: what is one half-life old counts half.
     *
     * @param at the time that the weights are for
     */
    public record Outcomes(double successes, double total, Instant at) {
        public static final Outcomes NONE = new Outcomes(0, 0, Instant.EPOCH);

        /** These counts and one more outcome. Commutes: outcomes may arrive in any order. */
        public Outcomes and(boolean success, Instant when, Duration halfLife) {
            boolean newer = when.isAfter(at);
            double kept = newer ? decay(Duration.between(at, when), halfLife) : 1;
            double added = newer ? 1 : decay(Duration.between(when, at), halfLife);
            return new Outcomes(successes * kept + (success ? added : 0), total * kept + added, newer ? when : at);
        }
    }

    private Match() {}

    /** Scores a session for a need; {@code outcomes} are those of the session in the need's domains. */
    public static Parts score(
            Collection<String> domains,
            Collection<String> tools,
            Session session,
            List<Outcomes> outcomes,
            Instant now,
            Duration halfLife) {
        return new Parts(
                covered(domains, session.domains()),
                covered(tools, session.tools()),
                recentSuccess(outcomes, now, halfLife));
    }

    /** Share of what is required that is there; 1 if nothing is required. */
    static double covered(Collection<String> required, Collection<String> own) {
        Set<String> wanted = new HashSet<>(required);
        if (wanted.isEmpty()) {
            return 1;
        }
        int all = wanted.size();
        wanted.retainAll(new HashSet<>(own));
        return (double) wanted.size() / all;
    }

    static double recentSuccess(List<Outcomes> outcomes, Instant now, Duration halfLife) {
        double successes = 0;
        double total = 0;
        for (Outcomes outcome : outcomes) {
            double weight = now.isAfter(outcome.at()) ? decay(Duration.between(outcome.at(), now), halfLife) : 1;
            successes += outcome.successes() * weight;
            total += outcome.total() * weight;
        }
        return (successes + PRIOR / 2) / (total + PRIOR);
    }

    private static double decay(Duration age, Duration halfLife) {
        return Math.pow(0.5, (double) age.toMillis() / halfLife.toMillis());
    }
}
