package io.infrafabric.bulkhead.slot;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many calls ended within the last five minutes, how many of them failed, and how long they took; by the minute, in
 * classes of time that are a fifth apart, so that its size does not depend on the number of calls and several can be
 * added up. Not thread-safe.
 */
final class CallTimes {
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();
    private static final int MINUTES = 5;
    private static final double STEP = Math.log(1.2);
    private static final int CLASSES = 100;

    /**
     * What came of the calls.
     *
     * @param times how many took how long, by class
     * @param firsts how many were answered how fast, by class
     */
    record Figures(long calls, long failed, Map<Integer, Long> times, Map<Integer, Long> firsts) {
        static final Figures NONE = new Figures(0, 0, Map.of(), Map.of());

        static Figures sum(List<Figures> all) {
            Map<Integer, Long> times = new TreeMap<>();
            Map<Integer, Long> firsts = new TreeMap<>();
            long calls = 0;
            long failed = 0;
            for (Figures one : all) {
                calls += one.calls;
                failed += one.failed;
                one.times.forEach((number, count) -> times.merge(number, count, Long::sum));
                one.firsts.forEach((number, count) -> firsts.merge(number, count, Long::sum));
            }
            return new Figures(calls, failed, times, firsts);
        }

        /** Milliseconds that this share of the calls did not exceed, within a tenth; {@code null} if there are none. */
        static Long quantile(Map<Integer, Long> counts, double share) {
            long all = counts.values().stream().mapToLong(Long::longValue).sum();
            long left = (long) Math.ceil(share * all);
            for (Map.Entry<Integer, Long> one : new TreeMap<>(counts).entrySet()) {
                left -= one.getValue();
                if (left <= 0) {
                    return millis(one.getKey());
                }
            }
            return null;
        }
    }

    private static final class Minute {
        final long number;
        long calls;
        long failed;
        final Map<Integer, Long> times = new TreeMap<>();
        final Map<Integer, Long> firsts = new TreeMap<>();

        Minute(long number) {
            this.number = number;
        }

        Figures figures() {
            return new Figures(calls, failed, times, firsts);
        }
    }

    private final ArrayDeque<Minute> minutes = new ArrayDeque<>();

    void count(Ended how, long now) {
        forget(now);
        long number = Math.floorDiv(now, MINUTE);
        if (minutes.isEmpty() || minutes.peekLast().number != number) {
            minutes.addLast(new Minute(number));
        }
        Minute minute = minutes.peekLast();
        minute.calls++;
        minute.failed += how.isFailure() ? 1 : 0;
        switch (how) {
            case Ended.Answered(int _, Duration first, Duration total) -> {
                count(minute.firsts, first);
                count(minute.times, total);
            }
            case Ended.Failed _, Ended.Throttled _, Ended.Neutral _ -> {}
        }
    }

    Figures lately(long now) {
        forget(now);
        return Figures.sum(minutes.stream().map(Minute::figures).toList());
    }

    private void forget(long now) {
        long oldest = Math.floorDiv(now, MINUTE) - MINUTES;
        while (!minutes.isEmpty() && minutes.peekFirst().number <= oldest) {
            minutes.removeFirst();
        }
    }

    private static void count(Map<Integer, Long> counts, Duration took) {
        if (took != null) {
            double millis = Math.max(1, took.toNanos() / 1e6);
            counts.merge((int) Math.min(CLASSES, Math.floor(Math.log(millis) / STEP)), 1L, Long::sum);
        }
    }

    /** The middle of a class. */
    private static long millis(int number) {
        return Math.round(Math.exp((number + 0.5) * STEP));
    }
}
