package io.infrafabric.coordinator.transaction;

import io.infrafabric.budget.Pauses;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.session.SwarmTable;
import io.infrafabric.coordinator.session.SwarmTable.Swarm;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;

/** What operators do with a whole swarm: make, change, pause, resume. */
@ApplicationScoped
public class SwarmTransaction {
    private final Commands commands;
    private final Pauses pauses;

    SwarmTransaction(Commands commands, Pauses pauses) {
        this.commands = commands;
        this.pauses = pauses;
    }

    /** Makes the swarm, or changes the parts that are not {@code null}. */
    public Uni<Reply<Swarm>> put(String id, Integer quorum, Keep<Swarm> keep) {
        return commands.alone(keep, work -> SwarmTable.put(work, id, quorum));
    }

    /**
     * Stops claims and holds until {@link #resume}; {@code null} if the swarm does not exist. Pausing twice changes the
     * reason.
     */
    public Uni<Reply<Swarm>> pause(String id, String reason, Keep<Swarm> keep) {
        return commands.alone(
                keep,
                work -> SwarmTable.change(work, id, true, reason).invoke(swarm -> {
                    if (swarm != null) {
                        work.alongside(pauses.pause(work, id, reason));
                        work.emit(new CoordinatorEvent.SwarmPaused(id, reason, swarm.version()), Trace.NONE);
                    }
                }));
    }

    /** Lets claims and holds go on; {@code null} if the swarm does not exist. */
    public Uni<Reply<Swarm>> resume(String id, Keep<Swarm> keep) {
        return commands.alone(
                keep,
                work -> SwarmTable.change(work, id, false, null).invoke(swarm -> {
                    if (swarm != null) {
                        work.alongside(pauses.resume(work, id));
                        work.emit(new CoordinatorEvent.SwarmResumed(id, swarm.version()), Trace.NONE);
                        work.ring("tasks:" + id);
                    }
                }));
    }
}
