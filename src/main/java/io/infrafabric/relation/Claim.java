package io.infrafabric.relation;

import java.time.Instant;
import java.util.List;

/**
 * What a session holds to be true, in one version, and what became of it. Immutable: a change is a revision.
 *
 * @param session its author; {@code null} for an operator's claim
 * @param by who stated this version
 * @param confidence how sure its author is, 0 to 1
 * @param falsifiers what would prove it wrong, in words
 * @param strength its weight in the graph ({@link Strength})
 * @param standing the last one, if the version was superseded
 * @param disputed whether it or anything that it depends on is not accepted; then whatever rests on it waits
 * @param supersededAt when the next version came; {@code null} for the newest
 */
public record Claim(
        String id,
        int version,
        String swarm,
        String session,
        String by,
        String statement,
        double confidence,
        Scope scope,
        List<Evidence> evidence,
        List<String> falsifiers,
        double strength,
        Standing standing,
        boolean disputed,
        Instant statedAt,
        Instant supersededAt) {

    public Claim {
        evidence = List.copyOf(evidence);
        falsifiers = List.copyOf(falsifiers);
    }

    /** Whether the other says the same as this one, regardless of its author and its standing. */
    boolean says(Command.State other) {
        return other.statement().equals(statement)
                && other.confidence() == confidence
                && other.scope().equals(scope)
                && other.evidence().equals(evidence)
                && other.falsifiers().equals(falsifiers);
    }

    /** The claim as it was at another time. */
    Claim stood(double strengthThen, Standing standingThen, boolean disputedThen) {
        return new Claim(
                id,
                version,
                swarm,
                session,
                by,
                statement,
                confidence,
                scope,
                evidence,
                falsifiers,
                strengthThen,
                standingThen,
                disputedThen,
                statedAt,
                supersededAt);
    }
}
