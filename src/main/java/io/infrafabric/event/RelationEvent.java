package io.infrafabric.event;

import static io.infrafabric.event.Catalogue.Type.v1;

import io.infrafabric.event.EscalationEvent.Severity;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;

/**
 * What happens to claims and to the relations between them. Only the relation function writes these, except for {@link
 * ClaimReported}.
 */
@RegisterForReflection
public sealed interface RelationEvent extends Event {

    /** The events, each with its name on the wire. */
    List<Catalogue.Type> TYPES = List.of(
            v1("relation", "claim-reported", ClaimReported.class),
            v1("relation", "claim-stated", ClaimStated.class),
            v1("relation", "claim-revised", ClaimRevised.class),
            v1("relation", "relation-added", RelationAdded.class),
            v1("relation", "relation-removed", RelationRemoved.class),
            v1("relation", "contradiction-found", ContradictionFound.class),
            v1("relation", "contradiction-weighed", ContradictionWeighed.class),
            v1("relation", "contradiction-ended", ContradictionEnded.class),
            v1("relation", "standing-changed", StandingChanged.class),
            v1("relation", "claim-disputed", ClaimDisputed.class),
            v1("relation", "claim-settled", ClaimSettled.class));

    /**
     * Somebody states a claim over the channel, or revises one (a fact). What is {@code null} keeps the value that it had.
     *
     * @param claim its id; {@code null} for the event's own id
     * @param session its author; {@code null} for an operator
     * @param confidence from 0 to 1
     */
    record ClaimReported(
            String claim,
            String swarm,
            String session,
            String statement,
            Double confidence,
            Where scope,
            List<Piece> evidence,
            List<String> falsifiers)
            implements RelationEvent {
        @Override
        public String subject() {
            return "claim:" + claim;
        }

        /** In what it holds, and in what not; an absent list is empty. */
        public record Where(List<String> includes, List<String> excludes) {}

        /** A piece of evidence: a url, a hash or an origin at least. */
        public record Piece(String type, String url, String hash, String origin) {}
    }

    /** A claim was stated for the first time (a fact). */
    record ClaimStated(String claim, String swarm, String session, String statement, double confidence)
            implements RelationEvent {
        @Override
        public String subject() {
            return "claim:" + claim;
        }
    }

    /** A claim was revised (a fact). Its relations stay with the previous version. */
    record ClaimRevised(String claim, String swarm, String session, int revision, String statement, double confidence)
            implements RelationEvent {
        @Override
        public String subject() {
            return "claim:" + claim;
        }
    }

    /** Somebody stated a relation between two claims (a fact); {@code relation} is its id. */
    record RelationAdded(String relation, String swarm, String from, String to, String type, String by)
            implements RelationEvent {
        @Override
        public String subject() {
            return "relation:" + relation;
        }
    }

    /** Somebody took a relation back (a fact). */
    record RelationRemoved(String relation, String swarm, String from, String to, String type, String by)
            implements RelationEvent {
        @Override
        public String subject() {
            return "relation:" + relation;
        }
    }

    /**
     * Two claims cannot both hold (a fact).
     *
     * @param claim1 one side, {@code claim2} the other
     * @param kind {@code DECLARED}, {@code FALSIFIER} or {@code DEPENDENCY}
     * @param through the claim that depends on both sides, {@code null} unless the kind is {@code DEPENDENCY}
     * @param path the relations that the contradiction follows from, in words
     */
    record ContradictionFound(
            String contradiction,
            String swarm,
            String claim1,
            String claim2,
            String kind,
            String through,
            Severity severity,
            List<String> path)
            implements RelationEvent {
        @Override
        public String subject() {
            return "contradiction:" + contradiction;
        }
    }

    /** The weight of a contradiction changed, because more or less rests on its claims now (a fact). */
    record ContradictionWeighed(
            String contradiction, String swarm, String claim1, String claim2, Severity before, Severity severity)
            implements RelationEvent {
        @Override
        public String subject() {
            return "contradiction:" + contradiction;
        }
    }

    /**
     * A contradiction ended (a fact): {@code why} is {@code REMOVED}, {@code REVISED}, {@code SCOPED} or
     * {@code DISMISSED}.
     */
    record ContradictionEnded(
            String contradiction, String swarm, String claim1, String claim2, String through, String why)
            implements RelationEvent {
        @Override
        public String subject() {
            return "contradiction:" + contradiction;
        }
    }

    /** A claim's standing changed: it is now accepted, rejected or undecided. */
    record StandingChanged(String claim, String swarm, String before, String standing, long version)
            implements RelationEvent, Versioned {
        @Override
        public String subject() {
            return "claim:" + claim;
        }
    }

    /**
     * A claim is disputed: it is not accepted, or depends on one that is not. Whatever rests on it must wait.
     *
     * @param version grows with each change of the claim's standing or dispute
     */
    record ClaimDisputed(String claim, String swarm, String standing, long version)
            implements RelationEvent, Versioned {
        @Override
        public String subject() {
            return "claim:" + claim;
        }
    }

    /** The dispute has ended: the claim and everything that it depends on are accepted, or the claim was revised. */
    record ClaimSettled(String claim, String swarm, long version) implements RelationEvent, Versioned {
        @Override
        public String subject() {
            return "claim:" + claim;
        }
    }
}
