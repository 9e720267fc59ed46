package io.infrafabric.bulkhead.payment;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;

/**
 * Lets everybody who comes within a while go on at the same moment, so that a {@link io.infrafabric.bus.GroupCommit} after it finds
 * them together. It holds nothing but one timer, however many wait. Thread-safe.
 */
final class Gathering {
    private final Vertx vertx;
    private final Duration atMost;
    private Promise<Void> next;
    private boolean closed;

    /**
     * Makes one.
     *
     * @param atMost how long the first one waits for others; at least a millisecond
     */
    Gathering(Vertx vertx, Duration atMost) {
        this.vertx = vertx;
        this.atMost = atMost;
    }

    /** Completes when the while that has begun is over; at once after {@link #close}. */
    Uni<Void> over() {
        return Uni.createFrom().emitter(waiting -> joined().onComplete(_ -> waiting.complete(null)));
    }

    private synchronized Future<Void> joined() {
        if (closed) {
            return Future.succeededFuture();
        }
        if (next == null) {
            next = Promise.promise();
            vertx.setTimer(Math.max(1, atMost.toMillis()), _ -> goOn());
        }
        return next.future();
    }

    /** Lets those who wait go on now, and nobody wait any more. */
    void close() {
        synchronized (this) {
            closed = true;
        }
        goOn();
    }

    private void goOn() {
        Promise<Void> now;
        synchronized (this) {
            now = next;
            next = null;
        }
        if (now != null) {
            now.complete();
        }
    }
}
