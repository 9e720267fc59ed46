package io.infrafabric.bus;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.proton.ProtonConnection;
import io.vertx.sqlclient.Pool;
import jakarta.enterprise.inject.Typed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.message.Message;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * The channels on a broker of AMQP 1.0: one queue {@code s2.<function>} for each function, and the topic {@code s2.wake} for
 * bells. It sends and reads on two connections, because a broker that is full may stop listening to one that sends.
 *
 * <p>It asks the broker for as little as possible, so that brokers are alike: a sender waits for {@code accepted}; a receiver
 * answers {@code accepted} or {@code released}. Tries are counted in the database ({@link LogTries}), and what the broker has
 * lost is found there ({@link Again}).
 */
@Singleton
@Typed(Queues.class)
final class Queues implements Transport {
    /** The topic of the bells. */
    static final String WAKE = "s2.wake";

    private final Vertx vertx;
    private final Pool pool;
    private final Doorbell doorbell;
    private final BusMetrics metrics;
    private final BusConfig config;
    private final AmqpConnection sending;
    private final AmqpConnection reading;
    /** By name. Of the connection under way, and on its event loop. */
    private final Map<String, AmqpSender> senders = new HashMap<>();

    /** Names for which the broker last gave no credit. */
    private final Set<String> full = new HashSet<>();

    @Inject
    Queues(
            Vertx vertx,
            Pool pool,
            Doorbell doorbell,
            BusMetrics metrics,
            BusConfig config,
            @ConfigProperty(name = Transports.AMQP_URL) Optional<String> url,
            @ConfigProperty(name = Transports.AMQP_CA_FILE) Optional<String> caFile) {
        this.vertx = vertx;
        this.pool = pool;
        this.doorbell = doorbell;
        this.metrics = metrics;
        this.config = config;
        AmqpAddress address = AmqpAddress.parse(url.orElseThrow());
        this.sending = new AmqpConnection(vertx, address, caFile, config, "sends");
        this.reading = new AmqpConnection(vertx, address, caFile, config, "reads");
        sending.whenLost(cause -> {
            List.copyOf(senders.values()).forEach(sender -> sender.end(cause));
            senders.clear();
        });
    }

    @Override
    public Future<Void> append(List<Entry> entries) {
        Map<String, List<Message>> byQueue = new HashMap<>();
        entries.forEach(entry -> byQueue.computeIfAbsent(Streams.key(entry.function()), any -> new ArrayList<>())
                .add(message(entry.json(), true)));
        return sending.on(() -> Future.join(byQueue.entrySet().stream()
                                .map(each -> send(each.getKey(), false, each.getValue()))
                                .toList())
                        .<Void>mapEmpty())
                .onSuccess(accepted -> doorbell.taken())
                .onFailure(doorbell::failed);
    }

    /**
     * Sends an empty text to the topic of the bells, which tells nobody anything, and looks at the queues: none may be full. What
     * was refused counts for a while, or each knock would call a full broker well again.
     */
    @Override
    public Future<Void> knock(Duration patience) {
        return sending.on(() -> sending.inTime(send(WAKE, true, List.of(message("", false))), patience)
                        .compose(sent -> trouble()
                                .<Future<Void>>map(Future::failedFuture)
                                .orElse(Future.succeededFuture())))
                .onSuccess(accepted -> doorbell.taken())
                .onFailure(doorbell::failed);
    }

    private Optional<ChannelRefusal> trouble() {
        Optional<ChannelRefusal> trouble = Optional.empty();
        for (AmqpSender sender : List.copyOf(senders.values())) {
            if (sender.hasCredit()) {
                full.remove(sender.name());
            } else if (sender.isDry(config.amqp().timeout().toNanos())) {
                renew(sender);
            }
            if (full.contains(sender.name())) {
                trouble = Optional.of(sender.noCredit());
            }
            trouble = trouble.or(() -> sender.refusal(config.amqp().timeout().toNanos()));
        }
        return trouble;
    }

    /** A new link gets credit if there is room again; brokers forget to give it to an old one. */
    private void renew(AmqpSender sender) {
        full.add(sender.name());
        sender.close();
        senders.remove(sender.name());
        sending.open().onSuccess(open -> attach(open, sender.name(), sender.isTopic()));
    }

    @Override
    public EventSource source(String function) {
        return new QueueSource(
                vertx, reading, new LogTries(pool, config.reader(), function), metrics, config, function);
    }

    @Override
    public Broadcast broadcast() {
        return new AmqpBroadcast(vertx, this, reading, config);
    }

    /** Sends a bell; whether anybody hears it is not known. */
    Future<Void> ring(String text) {
        return sending.on(() -> send(WAKE, true, List.of(message(text, false))));
    }

    /** Attaches to the queues of these functions, so that a broker makes them that makes queues when asked. */
    Future<Void> touchAll(List<String> functions) {
        return sending.on(() -> Future.join(functions.stream()
                        .map(function -> sender(Streams.key(function), false))
                        .toList())
                .mapEmpty());
    }

    /** How the broker names things, once it has answered. */
    Future<AmqpDialect> dialect() {
        return sending.on(() -> sending.open().map(opened -> sending.dialect()));
    }

    Future<Void> close() {
        return sending.close().eventually(reading::close);
    }

    /** On the event loop. What the broker gave no credit for in time is given up, or it would be sent much later. */
    private Future<Void> send(String name, boolean isTopic, List<Message> messages) {
        return sender(name, isTopic)
                .compose(sender -> sending.inTime(
                                sender.send(messages), config.amqp().timeout())
                        .recover(failure -> {
                            boolean isFull = failure instanceof TimeoutException && sender.isDry(0);
                            if (isFull) {
                                renew(sender);
                            } else {
                                sender.giveUp();
                            }
                            return Future.failedFuture(isFull ? sender.noCredit() : failure);
                        }));
    }

    private Future<AmqpSender> sender(String name, boolean isTopic) {
        return sending.inTime(
                sending.open()
                        .compose(connection -> attach(connection, name, isTopic).attached()),
                config.amqp().timeout());
    }

    private AmqpSender attach(ProtonConnection connection, String name, boolean isTopic) {
        return senders.compute(
                name,
                (key, there) -> there != null && !there.hasEnded()
                        ? there
                        : new AmqpSender(connection, sending.dialect(), name, isTopic));
    }

    private static Message message(String text, boolean durable) {
        Message message = Message.Factory.create();
        message.setDurable(durable);
        message.setBody(new Data(new Binary(text.getBytes(StandardCharsets.UTF_8))));
        return message;
    }
}
