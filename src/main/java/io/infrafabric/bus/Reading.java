package io.infrafabric.bus;

import io.infrafabric.event.Envelope;
import java.util.UUID;

/** The result of reading an event's JSON. */
public sealed interface Reading {

    /** The JSON as it came. */
    String json();

    /** An event of this release. */
    record Known(Envelope envelope, String json) implements Reading {}

    /** A CloudEvent of a type, or of a version, that this release does not know: for a newer replica. */
    record Unknown(UUID id, String type, String json) implements Reading {}

    /**
     * Nothing that anybody could handle: not a CloudEvent, or one of a known type whose data does not fit.
     *
     * @param id {@code null} if it cannot be read
     * @param type {@code null} if it cannot be read
     */
    record Malformed(UUID id, String type, String json, String why) implements Reading {}
}
