package io.infrafabric.command;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Counts use of quotas in the present span of time, in this process: that takes no round trip and delays nobody. */
public final class Rates {
    /** A span of time; the next one begins empty. */
    private record Span(Instant end, Map<Quota, AtomicLong> used) {}

    private final Duration length;
    private final InstantSource clock;
    private final AtomicReference<Span> current = new AtomicReference<>(new Span(Instant.MIN, Map.of()));

    /** Counts in spans of this length. */
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

    /** Takes {@code more} from all of them; or takes nothing and says which one is used up until the span ends. */
    public Quota.Exceeded take(List<Quota> quotas, int more) {
        Instant now = clock.instant();
        Span span = at(now);
        for (int i = 0; i < quotas.size(); i++) {
            Quota quota = quotas.get(i);
            AtomicLong used = span.used().computeIfAbsent(quota, _ -> new AtomicLong());
            long before = used.getAndAdd(more);
            // A request larger than the whole share of a span passes alone in its span.
            if (before > 0 && before + more > quota.limit()) {
                quotas.subList(0, i + 1).forEach(taken -> span.used().get(taken).addAndGet(-more));
                return new Quota.Exceeded(
                        quota, before, Duration.between(now, span.end()).plusSeconds(1));
            }
        }
        return null;
    }

    /** Counts a request that is not limited here. */
    public void count(Quota quota) {
        at(clock.instant()).used().computeIfAbsent(quota, _ -> new AtomicLong()).incrementAndGet();
    }

    /** How much is used in this span. */
    public long used(Quota quota) {
        AtomicLong used = at(clock.instant()).used().get(quota);
        return used == null ? 0 : used.get();
    }
}
