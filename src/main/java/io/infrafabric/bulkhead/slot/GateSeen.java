package io.infrafabric.bulkhead.slot;

import io.infrafabric.bulkhead.slot.SlotLeases.Lease;
import io.infrafabric.bulkhead.slot.SlotShare.Hungry;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What the database said about a provider.
 *
 * @param rows slots that it has, also beyond the limit
 * @param holders other replicas that have some
 */
record GateSeen(
        int limit,
        int rows,
        int holders,
        List<Lease> own,
        ProviderBreaker.Seen breaker,
        List<Hungry> hungry,
        Map<String, Duration> pauses) {
    /** The provider was deleted. */
    static final GateSeen GONE = new GateSeen(0, 0, 0, List.of(), ProviderBreaker.Seen.CLOSED, List.of(), Map.of());
}
