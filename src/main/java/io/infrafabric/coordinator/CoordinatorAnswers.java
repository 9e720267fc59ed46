package io.infrafabric.coordinator;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.infrafabric.budget.Purses;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Quota;
import io.infrafabric.coordinator.claim.Checking;
import io.infrafabric.coordinator.claim.Claiming;
import io.infrafabric.coordinator.claim.Ending;
import io.infrafabric.coordinator.claim.HandedIn;
import io.infrafabric.coordinator.session.Enrolment;
import io.infrafabric.coordinator.session.SessionTable.Held;
import io.infrafabric.coordinator.task.Checker;
import io.infrafabric.coordinator.task.Submission;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.transaction.Cascade;
import io.infrafabric.coordinator.transaction.OperateTransaction;
import io.infrafabric.door.answer.AnswerWriter;
import io.infrafabric.event.CoordinatorEvent.Reason;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Shows callers the answers of the rules, as JSON with a status or as a problem. */
@ApplicationScoped
@RegisterForReflection // no signature mentions its nested types
public class CoordinatorAnswers {

    /**
     * A granted claim, as the claimant sees it.
     *
     * @param fromSession set if it was in another session's queue
     * @param holding the claimant's other leases, as many as fit into an answer
     */
    @Schema(name = "ClaimedTask")
    public record Claimed(Task task, Lease lease, String hold, String fromSession, List<Held> holding) {
        /** Its lease. */
        public record Lease(long epoch, Instant expiresAt) {}
    }

    /** A task whose holder ended the claim. */
    @Schema(name = "EndedTask")
    public record Ended(@JsonUnwrapped Task task, Boolean costRecorded) {}

    /** A task that was cancelled together with what waited for it. */
    @Schema(name = "CancelledTask")
    public record Cancelled(@JsonUnwrapped Task task, Cascade cascade) {}

    /** The result of a batch submit. */
    @Schema(name = "SubmittedTasks")
    public record Submitted(List<Task> tasks) {}

    private final AnswerWriter json;
    private final CoordinatorConfig config;

    public CoordinatorAnswers(AnswerWriter json, CoordinatorConfig config) {
        this.json = json;
        this.config = config;
    }

    Idempotency.Answer toKeep(Submission.Answer answer) {
        return answer instanceof Submission.Answer.Accepted accepted
                ? rendered(
                        accepted.created() ? 201 : 200,
                        accepted.batch()
                                ? new Submitted(accepted.tasks())
                                : accepted.tasks().getFirst())
                : null;
    }

    Idempotency.Answer toKeep(Claiming.Answer answer) {
        return claimed(201, answer);
    }

    /** The answer to a granted claim, with this status; {@code null} for any other answer. */
    public Idempotency.Answer claimed(int status, Claiming.Answer answer) {
        if (answer instanceof Claiming.Answer.Stolen stolen) {
            return claimed(status, stolen.task(), stolen.hold(), stolen.fromSession(), stolen.holding());
        }
        return answer instanceof Claiming.Answer.Granted granted
                ? claimed(status, granted.task(), granted.hold(), null, granted.holding())
                : null;
    }

    private Idempotency.Answer claimed(int status, Task task, String hold, String from, List<Held> holding) {
        Claimed.Lease lease = new Claimed.Lease(task.epoch(), task.leaseExpiresAt());
        return rendered(status, new Claimed(task, lease, hold, from, some(holding)));
    }

    private List<Held> some(List<Held> holding) {
        return holding.subList(0, Math.min(holding.size(), config.maxHolding()));
    }

    Idempotency.Answer toKeep(Ending.Answer answer) {
        return answer instanceof Ending.Answer.Ended(Task task, Boolean costRecorded)
                ? rendered(200, new Ended(task, costRecorded))
                : null;
    }

