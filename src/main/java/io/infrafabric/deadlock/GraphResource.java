package io.infrafabric.deadlock;

import io.infrafabric.command.Caller;
import io.infrafabric.consensus.Turnouts;
import io.infrafabric.deadlock.DeadlockAnswers.GraphView;
import io.infrafabric.door.answer.Graphviz;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.input.Check;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestQuery;

/** The graph of waits over REST. */
@Path("/deadlock/graph")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "deadlock")
@IfBuildProperty(name = "s2.build.deadlock.door", stringValue = "true", enableIfMissing = true)
public class GraphResource {
    private final Identity identity;
    private final EdgeTable edges;
    private final Reachable graphs;
    private final Turnouts turnouts;
    private final Pool pool;
    private final DeadlockConfig config;

    public GraphResource(
            Identity identity, EdgeTable edges, Reachable graphs, Turnouts turnouts, Pool pool, DeadlockConfig config) {
        this.identity = identity;
        this.edges = edges;
        this.graphs = graphs;
        this.turnouts = turnouts;
        this.pool = pool;
        this.config = config;
    }

    @GET
    @Operation(
            summary = "Who waits for what in a swarm",
            description = "As JSON, or in the Graphviz language for Accept: text/vnd.graphviz.")
    @APIResponse(
            responseCode = "200",
            content = {
                @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(implementation = GraphView.class)),
                @Content(mediaType = Graphviz.MEDIA_TYPE, schema = @Schema(implementation = String.class))
            })
    public Uni<GraphView> graph(@RestQuery String swarm) {
        return read(swarm);
    }

    @GET
    @Produces(Graphviz.MEDIA_TYPE + ";qs=0.5")
    @Operation(hidden = true)
    public Uni<String> dot(@RestQuery String swarm) {
        return read(swarm).map(WaitDot::of);
    }

    private Uni<GraphView> read(String swarm) {
        Caller caller = identity.caller();
        String only = Check.givenId("swarm", swarm == null ? caller.swarm() : swarm);
        caller.mustRead(only);
        return edges.waiting(pool, only, config.maxShown() + 1).chain(found -> {
            List<String> starts = found.stream()
                    .limit(config.maxShown())
                    .map(WaitTarget::session)
                    .toList();
            return graphs.read(pool, starts)
                    .chain(read -> turnouts.missing(pool, only, read.decisions(), config.maxShown())
                            .map(missing ->
                                    DeadlockAnswers.shown(only, read, missing, found.size() > config.maxShown())));
        });
    }
}
