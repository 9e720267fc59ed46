package io.infrafabric.relation;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.infrafabric.command.Idempotency;
import io.infrafabric.door.answer.AnswerWriter;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.infrafabric.relation.Command.Answer;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Shows callers the results of commands, as JSON or as a problem. */
@ApplicationScoped
public class RelationAnswers {
    /**
     * A relation, and what the call led to.
     *
     * @param scopesApart whether its claims do not contradict each other because their scopes do not overlap
     * @param contradictions the ids of those that it revealed
     * @param bounded whether there may be more
     */
    @RegisterForReflection
    @Schema(name = "StatedRelation")
    record Shown(@JsonUnwrapped Relation relation, boolean scopesApart, List<String> contradictions, boolean bounded) {
        static Shown of(Answer.Related related) {
            return new Shown(related.relation(), related.apart(), related.contradictions(), related.bounded());
        }
    }

    private final AnswerWriter json;

    public RelationAnswers(AnswerWriter json) {
        this.json = json;
    }

    /** Keeps only changes under the key: a repetition without a change has the same answer anyway. */
    Idempotency.Answer toKeep(Answer answer) {
        return switch (answer) {
            case Answer.Stated stated -> stated.changed() ? shown(stated) : null;
            case Answer.Related related -> related.created() ? shown(related) : null;
            case Answer.UnknownClaim _,
                    Answer.UnknownRelation _,
                    Answer.UnknownFalsifier _,
                    Answer.Taken _,
                    Answer.OverQuota _,
                    Answer.Missing _,
                    Answer.OtherSwarm _,
                    Answer.Conflict _,
                    Answer.NotYours _ -> null;
        };
    }

    Idempotency.Answer shown(Answer answer) {
        return switch (answer) {
            case Answer.Stated stated -> json.write(stated.created() ? 201 : 200, stated.claim());
            case Answer.Related related -> json.write(related.created() ? 201 : 200, Shown.of(related));
            case Answer.UnknownClaim(String field, String id) ->
                throw unknownClaim(id).with("field", field);
            case Answer.UnknownRelation(String id) -> throw unknownRelation(id);
            case Answer.UnknownFalsifier(Claim claim, int falsifier) ->
                throw Problem.of(
                                Code.IF_ERR_UNKNOWN_FALSIFIER,
                                "Claim " + claim.id() + " has "
                                        + claim.falsifiers().size() + " falsifiers, and none with number " + falsifier
                                        + ".")
                        .with("claim", claim.id())
                        .with("falsifiers", claim.falsifiers());
            case Answer.Taken(String id, String _) ->
                // Do not name the author: the caller may not be allowed to know of it.
                throw Problem.of(Code.IF_ERR_CLAIM_EXISTS, "Claim " + id + " was stated by somebody else.")
                        .with("claim", id);
            case Answer.OverQuota(String owner, String setting, long used, long limit) ->
                throw Problem.overQuota("claims stated", owner, setting, used, limit);
            case Answer.Missing(String field) -> throw Problem.badInput(field, "a value for a new claim");
            case Answer.OtherSwarm(String from, String to) ->
                throw Problem.badInput("to", "a claim of the same swarm as " + from + ", which " + to + " is not");
            case Answer.Conflict(Relation existing) ->
                throw Problem.of(
                                Code.IF_ERR_RELATION_CONFLICT,
                                "Claim " + existing.from() + " "
                                        + existing.type().wire() + " " + existing.to() + " already.")
                        .with("relation", existing);
            case Answer.NotYours(Relation existing) ->
                throw Problem.of(
                        Code.IF_ERR_NOT_YOUR_SESSION,
                        "Relation " + existing.id() + " is of " + existing.by()
                                + ": that relation's author or an operator must remove it first.");
        };
    }

    static Problem unknownClaim(String id) {
        return Problem.of(Code.IF_ERR_UNKNOWN_CLAIM, "There is no claim " + id + " in reach.")
                .with("claim", id);
    }

    static Problem unknownRelation(String id) {
        return Problem.of(Code.IF_ERR_UNKNOWN_RELATION, "There is no relation " + id + " in reach.")
                .with("relation", id);
    }

    static Problem unknownContradiction(String id) {
        return Problem.of(Code.IF_ERR_UNKNOWN_CONTRADICTION, "There is no contradiction " + id + " in reach.")
                .with("contradiction", id);
    }
}
