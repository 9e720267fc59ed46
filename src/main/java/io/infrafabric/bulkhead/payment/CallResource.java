package io.infrafabric.bulkhead.payment;

import io.infrafabric.bulkhead.payment.CallTable.Filter;
import io.infrafabric.bus.Rows;
import io.infrafabric.command.Caller;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;

/** Calls to providers over REST. */
@IfBuildProperty(name = "s2.build.bulkhead.door", stringValue = "true", enableIfMissing = true)
@Path("/bulkhead/calls")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "bulkhead")
public class CallResource {
    private final Identity identity;
    private final Paging paging;
    private final Pool pool;

    CallResource(Identity identity, Paging paging, Pool pool) {
        this.identity = identity;
        this.paging = paging;
        this.pool = pool;
    }

    @GET
    @Operation(
            summary = "Calls to providers, newest first",
            description =
                    "What each used and cost, but nothing of what was asked or answered. A session sees its own, operators and "
                            + "viewers those of the swarms that they reach. Calls for which nobody pays are listed when they have ended.")
    public Uni<Page<CallView>> list(
            @RestQuery String session,
            @RestQuery String provider,
            @RestQuery String task,
            @RestQuery Integer limit,
            @RestQuery String cursor) {
        Caller caller = identity.caller();
        int size = paging.limit(limit);
        String of = Check.id("session", session);
        if (caller.isSession()) {
            of = of == null ? caller.subject() : of;
            caller.mustBe(of);
        }
        String about = Check.id("task", task);
        if (caller.isScoped()) {
            about = about == null ? caller.scope().task() : about;
            caller.mustReachTask(about);
        }
        List<String> after =
                cursor == null ? List.of(Rows.FOREVER.toString(), Rows.LAST_ID.toString()) : Cursor.decode(cursor, 2);
        Filter filter = new Filter(
                caller.swarm(),
                of,
                Check.id("provider", provider),
                about,
                Cursor.instant(after.getFirst()),
                Cursor.uuid(after.getLast()));
        return CallTable.page(pool, filter, size + 1)
                .map(rows ->
                        Page.of(rows, size, call -> List.of(call.startedAt().toString(), call.id())));
    }

    @GET
    @Path("/{id}")
    @Operation(summary = "A call to a provider", description = "S2-Call in the answer to a call has its id.")
    public Uni<CallView> get(@RestPath String id) {
        Caller caller = identity.caller();
        return CallTable.find(pool, Check.uuid(id, () -> unknown(id))).map(call -> {
            if (call == null || !reaches(caller, call)) {
                throw unknown(id);
            }
            return call;
        });
    }

    private static boolean reaches(Caller caller, CallView call) {
        return caller.isSession()
                ? caller.subject().equals(call.session())
                        && (!caller.isScoped() || caller.scope().task().equals(call.taskId()))
                : caller.reaches(call.swarm());
    }

    private static Problem unknown(String id) {
        return Problem.of(Code.IF_ERR_UNKNOWN_CALL, "The caller reaches no call " + id + ".");
    }
}
