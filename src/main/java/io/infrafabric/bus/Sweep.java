package io.infrafabric.bus;

import io.infrafabric.event.BusEvent;
import io.infrafabric.event.Catalogue;
import io.infrafabric.event.Trace;
import io.quarkus.arc.All;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.sqlclient.Pool;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Does what nobody waits for in memory: emits what came due, moves deadlines after a gap, publishes what did not get
 * through, and maintains the tables. It belongs to the coordinator, because at least one replica of it always runs.
 * Builds of other functions have no sweep: each further one would only ask the database the same every second. Every
 * replica of the coordinator sweeps; the database guards what two must not do at the same time.
 *
 * <p>Each part runs even if another one failed: an absent Redis must not keep leases from ending.
 */
@IfBuildProperty(name = "s2.build.coordinator.channel", stringValue = "true", enableIfMissing = true)
@Singleton
final class Sweep {
    private static final Logger LOG = Logger.getLogger(Sweep.class);

    private static final String TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('bus_sweep'))";

    /** The time of the statement, because the transaction may have waited for its connection. */
    private static final String PULSE = "UPDATE bus_pulse SET at = clock_timestamp()"
            + " FROM (SELECT at FROM bus_pulse FOR UPDATE) AS last RETURNING last.at, bus_pulse.at";

    /** In the order of the key, so that two transactions cannot wait for each other. */
    private static final String MOVE = "WITH later AS (SELECT function, entity FROM bus_due WHERE at > $1"
            + " AND entity NOT LIKE '" + Due.CALENDAR + "%'"
            + " ORDER BY function, entity FOR UPDATE)"
            + " UPDATE bus_due d SET at = d.at + make_interval(secs => $2) FROM later"
            + " WHERE d.function = later.function AND d.entity = later.entity";

    private static final String CAME_DUE = "DELETE FROM bus_due WHERE (function, entity) IN ("
            + "SELECT function, entity FROM bus_due WHERE at <= now() AND function = ANY($1::text[])"
            + " ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING function, entity, at";

    private static final String DEAD_LETTERS = "SELECT function, count(event)"
            + " FROM (SELECT DISTINCT function FROM bus_subscription) AS subscriber"
            + " LEFT JOIN bus_dead_letter USING (function) GROUP BY function";

    private static final Duration WORTH_TELLING = Duration.ofSeconds(10);

    /** A round may begin this much early, because the schedule's clock is not exact. */
    private static final double EARLY = 0.9;

    private static final String TAKE_ROUND =
            "UPDATE bus_pulse SET kept_at = now() WHERE kept_at <= now() - make_interval(secs => $1)";

    private final Pool pool;
    private final Transactions transactions;
    private final Subscriptions subscriptions;
    private final Recovery recovery;
    private final Unhandled unhandled;
    private final Days days;
    private final Transport transport;
    private final Doorbell doorbell;
    private final BusMetrics metrics;
    private final List<Deadlines> deadlines;
    private final BusConfig.Log log;
    private final BusConfig.Sweep config;

    @Inject
    Sweep(
            Pool pool,
            Transactions transactions,
            Subscriptions subscriptions,
            Recovery recovery,
            Unhandled unhandled,
            Days days,
            Transport transport,
            Doorbell doorbell,
            BusMetrics metrics,
            @All List<Deadlines> deadlines,
            BusConfig config) {
        this.pool = pool;
        this.transactions = transactions;
        this.subscriptions = subscriptions;
        this.recovery = recovery;
        this.unhandled = unhandled;
        this.days = days;
        this.transport = transport;
        this.doorbell = doorbell;
        this.metrics = metrics;
        this.deadlines = deadlines;
        this.log = config.log();
        this.config = config.sweep();
    }

    @Scheduled(
            every = "${s2.bus.sweep.every:1s}",
            concurrentExecution = ConcurrentExecution.SKIP,
            skipExecutionIf = Schema.Missing.class)
    Uni<Void> tick() {
        if (!config.enabled()) {
            return Uni.createFrom().voidItem();
        }
        return quietly("days", days::makeIfNew)
                .chain(() -> comeDue(1)
                        .onFailure()
                        .invoke(failure -> log("due rows", failure))
                        .onFailure()
                        .recoverWithNull());
    }

    /** Apart from {@link #tick}: a Redis that does not answer must not hold up the pulse, or it would look like a gap. */
    @Scheduled(
            every = "${s2.bus.sweep.every:1s}",
            concurrentExecution = ConcurrentExecution.SKIP,
            skipExecutionIf = Schema.Missing.class)
    Uni<Void> recover() {
        Uni<Void> measured = quietly("measuring of what is undelivered", this::measureUndelivered)
                .chain(() -> quietly("measuring of streams", this::measureStreams));
        return config.enabled()
                ? measured.chain(() -> quietly("unpublished events", recovery::publishUnpublished))
                        .chain(() -> quietly("lost streams", this::restoreLost))
                : measured;
    }

    private Future<Void> restoreLost() {
        return doorbell.rings() ? recovery.restoreLost() : Future.succeededFuture();
    }

    @Scheduled(
            every = "${s2.bus.sweep.housekeeping:60s}",
            concurrentExecution = ConcurrentExecution.SKIP,
            skipExecutionIf = Schema.Missing.class)
    Uni<Void> keepHouse() {
        return quietly("measuring of dead letters", this::measureDeadLetters)
                .chain(() -> config.enabled()
                        ? quietly("housekeeping", this::takeRound)
                        : Uni.createFrom().voidItem());
    }

    /** Beats the pulse and emits all that came due, page by page. */
    private Uni<Void> comeDue(int page) {
        return transactions
                .run(work -> work.connection()
                        .query(TRY_LOCK)
                        .execute()
                        .chain(locked -> locked.iterator().next().getBoolean(0)
                                ? pulse(work).chain(() -> emitDue(work))
                                : Uni.createFrom().item(0)))
                .chain(count -> count < config.page() || page >= config.maxPages()
                        ? Uni.createFrom().voidItem()
                        : comeDue(page + 1));
    }

    private Uni<Void> pulse(Work work) {
        return work.connection().query(PULSE).execute().chain(rows -> {
            Row pulse = rows.iterator().next();
            Instant last = pulse.getOffsetDateTime(0).toInstant();
            Duration gap = Duration.between(last, pulse.getOffsetDateTime(1).toInstant());
            return gap.compareTo(config.every().plus(config.gapAfter())) > 0
                    ? extend(work, last, gap)
                    : Uni.createFrom().voidItem();
        });
    }

    private Uni<Void> extend(Work work, Instant gapStart, Duration gap) {
        // A start takes a few seconds, which is not worth a line.
        LOG.logf(
                gap.compareTo(WORTH_TELLING) > 0 ? Logger.Level.INFO : Logger.Level.DEBUG,
                "Nothing ran for %d s since %s: deadlines move by as much",
                gap.toSeconds(),
                gapStart);
        // Everybody writes due rows last.
        Uni<Void> moved = Uni.createFrom().voidItem();
        for (Deadlines each : deadlines) {
            moved = moved.chain(() -> each.extend(work.connection(), gapStart, gap));
        }
        Tuple later = Tuple.of(gapStart.atOffset(java.time.ZoneOffset.UTC), gap.toMillis() / 1000.0);
        return moved.chain(() -> work.connection().preparedQuery(MOVE).execute(later))
                .replaceWithVoid();
    }

    private Uni<Integer> emitDue(Work work) {
        return work.connection()
                .preparedQuery(CAME_DUE)
                .execute(Tuple.of((Object) Catalogue.FUNCTIONS.toArray(String[]::new), config.page()))
                .map(due -> emit(work, due));
    }

    private static int emit(Work work, RowSet<Row> due) {
        for (Row row : due) {
            work.emit(
                    new BusEvent.CameDue(
                            row.getString(0),
                            row.getString(1),
                            row.getOffsetDateTime(2).toInstant()),
                    Trace.NONE);
        }
        return due.size();
    }

    /** One process does the round: the one whose UPDATE moves the time on. */
    private Future<Void> takeRound() {
        double period = config.housekeeping().toMillis() / 1000.0 * EARLY;
        return pool.preparedQuery(TAKE_ROUND)
                .execute(Tuple.of(period).getDelegate())
                .compose(taken -> taken.rowCount() == 0
                        ? Future.succeededFuture()
                        : days.make()
                                .eventually(() -> subscriptions.endUnasked(config.unsubscribeAfter()))
                                .eventually(recovery::publishUnhandled)
                                .eventually(days::drop));
    }

    /** For autoscalers that start functions from zero: streams do not show events that never reach them. */
    private Future<Void> measureUndelivered() {
        return unhandled
                .undelivered(log.leftAfter(), log.maxCounted())
                .onSuccess(counts -> Catalogue.FUNCTIONS.forEach(
                        function -> metrics.undelivered(function, counts.getOrDefault(function, 0L))))
                .mapEmpty();
    }

    private Future<Void> measureStreams() {
        if (doorbell.state() instanceof Doorbell.State.Away) {
            return Future.succeededFuture();
        }
        return switch (transport) {
            case Streams streams -> measure(streams);
            // Only the broker knows how long its queues are.
            case Queues _ -> Future.succeededFuture();
        };
    }

    private Future<Void> measure(Streams streams) {
        Future<Void> lengths = Future.succeededFuture();
        for (String function : subscriptions.functions()) {
            lengths = lengths.compose(before -> streams.length(function))
                    .onSuccess(length -> metrics.streamLength(function, length))
                    .mapEmpty();
        }
        return lengths;
    }

    private Future<Void> measureDeadLetters() {
        return pool.query(DEAD_LETTERS)
                .execute()
                .onSuccess(rows -> rows.forEach(row -> metrics.deadLetters(row.getString(0), row.getLong(1))))
                .mapEmpty();
    }

    private Uni<Void> quietly(String what, Supplier<Future<Void>> part) {
        return Uni.createFrom()
                .emitter(done -> part.get().onComplete(end -> {
                    if (end.failed()) {
                        LOG.debugf("The sweep's %s: %s", what, end.cause());
                    }
                    done.complete(null);
                }));
    }

    private static void log(String what, Throwable failure) {
        if (FailureKind.of(failure) == FailureKind.BROKEN) {
            LOG.errorf(failure, "The sweep failed at %s", what);
        } else {
            LOG.debugf("The sweep could not finish its %s now: %s", what, failure);
        }
    }
}
