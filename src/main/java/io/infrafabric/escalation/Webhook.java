package io.infrafabric.escalation;

import io.infrafabric.bus.Wanted;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.EscalationEvent.Severity;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * A receiver of cases, and of events, over HTTP, without its secret.
 *
 * @param swarm it gets only this swarm's cases; {@code null} for all
 * @param minSeverity it gets nothing less severe
 * @param types of events that it gets besides cases, or beginnings of them that end in {@code *}
 * @param enabled whether it gets anything
 * @param disabledWhy why not; {@code null} if it is enabled
 */
public record Webhook(
        String name,
        String swarm,
        String url,
        Severity minSeverity,
        List<String> types,
        boolean enabled,
        String disabledWhy,
        Instant createdAt) {

    /** Whether it gets this case. */
    boolean wants(Case told) {
        return enabled && told.severity().compareTo(minSeverity) >= 0 && (swarm == null || swarm.equals(told.swarm()));
    }

    /** Whether it gets this event, besides cases. */
    boolean wants(Envelope told) {
        return enabled
                && !types.isEmpty()
                && (swarm == null || swarm.equals(told.event().swarm()))
                && new Wanted(swarm, Set.copyOf(types)).wants(told.type());
    }
}
