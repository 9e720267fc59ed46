package io.infrafabric.event;

/** Tasks that pass from a busy session to an idle one. Written by stealing alone. */
public sealed interface StealingEvent extends Event {

    /** An idle session took a task from the queue of a busy one, and holds its lease (a fact). */
    record TaskStolen(String task, String swarm, String fromSession, String toSession, String priority, long epoch)
            implements StealingEvent {
        @Override
        public String subject() {
            return "task:" + task;
        }
    }
}
