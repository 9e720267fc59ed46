package io.infrafabric.coordinator;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.coordinator.claim.FairnessTable;
import io.infrafabric.coordinator.claim.FairnessTable.FairnessKey;
import io.infrafabric.coordinator.transaction.KeyTransaction;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;

/** Fairness keys over REST: how often whose tasks are given out. */
@IfBuildProperty(name = "s2.build.coordinator.door", stringValue = "true", enableIfMissing = true)
@Path("/coordinator/swarms/{swarm}/fairness")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "coordinator")
public class FairnessResource {
    private final Identity identity;
    private final KeyTransaction keys;
    private final Paging paging;
    private final CoordinatorAnswers answers;
    private final Pool pool;

    public FairnessResource(
            Identity identity, KeyTransaction keys, Paging paging, CoordinatorAnswers answers, Pool pool) {
        this.identity = identity;
        this.keys = keys;
        this.paging = paging;
        this.answers = answers;
        this.pool = pool;
    }

    @GET
    @Operation(
            summary = "List the fairness keys of a swarm that have a weight of their own, by name",
            description = "All others weigh 1.")
    public Uni<Page<FairnessKey>> list(@RestPath String swarm, @RestQuery Integer limit, @RestQuery String cursor) {
        identity.caller().mustRead(Check.id("swarm", swarm));
        int size = paging.limit(limit);
        String after = cursor == null ? "" : Cursor.decode(cursor, 1).getFirst();
        return FairnessTable.page(pool, swarm, after, size + 1)
                .map(rows -> Page.of(rows, size, key -> List.of(key.key())));
    }

    @GET
    @Path("/{key}")
    @Operation(summary = "A fairness key with its weight")
    public Uni<FairnessKey> get(@RestPath String swarm, @RestPath String key) {
        identity.caller().mustRead(Check.id("swarm", swarm));
        return FairnessTable.find(pool, swarm, Check.id("key", key)).map(found -> known(found, swarm));
    }

    @PUT
    @Path("/{key}")
    @Operation(
            summary = "Give a fairness key a weight (operators)",
            description = "Within one priority, keys are given out tasks in proportion to their weights.")
    public Uni<FairnessKey> put(@RestPath String swarm, @RestPath String key, FairnessBody body) {
        mustOperate(swarm, key);
        double weight = Check.given("body", body).checkedWeight();
        return keys.weigh(swarm, key, weight, new Keep<>(identity.noted(body), this::toKeep))
                .map(reply -> known(Once.now(reply), swarm));
    }

    @DELETE
    @Path("/{key}")
    @Operation(summary = "Give a fairness key the usual weight of 1 again (operators)")
    public Uni<FairnessKey> delete(@RestPath String swarm, @RestPath String key) {
        mustOperate(swarm, key);
        return keys.unweigh(swarm, key, new Keep<>(identity.noted(null), this::toKeep))
                .map(reply -> known(Once.now(reply), swarm));
    }

    private void mustOperate(String swarm, String key) {
        Caller caller = identity.caller();
        caller.mustOperate(Check.id("swarm", swarm));
        Check.id("key", key);
    }

    private Idempotency.Answer toKeep(FairnessKey key) {
        return key == null ? null : answers.rendered(200, key);
    }

    private static FairnessKey known(FairnessKey found, String swarm) {
        if (found == null) {
            throw CoordinatorAnswers.unknownSwarm(swarm);
        }
        return found;
    }
}
