package io.infrafabric.coordinator.published;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Canonical;
import io.infrafabric.coordinator.CoordinatorAnswers;
import io.infrafabric.coordinator.CoordinatorBodies.TaskBody;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.claim.SourceEnding;
import io.infrafabric.coordinator.task.Description;
import io.infrafabric.coordinator.task.NewTaskTable;
import io.infrafabric.coordinator.task.Submission;
import io.infrafabric.coordinator.task.Submission.NewTask;
import io.infrafabric.coordinator.task.Submission.Submit;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.TaskTable;
import io.infrafabric.coordinator.transaction.OperateTransaction;
import io.infrafabric.coordinator.transaction.OperateTransaction.Outcome;
import io.infrafabric.coordinator.transaction.Operation;
import io.infrafabric.coordinator.transaction.SourceTransaction;
import io.infrafabric.coordinator.transaction.SubmitTransaction;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a source outside may do with tasks, in a transaction of the gateway. It reaches the tasks of its swarm that it submitted, or
 * that name it in {@code completedBy}, and no others.
 */
@ApplicationScoped
public class SourceTasks {

    /** What became of a command. */
    public sealed interface Effect {
        /** It was carried out. */
        record Done(String what) implements Effect {}

        /** Nothing was to be done, or to be done by this source, and nothing was written. */
        record Nothing(String why) implements Effect {}

        /** It is wrong, and nothing was written. */
        record Refused(String why) implements Effect {}
    }

    /** A task that a source asks for; {@code null} for what it does not say. */
    public record Wish(
            String id,
            String title,
            List<String> domains,
            Map<String, String> labels,
            String priority,
            JsonNode payload,
            boolean completable) {
        private TaskBody body(String source, String swarm) {
            return new TaskBody(
                    id,
                    swarm,
                    title,
                    domains,
                    null,
                    priority,
                    null,
                    null,
                    null,
                    null,
                    payload,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    labels,
                    null,
                    completable ? source : null);
        }

        private Description description() {
            return new Description(title, domains, null);
        }
    }

    private final SubmitTransaction submits;
    private final OperateTransaction operations;
    private final SourceTransaction endings;
    private final TaskTable tasks;
    private final Canonical canonical;
    private final CoordinatorConfig config;

    SourceTasks(
            SubmitTransaction submits,
            OperateTransaction operations,
            SourceTransaction endings,
            TaskTable tasks,
            ObjectMapper json,
            CoordinatorConfig config) {
        this.submits = submits;
        this.operations = operations;
        this.endings = endings;
        this.tasks = tasks;
        this.canonical = new Canonical(json);
        this.config = config;
    }

    /** Whether this swarm exists, so that tasks may be submitted to it. */
    public Uni<Boolean> hasSwarm(SqlClient client, String swarm) {
        return NewTaskTable.swarms(client, Set.of(swarm)).map(found -> !found.isEmpty());
    }

    /** Submits a task. One that is there gets its title and domains instead, while nobody holds it. */
    public Uni<Effect> submit(Work work, String source, String swarm, Wish wish) {
        NewTask task;
        try {
            TaskBody body = wish.body(source, swarm);
            task = body.check("", null, canonical.hash(body), null, config);
        } catch (Problem bad) {
            return effect(new Effect.Refused(bad.getMessage()));
        }
        return submits.submit(work, new Submit(SourceEnding.by(source), List.of(task), false))
                .chain(answer -> switch (answer) {
                    case Submission.Answer.Accepted(List<Task> _, boolean created, boolean _) ->
                        effect(
                                created
                                        ? new Effect.Done("Task " + wish.id() + " was submitted.")
                                        : new Effect.Nothing("Task " + wish.id() + " is there, just like this."));
                    case Submission.Answer.Exists _ -> update(work, source, swarm, wish);
                    case Submission.Answer other ->
                        effect(new Effect.Refused(
                                CoordinatorAnswers.refusal(other).getMessage()));
                });
    }

    private Uni<Effect> update(Work work, String source, String swarm, Wish wish) {
        return operate(
                work,
                source,
                swarm,
                new Operation.Patch(
                        wish.id(), SourceEnding.by(source), null, null, null, null, null, wish.description()),
                "was brought up to date");
    }

    /** Completes or fails a claim. */
    public Uni<Effect> end(Work work, SourceEnding ending) {
        return endings.end(work, ending).map(decision -> switch (decision) {
            case SourceEnding.Decision.Ends ends ->
                new Effect.Done("Task " + ending.task() + " is "
                        + ends.change().after().state() + ", and its claim of epoch "
                        + ends.change().before().epoch() + " ended.");
            case SourceEnding.Decision.Not(String why) -> new Effect.Nothing(why);
        });
    }

    /** Whether somebody holds this task of the swarm, and it names the source in {@code completedBy}. */
    public Uni<Boolean> mayComplete(Work work, String source, String swarm, String task) {
        return tasks.show(work.connection(), task)
                .map(found -> found != null
                        && found.swarm().equals(swarm)
                        && found.state().isHeld()
                        && source.equals(found.specification().limits().completedBy()));
    }

    /** Cancels a task. */
    public Uni<Effect> cancel(Work work, String source, String swarm, String task, String reason) {
        return operate(
                work,
                source,
                swarm,
                new Operation.Cancel(task, SourceEnding.by(source), reason, false),
                "was cancelled");
    }

    /** Brings a dead or cancelled task back. */
    public Uni<Effect> retry(Work work, String source, String swarm, String task, String reason) {
        return operate(
                work, source, swarm, new Operation.Retry(task, SourceEnding.by(source), reason), "was brought back");
    }

    private Uni<Effect> operate(Work work, String source, String swarm, Operation operation, String done) {
        String id = operation.task();
        return tasks.show(work.connection(), id).chain(task -> {
            if (task == null || !task.swarm().equals(swarm)) {
                return effect(new Effect.Nothing("There is no task " + id + " in swarm " + swarm + "."));
            }
            if (!SourceEnding.by(source).equals(task.origin().submittedBy())
                    && !source.equals(task.specification().limits().completedBy())) {
                return effect(new Effect.Nothing("Task " + id + " is none of this source."));
            }
            return operations.operate(work, operation).map(outcome -> switch (outcome) {
                case Outcome.Done _ -> new Effect.Done("Task " + id + " " + done + ".");
                case Outcome.UnknownTask _, Outcome.NotWhile _ ->
                    new Effect.Nothing(CoordinatorAnswers.refusal(outcome).getMessage());
                case Outcome.TooMany _, Outcome.NotSo _ ->
                    new Effect.Refused(CoordinatorAnswers.refusal(outcome).getMessage());
            });
        });
    }

    private static Uni<Effect> effect(Effect effect) {
        return Uni.createFrom().item(effect);
    }
}
