package io.infrafabric.bulkhead.forward;

import java.util.concurrent.atomic.AtomicLong;

/** How many bytes the bodies of all calls of this process may take together, while they are in memory. */
final class ByteBudget {
    private final long most;
    private final AtomicLong taken = new AtomicLong();

    ByteBudget(long most) {
        this.most = most;
    }

    /** Takes so many; false if there are not so many left. */
    boolean take(long bytes) {
        if (taken.addAndGet(bytes) <= most) {
            return true;
        }
        taken.addAndGet(-bytes);
        return false;
    }

    /** Gives back what was taken. */
    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }

    /** How many are taken. */
    long taken() {
        return taken.get();
    }
}
