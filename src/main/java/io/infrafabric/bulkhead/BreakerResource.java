package io.infrafabric.bulkhead;

import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.bulkhead.provider.Providers;
import io.infrafabric.bulkhead.slot.BreakerTransaction;
import io.infrafabric.bulkhead.slot.LiveFigures;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.door.answer.AnswerWriter;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;

/** Operators open and close breakers of providers, over REST. */
@IfBuildProperty(name = "s2.build.bulkhead.door", stringValue = "true", enableIfMissing = true)
@Path("/bulkhead/providers/{provider}")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "bulkhead")
public class BreakerResource {
    private static final int TEXT = 2000;
    private static final int LONGEST = 30 * 24 * 3600;

    private final Identity identity;
    private final Providers providers;
    private final BreakerTransaction breakers;
    private final AnswerWriter json;

    BreakerResource(Identity identity, Providers providers, BreakerTransaction breakers, AnswerWriter json) {
        this.identity = identity;
        this.providers = providers;
        this.breakers = breakers;
        this.json = json;
    }

    /** @param seconds how long it stays open; absent: until somebody closes it */
    @RegisterForReflection
    record OpenBody(String reason, Integer seconds) {}

    @RegisterForReflection
    record CloseBody(String reason) {}

    @POST
    @Path("/open")
    @Operation(
            summary = "Refuse calls to a provider (operators)",
            description =
                    "Everywhere, at once. Calls under way go on. After seconds, one call tries whether the provider"
                            + " works; without seconds, it stays open until an operator closes it.")
    @APIResponseSchema(LiveFigures.BreakerNow.class)
    public Uni<RestResponse<String>> open(@RestPath String provider, OpenBody body) {
        Caller caller = allowed(provider);
        OpenBody given = Check.given("body", body);
        String reason = Check.givenText("reason", given.reason(), TEXT);
        if (given.seconds() != null && (given.seconds() < 1 || given.seconds() > LONGEST)) {
            throw Problem.badInput("seconds", "1 to " + LONGEST);
        }
        Duration openFor = given.seconds() == null ? null : Duration.ofSeconds(given.seconds());
        Keep<LiveFigures.BreakerNow> keep = new Keep<>(identity.key(body), this::answer);
        return providers
                .find(provider)
                .chain(found -> breakers.open(found, reason, caller.by(), openFor, keep))
                .map(reply -> Respond.reply(reply, this::answer));
    }

    @POST
    @Path("/close")
    @Operation(
            summary = "Let calls to a provider through again (operators)",
            description = "Everywhere, at once. If it is closed, nothing changes.")
    @APIResponseSchema(LiveFigures.BreakerNow.class)
    public Uni<RestResponse<String>> close(@RestPath String provider, CloseBody body) {
        Caller caller = allowed(provider);
        CloseBody given = Check.given("body", body);
        String reason = Check.givenText("reason", given.reason(), TEXT);
        Keep<LiveFigures.BreakerNow> keep = new Keep<>(identity.key(body), this::answer);
        return providers
                .find(provider)
                .map(Provider::name)
                .chain(name -> breakers.close(name, reason, caller.by(), keep))
                .map(reply -> Respond.reply(reply, this::answer));
    }

    private Caller allowed(String provider) {
        Caller caller = identity.caller();
        caller.mustOperateAll();
        Check.givenId("provider", provider);
        return caller;
    }

    private Idempotency.Answer answer(LiveFigures.BreakerNow now) {
        return json.write(200, now);
    }
}
