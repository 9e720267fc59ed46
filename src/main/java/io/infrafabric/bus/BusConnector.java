package io.infrafabric.bus;

import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.annotations.ConnectorAttribute;
import io.smallrye.reactive.messaging.connector.InboundConnector;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
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
 * The channels of the functions: {@code mp.messaging.incoming.<function>.connector=s2-bus}. The channel's name is the
 * function's, and it emits {@link EventBatch}es of {@code s2.<function>}, one at a time, from the {@link Transport} that this
 * process uses, and of the event log while that is away or refuses writes.
 *
 * <p>A shutdown waits, within a bound, until each reader has finished its batch in flight.
 */
@ApplicationScoped
@Connector(BusConnector.NAME)
@ConnectorAttribute(
        name = "function",
        type = "string",
        direction = ConnectorAttribute.Direction.INCOMING,
        description = "The function, where the channel's name is another one")
public class BusConnector implements InboundConnector {
    static final String NAME = "s2-bus";
    private static final Logger LOG = Logger.getLogger(BusConnector.class);

    private final Vertx vertx;
    private final Transport transport;
    private final Doorbell doorbell;
    private final Unhandled unhandled;
    private final EventIds ids;
    private final Schema schema;
    private final Subscriptions subscriptions;
    private final BusConfig config;
    private final List<StreamReader> readers = new CopyOnWriteArrayList<>();

    @Inject
    BusConnector(
            Vertx vertx,
            Transport transport,
            Doorbell doorbell,
            Unhandled unhandled,
            EventIds ids,
            Schema schema,
            Subscriptions subscriptions,
            BusConfig config) {
        this.vertx = vertx;
        this.transport = transport;
        this.doorbell = doorbell;
        this.unhandled = unhandled;
        this.ids = ids;
        this.schema = schema;
        this.subscriptions = subscriptions;
        this.config = config;
    }

    @Override
    public Flow.Publisher<? extends Message<?>> getPublisher(Config channel) {
        String function = channel.getOptionalValue("function", String.class)
                .orElseGet(() -> channel.getValue("channel-name", String.class));
        StreamReader reader =
                new StreamReader(vertx, transport.source(function), doorbell, unhandled, ids, config, function);
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
