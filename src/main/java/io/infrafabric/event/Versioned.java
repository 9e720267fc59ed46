package io.infrafabric.event;

/** A <b>state</b> event: it tells what its entity has become, and an older version of it is of no use any more. */
public interface Versioned {

    /** The entity's version after the change, growing by at least one with each change. */
    long version();
}
