package io.infrafabric.dissent;

import io.infrafabric.command.Caller;
import io.infrafabric.dissent.Chain.Head;
import io.infrafabric.dissent.Verification.Verified;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestQuery;

/** Whether memos still say what they said. For everybody, because it shows only hashes and counts. */
@Path("/dissent/verify")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "dissent")
@IfBuildProperty(name = "s2.build.dissent.door", stringValue = "true", enableIfMissing = true)
public class VerifyResource {
    private final Identity identity;
    private final ChainTransaction chain;

    VerifyResource(Identity identity, ChainTransaction chain) {
        this.identity = identity;
        this.chain = chain;
    }

    @GET
    @Operation(
            summary = "Verify the chain of all memos and addenda",
            description = "With an earlier head (from an event or an earlier answer), the call also notices if "
                    + "links were cut off. Each caller has one verification at a time; a second one is refused with "
                    + "Retry-After.")
    public Uni<Verified> verify(@RestQuery String head) {
        Caller caller = identity.caller();
        Head known = head == null
                ? null
                : Head.of(head).orElseThrow(() -> Problem.badInput("head", "<position>-<64 hexadecimal digits>"));
        return chain.verify(known, caller).map(answer -> switch (answer) {
            case ChainTransaction.Verifying.Done(Verified verified) -> verified;
            case ChainTransaction.Verifying.Refused(CallerTurns.Asked why) -> throw refusal(why);
        });
    }

    private static Problem refusal(CallerTurns.Asked why) {
        return switch (why) {
            case TAKEN -> throw new IllegalArgumentException("not a refusal: " + why);
            case TWICE ->
                Problem.of(Code.IF_ERR_OVERLOADED, "You already have a verification under way: one at a " + "time.");
            case FULL -> Problem.of(Code.IF_ERR_OVERLOADED, "Too many callers wait for a verification.");
        };
    }
}
