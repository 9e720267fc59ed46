package io.infrafabric.dissent;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.infrafabric.bus.Aside;
import io.infrafabric.command.Caller;
import io.infrafabric.consensus.Decisions;
import io.infrafabric.dissent.Chain.Kind;
import io.infrafabric.dissent.Chain.Link;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;

/** Memos over REST, as JSON and as Markdown. */
@Path("/dissent/memos")
@Tag(name = "dissent")
@IfBuildProperty(name = "s2.build.dissent.door", stringValue = "true", enableIfMissing = true)
public class MemoResource {
    private static final String MARKDOWN = "text/markdown";

    private final Identity identity;
    private final Aside aside;
    private final ChainTransaction chain;
    private final Decisions decisions;

    MemoResource(Identity identity, Aside aside, ChainTransaction chain, Decisions decisions) {
        this.identity = identity;
        this.aside = aside;
        this.chain = chain;
        this.decisions = decisions;
    }

    /** A memo and its addenda. */
    private record Bound(Link memo, List<Link> addenda) {}

    /** The memo's JSON, as the chain has it, with its addenda. */
    @Schema(name = "Memo")
    record Exported(
            @JsonUnwrapped Memo content,
            long position,
            String previous,
            Kind kind,
            String decision,
            String swarm,
            String hash,

            @Schema(description = "Later links of the chain about the decision; each kind has members of its own")
            List<Map<String, Object>> addenda) {}

    @GET
    @Path("/{decision}")
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "The memo of a decision, with its addenda",
            description =
                    "404 IF_ERR_MEMO_PENDING until it is written. hash covers all other members except addenda, in "
                            + "the canonical form of RFC 8785. text/markdown is for humans.")
    @APIResponse(
            responseCode = "200",
            content = {
                @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(implementation = Exported.class)),
                @Content(mediaType = MARKDOWN, schema = @Schema(implementation = String.class))
            })
    public Uni<String> json(@RestPath String decision) {
        return find(decision).chain(bound -> aside.run(() -> json(bound)));
    }

    private static String json(Bound bound) {
        String addenda = bound.addenda().stream()
                .map(addendum -> Chain.exported(addendum, ""))
                .collect(Collectors.joining(",", ",\"addenda\":[", "]"));
        return Chain.exported(bound.memo(), addenda);
    }

    @GET
    @Path("/{decision}")
    @Produces(MARKDOWN)
    @Operation(hidden = true)
    public Uni<String> markdown(@RestPath String decision) {
        return find(decision).chain(bound -> aside.run(() -> Markdown.of(bound.memo(), bound.addenda())));
    }

    private Uni<Bound> find(String decision) {
        Caller caller = identity.caller();
        return chain.of(Check.id("decision", decision)).chain(links -> {
            Link memo = links.stream()
                    .filter(link -> link.kind() == Kind.MEMO)
                    .findFirst()
                    .orElse(null);
            if (memo == null) {
                return missing(decision, caller);
            }
            if (!caller.reaches(memo.swarm())) {
                throw Problem.unknownDecision(decision);
            }
            List<Link> addenda =
                    links.stream().filter(link -> link.kind() != Kind.MEMO).toList();
            return Uni.createFrom().item(new Bound(memo, addenda));
        });
    }

    private Uni<Bound> missing(String decision, Caller caller) {
        return decisions.standing(decision).map(standing -> {
            if (standing == null || !caller.reaches(standing.swarm())) {
                throw Problem.unknownDecision(decision);
            }
            throw DissentAnswers.pending(decision, standing.state());
        });
    }
}
