package io.infrafabric.coordinator.published;

import io.infrafabric.bus.FailureKind;
import io.infrafabric.command.Caller;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.session.Seats;
import io.infrafabric.coordinator.transaction.PresenceTransaction;
import io.infrafabric.door.process.Gatekeeper;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.quarkus.scheduler.Scheduler;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/**
 * The sessions heard in this process since the last flush. Any call of a session counts as its heartbeat, so it must
 * cost nothing: calls are noted in memory and written together. A crash loses at most one flush interval.
 *
 * <p>It comes with the doors that note the calls, of whichever function: a process flushes from its first such call on.
 */
@ApplicationScoped
public class Presence {
    private static final int PAGE = 1000;

    private final Set<String> heard = ConcurrentHashMap.newKeySet();
    private final List<Supplier<List<String>>> waiting = new CopyOnWriteArrayList<>();
    private final PresenceTransaction transaction;
    private final Seats seats;

    public Presence(
            PresenceTransaction transaction, Scheduler scheduler, Gatekeeper gatekeeper, CoordinatorConfig config) {
        this.transaction = transaction;
        this.seats = Seats.of(config, gatekeeper.limit());
        scheduler
                .newJob("presence")
                .setInterval(config.presenceFlush().toString())
                .setConcurrentExecution(ConcurrentExecution.SKIP)
                .setAsyncTask(execution -> flush())
                .schedule();
    }

    /** The seats for waiting calls of this process. */
    public Seats seats() {
        return seats;
    }

    /** Notes a call of this session. */
    public void heard(String session) {
        heard.add(session);
    }

    /**
     * Notes a call, which counts if the caller is a session. A scoped credential is not: it keeps nothing alive, and renews
     * no lease.
     */
    public Caller heard(Caller caller) {
        if (caller.isSession() && !caller.isScoped()) {
            heard(caller.subject());
        }
        return caller;
    }

    /** At each flush, also counts the sessions from {@code present}: those with an open waiting call. */
    public void alsoHeard(Supplier<List<String>> present) {
        waiting.add(present);
    }

    /** Writes the noted sessions. If that fails, notes them again for the next flush. */
    private Uni<Void> flush() {
        Set<String> now = new HashSet<>(heard);
        heard.removeAll(now);
        waiting.forEach(present -> now.addAll(present.get()));
        List<String> sorted = now.stream().sorted().toList();
        Uni<Void> written = Uni.createFrom().voidItem();
        for (int from = 0; from < sorted.size(); from += PAGE) {
            List<String> page = sorted.subList(from, Math.min(from + PAGE, sorted.size()));
            written = written.chain(() -> transaction.heard(page));
        }
        return written.onFailure()
                .invoke(() -> heard.addAll(now))
                .onFailure(FailureKind::isAway)
                .recoverWithNull();
    }
}
