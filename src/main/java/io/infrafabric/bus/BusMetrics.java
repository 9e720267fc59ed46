package io.infrafabric.bus;

import io.infrafabric.event.Envelope;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The metrics of the bus, each with the tag {@code function}. */
@Singleton
final class BusMetrics {
    /** KEDA reads it, see the chart. */
    static final String UNDELIVERED = "s2_events_undelivered";

    private record Meters(Counter handled, Counter failed, Counter duplicate, Timer lag) {}

    private final MeterRegistry registry;
    private final EventIds ids;
    private final Map<String, Meters> byFunction = new ConcurrentHashMap<>();
    private final Map<String, AtomicLong> gauges = new ConcurrentHashMap<>();

    @Inject
    BusMetrics(MeterRegistry registry, EventIds ids) {
        this.registry = registry;
        this.ids = ids;
    }

    /**
     * An event was taken in, and its effect committed.
     *
     * @param effective whether it was applied; {@code null} for a duplicate
     */
    void taken(String function, Envelope envelope, Boolean effective) {
        Meters meters = meters(function);
        if (effective == null) {
            meters.duplicate().increment();
            return;
        }
        meters.handled().increment();
        Duration lag = Duration.between(envelope.time(), ids.clock().instant());
        meters.lag().record(lag.isNegative() ? Duration.ZERO : lag);
    }

    /** A handler failed on an event. */
    void failed(String function) {
        meters(function).failed().increment();
    }

    /** How many entries have a type that this release does not know, as last seen. */
    void unknown(String function, long count) {
        gauge("s2_events_unknown", function).set(count);
    }

    void deadLetters(String function, long count) {
        gauge("s2_dead_letters", function).set(count);
    }

    void streamLength(String function, long length) {
        gauge("s2_stream_length", function).set(length);
    }

    /** Events that for a while were neither published nor taken in: the channel does not accept them. */
    void undelivered(String function, long count) {
        gauge(UNDELIVERED, function).set(count);
    }

    private AtomicLong gauge(String name, String function) {
        return gauges.computeIfAbsent(
                name + ' ' + function, any -> registry.gauge(name, Tags.of("function", function), new AtomicLong()));
    }

    private Meters meters(String function) {
        return byFunction.computeIfAbsent(function, any -> {
            Tags tags = Tags.of("function", function);
            return new Meters(
                    registry.counter("s2_events_handled_total", tags),
                    registry.counter("s2_events_failed_total", tags),
                    registry.counter("s2_events_duplicate_total", tags),
                    Timer.builder("s2_event_lag_seconds")
                            .description("From the event's time to its committed effect")
                            .tags(tags)
                            .publishPercentileHistogram()
                            .register(registry));
        });
    }
}
