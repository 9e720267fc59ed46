package io.infrafabric.bus;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Has the transactions of several kinds of commands take turns. Each costs the same few statements, however many commands it
 * carries, so two small ones side by side cost more than what gathers meanwhile in one large one: what is ready waits for
 * the end of the transaction under way. Not for long, since that one may be waiting for a lock that somebody else has; and
 * a full batch does not wait at all, since it cannot become cheaper. Thread-safe.
 */
public final class Turns {
    private final Vertx vertx;
    private final Duration patience;
    /** Those that have something ready and wait, in the order in which they came. */
    private final Set<GroupCommit<?, ?>> waiting = new LinkedHashSet<>();

    private int running;
    /** When the newest transaction was begun, by {@link System#nanoTime}. */
    private long begun;
    /** Whether it is looked again when the patience is over. */
    private boolean looking;

    /**
     * For kinds that are given this object.
     *
     * @param vertx where it is looked again
     * @param patience how long a transaction that is under way may take before another is begun beside it for less than a
     *     full batch
     */
    public Turns(Vertx vertx, Duration patience) {
        this.vertx = vertx;
        this.patience = patience;
    }

    /** For a kind that waits for nobody. */
    public static Turns none() {
        return new Turns(null, Duration.ZERO);
    }

    /**
     * Whether a transaction may begin now: then {@link #end} must follow. Otherwise it is asked for again, by
     * {@link GroupCommit#startBatches}.
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

    /** The first that waits begins, and the others wait again behind it. */
    private void next() {
        List<GroupCommit<?, ?>> all;
        synchronized (this) {
            all = List.copyOf(waiting);
            waiting.clear();
        }
        all.forEach(GroupCommit::startBatches);
    }
}
