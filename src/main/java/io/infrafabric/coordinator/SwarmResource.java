package io.infrafabric.coordinator;

import io.infrafabric.bus.Rows;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.CoordinatorBodies.ReasonBody;
import io.infrafabric.coordinator.CoordinatorBodies.SwarmBody;
import io.infrafabric.coordinator.session.SwarmTable;
import io.infrafabric.coordinator.session.SwarmTable.Overview;
import io.infrafabric.coordinator.session.SwarmTable.Swarm;
import io.infrafabric.coordinator.transaction.SwarmTransaction;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/** Swarms over REST, for operators. */
@IfBuildProperty(name = "s2.build.coordinator.door", stringValue = "true", enableIfMissing = true)
@Path("/coordinator/swarms")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "coordinator")
public class SwarmResource {
    private static final int MOST_ELECTORS = 1000;

    private final Identity identity;
    private final SwarmTable swarms;
    private final SwarmTransaction commands;
    private final Paging paging;
    private final CoordinatorAnswers answers;
    private final Pool pool;

    public SwarmResource(
            Identity identity,
            SwarmTable swarms,
            SwarmTransaction commands,
            Paging paging,
            CoordinatorAnswers answers,
            Pool pool) {
        this.identity = identity;
        this.swarms = swarms;
        this.commands = commands;
        this.paging = paging;
        this.answers = answers;
        this.pool = pool;
    }

    @GET
    @Operation(summary = "List swarms, newest first")
    public Uni<Page<Swarm>> list(@RestQuery Integer limit, @RestQuery String cursor) {
        Caller caller = identity.caller();
        int size = paging.limit(limit);
        List<String> from = cursor == null ? List.of(Rows.FOREVER.toString(), "") : Cursor.decode(cursor, 2);
        return swarms.page(pool, caller.swarm(), Cursor.instant(from.get(0)), from.get(1), size + 1)
                .map(rows ->
                        Page.of(rows, size, swarm -> List.of(swarm.createdAt().toString(), swarm.id())));
    }

    @GET
    @Path("/{swarm}")
    @Operation(
            summary = "A swarm at a glance",
            description = "Each number is counted up to 10,000; atLeast names those that are that large or larger, as"
                    + " tasks.DONE.")
    public Uni<Overview> get(@RestPath String swarm) {
        identity.caller().mustRead(Check.id("swarm", swarm));
        return swarms.overview(pool, swarm).invoke(overview -> known(overview, swarm));
    }

    @PUT
    @Path("/{swarm}")
    @Operation(summary = "Make a swarm, or change it (operators)", description = "Absent fields keep their values.")
    public Uni<Swarm> put(@RestPath String swarm, SwarmBody body) {
        identity.caller().mustOperate(Check.id("swarm", swarm));
        Integer quorum = body == null ? null : CoordinatorBodies.between("quorum", body.quorum(), 1, MOST_ELECTORS);
        return commands.put(swarm, quorum, new Keep<>(identity.noted(body), this::toKeep))
                .map(Once::now);
    }

    @POST
    @Path("/{swarm}/pause")
    @Operation(
            summary = "Pause a swarm (operators)",
            description = "No claims are granted until it is resumed; running work may finish.")
    @APIResponseSchema(Swarm.class)
    public Uni<RestResponse<String>> pause(@RestPath String swarm, ReasonBody body) {
        identity.caller().mustOperate(Check.id("swarm", swarm));
        String reason = CoordinatorBodies.reason(Check.given("body", body).reason());
        return commands.pause(swarm, reason, new Keep<>(identity.key(body), this::toKeep))
                .map(reply -> shown(reply, swarm));
    }

    @POST
    @Path("/{swarm}/resume")
    @Operation(summary = "Resume a swarm (operators)")
    @APIResponseSchema(Swarm.class)
    public Uni<RestResponse<String>> resume(@RestPath String swarm) {
        identity.caller().mustOperate(Check.id("swarm", swarm));
        return commands.resume(swarm, new Keep<>(identity.key(null), this::toKeep))
                .map(reply -> shown(reply, swarm));
    }

    private Idempotency.Answer toKeep(Swarm swarm) {
        return swarm == null ? null : answers.rendered(200, swarm);
    }

    private RestResponse<String> shown(Reply<Swarm> reply, String swarm) {
        return Respond.reply(reply, changed -> {
            known(changed, swarm);
            return answers.rendered(200, changed);
        });
    }

    private static void known(Object found, String swarm) {
        if (found == null) {
            throw CoordinatorAnswers.unknownSwarm(swarm);
        }
    }
}
