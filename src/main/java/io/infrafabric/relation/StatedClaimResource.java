package io.infrafabric.relation;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.door.answer.AnswerWriter;
import io.infrafabric.door.answer.Graphviz;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.infrafabric.problem.Problem;
import io.infrafabric.relation.AuditTransaction.Listed;
import io.infrafabric.relation.AuditTransaction.Resting;
import io.infrafabric.relation.Command.Answer;
import io.infrafabric.relation.Command.Call;
import io.infrafabric.relation.RelationBodies.ScopeBody;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Locale;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/** Claims over REST: any session of the swarm states its own and reads all; so do operators, and viewers read. */
@RegisterForReflection(targets = {Graph.class, Relation.class})
@IfBuildProperty(name = "s2.build.relation.door", stringValue = "true", enableIfMissing = true)
@Path("/relation/claims")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "relation")
public class StatedClaimResource {
    private static final String PROV = "application/provenance+json";
    private static final int USUAL_DEPTH = 2;

    private final Identity identity;
    private final RelationTransaction relations;
    private final AuditTransaction audits;
    private final Paging paging;
    private final RelationAnswers answers;
    private final AnswerWriter json;
    private final RelationConfig config;

    StatedClaimResource(
            Identity identity,
            RelationTransaction relations,
            AuditTransaction audits,
            Paging paging,
            RelationAnswers answers,
            AnswerWriter json,
            RelationConfig config) {
        this.identity = identity;
        this.relations = relations;
        this.audits = audits;
        this.paging = paging;
        this.answers = answers;
        this.json = json;
        this.config = config;
    }

    /** {@code PUT /relation/claims/{id}}. */
    @Schema(name = "StatedClaimBody")
    public record ClaimBody(
            String swarm,

            @Schema(description = "A session names itself; absent for an operator")
            String session,

            @Schema(examples = "The coordinator answers in under 10 ms")
            String statement,

            @Schema(description = "0 to 1 (0.5)") Double confidence,
            ScopeBody scope,

            @Schema(description = "Pieces with the same hash, origin or url count as one source")
            List<Evidence> evidence,

            @Schema(description = "What would prove it wrong")
            List<String> falsifiers) {}

    /** {@code POST …/falsifiers/{number}/observed}. */
    @Schema(name = "ClaimObservedBody")
    public record ObservedBody(
            @Schema(description = "Id of the claim that records the observation")
            String claim,

            String session,
            String statement,
            Double confidence,
            List<Evidence> evidence) {}

    @PUT
    @Path("/{id}")
    @Operation(
            summary = "State a claim, or revise it",
            description = "Absent fields keep their values. A revision makes a new version and keeps the previous one; "
                    + "relations stay with the version that they were made for. Only its author or an operator may "
                    + "revise a claim.")
    @APIResponseSchema(Claim.class)
    public Uni<RestResponse<String>> put(@RestPath String id, ClaimBody body) {
        Check.givenId("id", id);
        Check.given("body", body);
        Caller caller = actor(Check.id("swarm", body.swarm()));
        Command.State wish = new Command.State(
                id,
                body.swarm() == null ? caller.swarm() : body.swarm(),
                author(caller, body.session()),
                Check.text("statement", body.statement(), config.maxStatement()),
                Check.share("confidence", body.confidence()),
                RelationBodies.scope("scope", body.scope(), config.maxLabels()),
                RelationBodies.evidence("evidence", body.evidence(), config.maxEvidence()),
                RelationBodies.falsifiers("falsifiers", body.falsifiers(), config.maxFalsifiers()),
                false,
                new Call(caller, identity.trace()));
        return relations
                .run(wish, new Keep<>(identity.key(body), answers::toKeep))
                .map(reply -> Respond.reply(reply, answers::shown));
    }

    @POST
    @Path("/{id}/falsifiers/{number}/observed")
    @Operation(
            summary = "Report that a falsifier of the claim was observed",
            description = "The observation becomes a claim that contradicts this one. Numbers count from 0.")
    @APIResponseSchema(RelationAnswers.Shown.class)
    public Uni<RestResponse<String>> observed(@RestPath String id, @RestPath int number, ObservedBody body) {
        ObservedBody given = body == null ? new ObservedBody(null, null, null, null, null) : body;
        Caller caller = actor(caller().swarm());
        Keep<Answer> keep = new Keep<>(identity.key(body), answers::toKeep);
        Call call = new Call(caller, identity.trace());
        String observation = given.claim() == null
                ? Check.givenId("claim", id + ".falsifier" + number)
                : Check.givenId("claim", given.claim());
        Command.State said = new Command.State(
                observation,
                null,
                author(caller, given.session()),
                Check.text("statement", given.statement(), config.maxStatement()),
                Check.share("confidence", given.confidence()),
                null,
                RelationBodies.evidence("evidence", given.evidence(), config.maxEvidence()),
                null,
                false,
                call);
        Check.between("number", number, 0, config.maxFalsifiers());
        return relations
                .run(new Command.Observe(id, number, said, call), keep)
                .map(reply -> Respond.reply(reply, answers::shown));
    }

