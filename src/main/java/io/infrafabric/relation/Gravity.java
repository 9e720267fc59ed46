package io.infrafabric.relation;

import io.infrafabric.event.EscalationEvent.Severity;

/**
 * How much a contradiction matters.
 *
 * <pre>
 *   score = certainty * sqrt(confidence1 * confidence2) * (1 + log2(1 + resting) / 2)
 *
 *   LOW  below 0.4     MEDIUM  from 0.4     HIGH  from 0.8     CRITICAL  from 1.6
 * </pre>
 *
 * The confidences are the stated ones, without the cap: two authors who are both sure cannot both be right, and that
 * matters all the more if neither brings evidence. The geometric mean is small as soon as one of them doubts.
 * {@code resting} counts the claims that depend, over any number of steps, on one of the two (on the claim in between
 * for a contradiction that is derived from dependencies); 3 of them double the score, 15 triple it. {@code certainty}
 * is the confidence of the relation that declares the contradiction, or 1 if it has none.
 *
 * @param score never negative, at most 4
 * @param resting the count behind it
 */
record Gravity(double score, int resting) {
    /** Counting stops here, because more makes no difference. */
    static final int MOST_RESTING = 63;

    private static final double MEDIUM = 0.4;
    private static final double HIGH = 0.8;
    private static final double CRITICAL = 1.6;

    /** The gravity of a contradiction between claims of these confidences. */
    static Gravity of(double certainty, double confidence1, double confidence2, int resting) {
        int counted = Math.min(resting, MOST_RESTING);
        double reach = 1 + Math.log(1 + counted) / Math.log(2) / 2;
        // Rounded, so that a value that meets a threshold on paper meets it here.
        double score = Math.round(certainty * Math.sqrt(confidence1 * confidence2) * reach * 1e9) / 1e9;
        return new Gravity(score, counted);
    }

    Severity severity() {
        if (score < MEDIUM) {
            return Severity.LOW;
        }
        if (score < HIGH) {
            return Severity.MEDIUM;
        }
        return score < CRITICAL ? Severity.HIGH : Severity.CRITICAL;
    }

    /** Whether to ask a human about it. */
    static boolean asksHuman(Severity severity) {
        return severity.compareTo(Severity.HIGH) >= 0;
    }
}
