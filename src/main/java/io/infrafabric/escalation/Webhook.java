package io.infrafabric.escalation;

import io.infrafabric.event.EscalationEvent.Severity;
import java.time.Instant;

/**
 * A receiver of cases over HTTP, without its secret.
 *
 * @param swarm it gets only this swarm's cases; {@code null} for all
 * @param minSeverity it gets nothing less severe
 * @param enabled whether it gets anything
 * @param disabledWhy why not; {@code null} if it is enabled
 */
public record Webhook(
        String name,
        String swarm,
        String url,
        Severity minSeverity,
        boolean enabled,
        String disabledWhy,
        Instant createdAt) {

    /** Whether it gets this case. */
    boolean wants(Case told) {
        return enabled && told.severity().compareTo(minSeverity) >= 0 && (swarm == null || swarm.equals(told.swarm()));
    }
}
