package io.infrafabric.bulkhead.payment;

import io.smallrye.mutiny.Uni;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Lets everybody who comes within a while go on at the same moment, so that a {@link io.infrafabric.bus.GroupCommit} after it finds
 * them together. It holds one timer, however many wait. Thread-safe.
 */
final class Gathering {
    private final Consumer<Runnable> timer;
    private CompletableFuture<Void> next;
    private boolean closed;

    /**
     * Makes one.
     *
     * @param timer runs what it is given once, when the while is over
     */
    Gathering(Consumer<Runnable> timer) {
        this.timer = timer;
    }

    /** Completes when the while that has begun is over; at once after {@link #close}. */
    Uni<Void> over() {
        return Uni.createFrom().completionStage(this::joined);
    }

    private synchronized CompletableFuture<Void> joined() {
        if (closed) {
            return CompletableFuture.completedFuture(null);
        }
        if (next == null) {
            next = new CompletableFuture<>();
            timer.accept(this::goOn);
        }
        return next;
    }

    /** Lets those who wait go on now, and nobody wait any more. */
    void close() {
        synchronized (this) {
            closed = true;
        }
        goOn();
    }

    private void goOn() {
        CompletableFuture<Void> now;
        synchronized (this) {
            now = next;
            next = null;
        }
        if (now != null) {
            now.complete(null);
        }
    }
}
