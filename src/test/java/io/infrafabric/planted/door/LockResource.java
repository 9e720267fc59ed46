package io.infrafabric.planted.door;

import jakarta.ws.rs.Path;

/** At a path of a function, and does not say in which builds it is. */
@Path("/beta/locks")
final class LockResource {
    private LockResource() {}
}
