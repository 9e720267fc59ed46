package io.infrafabric.budget;

import io.infrafabric.budget.BudgetAnswers.HoldView;
import io.infrafabric.budget.BudgetBodies.SettleBody;
import io.infrafabric.budget.FreeHolds.Ended;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.input.Check;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.math.BigDecimal;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;

/** Holds over REST. */
@IfBuildProperty(name = "s2.build.budget.door", stringValue = "true", enableIfMissing = true)
@Path("/budget/holds")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "budget")
public class HoldResource {
    private final Identity identity;
    private final Reach reach;
    private final ClaimHolds holds;
    private final FreeHolds free;
    private final BudgetAnswers answers;
    private final Pool pool;

    public HoldResource(
            Identity identity,
            AccountTable accounts,
            ClaimHolds holds,
            FreeHolds free,
            BudgetAnswers answers,
            Pool pool) {
        this.identity = identity;
        this.reach = new Reach(accounts);
        this.holds = holds;
        this.free = free;
        this.answers = answers;
        this.pool = pool;
    }

    @GET
    @Path("/{hold}")
    @Operation(summary = "A hold")
    public Uni<HoldView> get(@RestPath String hold) {
        Caller caller = identity.caller();
        return found(hold)
                .call(found -> reach.mustRead(caller, found.account()))
                .map(found -> BudgetAnswers.shown(found, null));
    }

    @POST
    @Path("/{hold}/settle")
    @Operation(
            summary = "Book what was really spent",
            description =
                    "Books the amount in full, even above what was held, and even after the hold expired. Repeating "
                            + "the call with the same amount gives the same answer.")
    @APIResponseSchema(HoldView.class)
    public Uni<RestResponse<String>> settle(@RestPath String hold, SettleBody body) {
        BigDecimal amount =
                BudgetBodies.givenMoney("amount", Check.given("body", body).amount());
        return end(hold, amount, new Keep<>(identity.key(body), answers::toKeep));
    }

    @POST
    @Path("/{hold}/void")
    @Operation(summary = "Give a hold back", description = "Repeating the call gives the same answer.")
    @APIResponseSchema(HoldView.class)
    public Uni<RestResponse<String>> giveBack(@RestPath String hold) {
        return end(hold, null, new Keep<>(identity.key(null), answers::toKeep));
    }

    private Uni<RestResponse<String>> end(String hold, BigDecimal all, Keep<Ended> keep) {
        Caller caller = identity.caller();
        return found(hold)
                .call(found -> reach.mustSpend(caller, found.account()))
                .chain(found -> free.end(new FreeHolds.End(found, all, caller.by()), keep))
                .map(reply -> Respond.reply(reply, answer -> {
                    Idempotency.Answer ended = answers.toKeep(answer);
                    if (ended == null) {
                        throw BudgetAnswers.refusal(answer);
                    }
                    return ended;
                }));
    }

    private Uni<Hold> found(String id) {
        return holds.find(pool, Check.id("hold", id)).invoke(hold -> {
            if (hold == null) {
                throw BudgetAnswers.unknownHold(id);
            }
        });
    }
}
