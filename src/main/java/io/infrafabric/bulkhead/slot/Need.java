package io.infrafabric.bulkhead.slot;

import io.infrafabric.bulkhead.slot.ProviderBreaker.Result;
import io.infrafabric.bulkhead.slot.ProviderBreaker.Trip;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What a gate wants the database to know or to give. Slots in {@code gifts} and {@code freed} are not the gate's any
 * more, whatever becomes of the statement.
 *
 * @param gifts slots that go to other replicas, by number
 * @param freed slots that go to nobody
 * @param take slots that are wanted, 0 if none
 * @param more whether more may be taken than is wanted, because nobody else wants any
 * @param trip {@code null} if the breaker does not open
 * @param ask the token to ask for the probe with, {@code null} if nobody asks
 * @param probed the token of the probe that {@code result} is about, {@code null} if there is none
 * @param pauses models that rest, and for how long
 */
record Need(
        Map<Integer, String> gifts,
        List<Integer> freed,
        int take,
        boolean more,
        Trip trip,
        UUID ask,
        UUID probed,
        Result result,
        Map<String, Duration> pauses) {

    boolean isNothing() {
        return gifts.isEmpty()
                && freed.isEmpty()
                && take == 0
                && trip == null
                && ask == null
                && probed == null
                && pauses.isEmpty();
    }
}
