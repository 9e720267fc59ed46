package io.infrafabric.simulation;

/**
 * What the simulation takes for granted.
 *
 * @param steepness how sharply a helper's use depends on its real skill: {@code p = 1 / (1 + exp(-steepness * (skill - half)))}
 * @param half the real skill at which a helper is of use every other time; what calibration finds
 * @param honest probability that a capability that a session declares is real
 * @param hidden probability that a capability that it does not declare is there nevertheless
 * @param helpHours mean time that a useful helper needs (exponential)
 * @param wrongHours time until it is clear that a helper is of no use
 * @param distraction hours that a useless helper costs the blocked session
 * @param aloneHours mean time in which a blocked session helps itself (exponential)
 * @param humanHours mean time in which a human answers a case (exponential)
 * @param blockersPerHour blockers of one session in an hour (Poisson)
 * @param least score from which on the fabric asks somebody
 * @param slow how much longer a task takes for somebody without any skill for it: 1 is twice as long
 */
record Assumptions(
        double steepness,
        double half,
        double honest,
        double hidden,
        double helpHours,
        double wrongHours,
        double distraction,
        double aloneHours,
        double humanHours,
        double blockersPerHour,
        double least,
        double slow) {

    /** The usual ones, not yet calibrated. In the seed's example three wrong helpers cost 4 and three others cost 3. */
    static final Assumptions USUAL = new Assumptions(12, 0.5, 0.9, 0.05, 1, 4.0 / 3, 0.25, 6, 4, 0.05, 0.70, 1);

    Assumptions half(double its) {
        return new Assumptions(
                steepness, its, honest, hidden, helpHours, wrongHours, distraction, aloneHours, humanHours,
                blockersPerHour, least, slow);
    }

    Assumptions steepness(double its) {
        return new Assumptions(
                its, half, honest, hidden, helpHours, wrongHours, distraction, aloneHours, humanHours, blockersPerHour,
                least,
                slow);
    }

    Assumptions skills(double itsHonest, double itsHidden) {
        return new Assumptions(
                steepness, half, itsHonest, itsHidden, helpHours, wrongHours, distraction, aloneHours, humanHours,
                blockersPerHour, least, slow);
    }

    Assumptions times(double itsWrong, double itsDistraction, double itsAlone, double itsHuman) {
        return new Assumptions(
                steepness, half, honest, hidden, helpHours, itsWrong, itsDistraction, itsAlone, itsHuman,
                blockersPerHour, least, slow);
    }

    Assumptions human(double its) {
        return times(wrongHours, distraction, aloneHours, its);
    }

    Assumptions blockers(double itsPerHour) {
        return new Assumptions(
                steepness, half, honest, hidden, helpHours, wrongHours, distraction, aloneHours, humanHours, itsPerHour,
                least,
                slow);
    }

    Assumptions slow(double its) {
        return new Assumptions(
                steepness, half, honest, hidden, helpHours, wrongHours, distraction, aloneHours, humanHours,
                blockersPerHour, least, its);
    }

    Assumptions least(double its) {
        return new Assumptions(
                steepness, half, honest, hidden, helpHours, wrongHours, distraction, aloneHours, humanHours,
                blockersPerHour, its, slow);
    }

    /** How likely a helper of this real skill is of use. */
    double useful(double skill) {
        return 1 / (1 + Math.exp(-steepness * (skill - half)));
    }
}
