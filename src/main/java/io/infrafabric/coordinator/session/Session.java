package io.infrafabric.coordinator.session;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * An enrolled agent.
 *
 * @param hourlyCost US dollars an hour, {@code null} if not known
 * @param maxConcurrentTasks leases it may hold at once
 * @param heartbeatSeconds silence that makes it {@code LOST}
 * @param enrolment counted from 1; grows with each enrolment after leaving. Anything about an earlier one is void
 * @param stallSeconds how long it may hold work without progress before it is stalled
 * @param stalledSince since when it is stalled, {@code null} if it is not: it is heard, and gets nowhere
 */
public record Session(
        String id,
        String swarm,
        List<String> domains,
        List<String> tools,
        String provider,
        String model,
        BigDecimal hourlyCost,
        int maxConcurrentTasks,
        int heartbeatSeconds,
        State state,
        Instant lastSeen,
        long version,
        Instant createdAt,
        long enrolment,
        int stallSeconds,
        Instant stalledSince) {
    /** The time without progress of a session that gives none, in seconds. */
    public static final int USUAL_STALL = 1200;

    /** A session that is not stalled, with the usual time for it. */
    public Session(
            String id,
            String swarm,
            List<String> domains,
            List<String> tools,
            String provider,
            String model,
            BigDecimal hourlyCost,
            int maxConcurrentTasks,
            int heartbeatSeconds,
            State state,
            Instant lastSeen,
            long version,
            Instant createdAt,
            long enrolment) {
        this(
                id,
                swarm,
                domains,
                tools,
                provider,
                model,
                hourlyCost,
                maxConcurrentTasks,
                heartbeatSeconds,
                state,
                lastSeen,
                version,
                createdAt,
                enrolment,
                USUAL_STALL,
                null);
    }

    /** The names of its domains and tools that the other session lacks. */
    public List<String> beyond(Session other) {
        return Stream.concat(domains.stream(), tools.stream())
                .filter(name ->
                        !other.domains().contains(name) && !other.tools().contains(name))
                .distinct()
                .toList();
    }

    /** Whether the fabric hears from it. */
    @Schema(name = "SessionState")
    public enum State {
        /** Called within its heartbeat time. */
        LIVE,
        /** Silent for longer than that; its leases have ended. A later call makes it live again. */
        LOST,
        /** Has left for good, until it is enrolled again. */
        LEFT
    }
}
