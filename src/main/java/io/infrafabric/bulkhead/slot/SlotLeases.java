package io.infrafabric.bulkhead.slot;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The slots of one provider that this replica has on lease. Calls are not bound to certain slots: only the numbers of
 * slots and of calls count. A lease is reckoned from before its statement was sent, by the process's own monotonic
 * clock, so that it ends here before it ends in the database, however the clocks differ. Not thread-safe.
 */
final class SlotLeases {
    /** A lease counts as over this long before its end: a call needs a moment to begin. */
    static final Duration MARGIN = Duration.ofSeconds(2);

    /** The number of a slot, and how long its lease lasts. */
    record Lease(int slot, Duration left) {}

    /** When the lease of each slot ends. Those that have ended stay until somebody else is known to have them. */
    private final TreeMap<Integer, Long> ends = new TreeMap<>();

    /**
     * Slots that were given away by a statement whose answer is not there, and until when: it may still come to be, so
     * they are not used again before their lease must have ended.
     */
    private final Map<Integer, Long> doubtful = new HashMap<>();

    private long receivedAt;

    int count() {
        return ends.size();
    }

    List<Integer> all() {
        return List.copyOf(ends.keySet());
    }

    /** How many are below the limit and may be used. */
    int usable(int limit, long now) {
        return (int) ends.headMap(limit).values().stream()
                .filter(end -> end - MARGIN.toNanos() > now)
                .count();
    }

    boolean keptForATurn(long now) {
        return now - receivedAt >= SlotShare.TURN.toNanos();
    }

    /** Learns what the database said about leases; all other slots are somebody else's. */
    void seen(List<Lease> leases, long sentAt, long now) {
        doubtful.values().removeIf(until -> until - now <= 0);
        TreeMap<Integer, Long> current = new TreeMap<>();
        for (Lease lease : leases) {
            if (!doubtful.containsKey(lease.slot())) {
                current.put(lease.slot(), sentAt + lease.left().toNanos());
            }
        }
        if (!ends.keySet().containsAll(current.keySet())) {
            receivedAt = now;
        }
        ends.clear();
        ends.putAll(current);
    }

    /** Has these on lease from now on. */
    void leased(List<Integer> slots, long sentAt, Duration lease, long now) {
        if (!slots.isEmpty()) {
            receivedAt = now;
        }
        slots.forEach(slot -> {
            doubtful.remove(slot);
            ends.put(slot, sentAt + lease.toNanos());
        });
    }

    /** The lease of those that are held goes on. */
    void renewed(List<Integer> slots, long sentAt, Duration lease) {
        slots.forEach(slot -> ends.computeIfPresent(slot, (_, _) -> sentAt + lease.toNanos()));
    }

    /** Lets go of the last slot below this number. It is in doubt until {@link #gone} confirms it. */
    int letGo(int below, Duration lease, long now) {
        int slot = ends.headMap(below).lastKey();
        ends.remove(slot);
        doubtful.put(slot, now + lease.plus(MARGIN).toNanos());
        return slot;
    }

    /** Lets go of those beyond the limit, as far as calls do not need them. */
    List<Integer> letGoBeyond(int limit, int running, Duration lease, long now) {
        List<Integer> beyond = new ArrayList<>();
        while (ends.size() > running && ends.lastKey() >= limit) {
            beyond.add(letGo(Integer.MAX_VALUE, lease, now));
        }
        return beyond;
    }

    /** The database has given these away: there is no more doubt. */
    void gone(List<Integer> slots) {
        slots.forEach(doubtful::remove);
    }
}
