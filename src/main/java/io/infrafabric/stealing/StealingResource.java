package io.infrafabric.stealing;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once.Asked;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.CoordinatorAnswers;
import io.infrafabric.coordinator.claim.Claiming.Answer;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.published.Presence;
import io.infrafabric.door.answer.Delivery;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.input.Check;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;
import org.jboss.resteasy.reactive.server.Cancellable;

/** Stealing over REST. */
@Path("/stealing/sessions/{session}/idle")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "stealing")
@IfBuildProperty(name = "s2.build.stealing.door", stringValue = "true", enableIfMissing = true)
public class StealingResource {
    private static final Idempotency.Answer NOTHING = new Idempotency.Answer(204, null);

    private final Identity identity;
    private final StealTransaction steals;
    private final Presence presence;
    private final CoordinatorAnswers answers;

    public StealingResource(Identity identity, StealTransaction steals, Presence presence, CoordinatorAnswers answers) {
        this.identity = identity;
        this.steals = steals;
        this.presence = presence;
        this.answers = answers;
    }

    // If a steal were cancelled with its client during the commit, nobody would give the lease back.
    @Cancellable(false)
    @POST
    @Operation(
            summary = "Say that a session is idle",
            description = "200 with a task from the queue of the busiest session that has more than 5 queued, with its "
                    + "lease, its hold and its former owner; 204 if there is no task that this session can do, or "
                    + "if it has tasks of its own. Skips tasks that it cannot pay for; 402 if only money stood in "
                    + "the way.")
    @APIResponseSchema(CoordinatorAnswers.Claimed.class)
    public Uni<RestResponse<String>> idle(@RestPath String session, @Context RoutingContext request) {
        Delivery delivery = Delivery.of(request);
        Caller caller = identity.caller();
        caller.mustBe(Check.id("session", session));
        presence.heard(session);
        Claim claim = new Claim(session, null, null, null, false, caller.enrolment(), false);
        return steals.takeOrRefuse(new Asked<>(claim, new Keep<>(identity.key(null), this::toKeep)))
                .call(reply -> reply.now() instanceof Answer.Stolen stolen
                        ? delivery.granted(() -> steals.giveBack(stolen.task()))
                        : Uni.createFrom().voidItem())
                .map(this::shown);
    }

    private Idempotency.Answer toKeep(Answer answer) {
        return answers.claimed(200, answer);
    }

    private RestResponse<String> shown(Reply<Answer> reply) {
        return Respond.reply(reply, answer -> {
            if (answer instanceof Answer.Nothing) {
                return NOTHING;
            }
            Idempotency.Answer stolen = toKeep(answer);
            if (stolen == null) {
                throw answers.refusal(answer);
            }
            return stolen;
        });
    }
}
