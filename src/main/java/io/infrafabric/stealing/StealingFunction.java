package io.infrafabric.stealing;

import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Reactions;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.published.Handovers;
import io.infrafabric.event.BudgetEvent.BreakerOpened;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** What stealing does about events: when a session is stopped, its queue gets no shorter. */
@ApplicationScoped
@IfBuildProperty(name = "s2.build.stealing.channel", stringValue = "true", enableIfMissing = true)
public class StealingFunction {
    private static final String SESSION = "session:";

    @Produces
    static final Reactions<Turn, Uni<Void>> HEARS =
            Reactions.<Turn>atOnce("stealing").on(BreakerOpened.class, Turn::opened);

    private final Inbox inbox;
    private final Handovers handovers;
    private final StealingConfig config;

    public StealingFunction(Inbox inbox, Handovers handovers, StealingConfig config) {
        this.inbox = inbox;
        this.handovers = handovers;
        this.config = config;
    }

    @Incoming("stealing")
    public Uni<Void> on(EventBatch batch) {
        return inbox.take(batch, (work, envelope) -> HEARS.tell(new Turn(work), envelope));
    }

    /** The turn of one event. */
    final class Turn {
        private final Work work;

        Turn(Work work) {
            this.work = work;
        }

        Uni<Void> opened(BreakerOpened opened) {
            return opened.account().startsWith(SESSION)
                    ? handovers.callIfBusy(work, opened.account().substring(SESSION.length()), config.keep())
                    : Uni.createFrom().voidItem();
        }
    }
}
