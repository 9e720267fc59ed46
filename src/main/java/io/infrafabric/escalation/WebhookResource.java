package io.infrafabric.escalation;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.escalation.CaseResource.After;
import io.infrafabric.escalation.DeliveryTransaction.Replay;
import io.infrafabric.escalation.WebhookTransaction.Put;
import io.infrafabric.escalation.WebhookTransaction.Wish;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/** Webhooks over REST, for operators: an operator of one swarm has webhooks of that swarm only. No call shows a secret. */
@IfBuildProperty(name = "s2.build.escalation.door", stringValue = "true", enableIfMissing = true)
@Path("/escalation/webhooks")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "escalation")
public class WebhookResource {
    private final Identity identity;
    private final WebhookTransaction webhooks;
    private final DeliveryTransaction deliveries;
    private final Sender sender;
    private final Paging paging;
    private final EscalationAnswers answers;

    WebhookResource(
            Identity identity,
            WebhookTransaction webhooks,
            DeliveryTransaction deliveries,
            Sender sender,
            Paging paging,
            EscalationAnswers answers) {
        this.identity = identity;
        this.webhooks = webhooks;
        this.deliveries = deliveries;
        this.sender = sender;
        this.paging = paging;
        this.answers = answers;
    }

    /** {@code PUT /escalation/webhooks/{name}}. */
    public record WebhookBody(
            @Schema(examples = "https://example.org/s2") String url,

            @Schema(description = "whsec_ and the base64 of 24 to 64 random bytes")
            String secret,

            @Schema(description = "LOW, MEDIUM, HIGH or CRITICAL (LOW)", examples = "HIGH")
            String minSeverity,

            @Schema(
                    description =
                            "Types of events that it gets besides cases (none); s2.coordinator.* is all that begin so",
                    examples = "[\"s2.coordinator.task-completed.v1\"]")
            List<String> types) {}

    @PUT
    @Path("/{name}")
    @Operation(
            summary = "Make a webhook, or change it (operators)",
            description = "Absent fields keep their values. The call enables a disabled webhook.")
    public Uni<Webhook> put(@RestPath String name, WebhookBody body) {
        Caller caller = operator(name);
        identity.note(Check.given("body", body));
        Wish wish = new Wish(
                sender.check(body.url()),
                WebhookSignature.check(body.secret()),
                Check.oneOf("minSeverity", body.minSeverity(), Severity.class),
                EventTypes.check(body.types()));
        return webhooks.put(name, wish, caller).map(put -> switch (put) {
            case Put.Done(Webhook now) -> now;
            case Put.Missing(String field) -> throw Problem.badInput(field, "a value for a new webhook");
            case Put.Foreign(String _) ->
                throw Problem.of(Code.IF_ERR_FORBIDDEN, "Webhook " + name + " is not in reach of this token.");
            case Put.Full(int most) ->
                throw Problem.of(Code.IF_ERR_TOO_MANY_WEBHOOKS, "There are " + most + " webhooks.")
                        .with("most", most);
        });
    }

    @GET
    @Operation(summary = "List webhooks by name (operators)")
    public Uni<Page<Webhook>> list(@RestQuery Integer limit, @RestQuery String cursor) {
        Caller caller = identity.caller();
        caller.mustOperate(caller.swarm());
        int size = paging.limit(limit);
        String after = cursor == null ? "" : Cursor.decode(cursor, 1).getFirst();
        return webhooks.page(caller.swarm(), after, size + 1)
                .map(rows -> Page.of(rows, size, webhook -> List.of(webhook.name())));
    }

    @GET
    @Path("/{name}")
    @Operation(summary = "A webhook (operators)")
    public Uni<Webhook> get(@RestPath String name) {
        return known(name, operator(name));
    }

    @DELETE
    @Path("/{name}")
    @Operation(summary = "Delete a webhook and its deliveries (operators)")
    public Uni<Void> delete(@RestPath String name) {
        Caller caller = operator(name);
        identity.note(null);
        return webhooks.delete(name, caller)
                .invoke(deleted -> {
                    if (!deleted) {
                        throw EscalationAnswers.unknownWebhook(name);
                    }
                })
                .replaceWithVoid();
    }

    @GET
    @Path("/{name}/deliveries")
    @Operation(summary = "List the deliveries to a webhook, newest first (operators)")
    public Uni<Page<WebhookDelivery>> deliveries(
            @RestPath String name, @RestQuery String state, @RestQuery Integer limit, @RestQuery String cursor) {
        Caller caller = operator(name);
        WebhookDelivery.State only = Check.oneOf("state", state, WebhookDelivery.State.class);
        int size = paging.limit(limit);
        After after = After.of(cursor);
        return known(name, caller)
                .chain(() -> deliveries.page(name, only, after.at(), after.id(), size + 1))
                .map(rows -> Page.of(
                        rows, size, delivery -> List.of(delivery.createdAt().toString(), delivery.id())));
    }

    @POST
    @Path("/{name}/deliveries/{id}/replay")
    @Operation(
            summary = "Send a dead delivery again (operators)",
            description = "Keeps the webhook-id and body, and grants as many attempts as a new delivery.")
    @APIResponseSchema(WebhookDelivery.class)
    public Uni<RestResponse<String>> replay(@RestPath String name, @RestPath String id) {
        Caller caller = operator(name);
        Keep<Replay> keep = new Keep<>(identity.key(null), answers::toKeep);
        UUID delivery = Check.uuid(id, () -> unknownDelivery(id));
        return known(name, caller)
                .chain(() -> deliveries.replay(name, delivery, keep))
                .map(reply -> Respond.reply(reply, answer -> answers.shown(answer, id)));
    }

    private Caller operator(String name) {
        Caller caller = identity.caller();
        caller.mustOperate(caller.swarm());
        Check.id("name", name);
        return caller;
    }

    private Uni<Webhook> known(String name, Caller caller) {
        return webhooks.find(name, caller).invoke(found -> {
            if (found == null) {
                throw EscalationAnswers.unknownWebhook(name);
            }
        });
    }

    private static Problem unknownDelivery(String id) {
        return Problem.of(Code.IF_ERR_UNKNOWN_DELIVERY, "There is no delivery " + id + " of this webhook.")
                .with("delivery", id);
    }
}
