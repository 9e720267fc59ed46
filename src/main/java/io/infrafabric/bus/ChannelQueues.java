package io.infrafabric.bus;

import io.infrafabric.event.Catalogue;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;

/**
 * The queues of all functions on a broker of AMQP, for the job that prepares an installation. Artemis makes a queue when somebody
 * attaches to it; RabbitMQ answers that there is none, so its operator makes them.
 */
@Singleton
public final class ChannelQueues {
    private final Transport transport;

    @Inject
    ChannelQueues(Transport transport) {
        this.transport = transport;
    }

    /** Whether events travel over AMQP, so that there must be queues. */
    public boolean areNeeded() {
        return switch (transport) {
            case Streams _ -> false;
            case Queues _ -> true;
        };
    }

    /** Attaches to each queue once. Fails, with the names, if the broker does not answer or has and makes no such queue. */
    public Uni<Void> make() {
        return switch (transport) {
            case Streams _ -> Uni.createFrom().voidItem();
            case Queues queues ->
                Uni.createFrom()
                        .completionStage(() -> queues.touchAll(List.copyOf(Catalogue.FUNCTIONS))
                                .toCompletionStage());
        };
    }
}
