package io.infrafabric.event;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;

/** Events of the bus itself. */
@RegisterForReflection
public sealed interface BusEvent extends Event {

    /**
     * The time has come at which a function asked to be called (a fact). It goes to that function only: its type is
     * {@code s2.<function>.came-due.v1}.
     *
     * @param function the function that asked
     * @param entity what is due, in the words of the function, for example {@code lease:P0.1.1}
     * @param dueAt the requested time; the event comes then or later, never earlier
     */
    record CameDue(String function, String entity, Instant dueAt) implements BusEvent {
        @Override
        public String subject() {
            return "due:" + entity;
        }

        @Override
        public String swarm() {
            return null;
        }
    }
}
