package io.infrafabric.bus;

import io.infrafabric.event.Envelope;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * Runs transactions on the reactive PostgreSQL client: state and outbox commit together.
 *
 * <p>This is the hottest path of the product, so it takes no round trip of its own: BEGIN goes out together with the
 * body's first statement, and the outbox INSERT together with COMMIT. It uses the futures of Vert.x, whose statements
 * are sent at once; a {@link Uni} would wait to be subscribed to.
 */
@Singleton
public final class Transactions {
    private static final Logger LOG = Logger.getLogger(Transactions.class);

    /**
     * The transaction's id comes with BEGIN. With COMMIT it could be lost together with the answer that it is needed
     * for.
     */
    private static final String BEGIN = "BEGIN; SELECT pg_current_xact_id()::text";

    /** A COMMIT of an aborted transaction "succeeds" by rolling back; the SELECT makes it fail visibly. */
    private static final String COMMIT_WITHOUT_EVENTS = "SELECT 1; COMMIT";

    private static final String OUTBOX = "INSERT INTO bus_event (day, id, type, subject, swarm, published, envelope)"
            + " SELECT * FROM unnest($1::date[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::boolean[],"
            + " $7::text[])";
    private static final String OUTCOME = "SELECT pg_xact_status($1::text::xid8)";

    private static final long FIRST_ASK_MILLIS = 20;
    private static final long LONGEST_ASK_MILLIS = 1000;

    private final Vertx vertx;
    private final Pool pool;
    private final EventIds ids;
    private final Subscriptions subscriptions;
    private final Relay relay;
    private final Bells bells;
    private final FeedBell followers;
    private final BusConfig config;

    @Inject
    Transactions(
            Vertx vertx,
            Pool pool,
            EventIds ids,
            Subscriptions subscriptions,
            Relay relay,
            Bells bells,
            BusConfig config) {
        this.vertx = vertx;
        this.pool = pool;
        this.ids = ids;
        this.subscriptions = subscriptions;
        this.relay = relay;
        this.bells = bells;
        this.followers = new FeedBell(bells, config.feed().linger());
        this.config = config;
    }

    /**
     * Runs {@code body} in one transaction on one connection, writes what it emitted to the outbox, commits, and then
     * (without making the caller wait) publishes the events and rings the bells.
     *
     * <p>A failure of the body rolls everything back and is passed on. If the answer to COMMIT is lost, the database is
     * asked whether the transaction was committed before this fails or succeeds; it fails with {@link CommitUnknown} if
     * there is no answer within {@link BusConfig#commitOutcomeWait()}. A transaction that has begun runs to its end,
     * even if the caller no longer listens.
     */
    public <T> Uni<T> run(Function<Work, Uni<T>> body) {
        return Uni.createFrom()
                .emitter(caller -> pool.getConnection()
                        .onSuccess(connection -> new Running<T>(connection, caller).start(body))
                        .onFailure(caller::fail));
    }

    /** One transaction under way, and the promise that gets its outcome. */
    private final class Running<T> {
        private final SqlConnection connection;
        private final UniEmitter<? super T> caller;
        private final Work work;
        private Future<RowSet<Row>> begun;

        Running(SqlConnection connection, UniEmitter<? super T> caller) {
            this.connection = connection;
            this.caller = caller;
            this.work = new Work(
                    io.vertx.mutiny.sqlclient.SqlConnection.newInstance(connection), ids, subscriptions::isWatched);
        }

        void start(Function<Work, Uni<T>> body) {
            begun = connection.query(BEGIN).execute();
            Uni.createFrom()
                    .deferred(() -> body.apply(work))
                    .subscribe()
                    .with(this::commit, failure -> rollBack(cause(failure)));
        }

        private void commit(T answer) {
            List<Outgoing> outgoing = work.outgoing();
            if (work.mayRollBack()) {
                connection.query("ROLLBACK").execute().onComplete(rolledBack -> {
                    release();
                    if (begun.failed() || work.failure() != null) {
                        caller.fail(begun.failed() ? begun.cause() : work.failure());
                    } else {
                        committed(answer);
                    }
                });
                return;
            }
            work.sendLast();
            Future<?> written = outgoing.isEmpty()
                    ? begun
                    : connection.preparedQuery(OUTBOX).execute(rows(outgoing));
            connection
                    .query(outgoing.isEmpty() ? COMMIT_WITHOUT_EVENTS : "COMMIT")
                    .execute()
                    .onComplete(commit -> ended(answer, written, commit));
        }

