package io.infrafabric.relation;

import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Caller;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.Trace;
import io.infrafabric.relation.Command.Call;
import io.infrafabric.relation.EvidenceGraphTable.Edge;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * Carries out what a human decided about a contradiction. Rejecting a side makes a claim, too: one with confidence 1
 * that needs no evidence and contradicts that side. So the graph shows who said so, and a revision of the rejected
 * claim is free of it.
 */
@ApplicationScoped
class ContradictionRulingTransaction {
    private final EntitySessions sessions;
    private final EvidenceGraphTable graph;
    private final RelationTransaction relations;
    private final ContradictionTransaction contradictions;
    private final EffectTransaction effects;

    ContradictionRulingTransaction(
            EntitySessions sessions,
            EvidenceGraphTable graph,
            RelationTransaction relations,
            ContradictionTransaction contradictions,
            EffectTransaction effects) {
        this.sessions = sessions;
        this.graph = graph;
        this.relations = relations;
        this.contradictions = contradictions;
        this.effects = effects;
    }

    /** Carries out the decision, in a transaction that has held the graph's lock since {@code at}. */
    Uni<Void> carryOut(Work work, Instant at, CaseResolved ruling, Trace trace) {
        UUID id = UUID.fromString(ruling.subject().substring("contradiction:".length()));
        return sessions.in(work, session -> session.find(ContradictionRow.class, id))
                .chain(row -> {
                    if (row == null || row.endedAt != null) {
                        // It has ended by itself in the meantime.
                        return Uni.createFrom().voidItem();
                    }
                    return switch (ruling.option()) {
                        case SeverityTransaction.REJECT_FIRST -> reject(work, at, ruling, row, row.claim1, trace);
                        case SeverityTransaction.REJECT_SECOND -> reject(work, at, ruling, row, row.claim2, trace);
                        case SeverityTransaction.DISMISS -> dismiss(work, at, ruling, row, trace);
                        default -> Uni.createFrom().voidItem();
                    };
                });
    }

    private static Call call(CaseResolved ruling, Trace trace) {
        return new Call(Caller.operator(ruling.by(), ruling.swarm()), trace);
    }

    private Uni<Void> reject(
            Work work, Instant at, CaseResolved ruling, ContradictionRow row, String claim, Trace trace) {
        Call call = call(ruling, trace);
        String id = "ruling." + row.id;
        String note = ruling.note() == null ? "" : " " + ruling.note();
        Command.State said = new Command.State(
                id,
                row.swarm,
                null,
                "A human decided that claim " + claim + " does not hold." + note,
                1.0,
                null,
                List.of(new Evidence("case", "/escalation/cases/" + ruling.caseId(), null, null)),
                null,
                true,
                call);
        return relations
                .carryOut(work, at, said)
                .chain(() -> relations.carryOut(
                        work, at, new Command.Relate(id, claim, Relation.Type.CONTRADICTS, 1, null, call)))
                .replaceWithVoid();
    }

    private Uni<Void> dismiss(Work work, Instant at, CaseResolved ruling, ContradictionRow row, Trace trace) {
        if (row.throughNode != null) {
            Ripple ripple = new Ripple(row.swarm, at, trace);
            ripple.cause = Contradiction.Ended.DISMISSED;
            return contradictions.endIds(work, ripple, List.of(row.id)).chain(() -> effects.follow(work, ripple));
        }
        return graph.between(work.connection(), row.claim1, row.claim2).chain(edges -> {
            Uni<Void> ended = Uni.createFrom().voidItem();
            for (Edge edge : edges) {
                if (edge.relation().type() == Relation.Type.CONTRADICTS) {
                    ended = ended.chain(() -> relations
                            .end(work, at, edge, Relation.Ended.DISMISSED, ruling.by(), call(ruling, trace))
                            .replaceWithVoid());
                }
            }
            return ended;
        });
    }
}
