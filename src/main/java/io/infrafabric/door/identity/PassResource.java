package io.infrafabric.door.identity;

import io.infrafabric.command.Caller;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.identity.Passes.Pass;
import io.infrafabric.door.input.Paging;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/**
 * Tokens of operators and viewers. An operator of one swarm makes, sees and revokes those of its swarm. An
 * {@code Idempotency-Key} is ignored here, because tokens are never kept.
 */
@IfBuildProperty(name = "s2.build.coordinator.door", stringValue = "true", enableIfMissing = true)
@Path("/coordinator/tokens")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "coordinator")
public class PassResource {
    @Inject
    Identity identity;

    @Inject
    PassOffice office;

    @Inject
    Paging paging;

    /** The request. */
    @Schema(name = "TokenBody")
    public record Wish(
            @Schema(description = "The holder's name, as it will appear in the audit log", examples = "grafana")
            String name,

            @Schema(description = "operator or viewer", examples = "viewer")
            String role,

            @Schema(description = "The one swarm that it reaches; if absent, all that the caller reaches")
            String swarm,

            @Schema(description = "Life of the token in seconds; 24 h if absent, at most 30 d", examples = "3600")
            Long ttlSeconds) {}

    /** A new token. It is shown only once. */
    @Schema(name = "CreatedToken")
    public record Made(String id, String name, String role, String swarm, String token, Instant expiresAt) {}

    @POST
    @Operation(
            summary = "Make a token for an operator or a viewer (operators)",
            description =
                    "The token is shown only once, and ends when its time is over. An operator of one swarm makes "
                            + "tokens of that swarm.")
    public Uni<RestResponse<Made>> make(Wish wish) {
        Caller caller = identity.caller();
        caller.mustOperate(caller.swarm());
        Check.given("body", wish);
        PassOffice.Wish checked = PassOffice.Wish.of(
                wish.name(), wish.role(), wish.swarm() == null ? caller.swarm() : wish.swarm(), wish.ttlSeconds());
        caller.mustOperate(checked.swarm());
        return office.make(checked, caller.subject(), identity.deed(wish))
                .map(made -> RestResponse.status(RestResponse.Status.CREATED, made));
    }

    @GET
    @Operation(
            summary = "Tokens of operators and viewers, newest first (operators)",
            description = "With the time of their last use, to the minute. Ended tokens stay in the list for 30 days.")
    public Uni<Page<Pass>> list(@RestQuery Integer limit, @RestQuery String cursor) {
        Caller caller = identity.caller();
        caller.mustOperate(caller.swarm());
        return office.page(caller.swarm(), cursor, paging.limit(limit));
    }

    @DELETE
    @Path("/{id}")
    @Operation(
            summary = "Revoke a token of an operator or a viewer (operators)",
            description = "Takes effect here at once, in every other process within 5 s. Revoking it again changes "
                    + "nothing.")
    public Uni<Void> revoke(@RestPath String id) {
        Caller caller = identity.caller();
        caller.mustOperate(caller.swarm());
        return office.revoke(Check.uuid(id, () -> unknown(id)), caller.subject(), caller.swarm(), identity.deed(null))
                .invoke(revoked -> {
                    if (!revoked) {
                        throw unknown(id);
                    }
                })
                .replaceWithVoid();
    }

    private static Problem unknown(String id) {
        return Problem.of(Code.IF_ERR_UNKNOWN_TOKEN, "The caller reaches no token " + id + ".");
    }
}
