package io.infrafabric.bulkhead.slot;

import java.time.Duration;

/** What becomes of a call that wants a slot. */
sealed interface Verdict {

    /** It has one. */
    record Go(Pass pass) implements Verdict {}

    /** All slots are in use, and too many calls wait already, or it has waited too long. */
    record Full(String why, Duration retryAfter) implements Verdict {}

    /** The breaker of the provider is open. */
    record Open(String reason, Duration retryAfter) implements Verdict {}

    /** The provider wants to be asked less often for this model. */
    record Paused(Duration retryAfter) implements Verdict {}
}
