package io.infrafabric.bus;

import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * Gathers concurrent commands into one transaction (group commit, DeWitt et al. 1984): while one
 * batch commits, the next one fills, so nobody waits for a timer. Thread-safe.
 *
 * <p>Commands on one entity run one after the other, in the order in which they came: never two in one batch, nor in
 * two batches at the same time. A batch that the database aborts, or that a bug breaks, is redone one command at a
 * time, so that no command fails because of another. A command that is {@linkplain FailureKind#ABORTED aborted} alone
 * runs again, up to {@value #TRIES} times. A batch that fails because the infrastructure is away fails as a whole.
 */
public final class GroupCommit<C, A> {
    /** How often a command runs alone before its caller hears that others were always faster. */
    static final int TRIES = 5;

    /**
     * Bounds of one kind of command.
     *
     * @param maxBatch the most commands in one transaction
     * @param maxQueued the most commands that wait for one; further ones are refused with
     * {@link Code#IF_ERR_OVERLOADED}
     * @param maxParallel the most transactions at a time
     */
    public record Bounds(int maxBatch, int maxQueued, int maxParallel) {}

    private static final Logger LOG = Logger.getLogger(GroupCommit.class);

    private record Waiting<C, A>(C command, Object entity, Context context, UniEmitter<? super A> caller) {}

    private final String name;
    private final Bounds bounds;
    private final Turns turns;
    private final Function<C, Object> entity;
    private final Function<List<C>, Uni<List<A>>> commit;

    /** Commands whose entity is in no batch; no two of them share one. */
    private final ArrayDeque<Waiting<C, A>> ready = new ArrayDeque<>();
    /** For each entity that is ready or in a batch, the commands that come after it. */
    private final Map<Object, ArrayDeque<Waiting<C, A>>> parked = new HashMap<>();

    private int queued;
    private int running;

    /** Makes a kind of command whose transactions wait for nobody. */
    public GroupCommit(String name, Bounds bounds, Function<C, Object> entity, Function<List<C>, Uni<List<A>>> commit) {
        this(name, bounds, Turns.none(), entity, commit);
    }

    /**
     * Makes a kind of command.
     *
     * @param name what a refusal calls it
     * @param turns the kinds that its transactions take turns with
     * @param entity what a command changes; {@code null} from it means that the command may share a batch with any
     * other
     * @param commit runs a batch in one transaction, and answers its commands in order
     */
    public GroupCommit(
            String name,
            Bounds bounds,
            Turns turns,
            Function<C, Object> entity,
            Function<List<C>, Uni<List<A>>> commit) {
        this.name = name;
        this.bounds = bounds;
        this.turns = turns;
        this.entity = entity;
        this.commit = commit;
    }

    /**
     * Runs a command together with others that come at the same time. The answer comes on the Vert.x context of the
     * subscriber. An accepted command runs even if nobody listens any more.
     */
    public Uni<A> submit(C command) {
        return Uni.createFrom()
                .emitter(
                        caller -> enter(new Waiting<>(command, entity.apply(command), Vertx.currentContext(), caller)));
    }

    private void enter(Waiting<C, A> waiting) {
        boolean full;
        synchronized (this) {
            full = queued >= bounds.maxQueued();
            if (!full) {
                queued++;
                ArrayDeque<Waiting<C, A>> before = waiting.entity() == null ? null : parked.get(waiting.entity());
                if (before != null) {
                    before.add(waiting);
                } else {
                    makeReady(waiting);
                }
            }
        }
        if (full) {
            waiting.caller().fail(Problem.of(Code.IF_ERR_OVERLOADED, "Too many calls to " + name + " are waiting"));
        } else {
            startBatches();
        }
    }

    private void makeReady(Waiting<C, A> waiting) {
        if (waiting.entity() != null) {
            parked.put(waiting.entity(), new ArrayDeque<>(1));
        }
        ready.add(waiting);
    }

    /** Starts the batches that may start now. */
    void startBatches() {
        for (List<Waiting<C, A>> batch = nextBatch(); !batch.isEmpty(); batch = nextBatch()) {
            run(batch);
        }
    }

    private synchronized List<Waiting<C, A>> nextBatch() {
        if (running >= bounds.maxParallel()
                || ready.isEmpty()
                || !turns.begin(this, ready.size() >= bounds.maxBatch())) {
            return List.of();
        }
        running++;
        List<Waiting<C, A>> batch = new ArrayList<>(Math.min(ready.size(), bounds.maxBatch()));
        while (batch.size() < bounds.maxBatch() && !ready.isEmpty()) {
            batch.add(ready.poll());
        }
        queued -= batch.size();
        return batch;
    }

    private void run(List<Waiting<C, A>> batch) {
        commit(batch)
                .subscribe()
                .with(
                        answers -> {
                            for (int i = 0; i < batch.size(); i++) {
                                tell(batch.get(i), answers.get(i), null);
                            }
                            finishSoon(batch);
                        },
                        failure -> {
                            FailureKind kind = FailureKind.of(failure);
                            boolean alone = batch.size() == 1;
                            if (kind == FailureKind.AWAY || (alone && kind == FailureKind.BROKEN)) {
                                batch.forEach(waiting -> tell(waiting, null, failure));
                                finishSoon(batch);
                            } else {
                                redo(batch, 0, alone ? 1 : 0);
                            }
                        });
    }

    /**
     * Runs the commands one at a time, from the {@code index}th on. The batch keeps its place among the parallel ones.
     */
    private void redo(List<Waiting<C, A>> batch, int index, int tried) {
        if (index == batch.size()) {
            finish(batch);
            return;
        }
        Waiting<C, A> alone = batch.get(index);
        commit(List.of(alone))
                .subscribe()
                .with(
                        answers -> {
                            tell(alone, answers.getFirst(), null);
                            redo(batch, index + 1, 0);
                        },
                        failure -> {
                            boolean aborted = FailureKind.of(failure) == FailureKind.ABORTED;
                            if (aborted && tried + 1 < TRIES) {
                                redo(batch, index, tried + 1);
                                return;
                            }
                            tell(alone, null, aborted ? overtaken(failure) : failure);
                            redo(batch, index + 1, 0);
                        });
    }

    private Problem overtaken(Throwable failure) {
        LOG.warnf(failure, "Gave up a call to %s: others were faster %d times", name, TRIES);
        return Problem.of(
                Code.IF_ERR_OVERLOADED, "Others were faster " + TRIES + " times; nothing of this call was done.");
    }

    private Uni<List<A>> commit(List<Waiting<C, A>> batch) {
        List<C> commands = batch.stream().map(Waiting::command).toList();
        return Uni.createFrom().deferred(() -> commit.apply(commands)).invoke(answers -> {
            if (answers.size() != commands.size()) {
                throw new IllegalStateException(
                        name + " answered " + answers.size() + " of " + commands.size() + " commands");
            }
        });
    }

    /**
     * Waits until the callers that just got their answers have had their turn, so that their next calls join the next
     * batch. Otherwise callers split into two halves, and one half always waits while the other commits.
     */
    private void finishSoon(List<Waiting<C, A>> batch) {
        Context context = Vertx.currentContext();
        if (context == null) {
            finish(batch);
        } else {
            context.runOnContext(told -> finish(batch));
        }
    }

    private void finish(List<Waiting<C, A>> batch) {
        synchronized (this) {
            running--;
            for (Waiting<C, A> done : batch) {
                ArrayDeque<Waiting<C, A>> after = done.entity() == null ? null : parked.get(done.entity());
                if (after == null) {
                    continue;
                }
                if (after.isEmpty()) {
                    parked.remove(done.entity());
                } else {
                    ready.add(after.poll());
                }
            }
        }
        turns.end();
        startBatches();
    }

    private void tell(Waiting<C, A> waiting, A answer, Throwable failure) {
        if (waiting.context() == null || waiting.context().equals(Vertx.currentContext())) {
            emit(waiting, answer, failure);
        } else {
            waiting.context().runOnContext(onContext -> emit(waiting, answer, failure));
        }
    }

    private void emit(Waiting<C, A> waiting, A answer, Throwable failure) {
        if (failure == null) {
            waiting.caller().complete(answer);
        } else {
            waiting.caller().fail(failure);
        }
    }
}
