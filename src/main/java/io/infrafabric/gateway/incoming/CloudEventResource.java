package io.infrafabric.gateway.incoming;

import io.infrafabric.bus.Regularly;
import io.infrafabric.command.Caller;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.gateway.incoming.ForeignCommands.Command;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestResponse;

/** Takes CloudEvents. */
@IfBuildProperty(name = "s2.build.gateway.door", stringValue = "true", enableIfMissing = true)
@ApplicationScoped
@Path("/gateway/events")
@Tag(name = "gateway")
public class CloudEventResource {
    private static final int ACCEPTED = 202;

    private final Identity identity;
    private final TakingTransaction taking;
    private final Pool pool;
    private final IncomingConfig config;

    CloudEventResource(Identity identity, TakingTransaction taking, Pool pool, IncomingConfig config) {
        this.identity = identity;
        this.taking = taking;
        this.pool = pool;
        this.config = config;
    }

    /**
     * An event that was taken in.
     *
     * @param event the id of our event: under it a function that refuses the command keeps it among its dead letters
     * @param effect where the effect can be found
     * @param repeated whether it was taken in before, and has had no second effect
     */
    @RegisterForReflection
    public record TakenEvent(String source, String id, String event, String effect, boolean repeated) {}

    /** What was taken in, in the order of the call. */
    @RegisterForReflection
    public record TakenEvents(List<TakenEvent> events) {}

    @POST
    @Consumes(MediaType.WILDCARD)
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Send CloudEvents",
            description =
                    "One event (structured, or binary with its attributes as `ce-` headers) or a batch, by the HTTP binding of "
                            + "CloudEvents 1.0. docs/events.md says which types are commands. A batch is taken in as a whole or not at all. The "
                            + "same event, by source and id, takes effect once.")
    @RequestBody(
            content = {
                @Content(mediaType = "application/cloudevents+json", schema = @Schema(implementation = Object.class)),
                @Content(
                        mediaType = "application/cloudevents-batch+json",
                        schema = @Schema(implementation = Object[].class)),
                @Content(mediaType = "application/json", schema = @Schema(implementation = Object.class))
            })
    @APIResponseSchema(value = TakenEvents.class, responseCode = "202")
    public Uni<RestResponse<TakenEvents>> send(byte[] body, RoutingContext call) {
        Caller caller = identity.caller();
        caller.mustAct();
        if (caller.isScoped()) {
            throw Problem.of(Code.IF_ERR_FORBIDDEN, "A scoped credential sends no events.");
        }
        byte[] read = body == null ? new byte[0] : body;
        if (read.length > config.incomingMaxBody().asLongValue()) {
            throw Problem.of(
                    Code.IF_ERR_PAYLOAD_TOO_LARGE,
                    "The body has " + read.length + " bytes; at most "
                            + config.incomingMaxBody().asLongValue() + " are read.");
        }
        List<Command> commands = commands(read, call, caller);
        identity.note(Map.of(
                "events",
                commands.stream()
                        .map(Command::from)
                        .map(event -> event.type() + " " + event.source() + " " + event.id())
                        .collect(Collectors.toList())));
        return taking.take(commands)
                .map(taken -> RestResponse.ResponseBuilder.create(
                                RestResponse.Status.fromStatusCode(ACCEPTED),
                                new TakenEvents(taken.stream()
                                        .map(one -> new TakenEvent(
                                                one.command().from().source(),
                                                one.command().from().id(),
                                                one.event().toString(),
                                                one.effect(),
                                                one.before()))
                                        .toList()))
                        .build());
    }

    /** A refusal names the event that is wrong, and says what became of the others. */
    private List<Command> commands(byte[] body, RoutingContext call, Caller caller) {
        String media = call.request().getHeader("Content-Type");
        try {
            return CloudEventReader.read(media, name -> call.request().getHeader(name), body, config.incomingMaxBatch())
                    .stream()
                    .map(event -> ForeignCommands.of(event, caller))
                    .toList();
        } catch (Problem refusal) {
            throw CloudEventReader.isBatch(media)
                    ? refusal.with("others", "No event of this batch was taken in: mend it, and send all again.")
                    : refusal;
        }
    }

    /** Forgets events that are old. */
    void forgetNowAndThen(@Observes StartupEvent started, Regularly regularly) {
        regularly.every(
                config.incomingTidy(),
                "Forgetting old events from outside",
                () -> ForeignEventTable.forget(pool, config.incomingKept()));
    }
}
