package io.infrafabric.planted.door;

import io.infrafabric.planted.bus.Wire;

/** A door that knows the bus. */
record Lock(Wire wire) {}
