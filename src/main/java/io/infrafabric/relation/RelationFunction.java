package io.infrafabric.relation;

import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Work;
import io.infrafabric.event.BudgetEvent;
import io.infrafabric.event.BusEvent.CameDue;
import io.infrafabric.event.ConsensusEvent;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.DeadlockEvent;
import io.infrafabric.event.DissentEvent;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.EscalationEvent.CaseAcknowledged;
import io.infrafabric.event.EscalationEvent.CaseOpened;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.EscalationEvent.CaseWithdrawn;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.RelationEvent;
import io.infrafabric.event.RescueEvent;
import io.infrafabric.event.StealingEvent;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** What the relation function does when its channel tells it something. */
@IfBuildProperty(name = "s2.build.relation.channel", stringValue = "true", enableIfMissing = true)
@ApplicationScoped
public class RelationFunction {
    private static final String UNSETTLED = "unsettled:";

    private final Inbox inbox;
    private final GraphStore graph;
    private final StandingStore standings;
    private final RulingStore rulings;

    public RelationFunction(Inbox inbox, GraphStore graph, StandingStore standings, RulingStore rulings) {
        this.inbox = inbox;
        this.graph = graph;
        this.standings = standings;
        this.rulings = rulings;
    }

    @Incoming("relation")
    public Uni<Void> on(EventBatch batch) {
        return inbox.takeTogether(batch, this::react);
    }

    /** The graphs that the events are about are locked first, in the order in which everybody does. */
    private Uni<Void> react(Work work, List<Envelope> envelopes) {
        Set<String> swarms = new TreeSet<>();
        for (Envelope envelope : envelopes) {
            String swarm = envelope.event() instanceof CameDue came
                    ? unsettled(came)
                    : envelope.event().swarm();
            if (swarm != null) {
                swarms.add(swarm);
            }
        }
        return graph.lock(work, Set.of(), Set.of(), swarms).chain(at -> {
            Uni<Void> reacted = Uni.createFrom().voidItem();
            for (Envelope envelope : envelopes) {
                reacted = reacted.chain(() -> react(work, at, envelope));
            }
            return reacted;
        });
    }

    private Uni<Void> react(Work work, Instant at, Envelope envelope) {
        return switch (envelope.event()) {
            case CameDue came -> standings.goOn(work, new Ripple(unsettled(came), at, envelope.trace()));
            case CaseResolved resolved ->
                resolved.function().equals("relation") && resolved.reason().equals(SeverityStore.REASON)
                        ? rulings.carryOut(work, at, resolved, envelope.trace())
                        : Uni.createFrom().voidItem();
            case CoordinatorEvent _,
                    BudgetEvent _,
                    RelationEvent _,
                    RescueEvent _,
                    StealingEvent _,
                    DeadlockEvent _,
                    ConsensusEvent _,
                    DissentEvent _,
                    CaseRequested _,
                    CaseWithdrawn _,
                    CauseEnded _,
                    CaseOpened _,
                    CaseAcknowledged _ -> Uni.createFrom().voidItem();
        };
    }

    private static String unsettled(CameDue came) {
        if (!came.entity().startsWith(UNSETTLED)) {
            throw new IllegalArgumentException("Nothing of this kind comes due here: " + came.entity());
        }
        return came.entity().substring(UNSETTLED.length());
    }
}
