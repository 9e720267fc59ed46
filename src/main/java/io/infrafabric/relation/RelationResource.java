package io.infrafabric.relation;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import io.infrafabric.relation.Command.Answer;
import io.infrafabric.relation.Command.Call;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;

/**
 * Relations over REST: any session of the swarm adds them; the one that added a relation, or an operator, removes it.
 */
@IfBuildProperty(name = "s2.build.relation.door", stringValue = "true", enableIfMissing = true)
@Path("/relation/relations")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "relation")
public class RelationResource {
    private final Identity identity;
    private final RelationTransaction relations;
    private final RelationAnswers answers;

    RelationResource(Identity identity, RelationTransaction relations, RelationAnswers answers) {
        this.identity = identity;
        this.relations = relations;
        this.answers = answers;
    }

    /** {@code POST /relation/relations}. */
    public record RelationBody(
            String from,
            String to,

            @Schema(description = "supports, contradicts, depends_on or scoped_as", examples = "contradicts")
            String type,

            @Schema(description = "0 to 1 (1)") Double confidence) {}

    @POST
    @Operation(
            summary = "State a relation between two claims",
            description = "The relation connects their newest versions. Repeating the call gives the same relation. "
                    + "The answer names the contradictions that it revealed; scopesApart says that the claims do "
                    + "not contradict each other because their scopes do not overlap.")
    @APIResponseSchema(RelationAnswers.Shown.class)
    public Uni<RestResponse<String>> post(RelationBody body) {
        Check.given("body", body);
        Caller caller = actor();
        String from = Check.givenId("from", body.from());
        String to = Check.givenId("to", body.to());
        Relation.Type type = Check.given("type", Check.oneOf("type", body.type(), Relation.Type.class));
        if (from.equals(to)) {
            throw Problem.badInput("to", "a claim other than from");
        }
        Double confidence = Check.share("confidence", body.confidence());
        Keep<Answer> keep = new Keep<>(identity.key(body), answers::toKeep);
        Call call = new Call(caller, identity.trace());
        return relations
                .run(new Command.Relate(from, to, type, confidence == null ? 1 : confidence, null, call), keep)
                .map(reply -> Respond.reply(reply, answers::shown));
    }

    @DELETE
    @Path("/{id}")
    @Operation(
            summary = "Remove a relation and its consequences",
            description = "It is kept for queries about the past. Removing it again changes nothing.")
    @APIResponseSchema(RelationAnswers.Shown.class)
    public Uni<RestResponse<String>> delete(@RestPath String id) {
        Caller caller = actor();
        Keep<Answer> keep = new Keep<>(identity.noted(null), answers::toKeep);
        return relations
                .run(
                        new Command.Remove(
                                Check.uuid(id, () -> RelationAnswers.unknownRelation(id)),
                                new Call(caller, identity.trace())),
                        keep)
                .map(reply -> Respond.reply(reply, answers::shown));
    }

    private Caller actor() {
        Caller caller = identity.caller();
        caller.mustActIn(caller.swarm());
        return caller;
    }
}
