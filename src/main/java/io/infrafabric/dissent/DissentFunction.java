package io.infrafabric.dissent;

import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Reactions;
import io.infrafabric.bus.Work;
import io.infrafabric.event.ConsensusEvent.DecisionClosed;
import io.infrafabric.event.ConsensusEvent.DecisionResolved;
import io.infrafabric.event.Envelope;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.util.UUID;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.hibernate.reactive.mutiny.Mutiny;

/** What dissent does about events. */
@ApplicationScoped
@IfBuildProperty(name = "s2.build.dissent.channel", stringValue = "true", enableIfMissing = true)
public class DissentFunction {

    @Produces
    static final Reactions<Turn, Uni<Void>> HEARS = Reactions.<Turn>atOnce(MemoTransaction.FUNCTION)
            .on(DecisionClosed.class, Turn::closed)
            .on(DecisionResolved.class, Turn::resolved)
            .due(FalsifierTransaction.KIND, Turn::lapsed);

    private final Inbox inbox;
    private final EntitySessions sessions;
    private final MemoTransaction memos;
    private final FalsifierTransaction falsifiers;

    public DissentFunction(
            Inbox inbox, EntitySessions sessions, MemoTransaction memos, FalsifierTransaction falsifiers) {
        this.inbox = inbox;
        this.sessions = sessions;
        this.memos = memos;
        this.falsifiers = falsifiers;
    }

    @Incoming("dissent")
    public Uni<Void> on(EventBatch batch) {
        return inbox.take(
                batch, (work, envelope) -> sessions.in(work, session -> HEARS.tell(new Turn(session, work), envelope)));
    }

    /** The turn of one event. */
    final class Turn {
        private final Mutiny.Session session;
        private final Work work;

        Turn(Mutiny.Session session, Work work) {
            this.session = session;
            this.work = work;
        }

        Uni<Void> closed(DecisionClosed closed, Envelope envelope) {
            return memos.write(session, work, closed, envelope.trace());
        }

        Uni<Void> resolved(DecisionResolved resolved, Envelope envelope) {
            return memos.resolved(session, work, resolved, envelope.trace());
        }

        Uni<Void> lapsed(String falsifier, Envelope envelope) {
            return falsifiers.comeDue(session, work, UUID.fromString(falsifier), envelope.trace());
        }
    }
}
