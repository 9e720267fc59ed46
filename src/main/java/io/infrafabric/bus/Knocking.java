package io.infrafabric.bus;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Finds out the state of the channel when nothing else writes to it, and that it is back when nobody tries any more.
 * Part of every build, because each process has its own way to it.
 */
@Singleton
final class Knocking {
    private final Vertx vertx;
    private final Transport transport;
    private final WatchConfig config;
    private final AtomicBoolean underWay = new AtomicBoolean();
    private long timer;

    @Inject
    Knocking(Vertx vertx, Transport transport, WatchConfig config) {
        this.vertx = vertx;
        this.transport = transport;
        this.config = config;
    }

    void start(@Observes StartupEvent started) {
        knock();
        timer = vertx.setPeriodic(config.redisEvery().toMillis(), each -> knock());
    }

    void stop(@Observes ShutdownEvent stopping) {
        vertx.cancelTimer(timer);
    }

    private void knock() {
        if (underWay.compareAndSet(false, true)) {
            transport.knock(config.probeTimeout()).onComplete(known -> underWay.set(false));
        }
    }
}
