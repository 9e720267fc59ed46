package io.infrafabric.bulkhead.slot;

import io.infrafabric.bulkhead.slot.FailureWindow.Threshold;
import java.time.Duration;

/** How a gate behaves; operators may change it while calls wait. */
record GateSettings(int limit, int maxQueued, Duration queueFor, Threshold threshold, Duration openFor) {}
