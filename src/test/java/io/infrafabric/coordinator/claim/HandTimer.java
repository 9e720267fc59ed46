package io.infrafabric.coordinator.claim;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Time that passes when the test says so. */
final class HandTimer extends ScheduledThreadPoolExecutor {
    private final Queue<Runnable> ends = new ArrayDeque<>();

    HandTimer() {
        super(1);
    }

    @Override
    public synchronized ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        ScheduledFuture<?> end = super.schedule(command, 1, TimeUnit.DAYS);
        ends.add(() -> {
            if (!end.isCancelled()) {
                command.run();
            }
        });
        return end;
    }

    /** Runs on this thread whatever was scheduled and not cancelled. */
    void timeIsUp() {
        ends.forEach(Runnable::run);
    }
}
