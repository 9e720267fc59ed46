package io.infrafabric.escalation;

import io.infrafabric.command.Idempotency;
import io.infrafabric.door.answer.AnswerWriter;
import io.infrafabric.escalation.DeliveryTransaction.Replay;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import jakarta.enterprise.context.ApplicationScoped;

/** Shows callers the answers of the rules, as JSON or as a problem. */
@ApplicationScoped
public class EscalationAnswers {
    private final AnswerWriter json;

    public EscalationAnswers(AnswerWriter json) {
        this.json = json;
    }

    /** Keeps only changes under the key: a repetition without a change has the same answer anyway. */
    Idempotency.Answer toKeep(Case.Answer answer) {
        return answer instanceof Case.Answer.Changed(Case now) ? rendered(now) : null;
    }

    Idempotency.Answer toKeep(Replay answer) {
        return answer instanceof Replay.Replayed(WebhookDelivery now) ? rendered(now) : null;
    }

    Idempotency.Answer shown(Case.Answer answer) {
        return switch (answer) {
            case Case.Answer.Changed(Case now) -> rendered(now);
            case Case.Answer.Same(Case now) -> rendered(now);
            case Case.Answer.Decided(Case now) ->
                throw Problem.of(
                                Code.IF_ERR_CASE_RESOLVED,
                                "Case " + now.id() + " was resolved with "
                                        + now.ruling().option() + " by "
                                        + now.ruling().resolvedBy() + ".")
                        .with("case", now.id())
                        .with("option", now.ruling().option())
                        .with("parameters", now.ruling().parameters())
                        .with("resolvedBy", now.ruling().resolvedBy())
                        .with("resolvedAt", now.ruling().resolvedAt());
            case Case.Answer.Withdrawn(Case now) ->
                throw Problem.of(
                                Code.IF_ERR_CASE_WITHDRAWN,
                                "Case " + now.id() + " needs no decision any more: "
                                        + now.withdrawal().withdrawnBecause())
                        .with("case", now.id())
                        .with("withdrawnBecause", now.withdrawal().withdrawnBecause())
                        .with("withdrawnAt", now.withdrawal().withdrawnAt());
            case Case.Answer.NotOffered(Case now, String option) ->
                throw Problem.of(
                                Code.IF_ERR_OPTION_NOT_OFFERED,
                                "Case " + now.id() + " does not offer " + option + ", but "
                                        + String.join(", ", now.wording().options()) + ".")
                        .with("field", "option")
                        .with("options", now.wording().options());
            case Case.Answer.Unknown(String id) -> throw unknownCase(id);
        };
    }

    /** Keeps what was asked, new or not. */
    Idempotency.Answer toKeep(SessionQuestion.Outcome outcome) {
        return switch (outcome) {
            case SessionQuestion.Outcome.Opened(Case now) -> json.write(201, now);
            case SessionQuestion.Outcome.Same(Case now) -> rendered(now);
            case SessionQuestion.Outcome.TooMany _, SessionQuestion.Outcome.OutOfTime _ -> null;
        };
    }

    Idempotency.Answer shown(SessionQuestion.Outcome outcome) {
        return switch (outcome) {
            case SessionQuestion.Outcome.Opened _, SessionQuestion.Outcome.Same _ -> toKeep(outcome);
            case SessionQuestion.Outcome.TooMany(int most) ->
                throw Problem.of(
                                Code.IF_ERR_TOO_MANY_QUESTIONS,
                                "The session has " + most + " open questions, which is the most.")
                        .with("limit", most);
            case SessionQuestion.Outcome.OutOfTime(java.time.Duration longest) ->
                throw Problem.badInput("deadline", "a time from now on, at most " + longest + " ahead");
        };
    }

    Idempotency.Answer shown(Replay answer, String id) {
        return switch (answer) {
            case Replay.Replayed(WebhookDelivery now) -> rendered(now);
            case Replay.Refused(WebhookDelivery now, boolean enabled) ->
                throw Problem.of(
                                Code.IF_ERR_DELIVERY_STATE,
                                "WebhookDelivery " + id + " is " + now.state()
                                        + (enabled ? "." : ", and its webhook is disabled."))
                        .with("deliveryState", now.state())
                        .with("enabled", enabled);
            case Replay.Unknown _ ->
                throw Problem.of(Code.IF_ERR_UNKNOWN_DELIVERY, "There is no delivery " + id + " of this webhook.")
                        .with("delivery", id);
        };
    }

    static Problem unknownCase(String id) {
        return Problem.of(Code.IF_ERR_UNKNOWN_CASE, "There is no case " + id + " in reach.")
                .with("case", id);
    }

    static Problem unknownWebhook(String name) {
        return Problem.of(Code.IF_ERR_UNKNOWN_WEBHOOK, "There is no webhook " + name + " in reach.")
                .with("webhook", name);
    }

    private Idempotency.Answer rendered(Object body) {
        return json.write(200, body);
    }
}
