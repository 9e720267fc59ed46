package io.infrafabric.bus;

import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** Does the small periodic chores of this process until it shuts down. */
@ApplicationScoped
public class Regularly {
    private static final Logger LOG = Logger.getLogger(Regularly.class);

    private final Vertx vertx;
    private final Schema schema;
    private final List<Long> timers = new CopyOnWriteArrayList<>();

    @Inject
    Regularly(Vertx vertx, Schema schema) {
        this.vertx = vertx;
        this.schema = schema;
    }

    /**
     * Does {@code chore} when the schema is there and every {@code period} from then on, but never twice at once. A
     * series of failures is logged when it begins and when it ends.
     *
     * @param what the chore does, for the log, as in "purging answers"
     */
    public void every(Duration period, String what, Supplier<Uni<?>> chore) {
        var underWay = new AtomicBoolean();
        var failing = new AtomicBoolean();
        Runnable once = () -> {
            if (underWay.compareAndSet(false, true)) {
                Uni.createFrom()
                        .deferred(chore::get)
                        .onTermination()
                        .invoke(() -> underWay.set(false))
                        .subscribe()
                        .with(_ -> succeeded(what, failing), failure -> failed(what, failing, failure));
            }
        };
        schema.whenThere().subscribe().with(_ -> {
            once.run();
            timers.add(vertx.setPeriodic(period.toMillis(), _ -> once.run()));
        });
    }

    void stop(@Observes ShutdownEvent stopping) {
        timers.forEach(vertx::cancelTimer);
    }

    private static void succeeded(String what, AtomicBoolean failing) {
        if (failing.getAndSet(false)) {
            LOG.infof("%s works again", what);
        }
    }

    private static void failed(String what, AtomicBoolean failing, Throwable failure) {
        if (!failing.getAndSet(true)) {
            LOG.warnf("%s fails, and will be tried again: %s", what, failure);
        }
    }
}
