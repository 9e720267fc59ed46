package io.infrafabric.door.process;

import io.infrafabric.door.DoorConfig;
import io.infrafabric.door.answer.ProblemWriter;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.netty.util.concurrent.EventExecutor;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.scheduler.Scheduler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.impl.VertxInternal;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * How calls end with their process. A process that is told to end serves on for {@link DoorConfig#farewell()}, as
 * before, except that each answer closes its connection; otherwise the client would call here again and not a process
 * that stays. Quarkus does this for later calls; this class does it for those under way.
 *
 * <p>After that Quarkus ends as soon as no call is under way for a moment, and closes its port and idle connections
 * last. Calls that come in between would find half a process. They are refused, and the process waits for those that
 * came just before.
 */
@Singleton
public class Farewell {
    private static final Logger LOG = Logger.getLogger(Farewell.class);

    // Before everything else that handles a call, even before Quarkus looks at the token (-200), which takes beans,
    // too.
    // Admission is at -6, Intake at -5, BodyLimit at -4.
    private static final int ROUTE_ORDER = -250;

    private final ProblemWriter writer;
    private final Duration patience;
    private final VertxInternal vertx;
    private final Scheduler scheduler;
    private final LastCalls calls;
    private volatile boolean ending;

    @Inject
    Farewell(LastCalls calls, ProblemWriter writer, DoorConfig config, Vertx vertx, Scheduler scheduler) {
        this.calls = calls;
        this.writer = writer;
        this.vertx = (VertxInternal) vertx;
        this.scheduler = scheduler;
        this.patience = config.lastCalls();
    }

    void atTheRouter(@Observes Router router) {
        router.route().order(ROUTE_ORDER).handler(this::admit);
    }

    private void admit(RoutingContext context) {
        if (calls.begin()) {
            context.addEndHandler(_ -> calls.end());
            context.addHeadersEndHandler(_ -> sayWhetherItEnds(context));
            context.next();
            return;
        }
        endConnection(context);
        writer.write(
                context,
                Problem.of(
                        Code.IF_ERR_ENDING,
                        "This process is about to end. Nothing was done; try again, and another process will answer."));
    }

    private void sayWhetherItEnds(RoutingContext context) {
        if (ending) {
            endConnection(context);
        }
    }

    /** Runs before waiting calls are answered. */
    void begin(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) ShutdownDelayInitiatedEvent stopping) {
        ending = true;
    }

    /** Runs before any other shutdown, because the last calls still need everything. */
    void close(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE - 1) ShutdownEvent stopping)
            throws InterruptedException {
        // Other processes sweep and look; what runs into the end of its own process only fails.
        if (scheduler.isStarted()) {
            scheduler.pause();
        }
        if (!calls.close(patience)) {
            LOG.warnf("Calls were still under way after %d s, and end without an answer", patience.toSeconds());
        }
        finishLoops();
    }

    /**
     * Waits until the event loops have finished what they are at. The last call counts as ended while its loop still has
     * its answer in hand, and takes beans to put it away.
     */
    private void finishLoops() throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        for (EventExecutor loop : vertx.getEventLoopGroup()) {
            if (!loop.submit(() -> {}).await(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                LOG.warnf("An event loop was busy for %d s", patience.toSeconds());
                return;
            }
        }
    }

    private static void endConnection(RoutingContext context) {
        // Later HTTP versions have no such header.
        if (context.request().version() == HttpVersion.HTTP_1_1) {
            context.response().putHeader(HttpHeaders.CONNECTION, "close");
        }
    }
}
