package io.infrafabric.bulkhead.slot;

import java.time.Duration;
import java.util.ArrayDeque;

/**
 * How many of the calls that ended within the last while have failed, at one process. It is counted in tenths of the
 * window, so that its size does not depend on the number of calls. Not thread-safe.
 */
final class FailureWindow {
    /** When a breaker opens. */
    record Threshold(Duration window, int minCalls, double failureRate) {}

    private static final int PARTS = 10;

    private static final class Part {
        final long number;
        int calls;
        int failed;

        Part(long number) {
            this.number = number;
        }
    }

    private final ArrayDeque<Part> parts = new ArrayDeque<>(PARTS + 1);

    /** Counts a call that has ended, and says whether the provider has failed too often. */
    boolean counts(boolean failed, Threshold threshold, long now) {
        long length = Math.max(1, threshold.window().toNanos() / PARTS);
        long number = Math.floorDiv(now, length);
        while (!parts.isEmpty() && parts.peekFirst().number <= number - PARTS) {
            parts.removeFirst();
        }
        if (parts.isEmpty() || parts.peekLast().number != number) {
            parts.addLast(new Part(number));
        }
        Part last = parts.peekLast();
        last.calls++;
        last.failed += failed ? 1 : 0;
        int calls = parts.stream().mapToInt(part -> part.calls).sum();
        int bad = parts.stream().mapToInt(part -> part.failed).sum();
        return failed && calls >= threshold.minCalls() && bad >= threshold.failureRate() * calls;
    }

    /** The share of failures, in words. */
    String described() {
        int calls = parts.stream().mapToInt(part -> part.calls).sum();
        int bad = parts.stream().mapToInt(part -> part.failed).sum();
        return bad + " of " + calls + " calls failed";
    }

    void clear() {
        parts.clear();
    }
}
