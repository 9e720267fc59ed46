package io.infrafabric.event;

import static io.infrafabric.event.Catalogue.Type.v1;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;

/** Tasks that pass from a busy session to an idle one. Only stealing writes these. */
@RegisterForReflection
public sealed interface StealingEvent extends Event {

    /** The events, each with its name on the wire. */
    List<Catalogue.Type> TYPES = List.of(v1("stealing", "task-stolen", TaskStolen.class));

    /** An idle session took a task from the queue of a busy one, and holds its lease (a fact). */
    record TaskStolen(String task, String swarm, String fromSession, String toSession, String priority, long epoch)
            implements StealingEvent {
        @Override
        public String subject() {
            return "task:" + task;
        }
    }
}
