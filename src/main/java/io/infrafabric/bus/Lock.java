package io.infrafabric.bus;

import io.smallrye.mutiny.Uni;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A statement that takes locks of one step in the order of {@link Locks}, and has not been sent. {@code S} is the step,
 * {@code T} what it answers with: the proof that the lock is held. It is held to the end of the transaction.
 */
public final class Lock<S extends Locks.Turns, T> {
    private final Uni<T> statement;

    private Lock(Uni<T> statement) {
        this.statement = statement;
    }

    /** Makes a lock of the expected step: a method that locks names the step by its return type. */
    public static <S extends Locks.Turns, T> Lock<S, T> of(Uni<T> statement) {
        return new Lock<>(statement);
    }

    /** Makes a lock of a statement that locks nothing, such as a read. It may stand at any step. */
    public static <S extends Locks.Turns, T> Lock<S, T> none(Uni<T> statement) {
        return new Lock<>(statement);
    }

    /** Takes another lock, of this step or a later one, after this one is answered. */
    public <N extends S, U> Locks<N, U> then(Function<? super T, Lock<N, U>> next) {
        return new Locks<S, T>(statement).then(next);
    }

    /** The same for a lock that does not depend on the answer. */
    public <N extends S, U> Locks<N, U> then(Supplier<Lock<N, U>> next) {
        return new Locks<S, T>(statement).then(next);
    }

    /** Takes the lock on subscription. */
    public Uni<T> take() {
        return statement;
    }
}
