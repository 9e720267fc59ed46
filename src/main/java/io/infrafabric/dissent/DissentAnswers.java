package io.infrafabric.dissent;

import io.infrafabric.command.Idempotency;
import io.infrafabric.dissent.Falsifier.Report;
import io.infrafabric.door.answer.AnswerWriter;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import jakarta.enterprise.context.ApplicationScoped;

/** Shows callers the answers of the rules, as JSON or as a problem. */
@ApplicationScoped
public class DissentAnswers {
    private static final int OK = 200;

    private final AnswerWriter json;

    public DissentAnswers(AnswerWriter json) {
        this.json = json;
    }

    Idempotency.Answer toKeep(Report report) {
        return report instanceof Report.Taken(Falsifier now) ? json.write(OK, now) : null;
    }

    Idempotency.Answer shown(Report report, String id) {
        return switch (report) {
            case Report.Taken(Falsifier now) -> json.write(OK, now);
            case Report.Over(Falsifier now) ->
                throw Problem.of(
                                Code.IF_ERR_FALSIFIER_STATE,
                                "Falsifier " + id + " is " + now.state() + ", and was due " + now.dueAt() + ".")
                        .with("falsifier", id)
                        .with("falsifierState", now.state())
                        .with("dueAt", now.dueAt());
            case Report.Unknown _ -> throw unknownFalsifier(id);
        };
    }

    static Problem unknownFalsifier(String id) {
        return Problem.of(Code.IF_ERR_UNKNOWN_FALSIFIER, "There is no falsifier " + id + " in reach.")
                .with("falsifier", id);
    }

    static Problem pending(String id, String state) {
        return Problem.of(Code.IF_ERR_MEMO_PENDING, "The memo of decision " + id + " is not written yet.")
                .with("decision", id)
                .with("decisionState", state);
    }
}
