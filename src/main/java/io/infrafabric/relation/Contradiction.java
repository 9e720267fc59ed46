package io.infrafabric.relation;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.infrafabric.event.EscalationEvent.Severity;
import java.time.Instant;
import java.util.List;

/**
 * Two claims that cannot both hold. Its JSON is flat: the parts are seen in Java only.
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
     * @param derived whether nobody said so: a claim depends on both sides, or a falsifier was observed
     * @param through the claim that depends on both, {@code null} for all others
     * @param path the relations that it follows from, in words, from {@code through} to both sides
     */
    public record Ground(Kind kind, boolean derived, String through, Integer throughVersion, List<String> path) {}

    /**
     * How much it matters, now or at the time that was asked for.
     *
     * @param score what the severity was made of ({@link Gravity})
     * @param resting how many claims rest on it, counted up to {@link Gravity#MOST_RESTING}
     */
    public record Weight(Severity severity, double score, int resting) {}

    /** Both {@code null} while it stands; also in an answer about a time before that it says when it ended. */
    public record End(Instant endedAt, Ended ended) {}

    /** The same, as grave as it was at another time. */
    Contradiction weighed(Weight then, boolean escalatedThen) {
        return new Contradiction(id, swarm, sides, ground, then, foundAt, end, escalatedThen);
    }

    /** How it is known. */
    public enum Kind {
        /** Somebody said so. */
        DECLARED,
        /** What would prove the claim wrong was observed. */
        FALSIFIER,
        /** A claim depends on both sides of another contradiction. */
        DEPENDENCY
    }

    /** Why it ended. */
    public enum Ended {
        /** A relation that it followed from was removed. */
        REMOVED,
        /** A claim of it was revised. */
        REVISED,
        /** The claims no longer hold in the same places. */
        SCOPED,
        /** A human decided that it is none. */
        DISMISSED
    }

    /** Whether a contradiction is to be there, and whether it is. */
    enum Verdict {
        FOUND,
        ENDED,
        UNCHANGED;

        /**
         * The rule for two claims.
         *
         * @param said whether a relation between them says so that counts
         * @param falsified whether one of these is an observed falsifier: what was observed is within the scope by
         *     definition
         * @param overlap whether their scopes overlap
         * @param stands whether the contradiction is known already
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