    /** The answer to a call that waits no longer for a checker; {@code null} for any other. It is not kept. */
    Idempotency.Answer pending(Ending.Answer answer) {
        return answer instanceof Ending.Answer.Checked(Task task, Boolean costRecorded)
                ? rendered(202, new Ended(task, costRecorded))
                : null;
    }

    Idempotency.Answer toKeep(OperateTransaction.Outcome outcome) {
        return outcome instanceof OperateTransaction.Outcome.Done(Task task, Cascade cascade)
                ? rendered(200, cascade == null ? task : new Cancelled(task, cascade))
                : null;
    }

    /** The JSON of an answer with this status. */
    public Idempotency.Answer rendered(int status, Object body) {
        return json.write(status, body);
    }

    public static Problem refusal(Submission.Answer answer) {
        return switch (answer) {
            case Submission.Answer.Accepted accepted ->
                throw new IllegalArgumentException("not a refusal: " + accepted);
            case Submission.Answer.UnknownSwarm(String swarm) -> unknownSwarm(swarm);
            case Submission.Answer.Exists(String task) ->
                Problem.of(Code.IF_ERR_TASK_EXISTS, "Task " + task + " exists with another body.")
                        .with("task", task);
            case Submission.Answer.Taken(String task) ->
                Problem.of(Code.IF_ERR_TASK_EXISTS, "The id " + task + " is taken.")
                        .with("task", task);
            case Submission.Answer.OverQuota(Quota.Exceeded exceeded) -> exceeded.problem();
            case Submission.Answer.Twice(String task) ->
                Problem.badInput("tasks", "each id once; " + task + " stands there twice");
            case Submission.Answer.UnknownDependency(String task, String dependency) ->
                Problem.of(
                                Code.IF_ERR_UNKNOWN_DEPENDENCY,
                                "Task " + task + " depends on " + dependency
                                        + ", which is neither a task of its swarm nor in this call.")
                        .with("field", "dependsOn")
                        .with("task", task)
                        .with("dependency", dependency);
            case Submission.Answer.UnknownBasis(String task, String claim) ->
                Problem.of(
                                Code.IF_ERR_UNKNOWN_BASIS,
                                "Task " + task + " rests on " + claim + ", which is no claim of its swarm.")
                        .with("field", "basis")
                        .with("task", task)
                        .with("claim", claim);
            case Submission.Answer.Cycle(List<String> tasks) -> cycle(tasks);
            case Submission.Answer.UnknownModule(String task, Checker check) ->
                Problem.of(
                                Code.IF_ERR_UNKNOWN_MODULE,
                                "Task " + task + " is to be checked by " + check.module()
                                        + (check.sha256() == null ? "" : " in the version " + check.sha256())
                                        + ", which does not exist.")
                        .with("field", "check")
                        .with("task", task)
                        .with("module", check.module());
            case Submission.Answer.AssigneeLacks(String task, String assignee, List<String> missing) ->
                requirementMissing(task, missing).with("field", "assignee").with("session", assignee);
            case Submission.Answer.Expired(String task, Instant expiresAt) ->
                Problem.badInput("expiresAt", "a time that is still to come; " + expiresAt + " is over")
                        .with("task", task);
            case Submission.Answer.UnknownAssignee(String task, String assignee) ->
                Problem.of(
                                Code.IF_ERR_UNKNOWN_ASSIGNEE,
                                "Task " + task + " is assigned to " + assignee + ", which is no session of its swarm.")
                        .with("field", "assignee")
                        .with("task", task)
                        .with("session", assignee);
        };
    }

    /** The session that is to have a task lacks these of the names that the task requires. */
    public static Problem requirementMissing(String task, List<String> missing) {
        return Problem.of(
                        Code.IF_ERR_REQUIREMENT_MISSING,
                        "Task " + task + " requires " + String.join(", ", missing) + ", which the session lacks.")
                .with("task", task)
                .with("missing", missing);
    }

