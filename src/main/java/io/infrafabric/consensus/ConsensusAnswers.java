package io.infrafabric.consensus;

import io.infrafabric.command.Idempotency;
import io.infrafabric.door.answer.AnswerWriter;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Shows callers the answers of the rules, as JSON or as a problem. */
@ApplicationScoped
@RegisterForReflection(targets = ConsensusAnswers.Taken.class)
public class ConsensusAnswers {
    static final int CREATED = 201;
    static final int OK = 200;

    /**
     * An accepted vote.
     *
     * @param number 1 for the elector's first on this decision
     * @param state the state of the decision now: the last vote closes it
     */
    @Schema(name = "VoteTaken")
    record Taken(
            String decision,
            String session,
            Ballot vote,
            BigDecimal confidence,
            int number,
            Instant at,
            Decision.State state) {}

    private final AnswerWriter json;

    public ConsensusAnswers(AnswerWriter json) {
        this.json = json;
    }

    /** Keeps only changes under the key: a repetition without a change has the same answer anyway. */
    Idempotency.Answer toKeep(VoteTransaction.Answer answer) {
        return answer.voting() instanceof Voting.Cast ? taken(answer) : null;
    }

    Idempotency.Answer toKeep(DecisionTransaction.Answer<Idempotency.Answer> answer) {
        return answer instanceof DecisionTransaction.Answer.Done<Idempotency.Answer>(Idempotency.Answer now)
                ? now
                : null;
    }

    Idempotency.Answer write(int status, DecisionView decision) {
        return json.write(status, decision);
    }

    private Idempotency.Answer taken(VoteTransaction.Answer answer) {
        Vote vote = answer.vote();
        return json.write(
                CREATED,
                new Taken(
                        answer.cast().decision(),
                        vote.session(),
                        vote.vote(),
                        vote.confidence(),
                        vote.number(),
                        vote.at(),
                        answer.state()));
    }

    Idempotency.Answer shown(VoteTransaction.Answer answer) {
        String id = answer.cast().decision();
        return switch (answer.voting()) {
            case Voting.Cast _, Voting.Same _ -> taken(answer);
            case Voting.Unknown _ -> throw Problem.unknownDecision(id);
            case Voting.Closed(Decision decision) -> throw closed(decision);
            case Voting.NotElector _ ->
                throw Problem.of(
                                Code.IF_ERR_NOT_AN_ELECTOR,
                                "Session " + answer.cast().session() + " was not asked to vote on decision " + id + ".")
                        .with("decision", id)
                        .with("session", answer.cast().session());
            case Voting.TooOften(int most) ->
                throw Problem.of(
                                Code.IF_ERR_TOO_MANY_CHANGES,
                                "At most " + most + " votes of one elector are taken on one decision.")
                        .with("most", most);
            case Voting.TooLong(int electors, long most) ->
                throw Problem.of(
                                Code.IF_ERR_PAYLOAD_TOO_LARGE,
                                "A vote on decision " + id + " may have " + most
                                        + " characters in total: the same for each of its " + electors
                                        + " electors, whatever the others say.")
                        .with("field", "rationale")
                        .with("most", most);
            case Voting.TooMuch(long most) ->
                throw Problem.of(
                                Code.IF_ERR_PAYLOAD_TOO_LARGE,
                                "All votes of one elector on one decision may have " + most
                                        + " characters, changes included.")
                        .with("field", "rationale")
                        .with("most", most);
            case Voting.DueOutOfBounds(var longest) ->
                throw Problem.badInput("falsifier.dueAt", "a time in the future, at most " + longest + " ahead");
        };
    }

    Idempotency.Answer shown(DecisionTransaction.Answer<Idempotency.Answer> answer) {
        return switch (answer) {
            case DecisionTransaction.Answer.Done<Idempotency.Answer>(Idempotency.Answer now) -> now;
            case DecisionTransaction.Answer.Same<Idempotency.Answer>(Idempotency.Answer now) -> now;
            case DecisionTransaction.Answer.Refused<Idempotency.Answer>(Opening why) -> throw refusal(why);
            case DecisionTransaction.Answer.UnknownSwarm<Idempotency.Answer>(String swarm) ->
                throw Problem.of(Code.IF_ERR_UNKNOWN_SWARM, "There is no swarm " + swarm + ".")
                        .with("swarm", swarm);
            case DecisionTransaction.Answer.Exists<Idempotency.Answer>(String id) ->
                throw Problem.of(Code.IF_ERR_DECISION_EXISTS, "There is a decision " + id + ".")
                        .with("decision", id);
            case DecisionTransaction.Answer.Unknown<Idempotency.Answer>(String id) -> throw Problem.unknownDecision(id);
            case DecisionTransaction.Answer.Closed<Idempotency.Answer>(Decision decision) -> throw closed(decision);
        };
    }

    private static RuntimeException refusal(Opening why) {
        return switch (why) {
            case Opening.Frozen _ -> new IllegalStateException("This is no refusal.");
            case Opening.QuorumAboveElectorate(int quorum, int electors) ->
                Problem.of(
                                Code.IF_ERR_QUORUM_ABOVE_ELECTORATE,
                                "The quorum is " + quorum + ", the electorate has " + electors + ".")
                        .with("quorum", quorum)
                        .with("electorate", electors);
            case Opening.Loosened(String field, String usual) ->
                Problem.of(
                                Code.IF_ERR_RULES_LOOSENED,
                                "Only an operator may loosen " + field + ": usual is " + usual + ".")
                        .with("field", field)
                        .with("usual", usual);
            case Opening.UnknownElectors(var sessions) ->
                Problem.of(Code.IF_ERR_UNKNOWN_ELECTOR, "Not in the swarm: " + sessions + ".")
                        .with("field", "electorate")
                        .with("sessions", sessions);
            case Opening.OutOfBounds(String field, String expected) -> Problem.badInput(field, expected);
        };
    }

    private static Problem closed(Decision decision) {
        return Problem.of(
                        Code.IF_ERR_DECISION_CLOSED,
                        decision.isOpen()
                                ? "The closing time of decision " + decision.id() + " has passed."
                                : "Decision " + decision.id() + " is closed: " + decision.state() + ".")
                .with("decision", decision.id())
                .with("decisionState", decision.state())
                .with("closesAt", decision.rules().closesAt());
    }
}
