package io.infrafabric.coordinator.claim;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many more tasks may be held under each concurrency key, by swarm and key. A key that is not in it is not known: nothing
 * is granted under it.
 */
public record FreeKeys(Map<String, Integer> free) {
    static final FreeKeys NONE = new FreeKeys(Map.of());

    /** A key as it is known here: names of swarms have no slash. */
    static String of(String swarm, String key) {
        return swarm + "/" + key;
    }

    /** Whether one more task with all these keys may be held. */
    public boolean fit(String swarm, Collection<String> keys) {
        return keys.stream().allMatch(key -> free.getOrDefault(of(swarm, key), 0) > 0);
    }

    /** The first of these keys that is full, {@code null} if none is. */
    String full(String swarm, List<String> keys) {
        return keys.stream()
                .filter(key -> free.getOrDefault(of(swarm, key), 0) <= 0)
                .findFirst()
                .orElse(null);
    }

    /** The same with further keys. */
    FreeKeys and(FreeKeys more) {
        Map<String, Integer> all = new HashMap<>(free);
        all.putAll(more.free);
        return new FreeKeys(all);
    }

    /** The same after one more task with these keys. */
    FreeKeys take(String swarm, Collection<String> keys) {
        if (keys.isEmpty()) {
            return this;
        }
        Map<String, Integer> after = new HashMap<>(free);
        keys.forEach(key -> after.merge(of(swarm, key), -1, Integer::sum));
        return new FreeKeys(after);
    }
}
