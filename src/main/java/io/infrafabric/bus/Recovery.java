package io.infrafabric.bus;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Publishes again what did not get through, so that nothing depends on the channel: what was never published, what is
 * missing from a stream, and everything unhandled when a stream was lost. All of it may run twice, or in two processes
 * at a time, because the inbox lets an event take effect once.
 */
@Singleton
final class Recovery {
    private static final Logger LOG = Logger.getLogger(Recovery.class);

    /** Each event comes with the functions that already have it from the log. */
    private static final String UNPUBLISHED = "SELECT day, id, type, envelope, ARRAY(SELECT i.function FROM bus_inbox i"
            + " WHERE i.day = e.day AND i.function = ANY($3::text[]) AND i.event = e.id) FROM bus_event e"
            + " WHERE NOT published AND at < now() - make_interval(secs => $1) ORDER BY at LIMIT $2"
            + " FOR UPDATE SKIP LOCKED";

    /**
     * The most entries of a stream that are compared with the log. A function with a longer stream has enough to do.
     */
    private static final int MAX_COMPARED = 200;

    private final Pool pool;
    private final Transport transport;
    private final Again again;
    private final Relay relay;
    private final Subscriptions subscriptions;
    private final Unhandled unhandled;
    private final Doorbell doorbell;
    private final EventIds ids;
    private final BusConfig.Sweep config;

    @Inject
    Recovery(
            Pool pool,
            Transport transport,
            Again again,
            Relay relay,
            Subscriptions subscriptions,
            Unhandled unhandled,
            Doorbell doorbell,
            EventIds ids,
            BusConfig config) {
        this.pool = pool;
        this.transport = transport;
        this.again = again;
        this.relay = relay;
        this.subscriptions = subscriptions;
        this.unhandled = unhandled;
        this.doorbell = doorbell;
        this.ids = ids;
        this.config = config.sweep();
    }

    /**
     * Publishes what was committed, but not published within {@link BusConfig.Sweep#unpublishedAfter()}. While the
     * channel accepts nothing, it marks the events that every subscriber has read from the log, so that little is left
     * to publish.
     */
    Future<Void> publishUnpublished() {
        return doorbell.rings() ? publishUnpublished(1) : markHandled(1);
    }

    private Future<Void> markHandled(int page) {
        return unhandled
                .markHandled(config.unpublishedAfter(), config.page())
                .compose(count -> count < config.page() || page >= config.maxPages()
                        ? Future.succeededFuture()
                        : markHandled(page + 1));
    }

    private Future<Void> publishUnpublished(int page) {
        return pool.withTransaction(this::publishPage)
                .compose(count -> count < config.page() || page >= config.maxPages()
                        ? Future.succeededFuture()
                        : publishUnpublished(page + 1));
    }

    private Future<Integer> publishPage(SqlConnection c) {
        double age = config.unpublishedAfter().toMillis() / 1000.0;
        return c.preparedQuery(UNPUBLISHED)
                .execute(Tuple.of(age, config.page(), subscriptions.functions().toArray(String[]::new)))
                .compose(rows -> {
                    List<Transport.Entry> entries = new ArrayList<>();
                    List<LocalDate> days = new ArrayList<>();
                    List<UUID> events = new ArrayList<>();
                    for (Row row : rows) {
                        days.add(row.getLocalDate(0));
                        events.add(row.getUUID(1));
                        List<String> having = List.of(row.getArrayOfStrings(4));
                        for (String function : subscriptions.functionsOf(row.getString(2))) {
                            if (!having.contains(function)) {
                                entries.add(new Transport.Entry(function, row.getString(3)));
                            }
                        }
                    }
                    if (events.isEmpty()) {
                        return Future.succeededFuture(0);
                    }
                    LOG.debugf("Publishing %d events that did not get through", events.size());
                    Tuple sent = Tuple.of(days.toArray(LocalDate[]::new), (Object) events.toArray(UUID[]::new));
                    return (entries.isEmpty() ? Future.<Void>succeededFuture() : transport.append(entries))
                            .compose(appended -> c.preparedQuery(Relay.MARK).execute(sent))
                            .map(events.size());
                });
    }

