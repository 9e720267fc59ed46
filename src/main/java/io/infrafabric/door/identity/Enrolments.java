package io.infrafabric.door.identity;

import io.smallrye.mutiny.Uni;
import java.util.Optional;

/** What the door asks the room that keeps the sessions. */
public interface Enrolments {

    /**
     * A session's latest enrolment.
     *
     * @param swarm that it is in, or was in until it left
     * @param enrolment counted from 1; it grows by one with each enrolment after leaving
     */
    record Enrolled(String swarm, long enrolment, boolean left) {}

    /** The latest enrolment of a session, also if it has left; empty if there never was one with this id. */
    Uni<Optional<Enrolled>> enrolled(String session);
}
