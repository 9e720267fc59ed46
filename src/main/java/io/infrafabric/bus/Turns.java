package io.infrafabric.bus;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes the transactions of several kinds of commands take turns. Each transaction costs the same few statements,
 * however many commands it carries, so two small ones side by side cost more than one large one that gathers in the
 * meantime. So ready commands wait for the end of the transaction under way. They do not wait for long, because that
 * one may be waiting for somebody else's lock. A full batch does not wait at all, because it cannot become cheaper.
 * Thread-safe.
 */
public final class Turns {
    private final Vertx vertx;
    private final Duration patience;
    /** The kinds that have something ready and wait, in the order in which they came. */
    private final Set<GroupCommit<?, ?>> waiting = new LinkedHashSet<>();

    private int running;
    /** When the newest transaction began, by {@link System#nanoTime}. */
    private long begun;
    /** Whether a timer will look again when the patience is over. */
    private boolean looking;

    /**
     * Makes turns for the kinds that share this object.
     *
     * @param vertx runs the timer
     * @param patience how long a transaction may run before another begins beside it with less than a full batch
     */
    public Turns(Vertx vertx, Duration patience) {
        this.vertx = vertx;
        this.patience = patience;
    }

    /** Turns for a kind that waits for nobody. */
    public static Turns none() {
        return new Turns(null, Duration.ZERO);
    }

    /**
     * Whether a transaction may begin now; if so, {@link #end} must follow. Otherwise {@link GroupCommit#startBatches}
     * asks again.
     */
    synchronized boolean begin(GroupCommit<?, ?> kind, boolean full) {
        if (running > 0 && !full && isLater(kind)) {
            return false;
        }
        waiting.remove(kind);
        running++;
        begun = System.nanoTime();
        return true;
    }

    private boolean isLater(GroupCommit<?, ?> kind) {
        long left = patience.toMillis() - NANOSECONDS.toMillis(System.nanoTime() - begun);
        if (left <= 0) {
            return false;
        }
        waiting.add(kind);
        if (!looking) {
            looking = true;
            vertx.setTimer(left, over -> {
                synchronized (this) {
                    looking = false;
                }
                next();
            });
        }
        return true;
    }

    /** A transaction has ended. */
    void end() {
        synchronized (this) {
            running--;
        }
        next();
    }

    /** The first waiter begins, and the others queue again behind it. */
    private void next() {
        List<GroupCommit<?, ?>> all;
        synchronized (this) {
            all = List.copyOf(waiting);
            waiting.clear();
        }
        all.forEach(GroupCommit::startBatches);
    }
}
