package io.infrafabric.deadlock;

import io.infrafabric.bus.Rows;
import io.infrafabric.command.Caller;
import io.infrafabric.deadlock.DeadlockTable.Deadlock;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestQuery;

/** Ended deadlocks over REST. */
@Path("/deadlock/deadlocks")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "deadlock")
@IfBuildProperty(name = "s2.build.deadlock.door", stringValue = "true", enableIfMissing = true)
public class EndedResource {
    private static final UUID LAST_ID = new UUID(-1, -1);

    private final Identity identity;
    private final DeadlockTable history;
    private final Paging paging;
    private final Pool pool;

    public EndedResource(Identity identity, DeadlockTable history, Paging paging, Pool pool) {
        this.identity = identity;
        this.history = history;
        this.paging = paging;
        this.pool = pool;
    }

    @GET
    @Operation(
            summary = "List ended deadlocks, newest first",
            description = "Each with its cycle, and the reason for the choice of the session.")
    public Uni<Page<Deadlock>> deadlocks(@RestQuery String swarm, @RestQuery Integer limit, @RestQuery String cursor) {
        Caller caller = identity.caller();
        String only = swarm == null ? caller.swarm() : Check.id("swarm", swarm);
        caller.mustRead(only);
        int size = paging.limit(limit);
        List<String> after =
                cursor == null ? List.of(Rows.FOREVER.toString(), LAST_ID.toString()) : Cursor.decode(cursor, 2);
        return history.page(pool, only, Cursor.instant(after.get(0)), Cursor.uuid(after.get(1)), size + 1)
                .map(rows -> Page.of(rows, size, row -> List.of(row.at().toString(), row.id())));
    }
}
