package io.infrafabric.event;

import static io.infrafabric.event.Catalogue.Type.v1;

import io.infrafabric.event.EscalationEvent.Severity;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;

/** What happens to claims, and to the relations between them. Written by the relation function alone. */
@RegisterForReflection
public sealed interface RelationEvent extends Event {

    /** Its events, each with its name on the wire. */
    List<Catalogue.Type> TYPES = List.of(
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

    /** A claim was stated for the first time (a fact). */
    record ClaimStated(String claim, String swarm, String session, String statement, double confidence)
            implements RelationEvent {
        @Override
        public String subject() {
            return "claim:" + claim;
        }
    }

    /** A claim was revised (a fact). Its relations stay with the version before. */
    record ClaimRevised(String claim, String swarm, String session, int revision, String statement, double confidence)
            implements RelationEvent {
        @Override
        public String subject() {
            return "claim:" + claim;
        }
    }

    /** Somebody said what one claim does to another (a fact); {@code relation} is its id. */
    record RelationAdded(String relation, String swarm, String from, String to, String type, String by)
            implements RelationEvent {
        @Override
        public String subject() {
            return "relation:" + relation;
        }
    }

    /** Somebody took it back (a fact). */
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
     * @param path the relations that it follows from, in words
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

    /** More or less rests on its claims now, so that it is graver or less grave (a fact). */
    record ContradictionWeighed(
            String contradiction, String swarm, String claim1, String claim2, Severity before, Severity severity)
            implements RelationEvent {
        @Override
        public String subject() {
            return "contradiction:" + contradiction;
        }
    }

    /** It is none any more (a fact): {@code why} is {@code REMOVED}, {@code REVISED}, {@code SCOPED} or {@code DISMISSED}. */
    record ContradictionEnded(
            String contradiction, String swarm, String claim1, String claim2, String through, String why)
            implements RelationEvent {
        @Override
        public String subject() {
            return "contradiction:" + contradiction;
        }
    }

    /** A claim is accepted, rejected or undecided now. */
    record StandingChanged(String claim, String swarm, String before, String standing, long version)
            implements RelationEvent, Versioned {
        @Override
        public String subject() {
            return "claim:" + claim;
        }
    }

    /**
     * A claim is disputed: it is not accepted, or depends on one that is not. What rests on it is to wait.
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

    /** The dispute has ended: the claim and all that it depends on are accepted, or it was revised. */
    record ClaimSettled(String claim, String swarm, long version) implements RelationEvent, Versioned {
        @Override
        public String subject() {
            return "claim:" + claim;
        }
    }
}
