package io.infrafabric.door.identity;

import io.infrafabric.command.AuditTrail;
import io.infrafabric.command.AuditTrail.Entry;
import io.infrafabric.command.AuditTrail.Filter;
import io.infrafabric.command.Caller;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.input.Paging;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestQuery;

/** The audit log over REST. An operator of one swarm sees what was done in that swarm. */
@IfBuildProperty(name = "s2.build.coordinator.door", stringValue = "true", enableIfMissing = true)
@Path("/coordinator/audit")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "coordinator")
public class AuditResource {
    private static final int LONGEST = 512;

    @Inject
    Identity identity;

    @Inject
    AuditTrail trail;

    @Inject
    Pool pool;

    @Inject
    Paging paging;

    @GET
    @Operation(
            summary = "What operators did, newest first (operators)",
            description = "by: the name in the token. entity: what the call was about, for example task:build. from is "
                    + "inclusive, to is exclusive.")
    public Uni<Page<Entry>> list(
            @RestQuery String from,
            @RestQuery String to,
            @RestQuery String by,
            @RestQuery String entity,
            @RestQuery Integer limit,
            @RestQuery String cursor) {
        Caller caller = identity.caller();
        caller.mustOperate(caller.swarm());
        int size = paging.limit(limit);
        List<String> after = cursor == null ? null : Cursor.decode(cursor, 2);
        Filter filter = new Filter(
                caller.swarm(),
                Check.instant("from", from),
                Check.instant("to", to),
                Check.text("by", by, LONGEST),
                Check.text("entity", entity, LONGEST),
                after == null ? null : Cursor.instant(after.getFirst()),
                after == null ? null : Cursor.number(after.getLast()));
        return trail.page(pool, filter, size + 1)
                .map(rows -> Page.of(rows, size, row -> List.of(row.at().toString(), Long.toString(row.id()))));
    }
}
