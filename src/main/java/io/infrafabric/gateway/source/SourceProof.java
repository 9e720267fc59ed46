package io.infrafabric.gateway.source;

import com.fasterxml.jackson.databind.JsonNode;

/** Whether a delivery is what its source signed. */
public sealed interface SourceProof {

    /**
     * It is.
     *
     * @param key what makes it one delivery among all of its source, taken from what is signed
     * @param delivery the id in a header that nobody signed; {@code null} if what is signed has one
     * @param event the event's name; {@code null} if it has none
     */
    record Genuine(String key, String delivery, String event, JsonNode body) implements SourceProof {}

    /** It is signed, and only asks for this answer (Slack, when an address is entered). */
    record Challenge(String answer) implements SourceProof {}

    /** It is not, and nothing in it is believed. */
    record Refused(Why why, String text) implements SourceProof {}

    /** Why a delivery is refused. */
    enum Why {
        /** No signature, or none that any of the source's secrets made. */
        SIGNATURE,
        /** Its timestamp is too far from now. */
        TIMESTAMP,
        /** What was signed cannot be read. */
        BODY
    }
}
