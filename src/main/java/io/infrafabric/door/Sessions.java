package io.infrafabric.door;

import io.smallrye.mutiny.Uni;
import java.util.Optional;

/** What the door asks the room that keeps the sessions. */
public interface Sessions {

    /** The swarm of a session that is enrolled and has not left; empty if there is none with this id. */
    Uni<Optional<String>> swarmOf(String session);
}
