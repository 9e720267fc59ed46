package io.infrafabric.stealing;

import io.infrafabric.bus.GroupCommit;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Asked;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.claim.Claiming.Answer;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.published.Backlog;
import io.infrafabric.coordinator.published.Handovers;
import io.infrafabric.coordinator.published.Handovers.View;
import io.infrafabric.coordinator.published.OtherQueues;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionInbox.Notice;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.event.StealingEvent.TaskStolen;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Takes tasks from busy sessions for idle ones. A look without locks finds the queue; then one transaction locks it,
 * counts it, and decides again by the same rule ({@link Choice}).
 */
@ApplicationScoped
class StealTransaction implements OtherQueues {

    /** The claim was refused after its task had been moved: roll everything back. */
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Answer answer;

        Refused(Answer answer) {
            super(answer.toString(), null, false, false);
            this.answer = answer;
        }
    }

    private static final Answer NOTHING = new Answer.Nothing(false);
    private static final Answer RACED = new Answer.Nothing(true);

    private final Transactions transactions;
    private final Pool pool;
    private final Commands commands;
    private final Handovers handovers;
    private final SessionInbox inboxes;
    private final StealingConfig config;
    private final GroupCommit<String, Optional<View>> looks;

    StealTransaction(
            Transactions transactions,
            Pool pool,
            Commands commands,
            Handovers handovers,
            SessionInbox inboxes,
            StealingConfig config) {
        this.transactions = transactions;
        this.pool = pool;
        this.commands = commands;
        this.handovers = handovers;
        this.inboxes = inboxes;
        this.config = config;
        this.looks = new GroupCommit<>(
                "steal",
                new GroupCommit.Bounds(config.lookBatch(), config.lookQueue(), config.lookParallel()),
                session -> session,
                this::look);
    }

    @Override
    public Uni<Reply<Answer>> take(Asked<Claim, Answer> asked) {
        return take(asked, config.attempts());
    }

    private Uni<Reply<Answer>> take(Asked<Claim, Answer> asked, int attempts) {
        double minScore = minScore(asked.command());
        return looks.submit(asked.command().session())
                .chain(view ->
                        fromFirst(asked, view.map(seen -> from(seen, minScore)).orElse(List.of())))
                .chain(reply -> attempts > 1 && reply.now() instanceof Answer.Nothing nothing && nothing.raced()
                        ? take(asked, attempts - 1)
                        : Uni.createFrom().item(reply));
    }

    /**
     * Takes from the first queue that yields something. Otherwise answers with what was in the way at the last one, if
     * anything was.
     */
    private Uni<Reply<Answer>> fromFirst(Asked<Claim, Answer> asked, List<String> from) {
        if (from.isEmpty()) {
            return Uni.createFrom().item(new Reply.Now<>(NOTHING));
        }
        return steal(asked, from.getFirst())
                .chain(reply -> from.size() > 1
                                && reply instanceof Reply.Now<Answer>(Answer answer)
                                && (answer instanceof Answer.Nothing || answer instanceof Answer.Unpaid)
                        ? fromFirst(asked, from.subList(1, from.size()))
                                .map(next -> next.equals(new Reply.Now<>(NOTHING)) ? reply : next)
                        : Uni.createFrom().item(reply));
    }

    /** The queues that have something for this session, the longest first. */
    private List<String> from(View view, double minScore) {
        return view.backlogs().stream()
                .flatMap(backlog ->
                        choose(view.idle(), List.of(backlog), view.idle().most(), minScore).stream())
                .map(Choice::from)
                .toList();
    }

    @Override
    public Uni<Set<String>> mayTake(List<String> sessions) {
        if (sessions.isEmpty()) {
            return Uni.createFrom().item(Set.of());
        }
        List<String> some = new ArrayList<>(sessions);
        Collections.shuffle(some);
        return handovers
                .look(pool, some.subList(0, Math.min(some.size(), config.maxWaiting())), bounds())
                .map(views -> {
                    Set<String> able = new HashSet<>();
                    views.forEach((session, view) -> {
                        if (!from(view, config.minScore()).isEmpty()) {
                            able.add(session);
                        }
                    });
                    return able;
                });
    }

    /**
     * The same for a session that says that it is idle. If there is nothing to take, the answer says whether the
     * session could get any task at all.
     */
    Uni<Reply<Answer>> takeOrRefuse(Asked<Claim, Answer> asked) {
        return take(asked)
                .chain(reply -> reply.now() instanceof Answer.Nothing
                        ? transactions
                                .<Answer>run(work -> handovers.withNothingThere(work, asked.command()))
                                .map(Reply.Now::new)
                        : Uni.createFrom().item(reply));
    }

    /** Nobody is there to work on the task: releases it at once, and counts no attempt. */
    Uni<Void> giveBack(Task task) {
        return handovers.giveBack(task);
    }

    private Uni<List<Optional<View>>> look(List<String> sessions) {
        return handovers
                .look(pool, sessions, bounds())
                .map(views -> sessions.stream()
                        .map(session -> Optional.ofNullable(views.get(session)))
                        .toList());
    }

    private Uni<Reply<Answer>> steal(Asked<Claim, Answer> asked, String from) {
        return commands.alone(asked.keep(), work -> steal(work, asked.command(), from))
                .onFailure(Refused.class)
                .recoverWithItem(refused -> new Reply.Now<>(refused.answer));
    }

    private Uni<Answer> steal(Work work, Claim claim, String from) {
        return handovers.lock(work, claim.session(), from, bounds()).chain(view -> {
            if (view == null) {
                work.nothingWritten();
                return Uni.createFrom().item(RACED);
            }
            Handovers.Idle idle = view.idle();
            Optional<Choice> choice = choose(idle, view.backlogs(), idle.most(), minScore(claim));
            if (choice.isEmpty()) {
                work.nothingWritten();
                return Uni.createFrom()
                        .item(choose(idle, view.backlogs(), null, minScore(claim))
                                .map(tooDear -> idle.unpaid(tooDear.task().estimatedCost()))
                                .orElse(RACED));
            }
            return handovers
                    .handOver(work, claim, choice.get().task().id(), from)
                    .chain(answer -> answer instanceof Answer.Granted granted
                            ? tell(work, granted.task(), from)
                                    .replaceWith(
                                            new Answer.Stolen(granted.task(), granted.hold(), from, granted.holding()))
                            : Uni.createFrom().failure(new Refused(answer)));
        });
    }

    /** Both sessions are locked, so their notices are numbered. */
    private Uni<Void> tell(Work work, Task task, String from) {
        String to = task.holder();
        work.emit(
                new TaskStolen(
                        task.id(), task.swarm(), from, to, task.priority().name(), task.epoch()),
                new Trace(null, task.traceToken()));
        String data = new JsonObject()
                .put("fromSession", from)
                .put("toSession", to)
                .put("priority", task.priority().name())
                .put("epoch", task.epoch())
                .encode();
        return inboxes.tell(
                work,
                List.of(
                        new Notice("taskStolen", from, "task:" + task.id(), data),
                        new Notice("taskStolen", to, "task:" + task.id(), data)));
    }

    private Optional<Choice> choose(Handovers.Idle idle, List<Backlog> backlogs, BigDecimal most, double minScore) {
        return Choice.of(
                backlogs,
                new Choice.Idle(idle.session(), idle.outcomes(), most),
                new Choice.Bounds(config.keep(), minScore, handovers.outcomeHalfLife()),
                idle.now());
    }

    /** A claim may ask for a better fit than stealing demands, but never for a worse one. */
    private double minScore(Claim claim) {
        return claim.minScore() == null ? config.minScore() : Math.max(claim.minScore(), config.minScore());
    }

    private Handovers.Bounds bounds() {
        return new Handovers.Bounds(
                config.keep(), config.minScore(), config.rest(), config.maxQueues(), config.maxTasks());
    }
}
