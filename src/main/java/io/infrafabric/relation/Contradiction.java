package io.infrafabric.relation;

import io.infrafabric.event.EscalationEvent.Severity;
import java.time.Instant;
import java.util.List;

/**
 * Two claims that cannot both hold.
 *
 * @param id UUIDv7
 * @param claim1 one side, {@code claim2} the other
 * @param derived whether nobody said so: a claim depends on both sides, or a falsifier was observed
 * @param through the claim that depends on both, {@code null} for all others
 * @param path the relations that it follows from, in words, from {@code through} to both sides
 * @param score what the severity was made of ({@link Gravity})
 * @param resting how many claims rest on it, counted up to {@link Gravity#MOST_RESTING}
 * @param endedAt {@code null} while it stands; also in an answer about a time before that it says when it ended
 * @param escalated whether a human was asked
 */
public record Contradiction(
        String id,
        String swarm,
        String claim1,
        int version1,
        String claim2,
        int version2,
        Kind kind,
        boolean derived,
        String through,
        Integer throughVersion,
        List<String> path,
        Severity severity,
        double score,
        int resting,
        Instant foundAt,
        Instant endedAt,
        Ended ended,
        boolean escalated) {

    /** The same, as grave as it was at another time. */
    Contradiction weighed(Severity severity, double score, int resting, boolean escalated) {
        return new Contradiction(
                id,
                swarm,
                claim1,
                version1,
                claim2,
                version2,
                kind,
                derived,
                through,
                throughVersion,
                path,
                severity,
                score,
                resting,
                foundAt,
                endedAt,
                ended,
                escalated);
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
