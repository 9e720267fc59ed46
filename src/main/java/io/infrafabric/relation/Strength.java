package io.infrafabric.relation;

import java.util.Collection;
import java.util.List;

/**
 * The weight of a claim in the graph: its stated confidence, capped by the number of independent sources that support
 * it.
 *
 * <pre>
 *   strength = min(confidence, 1 - 2^-(n + 1))      n = 0: 0.5   1: 0.75   2: 0.875   3: 0.9375 …
 * </pre>
 *
 * {@code n} counts the independent sources ({@link Evidence#independent}) among the claim's own evidence and the
 * evidence of the claims that support it directly. The {@code + 1} stands for the author's own word. Evidence counts
 * regardless of the standing of the claim that brings it, so strengths never depend on standings, and there is no
 * circle.
 */
final class Strength {
    /** The confidence of a claim whose author gave none. */
    static final double DEFAULT = 0.5;

    private Strength() {}

    /** The greatest strength of a claim with this many independent sources. */
    static double cap(int sources) {
        return 1 - Math.pow(2, -(Math.min(sources, 50) + 1));
    }

    /**
     * The strength of a claim.
     *
     * @param confidence as stated, 0 to 1
     * @param pieces the marks of every piece of evidence that supports it
     */
    static double of(double confidence, Collection<List<String>> pieces) {
        return Math.min(confidence, cap(Evidence.independent(pieces)));
    }
}
