package io.infrafabric.event;

/** A <b>state</b> event: it tells what its entity has become, and makes older versions useless. */
public interface Versioned {

    /** The entity's version after the change. It grows by at least one with each change. */
    long version();
}
