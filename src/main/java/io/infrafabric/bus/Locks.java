package io.infrafabric.bus;

import io.smallrye.mutiny.Uni;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The order in which all transactions take their locks, so that no two wait for each other in a circle:
 *
 * <ol>
 *   <li><b>Keys</b>: {@code Idempotency-Key}s, by number ({@code command/Once} locks them before the effect of any
 *       command), and the rows that the inbox locks before it hands events on.
 *   <li>{@linkplain Turns Turns}: advisory locks under which a swarm, a graph or a subject changes one transaction at a
 *       time: edges of waiting, blockers, the graph of evidence, dependencies that an operator changes, claims that tasks
 *       rest on, contradictions that votes cite, the opening of cases and of webhooks; and the row of
 *       an order for many tasks.
 *   <li>{@linkplain Sessions Sessions}, by id.
 *   <li>{@linkplain Tree The tree of accounts}, which all bookings share; then {@linkplain Accounts accounts}, from the
 *       root to the leaves, and then by id. Holds change under the lock of their account.
 *   <li>{@linkplain Decisions Decisions}, by id, and rows that other rooms lock: cases, webhooks, the end of the chain of
 *       memos and then falsifiers.
 *   <li>{@linkplain Tasks Tasks}, by id.
 *   <li>{@linkplain Fairness The turns} of a swarm, and then its {@linkplain Concurrency concurrency keys}, by swarm and key.
 *       Only claims take them, and wait for no task after that.
 *   <li>Due rows, and then rows written {@linkplain Work#last last}, such as the outcomes of sessions.
 * </ol>
 *
 * Each step is a type that extends the one before it, and a {@link Lock} carries its step. Another order does not
 * compile within one {@link Work#inOrder(Lock, Lock)} (one round trip) or one chain of {@link Lock#then} (several). A
 * transaction may take a lock again at any time if it already holds it, because it does not wait for it.
 *
 * <p>The types see no further than that. Two separate {@code take()}s, in two methods or one after the other, compile
 * in any order. Only the proofs hold them together: a lock answers with a proof that it is held, which nothing else
 * makes, and a method that writes under the lock takes that proof as a parameter.
 *
 * <p>Some locks are outside the order on purpose:
 *
 * <ul>
 *   <li>Statements with {@code SKIP LOCKED} wait for no lock: the search of the queue, heartbeats, the sweep, and those
 *       that clear tables.
 *   <li>An account may lose its limit before the budget has it under lock. The budget then <em>tries</em> to take the
 *       tree alone, and runs the transaction again if it cannot ({@code TreeTable}).
 *   <li>After a gap in which nothing ran, the sweep moves all deadlines in one transaction. Its order is the priority of
 *       {@link Deadlines}, and that is the order above.
 *   <li>{@link Inbox#take} handles the events of a batch one after the other in one transaction, so a later event may take
 *       an earlier step ({@code escalation}, {@code dissent}). If two batches wait for each other, PostgreSQL ends one of
 *       them, and the inbox handles its events again, each in a transaction of its own.
 * </ul>
 *
 * <p>An object of this class takes locks of several steps in several round trips. {@code S} is the last step, {@code T}
 * its answer.
 */
public final class Locks<S extends Locks.Turns, T> {
    /** Advisory locks that come before all rows. A transaction takes those of one kind together, in one order. */
    public interface Turns {}

    /** Rows of sessions. */
    public interface Sessions extends Turns {}

    /** The tree of accounts. */
    public interface Tree extends Sessions {}

    /** Rows of accounts. */
    public interface Accounts extends Tree {}

    /** Rows of decisions, and of rooms that lock neither accounts nor tasks. */
    public interface Decisions extends Accounts {}

    /** Rows of tasks. */
    public interface Tasks extends Decisions {}

    /** Turns in which fairness keys are served. */
    public interface Fairness extends Tasks {}

    /** Rows of concurrency keys. */
    public interface Concurrency extends Fairness {}

    private final Uni<T> statements;

    Locks(Uni<T> statements) {
        this.statements = statements;
    }

    /** Takes another lock, of this step or a later one, after this one is answered. */
    public <N extends S, U> Locks<N, U> then(Function<? super T, Lock<N, U>> next) {
        return new Locks<>(statements.chain(answer -> next.apply(answer).take()));
    }

    /** The same for a lock that does not depend on the answer. */
    public <N extends S, U> Locks<N, U> then(Supplier<Lock<N, U>> next) {
        return new Locks<>(statements.chain(() -> next.get().take()));
    }

    /** Takes the locks on subscription. */
    public Uni<T> take() {
        return statements;
    }
}
