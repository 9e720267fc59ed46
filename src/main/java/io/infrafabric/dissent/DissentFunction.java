package io.infrafabric.dissent;

import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Sessions;
import io.infrafabric.bus.Work;
import io.infrafabric.event.BudgetEvent;
import io.infrafabric.event.BusEvent.CameDue;
import io.infrafabric.event.ConsensusEvent.DecisionClosed;
import io.infrafabric.event.ConsensusEvent.DecisionOpened;
import io.infrafabric.event.ConsensusEvent.DecisionResolved;
import io.infrafabric.event.ConsensusEvent.HazardsLifted;
import io.infrafabric.event.ConsensusEvent.HazardsRaised;
import io.infrafabric.event.ConsensusEvent.VoteCast;
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
import org.hibernate.reactive.mutiny.Mutiny;

/** What dissent does when its channel tells it something. */
@ApplicationScoped
@IfBuildProperty(name = "s2.build.dissent.channel", stringValue = "true", enableIfMissing = true)
public class DissentFunction {
    private final Inbox inbox;
    private final Sessions sessions;
    private final MemoStore memos;
    private final FalsifierStore falsifiers;

    public DissentFunction(Inbox inbox, Sessions sessions, MemoStore memos, FalsifierStore falsifiers) {
        this.inbox = inbox;
        this.sessions = sessions;
        this.memos = memos;
        this.falsifiers = falsifiers;
    }

    @Incoming("dissent")
    public Uni<Void> on(EventBatch batch) {
        return inbox.take(batch, (work, envelope) -> sessions.in(work, session -> react(session, work, envelope)));
    }

    private Uni<Void> react(Mutiny.Session session, Work work, Envelope envelope) {
        return switch (envelope.event()) {
            case DecisionClosed closed -> memos.write(session, work, closed, envelope.trace());
            case DecisionResolved resolved -> memos.resolved(session, work, resolved, envelope.trace());
            case CameDue due -> falsifiers.comeDue(session, work, due.entity(), envelope.trace());
            case DecisionOpened _,
                    VoteCast _,
                    HazardsRaised _,
                    HazardsLifted _,
                    CoordinatorEvent _,
                    BudgetEvent _,
                    EscalationEvent _,
                    DissentEvent _,
                    RescueEvent _,
                    StealingEvent _,
                    DeadlockEvent _,
                    RelationEvent _ -> Uni.createFrom().voidItem();
        };
    }
}
