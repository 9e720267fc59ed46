package io.infrafabric.bus;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.proton.ProtonConnection;
import io.vertx.proton.ProtonDelivery;
import io.vertx.proton.ProtonReceiver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.messaging.Section;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.message.Message;
import org.jboss.logging.Logger;

/**
 * A receiver of one queue. The broker sends it at most a batch that is not yet answered. All of its state belongs to the event
 * loop of the connection.
 *
 * <ul>
 *   <li>Each event is counted in the database before it is given out, and the count is deleted after it was taken in ({@link
 *       LogTries}); so one that kills its process goes alone after a few times, and is set aside in the end. Events that have
 *       to wait for that stay here, unanswered.
 *   <li>An event of an unknown type is kept from the others for a while and then given back, for a newer replica. If there are
 *       many of them, they are taken out of the queue, and published again in time ({@link Again}).
 *   <li>If the connection is lost, so is all that was not answered: the broker delivers it again, and the inbox knows it.
 * </ul>
 */
final class QueueSource implements EventSource {
    private static final Logger LOG = Logger.getLogger(QueueSource.class);

    /** How long a read that does not wait gives the broker to answer to the credit. */
    private static final long AT_ONCE_MILLIS = 50;

    /** A message that was not answered. */
    private record Arrived(String entry, ProtonReceiver on, ProtonDelivery delivery, Reading event) {
        UUID id() {
            return switch (event) {
                case Reading.Known known -> known.envelope().id();
                case Reading.Unknown unknown -> unknown.id();
                case Reading.Malformed malformed -> malformed.id();
            };
        }
    }

    private final Vertx vertx;
    private final AmqpConnection connection;
    private final LogTries tries;
    private final BusMetrics metrics;
    private final BusConfig.Reader config;
    private final BusConfig.Amqp amqp;
    private final String function;
    private final String queue;

    /** Not given out yet. */
    private final List<Arrived> waiting = new ArrayList<>();

    /** Given out, and not yet removed. */
    private final Map<String, Arrived> given = new HashMap<>();

    private Future<ProtonReceiver> link;
    private Promise<Void> arrival = Promise.promise();
    private int held;
    private int unknown;
    private long number;
    private boolean closed;

    QueueSource(
            Vertx vertx,
            AmqpConnection connection,
            LogTries tries,
            BusMetrics metrics,
            BusConfig bus,
            String function) {
        this.vertx = vertx;
        this.connection = connection;
        this.tries = tries;
        this.metrics = metrics;
        this.config = bus.reader();
        this.amqp = bus.amqp();
        this.function = function;
        this.queue = Streams.key(function);
        connection.whenLost(this::lost);
    }

    @Override
    public Future<List<EventBatch.Delivery>> read(boolean atOnce) {
        return connection.on(() -> attached().compose(receiver -> {
            int ready = waiting.size() - Math.min(held, config.maxBatch());
            int wanted = config.maxBatch() - ready - receiver.getCredit();
            if (wanted > 0) {
                receiver.flow(wanted);
            }
            return some(atOnce).compose(any -> choose());
        }));
    }

    /** Completes when something is there that may go out, or after a while. */
    private Future<Void> some(boolean atOnce) {
        if (waiting.size() > held) {
            return Future.succeededFuture();
        }
        arrival = Promise.promise();
        Promise<Void> some = arrival;
        // Held events are looked at again, too.
        long patience = atOnce
                ? Math.min(AT_ONCE_MILLIS, config.block().toMillis())
                : config.block().toMillis();
        long timer = vertx.setTimer(Math.max(1, patience), over -> some.tryComplete());
        return some.future().onComplete(done -> vertx.cancelTimer(timer));
    }

    private Future<List<EventBatch.Delivery>> choose() {
        List<Arrived> page = List.copyOf(waiting);
        List<UUID> ids = page.stream()
                .map(Arrived::id)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        Promise<Map<UUID, Integer>> counted = Promise.promise();
        // The answer of the database comes on another event loop.
        tries.begin(ids)
                .onComplete(counts -> connection
                        .on(() -> Future.succeededFuture())
                        .onComplete(here -> {
                            if (counts.succeeded()) {
                                counted.complete(counts.result());
                            } else {
                                counted.fail(counts.cause());
                            }
                        }));
        return counted.future().map(counts -> give(page, counts));
    }

    private List<EventBatch.Delivery> give(List<Arrived> page, Map<UUID, Integer> counts) {
        List<EventBatch.Delivery> batch = new ArrayList<>();
        for (Arrived one : page) {
            // The connection may have been lost meanwhile, and all this with it.
            if ((one.id() == null || counts.containsKey(one.id())) && waiting.remove(one)) {
                given.put(one.entry(), one);
                EventSource.add(batch, one.entry(), one.event(), one.id() == null ? 1 : counts.get(one.id()));
            }
        }
        held = (int) page.stream().filter(waiting::contains).count();
        return batch;
    }

