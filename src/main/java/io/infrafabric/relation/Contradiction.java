package io.infrafabric.relation;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.infrafabric.event.EscalationEvent.Severity;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * Two claims that cannot both hold. Its JSON is flat: the parts exist only in Java.
 *
 * @param id UUIDv7
 * @param end why and when it ended
 * @param escalated whether a human was asked
 */
public record Contradiction(
        String id,
        String swarm,
        @JsonUnwrapped Sides sides,
        @JsonUnwrapped Ground ground,
        @JsonUnwrapped Weight weight,
        Instant foundAt,
        @JsonUnwrapped End end,
        boolean escalated) {

    /** The two claims, each in the version that it is about. */
    public record Sides(String claim1, int version1, String claim2, int version2) {}

    /**
     * What it follows from.
     *
     * @param derived whether it was not declared but follows: a claim depends on both sides, or a falsifier was
     * observed
     * @param through the claim that depends on both; {@code null} for all other kinds
     * @param path the relations that it follows from, in words, from {@code through} to both sides
     */
    public record Ground(Kind kind, boolean derived, String through, Integer throughVersion, List<String> path) {}

    /**
     * How much it matters, now or at the requested time.
     *
     * @param score the figure behind the severity ({@link Gravity})
     * @param resting how many claims rest on it, counted up to {@link Gravity#MOST_RESTING}
     */
    public record Weight(Severity severity, double score, int resting) {}

    /** Both are {@code null} while it stands. Even an answer about an earlier time says when it ended. */
    public record End(Instant endedAt, Ended ended) {}

    /** The same, with its weight at another time. */
    Contradiction weighed(Weight then, boolean escalatedThen) {
        return new Contradiction(id, swarm, sides, ground, then, foundAt, end, escalatedThen);
    }

    /** How it is known. */
    @Schema(name = "ContradictionKind")
    public enum Kind {
        /** Somebody declared it. */
        DECLARED,
        /** Somebody observed what would prove the claim wrong. */
        FALSIFIER,
        /** A claim depends on both sides of another contradiction. */
        DEPENDENCY
    }

    /** Why it ended. */
    @Schema(name = "ContradictionEnd")
    public enum Ended {
        /** A relation that it followed from was removed. */
        REMOVED,
        /** One of its claims was revised. */
        REVISED,
        /** The scopes of the claims no longer overlap. */
        SCOPED,
        /** A human decided that the claims do not contradict each other. */
        DISMISSED
    }

    /** Whether a contradiction should exist, and whether it does. */
    enum Verdict {
        FOUND,
        ENDED,
        UNCHANGED;

        /**
         * The rule for two claims.
         *
         * @param said whether a valid relation says that they contradict each other
         * @param falsified whether one of these relations is an observed falsifier, which is within the scope by
         * definition
         * @param overlap whether their scopes overlap
         * @param stands whether the contradiction is already known
         */
        static Verdict of(boolean said, boolean falsified, boolean overlap, boolean stands) {
            boolean wanted = said && (falsified || overlap);
            if (wanted == stands) {
                return UNCHANGED;
            }
            return wanted ? FOUND : ENDED;
        }
    }
}
