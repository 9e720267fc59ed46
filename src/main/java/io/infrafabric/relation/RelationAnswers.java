package io.infrafabric.relation;

import io.infrafabric.command.Idempotency;
import io.infrafabric.door.answer.AnswerWriter;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.infrafabric.relation.Command.Answer;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Shows callers the results of commands, as JSON or as a problem. */
@ApplicationScoped
public class RelationAnswers {
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
            case Answer.Related related -> json.write(related.created() ? 201 : 200, body(related));
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

    /** The relation's own members, and beside them what the call led to. */
    private static Map<String, Object> body(Answer.Related related) {
        Relation relation = related.relation();
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("id", relation.id());
        body.put("swarm", relation.swarm());
        body.put("from", relation.from());
        body.put("fromVersion", relation.fromVersion());
        body.put("to", relation.to());
        body.put("toVersion", relation.toVersion());
        body.put("type", relation.type());
        body.put("confidence", relation.confidence());
        body.put("falsifier", relation.falsifier());
        body.put("by", relation.by());
        body.put("at", relation.at());
        body.put("until", relation.until());
        body.put("ended", relation.ended());
        body.put("scopesApart", related.apart());
        body.put("contradictions", related.contradictions());
        body.put("bounded", related.bounded());
        body.values().removeIf(Objects::isNull);
        return body;
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