        private void ended(T answer, Future<?> written, AsyncResult<?> commit) {
            if (begun.failed()) {
                rollBack(begun.cause());
            } else if (commit.succeeded() && written.succeeded()) {
                release();
                committed(answer);
            } else if (commit.succeeded() || isRefused(written.cause())) {
                rollBack(cause(written.cause()));
            } else if (isRefused(commit.cause())) {
                rollBack(cause(commit.cause()));
            } else {
                release();
                String transaction = begun.result().next().iterator().next().getString(0);
                ask(transaction, answer, commit.cause(), System.nanoTime(), FIRST_ASK_MILLIS);
            }
        }

        /** If a statement that was sent alongside failed first, later ones only report that failure. */
        private Throwable cause(Throwable refusal) {
            return work.failure() == null ? refusal : work.failure();
        }

        /** Rolls back even after a refused COMMIT: the connection must not go back in an aborted transaction. */
        private void rollBack(Throwable failure) {
            connection.query("ROLLBACK").execute().onComplete(rolledBack -> {
                release();
                caller.fail(failure);
            });
        }

        private void release() {
            connection.close().onFailure(lost -> LOG.debug("A connection was lost when it was returned", lost));
        }

        private void committed(T answer) {
            for (String bell : work.bells()) {
                bells.ring(bell);
            }
            caller.complete(answer);
            relay.publish(work.outgoing());
            if (!work.outgoing().isEmpty()) {
                followers.ring();
            }
        }

        /** Asks until the outcome is known: "in progress" means that the server has not noticed the lost connection. */
        private void ask(String transaction, T answer, Throwable lost, long since, long pause) {
            long left =
                    config.commitOutcomeWait().toMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
            // A network that drops packets does not answer this either, and other connections may be as dead.
            pool.preparedQuery(OUTCOME)
                    .execute(Tuple.of(transaction))
                    .timeout(Math.max(LONGEST_ASK_MILLIS, left), TimeUnit.MILLISECONDS)
                    .onComplete(asked -> {
                        String outcome = asked.succeeded()
                                ? asked.result().iterator().next().getString(0)
                                : "not reached";
                        boolean again = asked.succeeded()
                                ? "in progress".equals(outcome)
                                : FailureKind.of(asked.cause()) != FailureKind.BROKEN;
                        if ("committed".equals(outcome)) {
                            committed(answer);
                        } else if ("aborted".equals(outcome)) {
                            caller.fail(lost);
                        } else if (again
                                && System.nanoTime() - since
                                        < config.commitOutcomeWait().toNanos()) {
                            vertx.setTimer(
                                    pause,
                                    timer -> ask(
                                            transaction, answer, lost, since, Math.min(2 * pause, LONGEST_ASK_MILLIS)));
                        } else {
                            LOG.warnf("The outcome of transaction %s is not known: %s", transaction, outcome);
                            caller.fail(new CommitUnknown(transaction, lost));
                        }
                    });
        }

        private Tuple rows(List<Outgoing> outgoing) {
            int count = outgoing.size();
            LocalDate[] days = new LocalDate[count];
            UUID[] events = new UUID[count];
            String[] types = new String[count];
            String[] subjects = new String[count];
            String[] swarms = new String[count];
            Boolean[] published = new Boolean[count];
            String[] envelopes = new String[count];
            for (int i = 0; i < count; i++) {
                Envelope envelope = outgoing.get(i).envelope();
                days[i] = envelope.day();
                events[i] = envelope.id();
                types[i] = envelope.type();
                subjects[i] = envelope.event().subject();
                swarms[i] = envelope.event().swarm();
                published[i] = subscriptions.functionsOf(envelope.type()).isEmpty();
                envelopes[i] = outgoing.get(i).json();
            }
            return Tuple.from(new Object[] {days, events, types, subjects, swarms, published, envelopes});
        }
    }

    /** Whether the server itself reported the failure and lives on: then nothing was committed. */
    private static boolean isRefused(Throwable failure) {
        return failure instanceof PgException refused && "ERROR".equals(refused.getSeverity());
    }
}
