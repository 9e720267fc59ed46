package io.infrafabric.bus;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** {@code PUBLISH} and {@code SUBSCRIBE}; it listens on a connection of its own, and opens a new one whenever it ends. */
final class RedisBroadcast implements Broadcast {
    private static final Logger LOG = Logger.getLogger(RedisBroadcast.class);
    private static final String CHANNEL = "s2.wake";

    private final Vertx vertx;
    private final Redis redis;
    private final BusConfig config;
    private RedisConnection subscription;
    private Consumer<String> hear;
    private boolean closed;

    RedisBroadcast(Vertx vertx, Redis redis, BusConfig config) {
        this.vertx = vertx;
        this.redis = redis;
        this.config = config;
    }

    @Override
    public Future<Void> send(String message) {
        return redis.send(Request.cmd(Command.PUBLISH).arg(CHANNEL).arg(message))
                .timeout(config.redisTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .mapEmpty();
    }

    @Override
    public void listen(Consumer<String> all) {
        synchronized (this) {
            hear = all;
        }
        subscribe();
    }

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
        Consumer<String> listener;
        synchronized (this) {
            listener = hear;
        }
        if (message != null
                && message.size() >= 3
                && "message".equals(message.get(0).toString())) {
            listener.accept(message.get(2).toString());
        }
    }

    @Override
    public void close() {
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
