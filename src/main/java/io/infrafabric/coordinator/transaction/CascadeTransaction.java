package io.infrafabric.coordinator.transaction;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.RunAgain;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.bulk.BulkTransaction;
import io.infrafabric.coordinator.task.DependencyTable;
import io.infrafabric.coordinator.task.NewTaskTable;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.coordinator.task.TaskTable;
import io.infrafabric.coordinator.transaction.OperateTogetherTransaction.Together;
import io.infrafabric.coordinator.transaction.OperateTogetherTransaction.Wishes;
import io.infrafabric.coordinator.transaction.OperateTransaction.Outcome;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Cancels all that waits for a task, directly or not. What fits into one batch is cancelled in the transaction of the
 * command. If more wait, that transaction cancels the first batch and leaves an order for the others
 * ({@link BulkTransaction}), which are known by then: who begins to wait afterwards is not cancelled, and a human is
 * asked about them at the end. What waits no more when its turn comes is left as it is.
 */
@ApplicationScoped
public class CascadeTransaction {
    private final OperateTogetherTransaction together;
    private final BulkTransaction bulks;
    private final TaskTable tasks;
    private final CoordinatorConfig config;

    CascadeTransaction(
            OperateTogetherTransaction together, BulkTransaction bulks, TaskTable tasks, CoordinatorConfig config) {
        this.together = together;
        this.bulks = bulks;
        this.tasks = tasks;
        this.config = config;
    }

    /** Carries out a {@link Operation.Cancel} with its cascade, or a {@link Operation.GiveUp}. */
    Uni<Outcome> operate(Work work, Operation command) {
        return work.inOrder(
                        NewTaskTable.existing(work.connection(), Set.of(command.task())), Rows.now(work.connection()))
                .with((found, now) -> operate(work, command, found.get(command.task()), now))
                .flatMap(operated -> operated);
    }

    private Uni<Outcome> operate(Work work, Operation command, Task task, Instant now) {
        if (task == null) {
            return Uni.createFrom().item(new Outcome.UnknownTask(command.task()));
        }
        Outcome refusal = command.refusal(task, now);
        return refusal != null ? Uni.createFrom().item(refusal) : find(work, command, task.swarm());
    }

    /** Nothing is locked yet, because many may wait and to find them takes its time. */
    private Uni<Outcome> find(Work work, Operation command, String swarm) {
        int batch = Math.min(config.bulkBatch(), config.maxCascade());
        return DependencyTable.dependants(work, command.task(), batch)
                .chain(found -> found.size() <= batch
                        ? cancel(work, command, found, true).chain(done -> done(work, command, done, 0, null))
                        : inBatches(work, command, swarm, found.subList(0, batch)));
    }

    private Uni<Outcome> inBatches(Work work, Operation command, String swarm, List<String> first) {
        // A cancel that reaches too far is refused: the operator can choose another task. A human who gives up cannot,
        // and
        // is asked about the rest at the end.
        boolean cut = command instanceof Operation.GiveUp;
        return bulks.cascade(work, command, swarm, first, cut)
                .chain(order -> order == null
                        ? Uni.createFrom().item(new Outcome.TooMany(config.maxCascade()))
                        : cancel(work, command, first, false)
                                .chain(done -> bulks.goOn(work, order)
                                        .chain(() -> done(work, command, done, order.matched(), order.id()))));
    }

    private Uni<Outcome> done(Work work, Operation command, int cancelled, int following, String bulk) {
        return tasks.show(work.connection(), command.task())
                .map(task -> new Outcome.Done(task, new Cascade(cancelled, following, bulk)));
    }

    /** How many were cancelled. */
    private Uni<Integer> cancel(Work work, Operation command, List<String> ids, boolean settles) {
        Function<Task, Operation> wish =
                task -> task.id().equals(command.task()) ? onItself(command, task) : onDependant(command, task);
        return together.operate(work, ids, new Wishes(null, wish, settles))
                .invoke(CascadeTransaction::mustBeAll)
                .map(Together::done);
    }

    private static Operation onItself(Operation command, Task task) {
        return switch (command) {
            case Operation.Cancel cancel -> cancel;
            case Operation.GiveUp _ when task.state().isHopeless() -> null;
            case Operation.GiveUp _ -> throw new RunAgain("task " + task.id() + " was brought back");
            case Operation.Retry _, Operation.TakeBack _, Operation.Patch _ ->
                throw new IllegalArgumentException("no cascade: " + command);
        };
    }

    private static Operation onDependant(Operation command, Task task) {
        return task.state() == State.WAITING
                ? new Operation.Cancel(task.id(), command.by(), command.reason(), false)
                : null;
    }

    /** It was allowed a moment ago, and its holder was known. */
    private static void mustBeAll(Together done) {
        if (!done.refused().isEmpty() || !done.cameBetween().isEmpty()) {
            throw new RunAgain("tasks changed: " + done.refused().keySet() + done.cameBetween());
        }
    }
}