    /** Restores every stream whose marker is gone: publishes all that its function has not handled. */
    Future<Void> restoreLost() {
        return switch (transport) {
            case Streams streams -> restoreLost(streams);
            // A broker of AMQP does not show what it has lost, see Again.
            case Queues _ -> Future.succeededFuture();
        };
    }

    private Future<Void> restoreLost(Streams streams) {
        return streams.lost(List.copyOf(subscriptions.functions())).compose(lost -> {
            Future<Void> done = Future.succeededFuture();
            for (String function : lost) {
                done = done.compose(before -> restore(streams, function));
            }
            return done;
        });
    }

    private Future<Void> restore(Streams streams, String function) {
        UUID incarnation = ids.next();
        return streams.restore(function, incarnation).compose(mine -> {
            if (!mine) {
                return Future.succeededFuture();
            }
            return unhandled
                    .completeUntil(function)
                    .compose(from -> restore(streams, function, EventIds.floor(from.toInstant())))
                    .compose(count -> streams.restored(function, incarnation).onSuccess(lasting -> {
                        if (count > 0) {
                            LOG.infof("The stream of %s was lost: published %d events again", function, count);
                        }
                    }))
                    .mapEmpty();
        });
    }

    private Future<Integer> restore(Streams streams, String function, UUID after) {
        return unhandled
                .page(function, after, EventIds.floor(Rows.FOREVER), config.page())
                .compose(rows -> {
                    if (rows.size() == 0) {
                        return Future.succeededFuture(0);
                    }
                    List<String> events = new ArrayList<>(rows.size());
                    UUID last = after;
                    for (Row row : rows) {
                        last = row.getUUID(0);
                        events.add(row.getString(1));
                    }
                    UUID next = last;
                    return relay.publishTo(function, events)
                            .compose(appended -> streams.stillRestoring(function))
                            .compose(kept -> restore(streams, function, next))
                            .map(more -> more + events.size());
                });
    }

    /**
     * Publishes events that are older than {@link BusConfig.Sweep#unhandledAfter()}, unhandled, and not in the channel
     * of their function. Moves on the time up to which everything is complete.
     */
    Future<Void> publishUnhandled() {
        Future<Void> done = Future.succeededFuture();
        for (String function : subscriptions.functions()) {
            done = done.compose(before -> switch (transport) {
                case Streams streams -> publishUnhandled(streams, function);
                case Queues _ -> again.publish(function);
            });
        }
        return done;
    }

    private Future<Void> publishUnhandled(Streams streams, String function) {
        return streams.events(function, MAX_COMPARED)
                .compose(present -> present == null
                        ? Future.succeededFuture()
                        : unhandled.completeUntil(function).compose(from -> publishUnhandled(function, present, from)));
    }

    private Future<Void> publishUnhandled(String function, Set<UUID> present, OffsetDateTime from) {
        Instant now = ids.clock().instant();
        return publishUnhandled(
                        function,
                        present,
                        EventIds.floor(from.toInstant()),
                        EventIds.floor(now.minus(config.unhandledAfter())),
                        1)
                .compose(oldest -> unhandled.complete(function, from, oldest, now, config.unhandledMargin()));
    }

    /** Gives the oldest unhandled event, which may be in the stream. */
    private Future<UUID> publishUnhandled(String function, Set<UUID> present, UUID after, UUID before, int page) {
        return unhandled.page(function, after, before, config.page()).compose(rows -> {
            List<String> missing = new ArrayList<>();
            UUID oldest = null;
            UUID last = after;
            for (Row row : rows) {
                last = row.getUUID(0);
                oldest = oldest == null ? last : oldest;
                if (!present.contains(last)) {
                    missing.add(row.getString(1));
                }
            }
            if (!missing.isEmpty()) {
                LOG.infof("The stream of %s lacked %d events: published them again", function, missing.size());
            }
            UUID first = oldest;
            UUID next = last;
            return (missing.isEmpty() ? Future.<Void>succeededFuture() : relay.publishTo(function, missing))
                    .compose(appended -> rows.size() < config.page() || page >= config.maxPages()
                            ? Future.succeededFuture()
                            : publishUnhandled(function, present, next, before, page + 1))
                    .map(any -> first);
        });
    }
}
