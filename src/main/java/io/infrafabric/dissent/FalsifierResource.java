package io.infrafabric.dissent;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.dissent.FalsifierTransaction.Filter;
import io.infrafabric.dissent.FalsifierTransaction.Seen;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/** Falsifiers over REST: what dissenters named, and reports of observations. */
@Path("/dissent/falsifiers")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "dissent")
@IfBuildProperty(name = "s2.build.dissent.door", stringValue = "true", enableIfMissing = true)
public class FalsifierResource {
    private static final int LONGEST_EVIDENCE = 2000;

    private final Identity identity;
    private final FalsifierTransaction falsifiers;
    private final Paging paging;
    private final DissentAnswers answers;
    private final DissentConfig config;

    FalsifierResource(
            Identity identity,
            FalsifierTransaction falsifiers,
            Paging paging,
            DissentAnswers answers,
            DissentConfig config) {
        this.identity = identity;
        this.falsifiers = falsifiers;
        this.paging = paging;
        this.answers = answers;
        this.config = config;
    }

    /** {@code POST …/observed}. */
    @Schema(name = "FalsifierObservedBody")
    public record ObservedBody(
            @Schema(examples = "3 % of the calls failed on Tuesday.")
            String note,

            @Schema(examples = "[\"https://example.org/graph\"]")
            List<String> evidence) {}

    @GET
    @Operation(summary = "List falsifiers, newest first")
    public Uni<Page<Falsifier>> list(
            @RestQuery String swarm,
            @RestQuery String decision,
            @RestQuery String state,
            @RestQuery Integer limit,
            @RestQuery String cursor) {
        Caller caller = identity.caller();
        String only = swarm == null ? caller.swarm() : Check.id("swarm", swarm);
        caller.mustRead(only);
        int size = paging.limit(limit);
        Filter filter = new Filter(
                only,
                Check.id("decision", decision),
                Check.oneOf("state", state, Falsifier.State.class),
                cursor == null ? null : Cursor.uuid(Cursor.decode(cursor, 1).getFirst()));
        return falsifiers.page(filter, size + 1).map(rows -> Page.of(rows, size, shown -> List.of(shown.id())));
    }

    @POST
    @Path("/{id}/observed")
    @Operation(
            summary = "Report that a falsifier was observed (sessions of the swarm, operators)",
            description = "The question is put to the vote again as a new decision, and a human is asked.")
    @APIResponseSchema(Falsifier.class)
    public Uni<RestResponse<String>> observed(@RestPath String id, ObservedBody body) {
        Caller caller = identity.caller();
        caller.mustActIn(caller.swarm());
        Check.given("body", body);
        List<String> evidence = Check.texts("evidence", body.evidence(), config.maxEvidence(), LONGEST_EVIDENCE);
        if (evidence != null) {
            evidence.forEach(text -> Check.unicode("evidence", text));
        }
        Seen seen = new Seen(
                Check.uuid(id, () -> DissentAnswers.unknownFalsifier(id)),
                caller,
                Check.unicode("note", Check.givenText("note", body.note(), config.maxNote())),
                evidence == null ? List.of() : List.copyOf(evidence),
                identity.trace());
        return falsifiers
                .observe(seen, new Keep<>(identity.key(body), answers::toKeep))
                .map(reply -> Respond.reply(reply, report -> answers.shown(report, id)));
    }
}
