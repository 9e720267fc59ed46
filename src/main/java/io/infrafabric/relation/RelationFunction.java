package io.infrafabric.relation;

import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Reactions;
import io.infrafabric.bus.Reactions.Then;
import io.infrafabric.bus.Work;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** What the relation function does about events. */
@IfBuildProperty(name = "s2.build.relation.channel", stringValue = "true", enableIfMissing = true)
@ApplicationScoped
public class RelationFunction {
    private static final String FUNCTION = "relation";

    @Produces
    static final Reactions<Batch, Then<Instant>> HEARS = Reactions.<Batch, Instant>underLock(FUNCTION)
            .on(CaseResolved.class, Batch::resolved)
            .due("unsettled:", Batch::unsettled);

    private final Inbox inbox;
    private final EvidenceGraphTable graph;
    private final ClaimStandingTransaction standings;
    private final ContradictionRulingTransaction rulings;

    public RelationFunction(
            Inbox inbox,
            EvidenceGraphTable graph,
            ClaimStandingTransaction standings,
            ContradictionRulingTransaction rulings) {
        this.inbox = inbox;
        this.graph = graph;
        this.standings = standings;
        this.rulings = rulings;
    }

    @Incoming("relation")
    public Uni<Void> on(EventBatch batch) {
        return inbox.takeTogether(batch, this::react);
    }

    /** Locks the graphs that the events concern first, in the order that everybody uses. */
    private Uni<Void> react(Work work, List<Envelope> envelopes) {
        Batch batch = new Batch(work);
        List<Then<Instant>> reactions = HEARS.tell(batch, envelopes);
        return graph.lock(work, Set.of(), Set.of(), batch.swarms).take().chain(at -> Reactions.inTurn(reactions, at));
    }

    /** What the events of one transaction concern. */
    final class Batch {
        private final Work work;
        private final Set<String> swarms = new TreeSet<>();

        Batch(Work work) {
            this.work = work;
        }

        Then<Instant> unsettled(String swarm, Envelope envelope) {
            swarms.add(swarm);
            return at -> standings.goOn(work, new Ripple(swarm, at, envelope.trace()));
        }

        Then<Instant> resolved(CaseResolved resolved, Envelope envelope) {
            if (!resolved.function().equals(FUNCTION) || !resolved.reason().equals(SeverityTransaction.REASON)) {
                return Then.nothing();
            }
            if (resolved.swarm() != null) {
                swarms.add(resolved.swarm());
            }
            return at -> rulings.carryOut(work, at, resolved, envelope.trace());
        }
    }
}
