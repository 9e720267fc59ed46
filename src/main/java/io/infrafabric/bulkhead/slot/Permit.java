package io.infrafabric.bulkhead.slot;

/** One of a provider's places, for one call. */
public interface Permit {

    /** Gives it back. The first call counts; later ones do nothing. */
    void end(Ended how);
}
