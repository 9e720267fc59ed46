package io.infrafabric.chassis;

import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Reactions;
import io.infrafabric.bus.Work;
import io.infrafabric.chassis.run.ModuleRun.Checked;
import io.infrafabric.chassis.run.RunTransaction;
import io.infrafabric.chassis.run.RunTransaction.Coming;
import io.infrafabric.chassis.run.Runner;
import io.infrafabric.event.CoordinatorEvent.CheckRequested;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** What the chassis does about events. */
@ApplicationScoped
@IfBuildProperty(name = "s2.build.chassis.channel", stringValue = "true", enableIfMissing = true)
public class ChassisFunction {

    @Produces
    static final Reactions<Turn, Uni<Void>> HEARS = Reactions.<Turn>atOnce("chassis")
            .on(CheckRequested.class, Turn::check)
            .due(RunTransaction.KIND, Turn::run);

    private final Inbox inbox;
    private final RunTransaction runs;
    private final Runner runner;

    public ChassisFunction(Inbox inbox, RunTransaction runs, Runner runner) {
        this.inbox = inbox;
        this.runs = runs;
        this.runner = runner;
    }

    /** Runs begin after the commit of the batch; the channel does not wait for them. */
    @Incoming("chassis")
    public Uni<Void> on(EventBatch batch) {
        Map<UUID, Coming> due = new LinkedHashMap<>();
        return inbox.take(batch, (work, envelope) -> HEARS.tell(new Turn(work, due), envelope))
                .invoke(() -> due.values().forEach(runner::offer));
    }

    /** The turn of one event. */
    final class Turn {
        private final Work work;
        private final Map<UUID, Coming> due;

        Turn(Work work, Map<UUID, Coming> due) {
            this.work = work;
            this.due = due;
        }

        Uni<Void> check(CheckRequested wish) {
            Checked check = new Checked(wish.task(), wish.epoch(), wish.resultSha256());
            return runs.check(work, wish.swarm(), wish.sha256(), check);
        }

        Uni<Void> run(String id) {
            return runs.comeDue(work, UUID.fromString(id))
                    .invoke(coming -> coming.ifPresent(run -> due.put(run.id(), run)))
                    .replaceWithVoid();
        }
    }
}