    static Problem cycle(List<String> tasks) {
        return Problem.of(
                        Code.IF_ERR_CYCLIC_DEPENDENCY,
                        "These tasks would wait for each other: " + String.join(" -> ", tasks) + " -> "
                                + tasks.getFirst() + ".")
                .with("field", "dependsOn")
                .with("cycle", tasks);
    }

    /** The problem that says why nothing was granted. */
    public Problem refusal(Claiming.Answer answer) {
        return switch (answer) {
            case Claiming.Answer.Granted granted -> throw new IllegalArgumentException("not a refusal: " + granted);
            case Claiming.Answer.Stolen stolen -> throw new IllegalArgumentException("not a refusal: " + stolen);
            case Claiming.Answer.Nothing nothing -> throw new IllegalArgumentException("not a refusal: " + nothing);
            case Claiming.Answer.Full(int max, List<Held> holding) ->
                Problem.of(Code.IF_ERR_SESSION_FULL, "The session holds " + max + " leases, which is its maximum.")
                        .with("maxConcurrentTasks", max)
                        .with("holding", some(holding));
            case Claiming.Answer.Paused(String swarm, String reason) ->
                Problem.of(Code.IF_ERR_SWARM_PAUSED, "Swarm " + swarm + " is paused: " + reason)
                        .with("swarm", swarm)
                        .with("reason", reason)
                        .after(config.pausedRetryAfter());
            case Claiming.Answer.Unpaid(Purses.Verdict.Refused why) -> why.problem();
            case Claiming.Answer.AlreadyClaimed(String task, String holder, Instant until) ->
                Problem.of(Code.IF_ERR_TASK_ALREADY_CLAIMED, "Task " + task + " is held by " + holder + ".")
                        .with("task", task)
                        .with("holder", holder)
                        .with("leaseExpiresAt", until);
            case Claiming.Answer.GivenUp(Task task) ->
                Problem.of(
                                Code.IF_ERR_TASK_NOT_CLAIMABLE,
                                "Task " + task.id() + " is given up: "
                                        + task.progress().last().error())
                        .with("task", task.id())
                        .with("taskState", task.state());
            case Claiming.Answer.NotClaimable(String task, Task.State state, Instant notBefore) ->
                Problem.of(Code.IF_ERR_TASK_NOT_CLAIMABLE, "Task " + task + " is " + state + ".")
                        .with("task", task)
                        .with("taskState", state)
                        .with("notBefore", state == Task.State.QUEUED ? notBefore : null);
            case Claiming.Answer.AssignedToOther(String task, String assignee) ->
                Problem.of(Code.IF_ERR_ASSIGNED_TO_OTHER, "Task " + task + " is for " + assignee + " alone.")
                        .with("task", task)
                        .with("assignee", assignee);
            case Claiming.Answer.RequirementMissing(String task, List<String> missing) ->
                Problem.of(
                                Code.IF_ERR_REQUIREMENT_MISSING,
                                "Task " + task + " requires " + String.join(", ", missing)
                                        + ", which the session does not have.")
                        .with("task", task)
                        .with("missing", missing);
            case Claiming.Answer.KeyFull(String task, String key) ->
                Problem.of(
                                Code.IF_ERR_TASK_NOT_CLAIMABLE,
                                "As many tasks with the concurrency key " + key + " are held as may be.")
                        .with("task", task)
                        .with("key", key);
            case Claiming.Answer.ScoreTooLow(String task, double score) ->
                Problem.of(Code.IF_ERR_TASK_NOT_CLAIMABLE, "Task " + task + " fits the session with " + score + ".")
                        .with("task", task)
                        .with("score", score);
            case Claiming.Answer.UnknownTask(String task) -> Problem.unknownTask(task);
            case Claiming.Answer.UnknownSession(String session) -> Problem.unknownSession(session);
            case Claiming.Answer.Left(String session) ->
                Problem.of(Code.IF_ERR_SESSION_LEFT, "Session " + session + " has left its swarm.")
                        .with("session", session);
        };
    }

