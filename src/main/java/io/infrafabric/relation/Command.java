package io.infrafabric.relation;

import io.infrafabric.command.Caller;
import io.infrafabric.event.Trace;
import java.util.List;
import java.util.UUID;

/** A change that somebody wants of the graph, and what it can come to. */
public sealed interface Command {

    /** Who wants it, and with what call. */
    record Call(Caller caller, Trace trace) {}

    Call call();

    /** Who says it: what is written down as the author. */
    default String by() {
        return call().caller().by();
    }

    /**
     * State a claim, or revise it. In the wish of a caller {@code null} leaves what was there.
     *
     * @param session its author, {@code null} for an operator
     * @param ruling whether a human decided so: then its confidence needs no evidence
     */
    record State(
            String id,
            String swarm,
            String session,
            String statement,
            Double confidence,
            Scope scope,
            List<Evidence> evidence,
            List<String> falsifiers,
            boolean ruling,
            Call call)
            implements Command {

        /** With what is left open taken from the version before; {@code before} is {@code null} for a new claim. */
        State over(Claim before) {
            return new State(
                    id,
                    before == null ? swarm : before.swarm(),
                    before == null ? session : before.session(),
                    statement == null ? before == null ? null : before.statement() : statement,
                    confidence == null ? before == null ? Strength.DEFAULT : before.confidence() : confidence,
                    scope == null ? before == null ? Scope.EVERYWHERE : before.scope() : scope,
                    evidence == null ? before == null ? List.of() : before.evidence() : evidence,
                    falsifiers == null ? before == null ? List.of() : before.falsifiers() : falsifiers,
                    ruling,
                    call);
        }
    }

    /** Say what one claim does to another. {@code falsifier} only where an observed falsifier makes it. */
    record Relate(String from, String to, Relation.Type type, double confidence, Integer falsifier, Call call)
            implements Command {}

    /** Take a relation back. */
    record Remove(UUID relation, Call call) implements Command {}

    /** A falsifier of a claim was observed; {@code observation} says so, as a claim of its own. */
    record Observe(String claim, int falsifier, State observation, Call call) implements Command {}

    /** What a command came to. */
    sealed interface Answer {
        /** The claim as it is now; {@code created} and {@code changed} tell whether this call made or revised it. */
        record Stated(Claim claim, boolean created, boolean changed) implements Answer {}

        /**
         * The relation as it is now.
         *
         * @param created whether this call made it
         * @param apart whether it says that two claims contradict each other whose scopes do not overlap: then they do not
         * @param contradictions the ids of those that were found by it
         * @param bounded whether what follows from it was followed up to a bound only
         */
        record Related(Relation relation, boolean created, boolean apart, List<String> contradictions, boolean bounded)
                implements Answer {}

        /** There is no such claim in reach. */
        record UnknownClaim(String field, String id) implements Answer {}

        /** There is no such relation in reach. */
        record UnknownRelation(String id) implements Answer {}

        /** The claim has no such falsifier. */
        record UnknownFalsifier(Claim claim, int falsifier) implements Answer {}

        /** The id is taken: by another swarm, or by another author. */
        record Taken(String id, String session) implements Answer {}

        /** The session, or the swarm, has stated as many claims as it may. */
        record OverQuota(String owner, String setting, long used, long limit) implements Answer {}

        /** A new claim has to say something. */
        record Missing(String field) implements Answer {}

        /** The two claims are of different swarms. */
        record OtherSwarm(String from, String to) implements Answer {}

        /** Another relation between the two says the opposite. */
        record Conflict(Relation existing) implements Answer {}

        /** Only its author, or an operator, may take it back. */
        record NotYours(Relation existing) implements Answer {}
    }
}
