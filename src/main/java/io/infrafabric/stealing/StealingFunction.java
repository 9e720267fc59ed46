package io.infrafabric.stealing;

import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.HandoverStore;
import io.infrafabric.event.BudgetEvent;
import io.infrafabric.event.BudgetEvent.BreakerOpened;
import io.infrafabric.event.BusEvent.CameDue;
import io.infrafabric.event.ConsensusEvent;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.DeadlockEvent;
import io.infrafabric.event.DissentEvent;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.EscalationEvent;
import io.infrafabric.event.RelationEvent;
import io.infrafabric.event.RescueEvent;
import io.infrafabric.event.StealingEvent;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** What stealing does when its channel tells it something: the queue of a session that is stopped gets no shorter. */
@ApplicationScoped
@IfBuildProperty(name = "s2.build.stealing.channel", stringValue = "true", enableIfMissing = true)
public class StealingFunction {
    private static final String SESSION = "session:";

    private final Inbox inbox;
    private final HandoverStore handovers;
    private final StealingConfig config;

    public StealingFunction(Inbox inbox, HandoverStore handovers, StealingConfig config) {
        this.inbox = inbox;
        this.handovers = handovers;
        this.config = config;
    }

    @Incoming("stealing")
    public Uni<Void> on(EventBatch batch) {
        return inbox.take(batch, this::react);
    }

    private Uni<Void> react(Work work, Envelope envelope) {
        return switch (envelope.event()) {
            case BreakerOpened opened
            when opened.account().startsWith(SESSION) ->
                handovers.callIfBusy(work, opened.account().substring(SESSION.length()), config.keep());
            case CameDue due -> throw new IllegalArgumentException("Nothing comes due here: " + due.entity());
            case CoordinatorEvent _,
                    BudgetEvent _,
                    EscalationEvent _,
                    RescueEvent _,
                    StealingEvent _,
                    DeadlockEvent _,
                    ConsensusEvent _,
                    DissentEvent _,
                    RelationEvent _ -> Uni.createFrom().voidItem();
        };
    }
}
