package io.infrafabric.bulkhead;

import io.infrafabric.bulkhead.slot.BreakerTransaction;
import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Reactions;
import io.infrafabric.bus.Work;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** What bulkhead does about events. */
@ApplicationScoped
@IfBuildProperty(name = "s2.build.bulkhead.channel", stringValue = "true", enableIfMissing = true)
public class BulkheadFunction {

    @Produces
    static final Reactions<Turn, Uni<Void>> HEARS = Reactions.<Turn>atOnce("bulkhead")
            .on(CaseResolved.class, Turn::ruled)
            .due(BreakerTransaction.DOWN, Turn::stillDown);

    private final Inbox inbox;
    private final BreakerTransaction breakers;

    public BulkheadFunction(Inbox inbox, BreakerTransaction breakers) {
        this.inbox = inbox;
        this.breakers = breakers;
    }

    @Incoming("bulkhead")
    public Uni<Void> on(EventBatch batch) {
        return inbox.take(batch, (work, envelope) -> HEARS.tell(new Turn(work), envelope));
    }

    /** The turn of one event. */
    final class Turn {
        private final Work work;

        Turn(Work work) {
            this.work = work;
        }

        Uni<Void> ruled(CaseResolved ruling) {
            return breakers.ruled(work, ruling);
        }

        Uni<Void> stillDown(String provider) {
            return breakers.stillDown(work, provider);
        }
    }
}
