package io.infrafabric.coordinator.bulk;

import io.infrafabric.bus.Due;
import io.infrafabric.bus.Work;
import io.infrafabric.command.AuditTrail;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Deed;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.CoordinatorAnswers;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.bulk.Bulk.State;
import io.infrafabric.coordinator.bulk.BulkTable.Came;
import io.infrafabric.coordinator.bulk.BulkTable.Cascaded;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.task.StrandedTable;
import io.infrafabric.coordinator.transaction.OperateTogetherTransaction;
import io.infrafabric.coordinator.transaction.OperateTogetherTransaction.Together;
import io.infrafabric.coordinator.transaction.OperateTogetherTransaction.Wishes;
import io.infrafabric.coordinator.transaction.Operation;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Starts orders for many tasks, carries them out batch by batch, and stops them. */
@ApplicationScoped
public class BulkTransaction {
    /** The kind of what comes due: the order, a slash, and the number of the batch whose turn it is. */
    public static final String DUE = "bulk:";

    private final Commands commands;
    private final OperateTogetherTransaction operations;
    private final SessionTable sessions;
    private final CoordinatorAnswers answers;
    private final AuditTrail trail;
    private final CoordinatorConfig config;

    BulkTransaction(
            Commands commands,
            OperateTogetherTransaction operations,
            SessionTable sessions,
            CoordinatorAnswers answers,
            AuditTrail trail,
            CoordinatorConfig config) {
        this.commands = commands;
        this.operations = operations;
        this.sessions = sessions;
        this.answers = answers;
        this.trail = trail;
        this.config = config;
    }

    /** What an order came to. */
    public sealed interface Started {
        /** It runs, or was done at once because nothing matched. */
        record Accepted(Bulk bulk) implements Started {}

        /** More tasks match than one order may be for. */
        record TooMany(int most) implements Started {}

        /** No task could be assigned to this session. */
        record NotAssignable(String assignee) implements Started {}
    }

    /** Writes down which tasks match, and calls for the first batch. */
    public Uni<Reply<Started>> start(BulkOrder order, Keep<Started> keep) {
        return commands.alone(
                keep,
                work -> mayAssign(work, order)
                        .chain(may -> may
                                ? start(work, order)
                                : Uni.createFrom().item(new Started.NotAssignable(order.assignee())))
                        .invoke(started -> {
                            if (!(started instanceof Started.Accepted)) {
                                work.nothingWritten();
                            }
                        }));
    }

    /** Whether the assignee, if there is one, may have tasks at all; each batch asks again for each task. */
    private Uni<Boolean> mayAssign(Work work, BulkOrder order) {
        if (order.assignee() == null) {
            return Uni.createFrom().item(true);
        }
        String swarm = order.filter().swarm();
        return sessions.find(work.connection(), order.assignee())
                .map(session -> session != null
                        && session.state() != Session.State.LEFT
                        && (swarm == null || swarm.equals(session.swarm())));
    }

    private Uni<Started> start(Work work, BulkOrder order) {
        String id = UUID.randomUUID().toString();
        return BulkTable.start(work, id, order, config.bulkBatch(), config.maxBulk() + 1)
                .chain(bulk -> bulk.matched() > config.maxBulk()
                        ? Uni.createFrom().item(new Started.TooMany(config.maxBulk()))
                        : goOn(work, bulk).replaceWith(new Started.Accepted(bulk)));
    }

    /**
     * Has what waits for a task cancelled, besides tasks that the transaction under way cancels. {@link #goOn} begins it.
     *
     * @param cut whether as many as may be are cancelled if more wait; otherwise that is refused
     * @return {@code null} if that is refused, and then nothing was written
     */
    public Uni<Bulk> cascade(Work work, Operation command, String swarm, List<String> besides, boolean cut) {
        Cascaded of = new Cascaded(command.task(), swarm, besides, config.maxCascade(), cut);
        String id = UUID.randomUUID().toString();
        return BulkTable.start(work, id, of, command.reason(), command.by(), config.bulkBatch());
    }

    /** Calls for the batch whose turn it is, or says in the audit log that the order has ended. */
    public Uni<Void> goOn(Work work, Bulk bulk) {
        if (bulk.state() == State.RUNNING) {
            Due.now(work, "coordinator", DUE + bulk.id() + "/" + bulk.turn().next());
            return Uni.createFrom().voidItem();
        }
        return tellEnd(work, bulk).chain(() -> settle(work, bulk));
    }

    /** Nobody is asked about tasks that a cascade is about to cancel, so that is made up for at its end. */
    private Uni<Void> settle(Work work, Bulk bulk) {
        return bulk.isCascade()
                ? StrandedTable.settle(work, bulk.filter().waitsFor(), bulk.startedAt(), config.maxCascade())
                : Uni.createFrom().voidItem();
    }

    private Uni<Void> tellEnd(Work work, Bulk bulk) {
        Caller by = Caller.operator(bulk.startedBy(), bulk.filter().swarm());
        Deed end = new Deed(by, "END", "/coordinator/tasks/bulk/" + bulk.id(), Map.of("reason", bulk.reason()));
        return trail.write(
                work.connection(),
                List.of(new AuditTrail.Line(
                        end, null, answers.rendered(200, bulk).body())));
    }

    /** Carries out a batch if it is its turn, in a transaction that is about nothing else. */
    public Uni<Void> carryOn(Work work, String turn) {
        int slash = turn.lastIndexOf('/');
        int n = Integer.parseInt(turn.substring(slash + 1));
        return BulkTable.lock(work, turn.substring(0, slash))
                .take()
                .chain(bulk ->
                        bulk == null || !bulk.isTurnOf(n) ? Uni.createFrom().voidItem() : carryOut(work, bulk));
    }

    private Uni<Void> carryOut(Work work, Bulk bulk) {
        return BulkTable.take(work, bulk.id(), bulk.turn().next())
                .chain(tasks -> operations
                        .operate(work, tasks, new Wishes(bulk.assignee(), bulk.order()::on, !bulk.isCascade()))
                        .map(together -> came(tasks, together)))
                .chain(came -> BulkTable.advance(work, bulk, came, config.maxBulkRefusals()))
                .chain(next -> goOn(work, next));
    }

    private static Came came(List<String> tasks, Together together) {
        List<Bulk.Refusal> refused = together.refused().entrySet().stream()
                .map(each -> {
                    Problem why = CoordinatorAnswers.refusal(each.getValue());
                    return new Bulk.Refusal(each.getKey(), why.code().name(), why.getMessage());
                })
                .toList();
        int others = tasks.size()
                - together.done()
                - refused.size()
                - together.cameBetween().size();
        return new Came(together.done(), others, refused, together.cameBetween());
    }

    /** Ends an order after the batch under way; {@code null} if there is none, and as it is if it has ended. */
    public Uni<Reply<Bulk>> stop(String id, Bulk.Stopped by, Keep<Bulk> keep) {
        return commands.alone(
                keep,
                work -> BulkTable.lock(work, id)
                        .take()
                        .chain(bulk -> bulk == null || bulk.state() != State.RUNNING
                                ? Uni.createFrom().item(bulk)
                                : BulkTable.stop(work, bulk, by).call(stopped -> settle(work, stopped))));
    }
}
