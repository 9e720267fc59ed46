package io.infrafabric.gateway.source;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A delivery that came in, and what became of it.
 *
 * @param results what each rule that matched came to, in order
 * @param why why it was refused, or is dead; {@code null} otherwise
 */
@RegisterForReflection
@Schema(name = "ReceivedDelivery")
public record Received(
        String id,
        String source,
        State state,
        String event,
        int bytes,
        Instant receivedAt,
        Instant handledAt,
        int attempts,
        List<RuleResult> results,
        String why) {

    /** Where a delivery stands. */
    @Schema(name = "ReceivedState")
    public enum State {
        /** It is stored, and waits to be applied. */
        PENDING,
        /** All that rules make of it was done, or was nothing. */
        APPLIED,
        /** Something that rules make of it could not be done. */
        DEAD,
        /** It was not believed, and not stored. */
        REFUSED
    }

    /**
     * What a rule that matched came to.
     *
     * @param text what was done, or why not
     */
    @RegisterForReflection
    public record RuleResult(String rule, String task, Effect effect, String text) {}

    /** How a command ended. */
    @Schema(name = "RuleEffect")
    public enum Effect {
        /** It was carried out. */
        DONE,
        /** There was nothing to do. */
        NOTHING,
        /** It was refused, or could not be made of this delivery. */
        REFUSED
    }
}
