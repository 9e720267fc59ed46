package io.infrafabric.bus;

import io.infrafabric.event.Confidential;
import io.infrafabric.event.Envelope;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiFunction;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;

/**
 * Takes in what a channel delivers, so that each event takes effect once: its row is written in the transaction of the
 * effect. A function looks like this:
 *
 * <pre>{@code
 * @Incoming("coordinator")
 * public Uni<Void> on(EventBatch batch) { return inbox.takeTogether(batch, this::react); }
 * }</pre>
 */
@Singleton
public final class Inbox {
    private static final Logger LOG = Logger.getLogger(Inbox.class);

    /**
     * Writes the inbox rows in the order of their key (two consumers of the same entries must not deadlock), moves the
     * seen versions of the state events that are new, and says for each new event whether it is to be applied: a fact
     * always, a state event if it is the newest of its subject in the batch and newer than what was seen.
     */
    private static final String ARRIVE = """
            WITH arriving AS (
                SELECT * FROM unnest($2::date[], $3::uuid[], $4::text[], $5::bigint[]) AS a (day, id, subject, version)
            ), fresh AS (
                INSERT INTO bus_inbox (day, function, event) SELECT day, $1, id FROM arriving ORDER BY day, id
                ON CONFLICT DO NOTHING RETURNING event
            ), newest AS (
                SELECT DISTINCT ON (subject) id, subject, version FROM arriving JOIN fresh ON event = id
                WHERE version IS NOT NULL ORDER BY subject, version DESC, id
            ), seen AS (
                INSERT INTO bus_seen AS s (function, subject, version)
                SELECT $1, subject, version FROM newest ORDER BY subject
                ON CONFLICT (function, subject) DO UPDATE SET version = excluded.version, at = now()
                WHERE s.version < excluded.version RETURNING subject
            )
            SELECT id, version IS NULL OR EXISTS (
                SELECT FROM newest JOIN seen USING (subject) WHERE newest.id = arriving.id)
            FROM arriving JOIN fresh ON event = id""";

    private final Vertx vertx;
    private final Transactions transactions;
    private final DeadLetters deadLetters;
    private final BusMetrics metrics;
    private final BusConfig.Inbox config;

    @Inject
    Inbox(Vertx vertx, Transactions transactions, DeadLetters deadLetters, BusMetrics metrics, BusConfig config) {
        this.vertx = vertx;
        this.transactions = transactions;
        this.deadLetters = deadLetters;
        this.metrics = metrics;
        this.config = config.inbox();
    }

    /**
     * Has {@code handler} react to each event of the batch that is new to the function, in order and in one transaction
     * with the inbox. When this succeeds, every event of the batch was handled now or earlier, or is a dead letter, so
     * the batch may leave the channel. It fails only when the infrastructure does; then the batch is to be delivered
     * again.
     *
     * <p>A batch that fails is redone event by event. An event that fails {@link BusConfig.Inbox#maxTries()} times, or
     * cannot be read, or was delivered more than {@link BusConfig.Inbox#maxDeliveries()} times, becomes a dead letter.
     * The others go on between its tries.
     */
    public Uni<Void> take(EventBatch batch, BiFunction<Work, Envelope, Uni<Void>> handler) {
        return takeTogether(
                batch,
                (work, events) -> inTurn(events.stream()
                        .map(event -> reaction(work, event, handler))
                        .toList()));
    }

    /**
     * Like {@link #take}, with a handler that gets all new events of a transaction at once. For a function whose events
     * change the same rows: two batches are handled at the same time, so it must change rows in one order.
     */
    public Uni<Void> takeTogether(EventBatch batch, BiFunction<Work, List<Envelope>, Uni<Void>> handler) {
        return new Taking(batch.function(), handler).take(batch.deliveries());
    }

    private static Uni<Void> reaction(Work work, Envelope envelope, BiFunction<Work, Envelope, Uni<Void>> handler) {
        return Uni.createFrom()
                .deferred(() -> {
                    MDC.put("event", envelope.id().toString());
                    if (envelope.trace().token() != null) {
                        MDC.put("traceToken", envelope.trace().token());
                    }
                    return handler.apply(work, envelope);
                })
                .eventually(() -> {
                    MDC.remove("event");
                    MDC.remove("traceToken");
                });
    }

    /** One batch of one function. */
    private final class Taking {
        private final String function;
        private final BiFunction<Work, List<Envelope>, Uni<Void>> handler;

        Taking(String function, BiFunction<Work, List<Envelope>, Uni<Void>> handler) {
            this.function = function;
            this.handler = handler;
        }

        Uni<Void> take(List<EventBatch.Delivery> deliveries) {
            List<Reading.Known> good = new ArrayList<>(deliveries.size());
            List<Uni<Void>> aside = new ArrayList<>(0);
            for (EventBatch.Delivery delivery : deliveries) {
                switch (delivery.event()) {
                    case Reading.Known crashing
                    when delivery.count() > config.maxDeliveries() ->
                        aside.add(deadLetters.add(
                                function,
                                crashing,
                                "delivered " + delivery.count() + " times and never finished: it may crash the process",
                                delivery.count()));
                    case Reading.Known known -> good.add(known);
                    case Reading.Malformed malformed ->
                        aside.add(deadLetters.add(function, malformed, malformed.why(), delivery.count()));
                    case Reading.Unknown unknown ->
                        throw new IllegalArgumentException("Unknown types stay in the channel: " + unknown.type());
                }
            }
            return inTurn(aside).chain(() -> switch (good.size()) {
                case 0 -> Uni.createFrom().voidItem();
                case 1 -> alone(good, 1);
                default -> together(good);
            });
        }

