package io.infrafabric.bus;

import io.infrafabric.event.Envelope;
import java.util.UUID;

/** What reading an event's JSON gave. */
public sealed interface Reading {

    /** The JSON as it came. */
    String json();

    /** An event of this release. */
    record Known(Envelope envelope, String json) implements Reading {}

    /** A CloudEvent of a type, or of a version, that this release does not know: for a newer replica. */
    record Unknown(UUID id, String type, String json) implements Reading {}

    /**
     * Not an event that anybody could handle: no CloudEvent, or of a known type with data that does not fit.
     *
     * @param id {@code null} where there is none that can be read
     * @param type {@code null} where there is none that can be read
     */
    record Malformed(UUID id, String type, String json, String why) implements Reading {}
}
