package io.infrafabric.bus;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/**
 * Sweeps several times a second, which the scheduler cannot: what comes due in a test need not wait for it. Two sweeps at a
 * time do no harm, since the database guards what two must not do at once.
 */
@ApplicationScoped
class EagerSweep {
    private static final long EVERY_MILLIS = 150;

    private final Vertx vertx;
    private final Sweep sweep;
    private final Schema.Missing missing;
    private long timer;

    EagerSweep(Vertx vertx, Sweep sweep, Schema.Missing missing) {
        this.vertx = vertx;
        this.sweep = sweep;
        this.missing = missing;
    }

    void start(@Observes StartupEvent event) {
        timer = vertx.setTimer(EVERY_MILLIS, _ -> round());
    }

    void stop(@Observes ShutdownEvent event) {
        vertx.cancelTimer(timer);
    }

    private void round() {
        if (missing.test(null)) {
            again();
        } else {
            sweep.tick().subscribe().with(_ -> again(), _ -> again());
        }
    }

    private void again() {
        timer = vertx.setTimer(EVERY_MILLIS, _ -> round());
    }
}
