package io.infrafabric.relation;

import io.infrafabric.command.Caller;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.infrafabric.relation.FindingTransaction.Wanted;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;

/** Contradictions over REST, read-only. */
@IfBuildProperty(name = "s2.build.relation.door", stringValue = "true", enableIfMissing = true)
@Path("/relation/contradictions")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "relation")
public class ContradictionResource {
    private final Identity identity;
    private final FindingTransaction findings;
    private final Paging paging;

    ContradictionResource(Identity identity, FindingTransaction findings, Paging paging) {
        this.identity = identity;
        this.findings = findings;
        this.paging = paging;
    }

    @GET
    @Operation(
            summary = "List contradictions, newest first",
            description = "Those that stand. ended=true adds those that ended; at lists those that stood at that time, "
                    + "with their severity, score and resting of that time (endedAt says what became of them since).")
    public Uni<Page<Contradiction>> list(
            @RestQuery String minSeverity,
            @RestQuery String swarm,
            @RestQuery Boolean ended,
            @RestQuery String at,
            @RestQuery Integer limit,
            @RestQuery String cursor) {
        Caller caller = identity.caller();
        String only = swarm == null ? caller.swarm() : Check.id("swarm", swarm);
        caller.mustRead(only);
        int size = paging.limit(limit);
        Wanted wanted = after(
                only,
                Check.oneOf("minSeverity", minSeverity, Severity.class),
                Boolean.TRUE.equals(ended),
                Check.instant("at", at),
                cursor);
        return findings.page(wanted, size + 1)
                .map(rows ->
                        Page.of(rows, size, shown -> List.of(shown.foundAt().toString(), shown.id())));
    }

    @GET
    @Path("/{id}")
    @Operation(summary = "A contradiction, with the path that it follows from")
    public Uni<Contradiction> get(@RestPath String id) {
        return findings.find(Check.uuid(id, () -> RelationAnswers.unknownContradiction(id)), identity.caller())
                .invoke(found -> {
                    if (found == null) {
                        throw RelationAnswers.unknownContradiction(id);
                    }
                });
    }

    private static Wanted after(String swarm, Severity least, boolean ended, Instant at, String cursor) {
        if (cursor == null) {
            return new Wanted(swarm, least, ended, at, null, null);
        }
        List<String> key = Cursor.decode(cursor, 2);
        return new Wanted(swarm, least, ended, at, Cursor.instant(key.get(0)), Cursor.uuid(key.get(1)));
    }
}
