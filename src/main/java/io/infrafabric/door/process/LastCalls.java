package io.infrafabric.door.process;

import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the calls under way, so that a process can close its door and know when the last of them has ended. */
@Singleton
final class LastCalls {
    private final AtomicInteger underWay = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile boolean closed;

    /** Whether the call may come in; if so, {@link #end} must follow. */
    boolean begin() {
        // Count first, then look whether the door is closed: close() does these two in the opposite order, so one of
        // them sees the other.
        underWay.incrementAndGet();
        if (closed) {
            end();
            return false;
        }
        return true;
    }

    /** A call that came in is being worked on, which may take longer than its connection lasts; {@link #end} must follow. */
    void work() {
        underWay.incrementAndGet();
    }

    /** A call that came in is answered, or its client is gone; or the work on it is done. */
    void end() {
        if (underWay.decrementAndGet() == 0 && closed) {
            over.countDown();
        }
    }

    /** Lets no more calls in, and waits for those that are in. Says whether all ended in time. Blocks its thread. */
    boolean close(Duration patience) throws InterruptedException {
        closed = true;
        if (underWay.get() == 0) {
            over.countDown();
        }
        return over.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    }
}
