package io.infrafabric.door.identity;

import io.smallrye.mutiny.Uni;
import java.util.Optional;

/** What the door asks the room of the sessions. */
public interface Enrolments {

    /**
     * A session's latest enrolment.
     *
     * @param swarm the swarm that it is in, or was in until it left
     * @param enrolment counted from 1; grows by one with each enrolment after leaving
     */
    record Enrolled(String swarm, long enrolment, boolean left) {}

    /** The latest enrolment of a session, even if it has left; empty if no session ever had this id. */
    Uni<Optional<Enrolled>> enrolled(String session);
}
