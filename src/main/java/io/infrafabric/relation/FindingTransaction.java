package io.infrafabric.relation;

import io.infrafabric.bus.EntitySessions;
import io.infrafabric.command.Caller;
import io.infrafabric.event.EscalationEvent.Severity;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Reads contradictions, including past states: those that stood at a time, with their severity at that time. */
@ApplicationScoped
class FindingTransaction {
    /** Which contradictions to list; {@code null} means any, and now. */
    record Wanted(String swarm, Severity least, boolean ended, Instant at, Instant beforeAt, UUID beforeId) {}

    private final EntitySessions sessions;

    FindingTransaction(EntitySessions sessions) {
        this.sessions = sessions;
    }

    /** One page, newest first. */
    Uni<List<Contradiction>> page(Wanted wanted, int limit) {
        return sessions.run((session, work) -> {
            work.nothingWritten();
            return FindingTable.page(session, wanted, limit)
                    .chain(page -> wanted.at() == null
                            ? Uni.createFrom().item(List.copyOf(page.values()))
                            : SeverityTable.asOf(work, page, wanted.at())
                                    .replaceWith(() -> List.copyOf(page.values())));
        });
    }

    /** The contradiction; {@code null} if it is out of reach. */
    Uni<Contradiction> find(UUID id, Caller caller) {
        return sessions.read(session -> FindingTable.find(session, id)
                .map(row -> row == null || !caller.reaches(row.swarm) ? null : row.toContradiction()));
    }
}
