package io.infrafabric.bulkhead.slot;

import java.util.UUID;

/**
 * What a call has that has a slot.
 *
 * @param version the breaker's when the call began; if it changes, the call says nothing about the provider any more
 * @param probe the token of the probe that it is, {@code null} if it is none
 */
record Pass(String session, String model, long version, UUID probe) {}
