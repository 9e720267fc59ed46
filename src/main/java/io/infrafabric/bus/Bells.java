package io.infrafabric.bus;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * "Look again": one lossy broadcast that tells every process, this one included, that something changed. A lost bell
 * costs time and never a task, because waiters also look again by themselves.
 *
 * <p>A bell is named {@code <what>:<id>}, for example {@code tasks:swarm-1} or {@code inbox:session-3}. Other processes
 * hear of it by {@code PUBLISH s2.wake}; the next message carries all bells that are rung while one is on its way.
 */
@Singleton
public final class Bells {
    private static final Logger LOG = Logger.getLogger(Bells.class);
    private static final String CHANNEL = "s2.wake";

    private final Vertx vertx;
    private final Redis redis;
    private final Doorbell doorbell;
    private final BusConfig config;
    private final String process = UUID.randomUUID().toString();
    private final Map<String, List<Consumer<String>>> listeners = new ConcurrentHashMap<>();

    private Set<String> queued = new LinkedHashSet<>();
    private boolean sending;
    private RedisConnection subscription;
    private boolean closed;

    @Inject
    Bells(Vertx vertx, Redis redis, Doorbell doorbell, BusConfig config) {
        this.vertx = vertx;
        this.redis = redis;
        this.doorbell = doorbell;
        this.config = config;
    }

    void start(@Observes StartupEvent started) {
        subscribe();
    }

    /** Rings a bell in every process, in this one at once. Never fails, never blocks. */
    public void ring(String bell) {
        hear(bell);
        String message;
        synchronized (this) {
            if (queued.size() < config.maxQueuedBells()) {
                queued.add(bell);
            }
            message = nextMessage();
        }
        send(message);
    }

    /**
     * Calls {@code listener} with the rest of the name of each bell that starts with {@code what} and a colon, for as
     * long as the process runs. It must not block, and may be called on any thread.
     */
    public void listen(String what, Consumer<String> listener) {
        listeners.computeIfAbsent(what, any -> new CopyOnWriteArrayList<>()).add(listener);
    }

    private void hear(String bell) {
        int colon = bell.indexOf(':');
        if (colon < 0) {
            return;
        }
        for (Consumer<String> listener : listeners.getOrDefault(bell.substring(0, colon), List.of())) {
            try {
                listener.accept(bell.substring(colon + 1));
            } catch (RuntimeException broken) {
                LOG.errorf(broken, "A listener to %s failed", bell);
            }
        }
    }

    private String nextMessage() {
        if (sending || queued.isEmpty()) {
            return null;
        }
        sending = true;
        Set<String> bells = queued;
        queued = new LinkedHashSet<>();
        return process + '\n' + String.join("\n", bells);
    }

    private void send(String message) {
        if (message == null) {
            return;
        }
        redis.send(Request.cmd(Command.PUBLISH).arg(CHANNEL).arg(message))
                .timeout(config.redisTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .onComplete(sent -> {
                    if (sent.failed()) {
                        LOG.debugf("Bells were lost: %s", sent.cause());
                        // A message that was sent proves nothing: a full Redis passes on what it does not keep.
                        doorbell.failed(sent.cause());
                    }
                    String next;
                    synchronized (this) {
                        sending = false;
                        next = nextMessage();
                    }
                    send(next);
                });
    }

    /** Listens to the other processes on a connection of its own, and opens a new one whenever it ends. */
    private void subscribe() {
        synchronized (this) {
            // A timer fired that was set before the process began to end.
            if (closed) {
                return;
            }
        }
        redis.connect()
                .timeout(config.redisTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .onComplete(connected -> {
                    if (connected.failed()) {
                        subscribeLater();
                    } else {
                        subscribe(connected.result());
                    }
                });
    }

    private void subscribe(RedisConnection connection) {
        synchronized (this) {
            if (closed) {
                discard(connection);
                return;
            }
            subscription = connection;
        }
        connection.handler(this::onMessage);
        connection.exceptionHandler(lost -> LOG.debugf("Bells of others: %s", lost));
        connection.endHandler(ended -> subscribeLater());
        connection.send(Request.cmd(Command.SUBSCRIBE).arg(CHANNEL)).onFailure(lost -> discard(connection));
    }

    private void subscribeLater() {
        synchronized (this) {
            subscription = null;
            if (closed) {
                return;
            }
        }
        vertx.setTimer(config.reader().backoff().toMillis(), timer -> subscribe());
    }

    private void onMessage(Response message) {
        if (message == null
                || message.size() < 3
                || !"message".equals(message.get(0).toString())) {
            return;
        }
        String[] lines = message.get(2).toString().split("\n", -1);
        if (!lines[0].equals(process)) {
            for (int i = 1; i < lines.length; i++) {
                hear(lines[i]);
            }
        }
    }

    /** Stops before the Redis clients are gone: a timer would ask them for a connection. */
    void stop(@Observes ShutdownEvent stopping) {
        close();
    }

    void close() {
        RedisConnection last;
        synchronized (this) {
            closed = true;
            last = subscription;
        }
        if (last != null) {
            discard(last);
        }
    }

    private static void discard(RedisConnection connection) {
        connection.close().onFailure(gone -> LOG.debugf("Closing: %s", gone));
    }
}
