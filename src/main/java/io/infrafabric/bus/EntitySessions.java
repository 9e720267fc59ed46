package io.infrafabric.bus;

import io.smallrye.mutiny.Uni;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.hibernate.Cache;
import org.hibernate.SessionFactory;
import org.hibernate.engine.creation.internal.SessionBuilderImpl;
import org.hibernate.engine.jdbc.spi.JdbcServices;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.internal.SessionFactoryImpl;
import org.hibernate.internal.SessionImpl;
import org.hibernate.reactive.mutiny.Mutiny;
import org.hibernate.reactive.mutiny.impl.MutinySessionFactoryImpl;
import org.hibernate.reactive.mutiny.impl.MutinySessionImpl;
import org.hibernate.reactive.pool.BatchingConnection;
import org.hibernate.reactive.pool.ReactiveConnection;
import org.hibernate.reactive.pool.impl.ExternalSqlClientPool;
import org.hibernate.reactive.session.impl.ReactiveSessionImpl;
import org.hibernate.reactive.util.impl.CompletionStages;

/**
 * Hibernate Reactive sessions on the connection of a transaction of {@link Transactions}: entities, inbox and outbox
 * commit together, with all that {@code Transactions} promises. For rooms that are not on a hot path.
 *
 * <pre>{@code
 * sessions.run((session, work) -> session.find(CaseRow.class, id).invoke(row -> work.emit(...)));
 * inbox.take(batch, (work, envelope) -> sessions.in(work, session -> react(session, work, envelope)));
 * }</pre>
 *
 * <p>Entities and SQL on {@link Work#connection} may be mixed in one transaction. A statement sees what a session has
 * changed only after {@code session.flush()}; a session does not see what a statement changes in rows that it has read
 * before. So code that writes a row both ways flushes before the statement, and reads the entity after it.
 *
 * <p>Hibernate opens, commits and closes nothing here: the transaction is the bus's. To get a connection that it does
 * not own, the session is assembled from Hibernate's own parts: without reflection (for native images), but with some
 * from its {@code internal} and {@code impl} packages. {@code EntitySessionsTest} fails if a new release changes them.
 * No other room may use these packages ({@code ArchitectureTest}).
 *
 * <p>Builds of functions without entities have no Hibernate (see {@code launch/BuildConfigSource}) and do not make this bean.
 */
@Singleton
public final class EntitySessions {
    /** How many rows of one kind a flush sends in one message. */
    private static final int BATCH = 64;

    private final Transactions transactions;
    private final SessionFactoryImpl factory;
    private final MutinySessionFactoryImpl sessions;

    @Inject
    EntitySessions(Transactions transactions, Instance<Mutiny.SessionFactory> given) {
        this.transactions = transactions;
        SessionFactory orm = given.get().getCache().unwrap(Cache.class).getSessionFactory();
        this.factory = orm.unwrap(SessionFactoryImpl.class);
        this.sessions = new MutinySessionFactoryImpl(factory);
    }

    /**
     * Runs {@code body} in one transaction, as {@link Transactions#run} does. Changes to entities are flushed before
     * the outbox is written.
     */
    public <T> Uni<T> run(BiFunction<Mutiny.Session, Work, Uni<T>> body) {
        return transactions.run(work -> in(work, session -> body.apply(session, work)));
    }

    /** Runs {@code body}, which only reads, in one transaction. */
    public <T> Uni<T> read(Function<Mutiny.Session, Uni<T>> body) {
        return run((session, work) -> {
            work.nothingWritten();
            return body.apply(session);
        });
    }

    /**
     * Runs {@code body} on a session in a transaction that is under way, and flushes it. Subscribe to it on the event
     * loop of the transaction, and open one session at a time. The session sees other statements on the connection in
     * order.
     */
    public <T> Uni<T> in(Work work, Function<Mutiny.Session, Uni<T>> body) {
        return borrow(work)
                .map(this::session)
                .chain(session -> Uni.createFrom()
                        .deferred(() -> body.apply(session))
                        .call(session::flush)
                        .eventually(session::close));
    }

    private Mutiny.Session session(ReactiveConnection connection) {
        SessionBuilderImpl options = new SessionBuilderImpl(factory) {
            @Override
            protected SessionImplementor createSession() {
                return new SessionImpl(factory, this);
            }
        };
        return new MutinySessionImpl(new ReactiveSessionImpl(factory, options, connection), sessions);
    }

    private Uni<ReactiveConnection> borrow(Work work) {
        JdbcServices services = factory.getJdbcServices();
        var pool = new ExternalSqlClientPool(
                new OneConnection(work.connection().getDelegate()),
                services.getSqlStatementLogger(),
                services.getSqlExceptionHelper());
        return Uni.createFrom().completionStage(pool.getConnection()).map(Borrowed::new);
    }

    /** A connection whose transaction somebody else began and will end. */
    private static final class Borrowed extends BatchingConnection {
        Borrowed(ReactiveConnection connection) {
            super(connection, BATCH);
        }

        @Override
        public boolean isTransactionInProgress() {
            return true;
        }

        @Override
        public CompletionStage<Void> beginTransaction() {
            return refused();
        }

        @Override
        public CompletionStage<Void> commitTransaction() {
            return refused();
        }

        @Override
        public CompletionStage<Void> rollbackTransaction() {
            return refused();
        }

        @Override
        public CompletionStage<Void> close() {
            return CompletionStages.voidFuture();
        }

        private static CompletionStage<Void> refused() {
            return CompletionStages.failedFuture(
                    new IllegalStateException("Only Transactions begins and ends the transaction."));
        }
    }
}