    @GET
    @Operation(
            summary = "List claims, newest first, each in its newest version",
            description = "at lists the versions that were newest at that time, as they stood then.")
    public Uni<Page<Claim>> list(
            @RestQuery String swarm,
            @RestQuery String standing,
            @RestQuery Boolean disputed,
            @RestQuery String at,
            @RestQuery Integer limit,
            @RestQuery String cursor) {
        Caller caller = caller();
        String only = swarm == null ? caller.swarm() : Check.id("swarm", swarm);
        caller.mustRead(only);
        int size = paging.limit(limit);
        List<String> after = cursor == null ? null : Cursor.decode(cursor, 2);
        AuditTransaction.Claims filter = after(
                new AuditTransaction.Claims(
                        only,
                        Check.oneOf("standing", standing, Standing.class),
                        disputed,
                        Check.instant("at", at),
                        null,
                        null),
                after);
        return audits.page(filter, size + 1)
                .map(rows -> Page.of(
                                rows,
                                size,
                                row -> List.of(row.claim().statedAt().toString(), Long.toString(row.node())))
                        .map(Listed::claim));
    }

    private static AuditTransaction.Claims after(AuditTransaction.Claims filter, List<String> key) {
        if (key == null) {
            return filter;
        }
        return new AuditTransaction.Claims(
                filter.swarm(),
                filter.standing(),
                filter.disputed(),
                filter.at(),
                Cursor.instant(key.get(0)),
                Cursor.number(key.get(1)));
    }

    @GET
    @Path("/{id}")
    @Operation(
            summary = "A claim with its standing",
            description = "In its newest version, in the given version, or as it stood at a past time (at).")
    public Uni<Claim> get(@RestPath String id, @RestQuery Integer version, @RestQuery String at) {
        return known(id, audits.find(id, version, Check.instant("at", at), caller()));
    }

    @GET
    @Path("/{id}/graph")
    @Produces({MediaType.APPLICATION_JSON, PROV, Graphviz.MEDIA_TYPE})
    @Operation(
            summary = "The graph around a claim",
            description = "Everything within depth steps, in any direction; format json, prov (W3C PROV-JSON) or "
                    + "dot (Graphviz), or by Accept. The answer names its bounds.")
    @APIResponse(
            responseCode = "200",
            content = {
                @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(implementation = Graph.class)),
                @Content(mediaType = PROV, schema = @Schema(type = SchemaType.OBJECT)),
                @Content(mediaType = Graphviz.MEDIA_TYPE, schema = @Schema(implementation = String.class))
            })
    public Uni<RestResponse<String>> graph(
            @RestPath String id,
            @RestQuery Integer depth,
            @RestQuery String at,
            @RestQuery String format,
            @Context HttpHeaders headers) {
        String type = mediaType(format, headers);
        return known(id, audits.graph(id, depth(depth), Check.instant("at", at), caller()))
                .map(graph -> RestResponse.ResponseBuilder.ok(
                                switch (type) {
                                    case Graphviz.MEDIA_TYPE -> EvidenceDot.of(graph);
                                    case PROV ->
                                        json.write(200, Provenance.of(graph)).body();
                                    default -> json.write(200, graph).body();
                                })
                        .header(HttpHeaders.CONTENT_TYPE, type)
                        .build());
    }

    @GET
    @Path("/{id}/why")
    @Operation(
            summary = "Why the claim is accepted, rejected or undecided",
            description = "What defeats it, what would defeat that, and so on, within depth steps.")
    public Uni<Why> why(@RestPath String id, @RestQuery Integer depth, @RestQuery String at) {
        return known(id, audits.why(id, depth(depth), Check.instant("at", at), caller()));
    }

    @GET
    @Path("/{id}/dependents")
    @Operation(summary = "What rests on the claim: everything that depends on it, within depth steps")
    public Uni<Resting> dependents(@RestPath String id, @RestQuery Integer depth, @RestQuery String at) {
        return known(id, audits.resting(id, depth(depth), Check.instant("at", at), caller()));
    }

    private int depth(Integer depth) {
        return depth == null
                ? Math.min(USUAL_DEPTH, config.maxDepth())
                : (int) Check.between("depth", depth, 0, config.maxDepth());
    }

    private static String mediaType(String format, HttpHeaders headers) {
        if (format == null) {
            return accepted(headers.getAcceptableMediaTypes());
        }
        return switch (format.toLowerCase(Locale.ROOT)) {
            case "json" -> MediaType.APPLICATION_JSON;
            case "prov" -> PROV;
            case "dot" -> Graphviz.MEDIA_TYPE;
            default -> throw Problem.badInput("format", "json, prov or dot");
        };
    }

    /** The most preferred format that exists; unknown formats before it are skipped. */
    static String accepted(List<MediaType> wished) {
        for (MediaType wish : wished) {
            for (String format : List.of(MediaType.APPLICATION_JSON, PROV, Graphviz.MEDIA_TYPE)) {
                if (wish.isCompatible(MediaType.valueOf(format))) {
                    return format;
                }
            }
        }
        return MediaType.APPLICATION_JSON;
    }

    private Caller caller() {
        return identity.caller();
    }

    private Caller actor(String swarm) {
        Caller caller = caller();
        caller.mustActIn(swarm == null ? caller.swarm() : swarm);
        return caller;
    }

    /** Refuses to let anybody speak in a session's name. */
    private static String author(Caller caller, String session) {
        if (session != null) {
            caller.mustBe(Check.id("session", session));
        }
        return caller.isSession() ? caller.subject() : null;
    }

    private static <T> Uni<T> known(String id, Uni<T> found) {
        return found.invoke(one -> {
            if (one == null) {
                throw RelationAnswers.unknownClaim(id);
            }
        });
    }
}
