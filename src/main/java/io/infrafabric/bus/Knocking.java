package io.infrafabric.bus;

import io.infrafabric.door.DoorConfig;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/**
 * Finds out how the channel is where nothing else is written to it, and that it is back where nobody tries any more. In every
 * build, since each process has its own way to Redis.
 */
@Singleton
final class Knocking {
    private final Streams streams;
    private final DoorConfig config;

    @Inject
    Knocking(Streams streams, DoorConfig config) {
        this.streams = streams;
        this.config = config;
    }

    @Scheduled(every = "${s2.door.redis-every:2s}", concurrentExecution = ConcurrentExecution.SKIP)
    Uni<Void> knock() {
        return Uni.createFrom()
                .emitter(done -> streams.knock(config.probeTimeout()).onComplete(known -> done.complete(null)));
    }
}
