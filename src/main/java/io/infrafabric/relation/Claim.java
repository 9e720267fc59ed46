package io.infrafabric.relation;

import java.time.Instant;
import java.util.List;

/**
 * What a session holds to be true, in one version, and what became of it. Immutable: to change it is to revise it.
 *
 * @param session its author; {@code null} for an operator's
 * @param by who stated this version
 * @param confidence how sure its author is, 0 to 1
 * @param falsifiers what would prove it wrong, in words
 * @param strength what it counts in the graph ({@link Strength})
 * @param standing of a version that was superseded: what it was last
 * @param disputed whether it or anything that it depends on is not accepted; what rests on it waits then
 * @param supersededAt when the next version came, {@code null} for the newest
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

    /** Whether the other says the same as this one, whoever says it and whatever became of it. */
    boolean says(Command.State other) {
        return other.statement().equals(statement)
                && other.confidence() == confidence
                && other.scope().equals(scope)
                && other.evidence().equals(evidence)
                && other.falsifiers().equals(falsifiers);
    }

    /** As it was at another time. */
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
