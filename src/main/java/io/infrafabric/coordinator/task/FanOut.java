package io.infrafabric.coordinator.task;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which dependants of finished tasks one transaction opens, and which finished tasks have more of them. Tasks with few
 * dependants come first, so that one with many holds up only its own.
 *
 * @param now the dependants to open, by the task that they waited for
 * @param later tasks whose other dependants a further transaction opens
 */
public record FanOut(Map<String, List<String>> now, Set<String> later) {
    /** Nothing to open. */
    public static final FanOut NOTHING = new FanOut(Map.of(), Set.of());

    /** Opens at most {@code most} of these dependants. */
    static FanOut of(Map<String, List<String>> dependants, int most) {
        if (dependants.isEmpty()) {
            return NOTHING;
        }
        Map<String, List<String>> now = new TreeMap<>();
        Set<String> later = new TreeSet<>();
        int room = most;
        List<String> fewestFirst = dependants.keySet().stream()
                .sorted(Comparator.<String>comparingInt(
                                task -> dependants.get(task).size())
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
        for (String task : fewestFirst) {
            List<String> all = dependants.get(task);
            List<String> some = all.subList(0, Math.min(room, all.size()));
            if (!some.isEmpty()) {
                now.put(task, List.copyOf(some));
            }
            if (some.size() < all.size()) {
                later.add(task);
            }
            room -= some.size();
        }
        return new FanOut(now, later);
    }

    /** All dependants to open, to be locked in this order. */
    public Set<String> dependants() {
        Set<String> dependants = new TreeSet<>();
        now.values().forEach(dependants::addAll);
        return dependants;
    }
}
