package io.infrafabric.bulkhead.slot;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.Map;
import java.util.function.ToIntFunction;

/** How the gates of this process stand, for Prometheus. A provider that nobody calls any more has no rows. */
class SlotGauges {
    private final MultiGauge held;
    private final MultiGauge running;
    private final MultiGauge queued;
    private Map<String, Gate> shown = Map.of();

    SlotGauges(MeterRegistry registry) {
        this.held = gauge(registry, "s2.bulkhead.slots.held", "Slots of a provider that this process has leased");
        this.running = gauge(registry, "s2.bulkhead.calls.running", "Calls to a provider that this process makes now");
        this.queued = gauge(registry, "s2.bulkhead.calls.queued", "Calls to a provider that wait in this process");
    }

    private static MultiGauge gauge(MeterRegistry registry, String name, String description) {
        return MultiGauge.builder(name).description(description).register(registry);
    }

    /** Shows these from now on; their figures are read when somebody asks. */
    synchronized void show(Map<String, Gate> gates) {
        Map<String, Gate> now = Map.copyOf(gates);
        if (now.equals(shown)) {
            return;
        }
        shown = now;
        show(held, now, GateStanding::held);
        show(running, now, GateStanding::running);
        show(queued, now, GateStanding::queued);
    }

    private static void show(MultiGauge gauge, Map<String, Gate> gates, ToIntFunction<GateStanding> figure) {
        gauge.register(
                gates.entrySet().stream()
                        .map(each -> MultiGauge.Row.of(
                                Tags.of("provider", each.getKey()),
                                each.getValue(),
                                gate -> figure.applyAsInt(gate.standing(System.nanoTime()))))
                        .toList(),
                true);
    }
}
