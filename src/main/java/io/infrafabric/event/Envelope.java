package io.infrafabric.event;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.UUID;

/**
 * An event on its way: a CloudEvent 1.0.
 *
 * @param id UUIDv7 (RFC 9562); its time part gives the day of the event's partition
 * @param type name of the type on the wire
 * @param source {@code /s2/<function>}
 * @param time when it was written, by the clock of the process that wrote it
 * @param trace its origin
 * @param event what happened
 */
public record Envelope(UUID id, String type, String source, Instant time, Trace trace, Event event) {

    /** The largest size of an event as JSON, in bytes. Events refer to larger things instead of carrying them. */
    public static final int MAX_BYTES = 256 * 1024;

    /** The UTC day of the event, taken from its id, so that every process agrees on it. */
    public LocalDate day() {
        return dayOf(id);
    }

    /** The UTC day of a UUIDv7. */
    public static LocalDate dayOf(UUID id) {
        return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16)
                .atZone(ZoneOffset.UTC)
                .toLocalDate();
    }

    /** The version of the entity for a state event, {@code null} for a fact. */
    public Long version() {
        return event instanceof Versioned versioned ? versioned.version() : null;
    }
}
