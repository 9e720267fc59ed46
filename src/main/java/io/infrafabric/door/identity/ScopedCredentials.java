package io.infrafabric.door.identity;

import io.infrafabric.command.Caller;
import io.infrafabric.problem.Unauthenticated;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Optional;

/** What the door asks the room of scoped credentials. */
public interface ScopedCredentials {

    /**
     * A credential.
     *
     * @param caller the session, with its scope
     * @param generation the generation of the session's tokens when it was issued; a later one revokes it
     * @param left how long it holds at most; not positive if its time is over
     * @param over why it does not hold any more; {@code null} if it does
     */
    record Found(Caller caller, long generation, Duration left, Unauthenticated over) {}

    /** The credential whose token has this SHA-256, as the database knows it now; empty if there is none. */
    Uni<Optional<Found>> find(String sha256);
}
