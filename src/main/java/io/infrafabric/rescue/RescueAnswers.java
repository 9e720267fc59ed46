package io.infrafabric.rescue;

import io.infrafabric.command.Idempotency;
import io.infrafabric.coordinator.published.Capabilities.TaskNeeds;
import io.infrafabric.coordinator.session.Match.Parts;
import io.infrafabric.door.answer.AnswerWriter;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.infrafabric.rescue.Blocker.State;
import io.infrafabric.rescue.Blocker.Verdict;
import io.infrafabric.rescue.BlockerTable.Message;
import io.infrafabric.rescue.BlockerTransaction.Answer;
import io.infrafabric.rescue.Ranking.Fit;
import io.infrafabric.rescue.Ranking.LeftOut;
import io.infrafabric.rescue.Ranking.Why;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

/** How blockers are shown to callers: as JSON with a status, or as a problem. */
@ApplicationScoped
class RescueAnswers {

    /** A blocker as callers see it; {@code messages} only for a single blocker. */
    public record BlockerView(
            String id,
            String swarm,
            String session,
            String taskId,
            String description,
            List<String> domains,
            List<String> tools,
            Severity severity,
            State state,
            List<RescuerView> rescuers,
            List<LeftOutView> leftOut,
            List<Message> messages,
            Instant raisedAt,
            Instant endedAt,
            String endedBy) {}

    /** An asked session, how well it fits and why, and what became of the request. Money is US dollars. */
    public record RescuerView(
            String session,
            double score,
            Parts parts,
            Ask.State state,
            Instant askedAt,
            Instant until,
            Instant answeredAt,
            String hold,
            BigDecimal held,
            BigDecimal cost,
            Boolean helped) {}

    /** A session that was not asked, and why; score and parts if they mattered. */
    public record LeftOutView(String session, Why reason, Double score, Parts parts) {}

    /** Which sessions would be asked, and which not. */
    public record MatchView(List<FitView> rescuers, List<FitView> others, List<LeftOutView> leftOut) {}

    /** A session that fits. */
    public record FitView(String session, double score, Parts parts, int load) {}

    private final AnswerWriter json;

    RescueAnswers(AnswerWriter json) {
        this.json = json;
    }

    Idempotency.Answer raised(Answer answer) {
        return answer instanceof Answer.Done(Blocker blocker) ? json.write(201, view(blocker, null)) : null;
    }

    Idempotency.Answer done(Answer answer) {
        return answer instanceof Answer.Done(Blocker blocker) ? json.write(200, view(blocker, null)) : null;
    }

    static BlockerView view(Blocker blocker, List<Message> messages) {
        return new BlockerView(
                blocker.id(),
                blocker.swarm(),
                blocker.session(),
                blocker.task(),
                blocker.description(),
                blocker.domains(),
                blocker.tools(),
                blocker.severity(),
                blocker.state(),
                blocker.asks().stream().map(RescueAnswers::view).toList(),
                blocker.leftOut().stream().map(RescueAnswers::view).toList(),
                messages,
                blocker.raisedAt(),
                blocker.endedAt(),
                blocker.endedBy());
    }

    private static RescuerView view(Ask ask) {
        return new RescuerView(
                ask.session(),
                ask.parts().score(),
                ask.parts(),
                ask.state(),
                ask.askedAt(),
                ask.until(),
                ask.answeredAt(),
                ask.hold(),
                ask.estimate(),
                ask.cost(),
                ask.helped());
    }

    static LeftOutView view(LeftOut left) {
        return new LeftOutView(
                left.session(),
                left.why(),
                left.parts() == null ? null : left.parts().score(),
                left.parts());
    }

    static FitView view(Fit fit) {
        return new FitView(
                fit.candidate().id(), fit.score(), fit.parts(), fit.candidate().load());
    }

    static Problem refusal(Answer answer) {
        return switch (answer) {
            case Answer.Done done -> throw new IllegalArgumentException("not a refusal: " + done);
            case Answer.Refused(Verdict why) -> refusal(why);
            case Answer.Unknown(String blocker) -> unknown(blocker);
            case Answer.UnknownSession(String session) ->
                Problem.of(Code.IF_ERR_UNKNOWN_SESSION, "Session " + session + " does not belong to the swarm.")
                        .with("session", session);
            case Answer.TooMany(int most) ->
                Problem.of(Code.IF_ERR_TOO_MANY_BLOCKERS, "The session has " + most + " open blockers.")
                        .with("max", most);
            case Answer.TooMuchSaid(int most) ->
                Problem.of(Code.IF_ERR_TOO_MANY_MESSAGES, "The blocker has " + most + " messages.")
                        .with("max", most);
            case Answer.Full(int most) ->
                Problem.of(Code.IF_ERR_SESSION_FULL, "The session holds and helps with " + most + " already.")
                        .with("maxConcurrentTasks", most);
            case Answer.Paused(String swarm, String reason) ->
                Problem.of(Code.IF_ERR_SWARM_PAUSED, "Swarm " + swarm + " is paused: " + reason)
                        .with("swarm", swarm)
                        .with("reason", reason);
            case Answer.Unpaid(var why) -> why.problem();
        };
    }

    /** Why what a human decided was not done. */
    static Problem refusal(BlockerRulingTransaction.Carried carried) {
        return switch (carried) {
            case BlockerRulingTransaction.Carried.Done done ->
                throw new IllegalArgumentException("not a refusal: " + done);
            case BlockerRulingTransaction.Carried.NotOffered _ ->
                Problem.badInput("option", RescueTransaction.ASSIGN + " or " + RescueTransaction.WITHDRAW);
        };
    }

    /** Refuses a named task that does not exist. */
    static void mustExist(String task, TaskNeeds needs) {
        if (task != null && needs == null) {
            throw Problem.unknownTask(task);
        }
    }

    static Problem unknown(String blocker) {
        return Problem.of(Code.IF_ERR_UNKNOWN_BLOCKER, "There is no blocker " + blocker + " in reach.")
                .with("blocker", blocker);
    }

    private static Problem refusal(Verdict why) {
        return switch (why) {
            case Verdict.Over(Blocker blocker) ->
                Problem.of(Code.IF_ERR_BLOCKER_OVER, "Blocker " + blocker.id() + " is " + blocker.state() + ".")
                        .with("blocker", blocker.id())
                        .with("state", blocker.state());
            case Verdict.NotAsked(Blocker blocker, Ask ask) ->
                Problem.of(
                                Code.IF_ERR_NOT_ASKED,
                                "The session has no part in blocker " + blocker.id() + " that allows this.")
                        .with("blocker", blocker.id())
                        .with("askState", ask == null ? null : ask.state());
            case Verdict.Done _, Verdict.Already _ -> throw new IllegalArgumentException("not a refusal: " + why);
        };
    }
}
