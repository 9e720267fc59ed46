package io.infrafabric.bus;

import io.infrafabric.event.Envelope;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Publishes events right after their commit, and marks them published a little later. While one batch is on its way to
 * the channel, the next one fills. It may lose anything at any time: the sweep publishes again what is not marked.
 */
@Singleton
public final class Relay {
    private static final Logger LOG = Logger.getLogger(Relay.class);

    /**
     * {@code IS NOT TRUE} keeps the planner from the index of unpublished events: in a burst that index is as long as
     * the burst, and was read whole for each event (2,270 instead of 6,205 events/s; the plan is made once, for the
     * table sizes of that moment).
     */
    static final String MARK = "UPDATE bus_event SET published = true FROM unnest($1::date[], $2::uuid[])"
            + " AS sent (day, id) WHERE bus_event.day = sent.day AND bus_event.id = sent.id"
            + " AND bus_event.published IS NOT TRUE";

    private final Vertx vertx;
    private final Pool pool;
    private final Transport transport;
    private final Subscriptions subscriptions;
    private final Doorbell doorbell;
    private final BusConfig.Relay config;
    private final Counter overflow;

    private final ArrayDeque<Outgoing> queue = new ArrayDeque<>();
    private List<Envelope> sent = new ArrayList<>();
    private boolean sending;
    private boolean markDue;

    @Inject
    Relay(
            Vertx vertx,
            Pool pool,
            Transport transport,
            Subscriptions subscriptions,
            Doorbell doorbell,
            BusConfig config,
            MeterRegistry metrics) {
        this.vertx = vertx;
        this.pool = pool;
        this.transport = transport;
        this.subscriptions = subscriptions;
        this.doorbell = doorbell;
        this.config = config.relay();
        this.overflow = metrics.counter("s2_relay_left_to_sweep_total");
    }

    /**
     * Publishes committed events to every function that subscribes. Never blocks, never fails. While the channel is
     * known to be away or to refuse writes, it leaves them to the readers of the log, and to the sweep when the channel
     * is back.
     */
    void publish(List<Outgoing> events) {
        List<Outgoing> batch;
        synchronized (this) {
            for (Outgoing event : events) {
                if (subscriptions.functionsOf(event.envelope().type()).isEmpty()) {
                    continue;
                }
                if (queue.size() >= config.maxQueued() || !doorbell.rings()) {
                    overflow.increment();
                } else {
                    queue.add(event);
                }
            }
            batch = nextBatch();
        }
        send(batch);
    }

    /** Publishes committed events to one function only, and completes when they are in its stream. */
    Future<Void> publishTo(String function, List<String> events) {
        return transport.append(
                events.stream().map(json -> new Transport.Entry(function, json)).toList());
    }

    private List<Outgoing> nextBatch() {
        if (sending || queue.isEmpty()) {
            return List.of();
        }
        sending = true;
        List<Outgoing> batch = new ArrayList<>(Math.min(queue.size(), config.maxBatch()));
        while (batch.size() < config.maxBatch() && !queue.isEmpty()) {
            batch.add(queue.poll());
        }
        return batch;
    }

    private void send(List<Outgoing> batch) {
        if (batch.isEmpty()) {
            return;
        }
        List<Transport.Entry> entries = new ArrayList<>(batch.size());
        for (Outgoing event : batch) {
            for (String function : subscriptions.functionsOf(event.envelope().type())) {
                entries.add(new Transport.Entry(function, event.json()));
            }
        }
        Future<Void> appended = entries.isEmpty() ? Future.succeededFuture() : transport.append(entries);
        appended.onComplete(done -> {
            if (done.failed()) {
                overflow.increment(batch.size());
                LOG.debugf("Left %d events to the sweep: %s", batch.size(), done.cause());
            }
            List<Outgoing> next;
            synchronized (this) {
                if (done.succeeded()) {
                    batch.forEach(event -> sent.add(event.envelope()));
                    markLater();
                }
                sending = false;
                next = nextBatch();
            }
            send(next);
        });
    }

    private void markLater() {
        if (!markDue) {
            markDue = true;
            vertx.setTimer(config.markEvery().toMillis(), timer -> mark());
        }
    }

    private void mark() {
        List<Envelope> published;
        synchronized (this) {
            published = sent;
            sent = new ArrayList<>();
        }
        LocalDate[] days = published.stream().map(Envelope::day).toArray(LocalDate[]::new);
        UUID[] ids = published.stream().map(Envelope::id).toArray(UUID[]::new);
        pool.getConnection()
                .compose(connection -> mark(connection, days, ids).eventually(() -> connection.close()))
                .onComplete(done -> {
                    if (done.failed()) {
                        LOG.debugf("%d events stay unmarked and will be published again: %s", ids.length, done.cause());
                    }
                    synchronized (this) {
                        markDue = false;
                        if (!sent.isEmpty()) {
                            markLater();
                        }
                    }
                });
    }

    /** A lost mark costs only a repeated publication, so its commit need not wait for the disk. */
    private static Future<Void> mark(SqlConnection connection, LocalDate[] days, UUID[] ids) {
        Future<?> begun =
                connection.query("BEGIN; SET LOCAL synchronous_commit = off").execute();
        Future<?> marked = connection.preparedQuery(MARK).execute(Tuple.of(days, (Object) ids));
        Future<?> committed = connection.query("COMMIT").execute();
        return Future.join(begun, marked, committed).mapEmpty();
    }
}
