package io.infrafabric.command;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** How much was taken of quotas in this span of time, in this process: that takes no round trip and holds up nobody. */
public final class Rates {
    /** A span of time; the next one begins with nothing used. */
    private record Span(Instant end, Map<Quota, AtomicLong> used) {}

    private final Duration length;
    private final InstantSource clock;
    private final AtomicReference<Span> current = new AtomicReference<>(new Span(Instant.MIN, Map.of()));

    /** Rates in spans of this length. */
    public Rates(Duration length) {
        this(length, InstantSource.system());
    }

    Rates(Duration length, InstantSource clock) {
        this.length = length;
        this.clock = clock;
    }

    private Span at(Instant now) {
        return current.updateAndGet(
                known -> now.isBefore(known.end()) ? known : new Span(now.plus(length), new ConcurrentHashMap<>()));
    }

    /** Takes so much from all of them, or from none and says which is used up until the span is over. */
    public Quota.Exceeded take(List<Quota> quotas, int more) {
        Instant now = clock.instant();
        Span span = at(now);
        for (int i = 0; i < quotas.size(); i++) {
            Quota quota = quotas.get(i);
            AtomicLong used = span.used().computeIfAbsent(quota, _ -> new AtomicLong());
            long before = used.getAndAdd(more);
            // One that is larger than all of a span's share passes alone in its span.
            if (before > 0 && before + more > quota.limit()) {
                quotas.subList(0, i + 1).forEach(taken -> span.used().get(taken).addAndGet(-more));
                return new Quota.Exceeded(
                        quota, before, Duration.between(now, span.end()).plusSeconds(1));
            }
        }
        return null;
    }

    /** Counts one that is not limited here. */
    public void count(Quota quota) {
        at(clock.instant()).used().computeIfAbsent(quota, _ -> new AtomicLong()).incrementAndGet();
    }

    /** How much is used. */
    public long used(Quota quota) {
        AtomicLong used = at(clock.instant()).used().get(quota);
        return used == null ? 0 : used.get();
    }
}
