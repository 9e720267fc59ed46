package io.infrafabric.event;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;

/** Events of the bus itself. */
@RegisterForReflection
public sealed interface BusEvent extends Event {

    /**
     * The time that a function had asked to be called at has come (a fact). It goes to that function alone: its type is
     * {@code s2.<function>.came-due.v1}.
     *
     * @param function who asked
     * @param entity what is due, in the words of the function, for example {@code lease:P0.1.1}
     * @param dueAt the time that was asked for; the event comes at that time or later, never earlier
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
