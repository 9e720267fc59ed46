package io.infrafabric.bus;

import io.infrafabric.event.Envelope;

/** An event of this process on its way out, with its JSON, which is made once. */
record Outgoing(Envelope envelope, String json) {}
