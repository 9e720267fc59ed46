package io.infrafabric.door;

import io.infrafabric.door.AuditTrail.Entry;
import io.infrafabric.door.AuditTrail.Filter;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestQuery;

/** What operators did, over REST. An operator of one swarm sees what was done in that swarm. */
@IfBuildProperty(name = "s2.build.coordinator.door", stringValue = "true", enableIfMissing = true)
@Path("/coordinator/audit")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "coordinator")
public class AuditResource {
    private static final int LONGEST = 512;
    private static final int LAST_YEAR = 9999;

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
            description =
                    "by: the name in the token. entity: what it was about, as task:build. from is included, to is not.")
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
        long before = cursor == null
                ? Long.MAX_VALUE
                : Cursor.number(Cursor.decode(cursor, 1).getFirst());
        Filter filter = new Filter(
                caller.swarm(),
                instant("from", from),
                instant("to", to),
                Check.text("by", by, LONGEST),
                Check.text("entity", entity, LONGEST),
                before);
        return trail.page(pool, filter, size + 1)
                .map(rows -> Page.of(rows, size, row -> List.of(Long.toString(row.id()))));
    }

    private static Instant instant(String field, String text) {
        try {
            OffsetDateTime time = text == null ? null : OffsetDateTime.parse(text);
            // PostgreSQL has years that are shorter than Java's; nobody means any other.
            if (time == null || (time.getYear() > 0 && time.getYear() <= LAST_YEAR)) {
                return time == null ? null : time.toInstant();
            }
        } catch (DateTimeException _) {
            // Said below.
        }
        throw Problem.badInput(field, "a time such as 2026-01-31T12:00:00Z");
    }
}
