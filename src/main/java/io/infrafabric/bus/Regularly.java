package io.infrafabric.bus;

import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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
    private final InTurn firstTimes = new InTurn();
    private final List<Long> timers = new CopyOnWriteArrayList<>();

    @Inject
    Regularly(Vertx vertx, Schema schema) {
        this.vertx = vertx;
        this.schema = schema;
    }

    /**
     * Does {@code chore} when the schema is there and every {@code period} from then on, but never twice at once. A
     * series of failures is logged when it begins and when it ends. The first times of all chores follow one another, so
     * that they share a connection: each new one costs a start the hash of a password.
     *
     * @param what the chore does, for the log, as in "purging answers"
     */
    public void every(Duration period, String what, Supplier<Uni<?>> chore) {
        Chore regular = new Chore(what, chore);
        begin(period, regular, () -> firstTimes.next(regular::once));
    }

    /** Like {@link #every}, for what the process needs before it is ready: the first time waits for no other chore. */
    public void fromTheStart(Duration period, String what, Supplier<Uni<?>> chore) {
        Chore regular = new Chore(what, chore);
        begin(period, regular, regular::start);
    }

    private void begin(Duration period, Chore chore, Runnable firstTime) {
        schema.whenThere().subscribe().with(_ -> {
            firstTime.run();
            timers.add(vertx.setPeriodic(period.toMillis(), _ -> chore.start()));
        });
    }

    void stop(@Observes ShutdownEvent stopping) {
        timers.forEach(vertx::cancelTimer);
    }

    /** One chore, and whether it is under way and failing. */
    private static final class Chore {
        private final String what;
        private final Supplier<Uni<?>> work;
        private final AtomicBoolean underWay = new AtomicBoolean();
        private final AtomicBoolean failing = new AtomicBoolean();

        Chore(String what, Supplier<Uni<?>> work) {
            this.what = what;
            this.work = work;
        }

        void start() {
            var _ = once();
        }

        /** Completes when it is over, however it ends; at once if it is under way. */
        CompletionStage<Void> once() {
            CompletableFuture<Void> over = new CompletableFuture<>();
            if (!underWay.compareAndSet(false, true)) {
                over.complete(null);
                return over;
            }
            Uni.createFrom()
                    .deferred(work::get)
                    .onTermination()
                    .invoke(() -> {
                        underWay.set(false);
                        over.complete(null);
                    })
                    .subscribe()
                    .with(_ -> succeeded(), this::failed);
            return over;
        }

        private void succeeded() {
            if (failing.getAndSet(false)) {
                LOG.infof("%s works again", what);
            }
        }

        private void failed(Throwable failure) {
            if (!failing.getAndSet(true)) {
                LOG.warnf("%s fails, and will be tried again: %s", what, failure);
            }
        }
    }
}
