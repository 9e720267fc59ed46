package io.infrafabric.bus;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A statement that takes locks of one step in the order of {@link Locks}, and has not been sent. {@code S} is the step,
 * {@code T} what it answers with: the proof that the lock is held. It is held to the end of the transaction.
 */
public final class Lock<S extends Locks.Turns, T> {
    private static final String IN_TURN = "SELECT count(pg_advisory_xact_lock(hashtext($1)))";

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

    /**
     * An advisory lock of this name: transactions that take it come one after the other. For what no row stands for, such as
     * the number of rows.
     *
     * @param proof makes the proof that it is held
     */
    public static <T> Lock<Locks.Turns, T> inTurn(Work work, String name, Supplier<T> proof) {
        return new Lock<>(
                work.connection().preparedQuery(IN_TURN).execute(Tuple.of(name)).map(taken -> proof.get()));
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
