package io.infrafabric.relation;

import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A part of the graph, as it is or was.
 *
 * @param claim the claim at its centre
 * @param at the time; {@code null} means now
 * @param claims nearest first
 * @param bound the bounds of the search
 */
@Schema(name = "ClaimGraph")
public record Graph(String claim, Instant at, List<Claim> claims, List<Relation> relations, Bound bound) {

    /**
     * The bounds of an answer.
     *
     * @param depth the most steps from the claim
     * @param claims the most claims of an answer; {@code relations}, the most relations
     * @param more whether a bound kept something out
     */
    @Schema(name = "GraphBound")
    public record Bound(int depth, int claims, int relations, boolean more) {}
}