    public static Problem refusal(Ending.Answer answer, String task, String session) {
        return switch (answer) {
            case Ending.Answer.Ended ended -> throw new IllegalArgumentException("not a refusal: " + ended);
            case Ending.Answer.Checked checked -> throw new IllegalArgumentException("not a refusal: " + checked);
            case Ending.Answer.Refused(HandedIn result, Boolean costRecorded) ->
                Problem.of(
                                Code.IF_ERR_CHECK_REFUSED,
                                "The checker of task " + task + " does not accept the result"
                                        + (result.said() == null ? "." : ": " + result.said()))
                        .with("task", task)
                        .with("said", result.said())
                        .with("refusals", result.refusals())
                        .with("left", Math.max(0, Checking.LAST_REFUSAL - result.refusals()))
                        .with("costRecorded", costRecorded);
            case Ending.Answer.Busy _ ->
                Problem.of(Code.IF_ERR_CHECK_PENDING, "Another result of task " + task + " is being checked.")
                        .with("task", task);
            case Ending.Answer.UnknownTask ignored -> Problem.unknownTask(task);
            case Ending.Answer.NotHolder ignored ->
                Problem.of(Code.IF_ERR_FORBIDDEN, "Task " + task + " is held by another session than " + session + ".")
                        .with("task", task);
            case Ending.Answer.Stale(
                    Reason reason,
                    long currentEpoch,
                    Task.State state,
                    Boolean costRecorded,
                    String source) ->
                Problem.of(
                                Code.IF_ERR_STALE_EPOCH,
                                "The lease of task " + task + " has ended: " + ended(reason, state)
                                        + (source == null ? "" : " It was " + source + "."))
                        .with("task", task)
                        .with("reason", reason)
                        .with("currentEpoch", currentEpoch)
                        .with("taskState", state)
                        .with("source", source)
                        .with("costRecorded", costRecorded);
        };
    }

    private static String ended(Reason reason, Task.State state) {
        return reason == null ? "this epoch is over, and the task is " + state + "." : reason + ".";
    }

    public static Problem refusal(OperateTransaction.Outcome outcome) {
        return switch (outcome) {
            case OperateTransaction.Outcome.Done done -> throw new IllegalArgumentException("not a refusal: " + done);
            case OperateTransaction.Outcome.UnknownTask(String task) -> Problem.unknownTask(task);
            case OperateTransaction.Outcome.NotWhile(Task task, String why) ->
                Problem.of(Code.IF_ERR_TASK_STATE, "Task " + task.id() + " is " + task.state() + "; " + why)
                        .with("task", task.id())
                        .with("taskState", task.state());
            case OperateTransaction.Outcome.TooMany(int most) ->
                Problem.badInput("cascade", "at most " + most + " tasks to be cancelled by one call");
            case OperateTransaction.Outcome.NotSo(Submission.Answer why) -> refusal(why);
        };
    }

    public static Problem refusal(Enrolment enrolment, Enrolment.Decision refused) {
        return switch (refused) {
            case Enrolment.Decision.Enrol enrol -> throw new IllegalArgumentException("not a refusal: " + enrol);
            case Enrolment.Decision.OperatorsOnly(String field) ->
                Problem.of(Code.IF_ERR_FORBIDDEN, "Only an operator may set " + field + " of a session.")
                        .with("field", field);
            case Enrolment.Decision.ElsewhereLive(String swarm) ->
                Problem.badInput(
                        "swarm",
                        swarm + ", the swarm of session " + enrolment.id() + " until it leaves (DELETE it first)");
            case Enrolment.Decision.SwarmMissing ignored -> Problem.badInput("swarm", "the swarm of the new session");
        };
    }

    static Problem unknownSwarm(String swarm) {
        return Problem.of(Code.IF_ERR_UNKNOWN_SWARM, "There is no swarm " + swarm + ".")
                .with("swarm", swarm);
    }
}
