package io.infrafabric.relation;

import io.infrafabric.command.Caller;
import io.infrafabric.event.Trace;
import java.util.List;
import java.util.UUID;

/** A requested change of the graph, and its possible results. */
public sealed interface Command {

    /** The caller and the call behind a command. */
    record Call(Caller caller, Trace trace) {}

    Call call();

    /** The author as it is recorded. */
    default String by() {
        return call().caller().by();
    }

    /**
     * State a claim, or revise it. In a caller's wish, {@code null} keeps the old value.
     *
     * @param session its author, {@code null} for an operator
     * @param ruling whether a human decided so; then its confidence needs no evidence
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

        /** Fills open fields from the previous version; {@code before} is {@code null} for a new claim. */
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

    /**
     * State a relation between two claims. {@code falsifier} is set only if an observed falsifier makes the relation.
     */
    record Relate(String from, String to, Relation.Type type, double confidence, Integer falsifier, Call call)
            implements Command {}

    /** Take a relation back. */
    record Remove(UUID relation, Call call) implements Command {}

    /** A falsifier of a claim was observed; {@code observation} is a claim of its own that says so. */
    record Observe(String claim, int falsifier, State observation, Call call) implements Command {}

    /** The result of a command. */
    sealed interface Answer {
        /** The claim as it is now; {@code created} and {@code changed} tell whether this call made or revised it. */
        record Stated(Claim claim, boolean created, boolean changed) implements Answer {}

        /**
         * The relation as it is now.
         *
         * @param created whether this call made it
         * @param apart whether it connects two claims as a contradiction although their scopes do not overlap; then
         * they do not contradict each other
         * @param contradictions the ids of the contradictions that it revealed
         * @param bounded whether its consequences were followed only up to a bound
         */
        record Related(Relation relation, boolean created, boolean apart, List<String> contradictions, boolean bounded)
                implements Answer {}

        /** The claim does not exist, or is out of reach. */
        record UnknownClaim(String field, String id) implements Answer {}

        /** The relation does not exist, or is out of reach. */
        record UnknownRelation(String id) implements Answer {}

        /** The claim has no such falsifier. */
        record UnknownFalsifier(Claim claim, int falsifier) implements Answer {}

        /** The id is taken: by another swarm, or by another author. */
        record Taken(String id, String session) implements Answer {}

        /** The session, or the swarm, has reached its limit of claims. */
        record OverQuota(String owner, String setting, long used, long limit) implements Answer {}

        /** A new claim must say something. */
        record Missing(String field) implements Answer {}

        /** The two claims belong to different swarms. */
        record OtherSwarm(String from, String to) implements Answer {}

        /** Another relation between the two says the opposite. */
        record Conflict(Relation existing) implements Answer {}

        /** Only its author or an operator may take it back. */
        record NotYours(Relation existing) implements Answer {}
    }
}
