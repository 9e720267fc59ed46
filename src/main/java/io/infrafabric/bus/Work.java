package io.infrafabric.bus;

import io.infrafabric.event.BusEvent;
import io.infrafabric.event.Catalogue;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.Event;
import io.infrafabric.event.OnDemand;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.groups.UniAndGroup2;
import io.smallrye.mutiny.groups.UniAndGroup3;
import io.smallrye.mutiny.groups.UniAndGroup4;
import io.smallrye.mutiny.groups.UniAndGroup5;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * One transaction under way: its connection, and what others must hear after the commit. Used by one chain at a time;
 * never kept beyond the transaction.
 */
public final class Work {
    private final SqlConnection connection;
    private final EventIds ids;
    private final Predicate<String> watched;
    private final List<Outgoing> outgoing = new ArrayList<>(2);
    private final Set<String> bells = new LinkedHashSet<>(2);
    private final Set<Last> lasts = new LinkedHashSet<>(1);
    private Throwable failure;
    private boolean nothingWritten;

    Work(SqlConnection connection, EventIds ids, Predicate<String> watched) {
        this.connection = connection;
        this.ids = ids;
        this.watched = watched;
    }

    /** The transaction's connection. Statements sent on it without waiting are pipelined in order. */
    public SqlConnection connection() {
        return connection;
    }

    /**
     * Combines statements on this transaction's connection. Subscription sends them in the order of the arguments,
     * without waiting for each other's answers: one round trip. The server runs them in that order, so each sees what
     * the earlier ones wrote, and waits behind the locks that they wait for.
     */
    public <A, B> UniAndGroup2<A, B> inOrder(Uni<? extends A> first, Uni<? extends B> second) {
        return Uni.combine().all().unis(first, second);
    }

    /** Combines statements, sent {@linkplain #inOrder(Uni, Uni) in the order of the arguments}. */
    public <A, B, C> UniAndGroup3<A, B, C> inOrder(
            Uni<? extends A> first, Uni<? extends B> second, Uni<? extends C> third) {
        return Uni.combine().all().unis(first, second, third);
    }

    /** Combines statements, sent {@linkplain #inOrder(Uni, Uni) in the order of the arguments}. */
    public <A, B, C, D> UniAndGroup4<A, B, C, D> inOrder(
            Uni<? extends A> first, Uni<? extends B> second, Uni<? extends C> third, Uni<? extends D> fourth) {
        return Uni.combine().all().unis(first, second, third, fourth);
    }

    /** Combines statements, sent {@linkplain #inOrder(Uni, Uni) in the order of the arguments}. */
    public <A, B, C, D, E> UniAndGroup5<A, B, C, D, E> inOrder(
            Uni<? extends A> first,
            Uni<? extends B> second,
            Uni<? extends C> third,
            Uni<? extends D> fourth,
            Uni<? extends E> fifth) {
        return Uni.combine().all().unis(first, second, third, fourth, fifth);
    }

    /**
     * Takes locks in one round trip, {@linkplain #inOrder(Uni, Uni) in the order of the arguments}, which is that of
     * {@link Locks}.
     */
    public <L extends Locks.Turns, M extends L, A, B> UniAndGroup2<A, B> inOrder(Lock<L, A> first, Lock<M, B> second) {
        return inOrder(first.take(), second.take());
    }

    /** Takes locks in one round trip, like {@link #inOrder(Lock, Lock)}. */
    public <L extends Locks.Turns, M extends L, N extends M, A, B, C> UniAndGroup3<A, B, C> inOrder(
            Lock<L, A> first, Lock<M, B> second, Lock<N, C> third) {
        return inOrder(first.take(), second.take(), third.take());
    }

    /** Takes locks in one round trip, like {@link #inOrder(Lock, Lock)}. */
    public <L extends Locks.Turns, M extends L, N extends M, O extends N, A, B, C, D> UniAndGroup4<A, B, C, D> inOrder(
            Lock<L, A> first, Lock<M, B> second, Lock<N, C> third, Lock<O, D> fourth) {
        return inOrder(first.take(), second.take(), third.take(), fourth.take());
    }

    /** Takes locks in one round trip, like {@link #inOrder(Lock, Lock)}. */
    public <L extends Locks.Turns, M extends L, N extends M, O extends N, P extends O, A, B, C, D, E>
            UniAndGroup5<A, B, C, D, E> inOrder(
                    Lock<L, A> first, Lock<M, B> second, Lock<N, C> third, Lock<O, D> fourth, Lock<P, E> fifth) {
        return inOrder(first.take(), second.take(), third.take(), fourth.take(), fifth.take());
    }

    /**
     * Has the event written to the outbox in this transaction, and published right after the commit. An
     * {@link OnDemand} event is skipped if nobody watches its swarm.
     *
     * @throws IllegalArgumentException if its JSON is larger than {@link Envelope#MAX_BYTES}
     */
    public void emit(Event event, Trace trace) {
        emit(ids.next(), event, trace);
    }

    /** The same under this id ({@link EventIds}), for who has to know it before. */
    public void emit(UUID id, Event event, Trace trace) {
        if (event instanceof OnDemand && !watched.test(event.swarm())) {
            return;
        }
        String type = Catalogue.typeOf(event).name();
        Envelope envelope = new Envelope(id, type, source(event, type), time(), trace, event);
        outgoing.add(new Outgoing(envelope, Envelopes.write(envelope)));
    }

    /**
     * Sends a statement whose answer nobody needs in order to go on: it travels with the next one, and if it fails, so
     * does the transaction. Not for a guard, because its affected rows are an answer.
     */
    public void alongside(Uni<?> statement) {
        statement.subscribe().with(done -> {}, failed -> failure = failure == null ? failed : failure);
    }

    /**
     * Says that nothing written has to stay: unless something is emitted, the transaction rolls back, so that nobody
     * waits for the disk because of a lock.
     */
    public void nothingWritten() {
        nothingWritten = true;
    }

    /** What a transaction writes after everything else. */
    public interface Last {
        /** The statement, or {@code null} if there is nothing to write. It sees what was emitted. */
        Uni<?> write(Work work);
    }

    /**
     * Writes this once, after the rest of the transaction and right before the outbox: for rows that many transactions
     * write. A transaction that holds one of these locks waits for no other lock, so no two wait for each other if the
     * statement takes its rows in one order. There is at most one such table; its writer also emits something.
     */
    public void last(Last last) {
        lasts.add(last);
    }

    /** Rings this bell in every process after the commit (see {@link Bells}). */
    public void ring(String bell) {
        bells.add(bell);
    }

    /** The time by this process's clock. */
    Instant time() {
        return ids.clock().instant().truncatedTo(ChronoUnit.MICROS);
    }

    /** What was emitted so far. */
    public List<Envelope> emitted() {
        return outgoing.stream().map(Outgoing::envelope).toList();
    }

    List<Outgoing> outgoing() {
        return outgoing;
    }

    /** Sends the statement that comes last. */
    void sendLast() {
        for (Last last : lasts) {
            Uni<?> statement = last.write(this);
            if (statement != null) {
                alongside(statement);
            }
        }
    }

    /** Why a statement that was sent alongside failed, or {@code null}; known once a later one is answered. */
    Throwable failure() {
        return failure;
    }

    boolean mayRollBack() {
        return nothingWritten && outgoing.isEmpty();
    }

    Set<String> bells() {
        return bells;
    }

    /** The second part of a type is the function that speaks; the bus itself speaks of what came due. */
    private static String source(Event event, String type) {
        return event instanceof BusEvent ? "/s2/bus" : "/s2/" + type.substring(3, type.indexOf('.', 3));
    }
}
