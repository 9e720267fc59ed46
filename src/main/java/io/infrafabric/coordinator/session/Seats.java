package io.infrafabric.coordinator.session;

import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Seats of this process for calls that wait for a task or a notice: a limited number in total, and for each session, so
 * that no session takes the seats of all others.
 */
public final class Seats {
    // Each wait may hold a connection; the remaining quarter is for calls that do not wait.
    private static final int PARTS = 4;
    private static final int PARTS_FOR_WAITS = 3;

    private final int most;
    private final int mostOfOne;
    private final AtomicInteger taken = new AtomicInteger();
    private final Map<String, Integer> bySession = new ConcurrentHashMap<>();

    /**
     * As many seats as the settings and this process's connections allow.
     *
     * @param connections how many connections this process may have
     */
    public static Seats of(CoordinatorConfig config, int connections) {
        long most = Math.min(config.maxWaiting(), (long) connections * PARTS_FOR_WAITS / PARTS);
        return new Seats((int) most, config.maxWaitingPerSession());
    }

    /** So many seats in all, and so many for one session. */
    public Seats(int most, int mostOfOne) {
        this.most = most;
        this.mostOfOne = mostOfOne;
    }

    /** Takes a seat, which must always be left. A {@link Problem} if none is free. */
    public Seat take(String session) {
        Seat seat = new Seat(session);
        int all = taken.incrementAndGet();
        int own = bySession.merge(session, 1, Integer::sum);
        if (own > mostOfOne) {
            seat.leave();
            throw Problem.of(Code.IF_ERR_TOO_MANY_CALLS, "This session waits in " + mostOfOne + " calls already.")
                    .with("limit", mostOfOne);
        }
        if (all > most) {
            seat.leave();
            throw Problem.of(Code.IF_ERR_OVERLOADED, most + " calls wait here already.");
        }
        return seat;
    }

    /** The seat of one call. Leaving it twice does nothing. */
    public final class Seat {
        private final String session;
        private final AtomicBoolean left = new AtomicBoolean();

        private Seat(String session) {
            this.session = session;
        }

        public void leave() {
            if (left.compareAndSet(false, true)) {
                taken.decrementAndGet();
                bySession.computeIfPresent(session, (ignored, own) -> own == 1 ? null : own - 1);
            }
        }
    }
}
