package io.infrafabric.bus;

import io.quarkus.redis.client.RedisClientName;
import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.mutiny.Uni;
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
import java.util.Optional;
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
 * function's, and it emits {@link EventBatch}es of the stream {@code s2.<function>}, one at a time, and of the event log
 * while Redis is away or refuses writes.
 *
 * <p>A shutdown waits, within a bound, until each reader has finished its batch in flight.
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
    private final Doorbell doorbell;
    private final Unhandled unhandled;
    private final EventIds ids;
    private final Schema schema;
    private final Subscriptions subscriptions;
    private final BusMetrics metrics;
    private final BusConfig config;
    private final List<StreamReader> readers = new CopyOnWriteArrayList<>();

    @Inject
    RedisStreamsConnector(
            Vertx vertx,
            @RedisClientName("readers") Redis redis,
            Streams streams,
            Doorbell doorbell,
            Unhandled unhandled,
            EventIds ids,
            Schema schema,
            Subscriptions subscriptions,
            BusMetrics metrics,
            BusConfig config) {
        this.vertx = vertx;
        this.redis = redis;
        this.streams = streams;
        this.doorbell = doorbell;
        this.unhandled = unhandled;
        this.ids = ids;
        this.schema = schema;
        this.subscriptions = subscriptions;
        this.metrics = metrics;
        this.config = config;
    }

    @Override
    public Flow.Publisher<? extends Message<?>> getPublisher(Config channel) {
        String function = channel.getOptionalValue("function", String.class)
                .orElseGet(() -> channel.getValue("channel-name", String.class));
        StreamReader reader =
                new StreamReader(vertx, redis, streams, doorbell, unhandled, ids, metrics, config, function);
        readers.add(reader);
        // Subscribe before the first event is written: a function gets nothing that was written before it asked.
        if (await(schema.look(), "looking for the schema").orElse(false)) {
            if (await(subscribe(function), "subscribing " + function).isEmpty()) {
                LOG.warnf("%s could not subscribe yet, and will try again", function);
            }
            return reader.batches();
        }
        return schema.whenThere()
                .chain(() -> subscribe(function))
                .onFailure()
                .invoke(failure -> LOG.warnf("%s could not subscribe yet, and will try again: %s", function, failure))
                .onFailure()
                .recoverWithNull()
                .onItem()
                .transformToMulti(subscribed -> reader.batches());
    }

    /** Runs before any other shutdown, because the handlers still need everything. */
    void drain(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) ShutdownEvent stopping) {
        Future<?> drained = Future.join(readers.stream().map(StreamReader::stop).toList());
        await(Uni.createFrom().completionStage(drained.toCompletionStage()), "draining the channels");
    }

    private Uni<Boolean> subscribe(String function) {
        return Uni.createFrom()
                .completionStage(() -> subscriptions.ask(function).toCompletionStage())
                .replaceWith(true);
    }

    /** Gives the answer, or nothing if that takes too long or fails, which is logged. */
    private <T> Optional<T> await(Uni<T> answer, String what) {
        try {
            return Optional.ofNullable(answer.subscribeAsCompletionStage()
                    .get(config.reader().drain().toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException failed) {
            LOG.warnf("%s: %s", what, failed);
        }
        return Optional.empty();
    }
}