        private Uni<Void> together(List<Reading.Known> events) {
            return attempt(events)
                    .onFailure(failure -> FailureKind.of(failure) != FailureKind.AWAY)
                    .recoverWithUni(failure -> alone(events, 1));
        }

        /** Takes each in a transaction of its own. Those that fail are tried again after all others. */
        private Uni<Void> alone(List<Reading.Known> events, int round) {
            List<Reading.Known> failed = new ArrayList<>();
            return inTurn(events.stream().map(event -> alone(event, failed, 0)).toList())
                    .chain(() -> failed.isEmpty()
                            ? Uni.createFrom().voidItem()
                            : pause(round).chain(() -> alone(failed, round + 1)));
        }

        private Uni<Void> alone(Reading.Known event, List<Reading.Known> failed, int aborts) {
            return Uni.createFrom()
                    .deferred(() -> attempt(List.of(event)))
                    .onFailure()
                    .recoverWithUni(failure -> switch (FailureKind.of(failure)) {
                        case AWAY -> Uni.createFrom().failure(failure);
                        case ABORTED ->
                            aborts < config.maxAborts()
                                    ? alone(event, failed, aborts + 1)
                                    : Uni.createFrom().failure(failure);
                        case BROKEN -> broken(event, failed, failure);
                    });
        }

        private Uni<Void> broken(Reading.Known event, List<Reading.Known> failed, Throwable failure) {
            Envelope envelope = event.envelope();
            metrics.failed(function);
            // What a failure says of a confidential event is no more for the log than for a letter.
            Throwable logged = envelope.event() instanceof Confidential ? null : failure;
            String error = DeadLetters.describe(envelope.event(), failure);
            LOG.warnf(logged, "%s failed on %s %s", function, envelope.type(), envelope.id());
            return deadLetters.count(function, envelope.id(), error).chain(tries -> {
                if (tries >= config.maxTries()) {
                    return deadLetters.add(function, event, error, tries);
                }
                failed.add(event);
                return Uni.createFrom().voidItem();
            });
        }

        /** One transaction: the inbox rows, and what the handler does with the new events. */
        private Uni<Void> attempt(List<Reading.Known> events) {
            return transactions
                    .run(work -> arrive(work, events).chain(effective -> react(work, events, effective)))
                    .invoke(effective -> {
                        for (Reading.Known event : events) {
                            Boolean isEffective = effective.get(event.envelope().id());
                            metrics.taken(function, event.envelope(), isEffective);
                        }
                    })
                    .replaceWithVoid();
        }

        /** The new events among these, and whether each is to be applied. */
        private Uni<Map<UUID, Boolean>> arrive(Work work, List<Reading.Known> events) {
            int count = events.size();
            LocalDate[] days = new LocalDate[count];
            UUID[] ids = new UUID[count];
            String[] subjects = new String[count];
            Long[] versions = new Long[count];
            for (int i = 0; i < count; i++) {
                Envelope envelope = events.get(i).envelope();
                days[i] = envelope.day();
                ids[i] = envelope.id();
                subjects[i] = envelope.event().subject();
                versions[i] = envelope.version();
            }
            return work.connection()
                    .preparedQuery(ARRIVE)
                    .execute(Tuple.of(function, days, ids, subjects, versions))
                    .map(Inbox::effective);
        }

        private Uni<Map<UUID, Boolean>> react(Work work, List<Reading.Known> events, Map<UUID, Boolean> effective) {
            // An entry may stand in a batch twice, but must take effect once.
            Map<UUID, Boolean> left = new HashMap<>(effective);
            List<Envelope> fresh = events.stream()
                    .map(Reading.Known::envelope)
                    .filter(envelope -> Boolean.TRUE.equals(left.remove(envelope.id())))
                    .toList();
            return Uni.createFrom()
                    .deferred(() -> fresh.isEmpty() ? Uni.createFrom().voidItem() : handler.apply(work, fresh))
                    .replaceWith(effective);
        }
    }

    private Uni<Void> pause(int round) {
        Duration backoff = config.retryBackoff().multipliedBy(1L << Math.min(round - 1, 16));
        Context context = vertx.getOrCreateContext();
        return Uni.createFrom()
                .emitter(waiting -> vertx.setTimer(
                        backoff.toMillis(), timer -> context.runOnContext(over -> waiting.complete(null))));
    }

    private static Uni<Void> inTurn(List<Uni<Void>> unis) {
        return switch (unis.size()) {
            case 0 -> Uni.createFrom().voidItem();
            case 1 -> unis.getFirst();
            default ->
                Multi.createFrom()
                        .iterable(unis)
                        .onItem()
                        .transformToUniAndConcatenate(uni -> uni)
                        .onItem()
                        .ignoreAsUni();
        };
    }

    private static Map<UUID, Boolean> effective(RowSet<Row> rows) {
        Map<UUID, Boolean> effective = HashMap.newHashMap(rows.size());
        for (Row row : rows) {
            effective.put(row.getUUID(0), row.getBoolean(1));
        }
        return effective;
    }
}
