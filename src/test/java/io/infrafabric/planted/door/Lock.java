package io.infrafabric.planted.door;

import io.infrafabric.planted.bus.Wire;

/** A door that knows the bus.
 *
 * @param wire what it must not know
 */
public record Lock(Wire wire) {}
