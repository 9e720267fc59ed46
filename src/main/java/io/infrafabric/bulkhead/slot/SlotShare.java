package io.infrafabric.bulkhead.slot;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The rule by which replicas share slots. A replica whose calls wait says so. The others give it their unused slots at once,
 * and the slots above their even share as calls end. If there are fewer slots than replicas, a replica with a slot gives it to
 * one that has waited for a turn.
 */
final class SlotShare {
    /** How long a replica keeps its last slot while another one has none. */
    static final Duration TURN = Duration.ofSeconds(2);

    /**
     * Another replica whose calls wait.
     *
     * @param wants how many slots it could use at once
     * @param holds how many it has
     * @param waited since when it has wanted some
     */
    record Hungry(String replica, int wants, int holds, Duration waited) {}

    /** What this replica has. {@code replicas} are all that have or want slots, with this one. */
    record Own(int limit, int owned, int idle, int replicas, boolean keptForATurn) {}

    /**
     * What this replica gives.
     *
     * @param now to whom it gives the slots that it does not use, one entry for each slot
     * @param later to whom it gives the next slots that become free, one entry for each slot
     */
    record Gifts(List<String> now, List<String> later) {
        static final Gifts NONE = new Gifts(List.of(), List.of());
    }

    private SlotShare() {}

    static Gifts decide(Own own, List<Hungry> others) {
        List<String> idle = inTurns(others, Integer.MAX_VALUE);
        List<String> now = idle.subList(0, Math.min(idle.size(), own.idle()));
        int owned = own.owned() - now.size();
        int share = Math.max(1, own.limit() / Math.max(1, own.replicas()));
        List<String> entitled = new ArrayList<>(inTurns(others, share));
        now.forEach(entitled::remove);
        List<String> later = entitled.subList(0, Math.max(0, Math.min(entitled.size(), owned - share)));
        if (now.isEmpty() && later.isEmpty() && owned > 0 && own.keptForATurn()) {
            later = others.stream()
                    .filter(other -> other.holds() == 0
                            && other.wants() > 0
                            && other.waited().compareTo(TURN) >= 0)
                    .max(Comparator.comparing(Hungry::waited))
                    .map(Hungry::replica)
                    .stream()
                    .toList();
        }
        return new Gifts(List.copyOf(now), List.copyOf(later));
    }

    /** Those who have least come first; each gets one at a time, while it wants more and has less than {@code most}. */
    private static List<String> inTurns(List<Hungry> others, int most) {
        int longest = others.stream().mapToInt(Hungry::wants).max().orElse(0);
        List<Hungry> sorted = others.stream()
                .sorted(Comparator.comparingInt(Hungry::holds).thenComparing(Hungry::replica))
                .toList();
        List<String> turns = new ArrayList<>();
        for (int round = 0; round < longest; round++) {
            for (Hungry other : sorted) {
                if (round < other.wants() && other.holds() + round < most) {
                    turns.add(other.replica());
                }
            }
        }
        return turns;
    }
}
