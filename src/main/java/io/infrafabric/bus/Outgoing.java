package io.infrafabric.bus;

import io.infrafabric.event.Envelope;

/** An event of this process on its way out. Its JSON is made once. */
record Outgoing(Envelope envelope, String json) {}
