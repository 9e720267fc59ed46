package io.infrafabric.bulkhead.slot;

/** The right to make one call to a provider. It takes up a slot until it is ended. */
public interface Permit {

    /** Gives the slot back, and tells the breaker how the call ended. Only the first call counts. Never fails, never blocks. */
    void end(Ended how);
}