    @Override
    public Future<Void> remove(List<String> entries) {
        return connection.on(() -> {
            List<UUID> over = new ArrayList<>();
            for (String entry : entries) {
                Arrived one = given.remove(entry);
                if (one != null) {
                    answer(one, Accepted.getInstance());
                    if (one.id() != null) {
                        over.add(one.id());
                    }
                }
            }
            if (!over.isEmpty()) {
                tries.end(over).onFailure(failed -> LOG.debugf("Counts of %s stay behind: %s", function, failed));
            }
            return Future.succeededFuture();
        });
    }

    /** Nobody else gets what is not answered. */
    @Override
    public void touch(List<String> entries) {}

    @Override
    public boolean failed(Throwable failure) {
        return true;
    }

    @Override
    public void close() {
        connection
                .on(() -> {
                    closed = true;
                    waiting.forEach(one -> answer(one, Released.getInstance()));
                    waiting.clear();
                    if (link != null) {
                        link.onSuccess(AmqpConnection::end);
                    }
                    return Future.<Void>succeededFuture();
                })
                .onFailure(failure -> LOG.debugf("Closing %s: %s", queue, failure));
    }

    private boolean isOpen(ProtonReceiver receiver) {
        return link != null && receiver.equals(link.result());
    }

    /** Nobody hears what is answered on a connection that was lost. */
    private void answer(Arrived one, DeliveryState outcome) {
        if (isOpen(one.on())) {
            one.delivery().disposition(outcome, true);
        }
    }

    private Future<ProtonReceiver> attached() {
        if (link != null) {
            return link;
        }
        Future<ProtonReceiver> made = connection.open().compose(this::attach);
        Future<ProtonReceiver> next = connection.inTime(made, amqp.timeout());
        link = next;
        // It may have failed by now, as it does while the connection pauses.
        next.onFailure(failure -> {
            if (next.equals(link)) {
                link = null;
            }
            made.onSuccess(AmqpConnection::end);
        });
        return next;
    }

    private Future<ProtonReceiver> attach(ProtonConnection to) {
        Promise<ProtonReceiver> attached = Promise.promise();
        ProtonReceiver receiver =
                AmqpConnection.session(to).createReceiver(connection.dialect().queue(queue));
        ((org.apache.qpid.proton.amqp.messaging.Source) receiver.getSource()).setCapabilities(Symbol.valueOf("queue"));
        receiver.setAutoAccept(false);
        receiver.setPrefetch(0);
        receiver.handler((delivery, message) ->
                arrived(new Arrived(Long.toString(++number), receiver, delivery, Envelopes.read(body(message)))));
        receiver.openHandler(opened -> {
            if (opened.succeeded() && receiver.getRemoteSource() != null) {
                attached.tryComplete(receiver);
            }
        });
        AmqpConnection.whenEnded(receiver, why -> ended(receiver, attached, why));
        receiver.open();
        return attached.future();
    }

    private void ended(ProtonReceiver receiver, Promise<ProtonReceiver> attached, Throwable why) {
        ChannelRefusal refusal = new ChannelRefusal("the broker has ended the reading of " + queue + ": "
                + (why == null ? "it said nothing" : why.getMessage()));
        attached.tryFail(refusal);
        if (!closed && isOpen(receiver)) {
            lost(refusal);
        }
    }

    /** What is given out stays known: its count ends when it is taken in, also if the broker delivers it again. */
    private void lost(Throwable why) {
        link = null;
        waiting.clear();
        held = 0;
        unknown = 0;
        metrics.unknown(function, 0);
        arrival.tryFail(why instanceof IOException ? why : new IOException(why));
    }

    private void arrived(Arrived one) {
        if (!isOpen(one.on())) {
            return;
        }
        if (closed) {
            answer(one, Released.getInstance());
        } else if (one.event() instanceof Reading.Unknown other) {
            leave(one, other);
        } else {
            waiting.add(one);
            // What came in the same frame is handled before this.
            vertx.getOrCreateContext().runOnContext(then -> arrival.tryComplete());
        }
    }

    private void leave(Arrived one, Reading.Unknown other) {
        if (unknown >= config.maxBatch()) {
            answer(one, Accepted.getInstance());
            return;
        }
        metrics.unknown(function, ++unknown);
        LOG.debugf("Left %s of type %s to a newer replica", other.id(), other.type());
        vertx.setTimer(Math.max(1, config.claimIdle().toMillis()), over -> {
            if (isOpen(one.on())) {
                metrics.unknown(function, --unknown);
                answer(one, Released.getInstance());
            }
        });
    }

    /** The text of a message, or nothing if it holds something else. */
    static String body(Message message) {
        Section body = message.getBody();
        Object value = switch (body) {
            case Data data -> data.getValue();
            case AmqpValue any -> any.getValue();
            case null, default -> null;
        };
        return switch (value) {
            case Binary binary ->
                new String(binary.getArray(), binary.getArrayOffset(), binary.getLength(), StandardCharsets.UTF_8);
            case String text -> text;
            case null, default -> "";
        };
    }
}
