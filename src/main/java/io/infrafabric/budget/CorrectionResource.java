package io.infrafabric.budget;

import io.infrafabric.budget.AccountTable.View;
import io.infrafabric.budget.BudgetAnswers.AccountView;
import io.infrafabric.budget.BudgetBodies.CorrectionBody;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.input.Check;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;

/** Operators' corrections of what was spent, over REST. */
@IfBuildProperty(name = "s2.build.budget.door", stringValue = "true", enableIfMissing = true)
@Path("/budget/accounts/{account}/corrections")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "budget")
public class CorrectionResource {
    private final Identity identity;
    private final Reach reach;
    private final Commands commands;
    private final AccountTable accounts;
    private final CorrectionTransaction corrections;
    private final BudgetAnswers answers;

    public CorrectionResource(
            Identity identity,
            Commands commands,
            AccountTable accounts,
            CorrectionTransaction corrections,
            BudgetAnswers answers) {
        this.identity = identity;
        this.reach = new Reach(accounts);
        this.commands = commands;
        this.accounts = accounts;
        this.corrections = corrections;
        this.answers = answers;
    }

    private record Corrected(CorrectionTransaction.Correction correction, View view) {}

    @POST
    @Operation(
            summary = "Correct what an account has spent (operators)",
            description = "Makes a ledger entry of its own kind, with the reason. Spending and breakers follow it at "
                    + "every level. Correct the account on which the cost was booked; its spending cannot become "
                    + "negative. Corrections by an operator of one swarm count above up to the bound of a report.")
    @APIResponseSchema(AccountView.class)
    public Uni<RestResponse<String>> correct(@RestPath String account, CorrectionBody body) {
        Caller caller = identity.caller();
        CorrectionBody given = Check.given("body", body);
        CorrectionTransaction.Wish wish = new CorrectionTransaction.Wish(
                BudgetBodies.account("account", account),
                given.change(),
                given.day(),
                BudgetBodies.reason(given.reason()),
                caller.by(),
                caller.swarm() == null);
        Keep<Corrected> keep = new Keep<>(identity.key(body), this::toKeep);
        return reach.mustOperate(caller, account, null)
                .chain(() -> commands.alone(
                        keep,
                        work -> corrections
                                .correct(work, wish)
                                .chain(correction -> accounts.view(work.connection(), account)
                                        .map(view -> new Corrected(correction, view)))))
                .map(reply -> Respond.reply(reply, corrected -> {
                    Idempotency.Answer done = toKeep(corrected);
                    if (done == null) {
                        throw BudgetAnswers.refusal(corrected.correction());
                    }
                    return done;
                }));
    }

    private Idempotency.Answer toKeep(Corrected corrected) {
        return corrected.correction() instanceof CorrectionTransaction.Correction.Booked
                ? answers.rendered(200, BudgetAnswers.shown(corrected.view()))
                : null;
    }
}
