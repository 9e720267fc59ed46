package io.infrafabric.escalation;

import io.infrafabric.event.EscalationEvent.Severity;
import java.time.Instant;

/**
 * Who is told of cases over HTTP, without the secret.
 *
 * @param swarm told of this swarm's cases only; {@code null} for all
 * @param minSeverity told of no less
 * @param enabled whether it is told at all
 * @param disabledWhy why not, {@code null} if it is
 */
public record Webhook(
        String name,
        String swarm,
        String url,
        Severity minSeverity,
        boolean enabled,
        String disabledWhy,
        Instant createdAt) {

    /** Whether it is to be told of this case. */
    boolean wants(Case told) {
        return enabled && told.severity().compareTo(minSeverity) >= 0 && (swarm == null || swarm.equals(told.swarm()));
    }
}
