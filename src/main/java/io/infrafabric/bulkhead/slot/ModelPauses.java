package io.infrafabric.bulkhead.slot;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Which models of a provider rest, and for how long: what the database said, and what this process has learnt since. A
 * pause is never shortened. Not thread-safe.
 */
final class ModelPauses {
    /** No pause is longer, whatever a provider asks for. */
    static final Duration LONGEST = Duration.ofHours(1);

    /** A longer pause by less than this is not worth a statement: many calls are refused at the same moment. */
    private static final long WORTH = Duration.ofMillis(500).toNanos();

    /** Models that may rest at once; pauses of further ones are not kept. */
    private static final int MOST = 1000;

    private final Map<String, Long> ends = new HashMap<>();
    private final Map<String, Long> news = new HashMap<>();
    private Map<String, Long> sent = Map.of();

    /** How long calls for this model rest; zero if they do not. */
    Duration left(String model, long now) {
        Long end = ends.get(key(model));
        return end == null || end - now <= 0 ? Duration.ZERO : Duration.ofNanos(end - now);
    }

    /** Has the model rest; says whether this is new. */
    boolean pause(String model, Duration wait, long now) {
        if (wait == null || wait.isNegative() || wait.isZero()) {
            return false;
        }
        String key = key(model);
        long end = now + (wait.compareTo(LONGEST) < 0 ? wait : LONGEST).toNanos();
        Long before = ends.get(key);
        if (before == null ? ends.size() >= MOST : end - before < WORTH) {
            return false;
        }
        ends.put(key, end);
        news.put(key, end);
        return true;
    }

    /** What the database does not know, to be sent. */
    Map<String, Duration> news(long now) {
        sent = Map.copyOf(news);
        Map<String, Duration> left = new HashMap<>();
        news.forEach((model, end) -> left.put(model, Duration.ofNanos(end - now)));
        left.values().removeIf(wait -> wait.isNegative() || wait.isZero());
        return left;
    }

    /** The database knows what was sent. */
    void told() {
        news.entrySet().removeAll(sent.entrySet());
    }

    /** Learns what the database says. */
    void seen(Map<String, Duration> lefts, long now) {
        ends.clear();
        ends.putAll(news);
        lefts.forEach((model, left) -> ends.merge(model, now + left.toNanos(), Math::max));
        ends.values().removeIf(end -> end - now <= 0);
        news.values().removeIf(end -> end - now <= 0);
    }

    boolean hasNews() {
        return !news.isEmpty();
    }

    private static String key(String model) {
        return model == null ? "" : model;
    }
}
