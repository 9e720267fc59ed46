package io.infrafabric.budget;

import io.infrafabric.budget.BudgetAnswers.Proof;
import io.infrafabric.door.identity.Identity;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/**
 * The proof that the ledger balances, over REST. A resource of its own, because one at {@code /budget} would hide what
 * {@code /{function}} serves for all functions, such as dead letters.
 */
@IfBuildProperty(name = "s2.build.budget.door", stringValue = "true", enableIfMissing = true)
@Path("/budget/check")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "budget")
public class CheckResource {
    private final Identity identity;
    private final LedgerProof proof;

    public CheckResource(Identity identity, LedgerProof proof) {
        this.identity = identity;
        this.proof = proof;
    }

    @GET
    @Operation(
            summary = "Prove that balances equal the ledger (operators)",
            description = "Adds up the whole ledger in one snapshot, and lists balances that differ, and holds past "
                    + "their end.")
    public Uni<Proof> check() {
        identity.caller().mustOperateAll();
        return proof.check()
                .map(found -> new Proof(found.differences().isEmpty(), found.differences(), found.overdue()));
    }
}
