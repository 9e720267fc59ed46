package io.infrafabric.relation;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What somebody stated about two claims, each in its version of that time.
 *
 * @param id UUIDv7
 * @param confidence how sure its author is, 0 to 1
 * @param falsifier which falsifier of {@code to} was observed, from 0; {@code null} for all other relations
 * @param until when it ended, by removal or by a revision of one of its claims; {@code null} while it is valid
 * @param ended why it ended; {@code null} while it is valid
 */
public record Relation(
        String id,
        String swarm,
        String from,
        int fromVersion,
        String to,
        int toVersion,
        Type type,
        double confidence,
        Integer falsifier,
        String by,
        Instant at,
        Instant until,
        Ended ended) {

    /** What {@code from} does to {@code to}. */
    @Schema(name = "RelationType")
    public enum Type {
        /** The evidence of {@code from} supports {@code to}, too. */
        @JsonProperty("supports")
        SUPPORTS,
        /** The two cannot both hold; this goes both ways. */
        @JsonProperty("contradicts")
        CONTRADICTS,
        /** {@code from} cannot hold without {@code to}. */
        @JsonProperty("depends_on")
        DEPENDS_ON,
        /** {@code from} holds only where {@code to} holds. */
        @JsonProperty("scoped_as")
        SCOPED_AS;

        /** Its name on the wire. */
        public String wire() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }

        /**
         * Whether both relations can connect the same two claims: a claim that supports another does not contradict it.
         */
        boolean agreesWith(Type other) {
            return !((this == SUPPORTS && other == CONTRADICTS) || (this == CONTRADICTS && other == SUPPORTS));
        }
    }

    /** Why a relation ended. */
    @Schema(name = "RelationEnd")
    public enum Ended {
        /** Somebody took it back. */
        REMOVED,
        /** One of its claims was revised; the relation stays with the old version. */
        REVISED,
        /** A human decided that it is no contradiction. */
        DISMISSED
    }

    /** A relation as an edge between versions of claims, for the rules. */
    record Link(long from, long to) {}
}
