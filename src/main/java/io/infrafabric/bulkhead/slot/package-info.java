/**
 * Slots: at most N calls to a provider at once, in the whole fleet; a bounded queue for those that wait; and when not to call
 * at all, because the provider fails or has asked for a pause.
 *
 * <p>A call asks {@link io.infrafabric.bulkhead.slot.Slots} for a place before anything else costs money, and gives it back with
 * how it ended ({@link io.infrafabric.bulkhead.slot.Ended}): that is all that this room knows of a call. So a call that never
 * ends would keep its place: whoever has a {@link io.infrafabric.bulkhead.slot.Permit} must end it, on every way.
 */
package io.infrafabric.bulkhead.slot;
