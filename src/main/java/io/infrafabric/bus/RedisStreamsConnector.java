package io.infrafabric.bus;

import io.quarkus.redis.client.RedisClientName;
import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.reactive.messaging.annotations.ConnectorAttribute;
import io.smallrye.reactive.messaging.connector.InboundConnector;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Redis;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.interceptor.Interceptor;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.spi.Connector;
import org.jboss.logging.Logger;

/**
 * Channels on Redis Streams: {@code mp.messaging.incoming.<function>.connector=redis-streams}. The channel's name is the
 * function's, and it emits {@link EventBatch}es of the stream {@code s2.<function>}, one at a time.
 *
 * <p>A shutdown waits until each reader has finished the batch that it has in flight, within a bound.
 */
@ApplicationScoped
@Connector(RedisStreamsConnector.NAME)
@ConnectorAttribute(
        name = "function",
        type = "string",
        direction = ConnectorAttribute.Direction.INCOMING,
        description = "The function, where the channel's name is another one")
public class RedisStreamsConnector implements InboundConnector {
    static final String NAME = "redis-streams";
    private static final Logger LOG = Logger.getLogger(RedisStreamsConnector.class);

    private final Vertx vertx;
    private final Redis redis;
    private final Streams streams;
    private final Subscriptions subscriptions;
    private final BusMetrics metrics;
    private final BusConfig config;
    private final List<StreamReader> readers = new CopyOnWriteArrayList<>();

    @Inject
    RedisStreamsConnector(
            Vertx vertx,
            @RedisClientName("readers") Redis redis,
            Streams streams,
            Subscriptions subscriptions,
            BusMetrics metrics,
            BusConfig config) {
        this.vertx = vertx;
        this.redis = redis;
        this.streams = streams;
        this.subscriptions = subscriptions;
        this.metrics = metrics;
        this.config = config;
    }

    @Override
    public Flow.Publisher<? extends Message<?>> getPublisher(Config channel) {
        String function = channel.getOptionalValue("function", String.class)
                .orElseGet(() -> channel.getValue("channel-name", String.class));
        // Before the first event is written: what is written earlier is not for a function that never asked for it.
        if (!await(subscriptions.ask(function), "subscribing " + function)) {
            LOG.warnf("%s could not subscribe yet; the sweep will try again", function);
        }
        StreamReader reader = new StreamReader(vertx, redis, streams, metrics, config.reader(), function);
        readers.add(reader);
        return reader.batches();
    }

    /** Before everybody else's shutdown, since the handlers still need everything. */
    void drain(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) ShutdownEvent stopping) {
        await(Future.join(readers.stream().map(StreamReader::stop).toList()), "draining the channels");
    }

    private boolean await(Future<?> future, String what) {
        try {
            future.toCompletionStage()
                    .toCompletableFuture()
                    .get(config.reader().drain().toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException failed) {
            LOG.warnf("%s: %s", what, failed);
        }
        return false;
    }
}
