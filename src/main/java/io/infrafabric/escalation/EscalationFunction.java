package io.infrafabric.escalation;

import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Sessions;
import io.infrafabric.bus.Work;
import io.infrafabric.event.BudgetEvent;
import io.infrafabric.event.BudgetEvent.BreakerClosed;
import io.infrafabric.event.BudgetEvent.BreakerOpened;
import io.infrafabric.event.BusEvent.CameDue;
import io.infrafabric.event.ConsensusEvent;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.CoordinatorEvent.TaskStranded;
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
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.hibernate.reactive.mutiny.Mutiny;

/** What escalation does when its channel tells it something. */
@IfBuildProperty(name = "s2.build.escalation.channel", stringValue = "true", enableIfMissing = true)
@ApplicationScoped
public class EscalationFunction {
    private final Inbox inbox;
    private final Sessions sessions;
    private final CaseStore cases;
    private final DeliveryStore deliveries;
    private final Sender sender;
    private final Question.Bounds bounds;

    public EscalationFunction(
            Inbox inbox,
            Sessions sessions,
            CaseStore cases,
            DeliveryStore deliveries,
            Sender sender,
            EscalationConfig config) {
        this.inbox = inbox;
        this.sessions = sessions;
        this.cases = cases;
        this.deliveries = deliveries;
        this.sender = sender;
        this.bounds = new Question.Bounds(config.maxAsked(), config.maxOptions(), config.maxEvidence());
    }

    /** Receivers are called when the batch is committed; the channel does not wait for them. */
    @Incoming("escalation")
    public Uni<Void> on(EventBatch batch) {
        Set<UUID> due = new LinkedHashSet<>();
        return inbox.take(batch, (work, envelope) -> sessions.in(work, session -> react(session, work, envelope, due)))
                .invoke(() -> due.forEach(sender::send));
    }

    private Uni<Void> react(Mutiny.Session session, Work work, Envelope envelope, Set<UUID> due) {
        return switch (envelope.event()) {
            case TaskStranded stranded ->
                cases.open(session, work, Question.of(stranded, envelope.id().toString()), envelope.trace());
            case BreakerOpened opened -> cases.open(session, work, Question.of(opened), envelope.trace());
            case BreakerClosed closed -> cases.withdraw(session, work, Cause.of(closed), envelope.trace());
            case CauseEnded gone -> cases.withdraw(session, work, Cause.of(gone), envelope.trace());
            case CaseRequested wish -> cases.open(session, work, Question.of(wish, bounds), envelope.trace());
            case CameDue came
            when CaseStore.isPage(came.entity()) -> cases.page(session, work, came.entity(), envelope.trace());
            case CameDue came ->
                deliveries
                        .comeDue(session, work, came.entity())
                        .invoke(id -> id.ifPresent(due::add))
                        .replaceWithVoid();
            case CoordinatorEvent _,
                    BudgetEvent _,
                    RescueEvent _,
                    StealingEvent _,
                    RelationEvent _,
                    DeadlockEvent _,
                    ConsensusEvent _,
                    DissentEvent _,
                    CaseOpened _,
                    CaseAcknowledged _,
                    CaseResolved _,
                    CaseWithdrawn _ -> Uni.createFrom().voidItem();
        };
    }
}
