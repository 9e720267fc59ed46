package io.infrafabric.relation;

import java.time.Instant;
import java.util.List;

/**
 * A part of the graph, as it is or was.
 *
 * @param claim around which
 * @param at as of when; {@code null} for now
 * @param claims nearest first
 * @param bound how far it was looked
 */
public record Graph(String claim, Instant at, List<Claim> claims, List<Relation> relations, Bound bound) {

    /**
     * What an answer was limited by.
     *
     * @param depth steps from the claim that were taken at most
     * @param claims the most claims of an answer, {@code relations} the most relations
     * @param more whether there is more that one of the bounds kept out
     */
    public record Bound(int depth, int claims, int relations, boolean more) {}
}
