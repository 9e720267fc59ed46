package io.infrafabric.escalation;

import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Reactions;
import io.infrafabric.bus.Regularly;
import io.infrafabric.bus.Work;
import io.infrafabric.event.BudgetEvent.BreakerClosed;
import io.infrafabric.event.BudgetEvent.BreakerOpened;
import io.infrafabric.event.CoordinatorEvent.TaskStranded;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.hibernate.reactive.mutiny.Mutiny;

/** What escalation does about events. */
@IfBuildProperty(name = "s2.build.escalation.channel", stringValue = "true", enableIfMissing = true)
@ApplicationScoped
public class EscalationFunction {

    @Produces
    static final Reactions<Turn, Uni<Void>> HEARS = Reactions.<Turn>atOnce("escalation")
            .on(TaskStranded.class, Turn::stranded)
            .on(BreakerOpened.class, Turn::opened)
            .on(BreakerClosed.class, Turn::closed)
            .on(CauseEnded.class, Turn::ended)
            .on(CaseRequested.class, Turn::requested)
            .due(CaseTable.PAGE, Turn::page)
            .due(AskTransaction.DEADLINE, Turn::unanswered)
            .due(DeliveryTransaction.KIND, Turn::deliver);

    private final Inbox inbox;
    private final EntitySessions sessions;
    private final CaseTable cases;
    private final AskTransaction questions;
    private final DeliveryTransaction deliveries;
    private final Sender sender;
    private final Question.Bounds bounds;

    public EscalationFunction(
            Inbox inbox,
            EntitySessions sessions,
            CaseTable cases,
            AskTransaction questions,
            DeliveryTransaction deliveries,
            Sender sender,
            EscalationConfig config) {
        this.inbox = inbox;
        this.sessions = sessions;
        this.cases = cases;
        this.questions = questions;
        this.deliveries = deliveries;
        this.sender = sender;
        this.bounds = new Question.Bounds(config.maxAsked(), config.maxOptions(), config.maxEvidence());
    }

    /** What webhooks asked for by its type comes to this channel, too. */
    void subscribe(
            @Observes StartupEvent started, Regularly regularly, WebhookTransaction webhooks, EscalationConfig config) {
        regularly.every(config.typesAgain(), "Asking for the types of webhooks", webhooks::subscribeAgain);
    }

    /** Receivers are called after the commit of the batch; the channel does not wait for them. */
    @Incoming("escalation")
    public Uni<Void> on(EventBatch batch) {
        Set<UUID> due = new LinkedHashSet<>();
        return inbox.take(
                        batch,
                        (work, envelope) -> sessions.in(
                                work,
                                session -> HEARS.tell(new Turn(session, work, due), envelope)
                                        .chain(() -> deliveries.tell(session, work, envelope))))
                .invoke(() -> due.forEach(sender::send));
    }

    /** The turn of one event. */
    final class Turn {
        private final Mutiny.Session session;
        private final Work work;
        private final Set<UUID> due;

        Turn(Mutiny.Session session, Work work, Set<UUID> due) {
            this.session = session;
            this.work = work;
            this.due = due;
        }

        Uni<Void> stranded(TaskStranded stranded, Envelope envelope) {
            return cases.open(session, work, Question.of(stranded, envelope.id().toString()), envelope.trace());
        }

        Uni<Void> opened(BreakerOpened opened, Envelope envelope) {
            return cases.open(session, work, Question.of(opened), envelope.trace());
        }

        Uni<Void> closed(BreakerClosed closed, Envelope envelope) {
            return cases.withdraw(session, work, Cause.of(closed), envelope.trace());
        }

        Uni<Void> ended(CauseEnded gone, Envelope envelope) {
            return cases.withdraw(session, work, Cause.of(gone), envelope.trace());
        }

        Uni<Void> requested(CaseRequested wish, Envelope envelope) {
            return cases.open(session, work, Question.of(wish, bounds), envelope.trace());
        }

        Uni<Void> page(String id, Envelope envelope) {
            return cases.page(session, work, UUID.fromString(id), envelope.trace());
        }

        Uni<Void> unanswered(String id, Envelope envelope) {
            return questions.unanswered(session, work, UUID.fromString(id), envelope.trace());
        }

        Uni<Void> deliver(String id) {
            return deliveries
                    .comeDue(session, work, UUID.fromString(id))
                    .invoke(delivery -> delivery.ifPresent(due::add))
                    .replaceWithVoid();
        }
    }
}
