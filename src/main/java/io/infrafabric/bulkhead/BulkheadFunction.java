package io.infrafabric.bulkhead;

import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Reactions;
import io.infrafabric.bus.Work;
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
    static final Reactions<Turn, Uni<Void>> HEARS = Reactions.atOnce("bulkhead");

    private final Inbox inbox;

    public BulkheadFunction(Inbox inbox) {
        this.inbox = inbox;
    }

    @Incoming("bulkhead")
    public Uni<Void> on(EventBatch batch) {
        return inbox.take(batch, (work, envelope) -> HEARS.tell(new Turn(work), envelope));
    }

    /** The turn of one event. */
    record Turn(Work work) {}
}
