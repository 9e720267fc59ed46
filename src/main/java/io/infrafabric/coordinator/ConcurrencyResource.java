package io.infrafabric.coordinator;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.coordinator.CoordinatorBodies.ConcurrencyBody;
import io.infrafabric.coordinator.claim.ConcurrencyTable;
import io.infrafabric.coordinator.claim.ConcurrencyTable.ConcurrencyKey;
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

/** Concurrency keys over REST: how many tasks with a key may be held at once. */
@IfBuildProperty(name = "s2.build.coordinator.door", stringValue = "true", enableIfMissing = true)
@Path("/coordinator/swarms/{swarm}/concurrency")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "coordinator")
public class ConcurrencyResource {
    private final Identity identity;
    private final KeyTransaction keys;
    private final Paging paging;
    private final CoordinatorAnswers answers;
    private final Pool pool;

    public ConcurrencyResource(
            Identity identity, KeyTransaction keys, Paging paging, CoordinatorAnswers answers, Pool pool) {
        this.identity = identity;
        this.keys = keys;
        this.paging = paging;
        this.answers = answers;
        this.pool = pool;
    }

    @GET
    @Operation(
            summary = "List the concurrency keys of a swarm, by name",
            description = "Numbers are counted up to 1000; atLeast says which of them may be larger.")
    public Uni<Page<ConcurrencyKey>> list(@RestPath String swarm, @RestQuery Integer limit, @RestQuery String cursor) {
        identity.caller().mustRead(Check.id("swarm", swarm));
        int size = paging.limit(limit);
        String after = cursor == null ? "" : Cursor.decode(cursor, 1).getFirst();
        return ConcurrencyTable.page(pool, swarm, after, size + 1)
                .map(rows -> Page.of(rows, size, key -> List.of(key.key())));
    }

    @GET
    @Path("/{key}")
    @Operation(summary = "A concurrency key, with how many of its tasks are held and queued")
    public Uni<ConcurrencyKey> get(@RestPath String swarm, @RestPath String key) {
        identity.caller().mustRead(Check.id("swarm", swarm));
        return ConcurrencyTable.find(pool, swarm, Check.id("key", key)).map(found -> known(found, swarm));
    }

    @PUT
    @Path("/{key}")
    @Operation(
            summary = "Say how many tasks with a concurrency key may be held at once (operators)",
            description =
                    "A lower number takes effect for claims from now on, not for what is held. With 0 none is claimed any more.")
    public Uni<ConcurrencyKey> put(@RestPath String swarm, @RestPath String key, ConcurrencyBody body) {
        mustOperate(swarm, key);
        int atMost = Check.given("body", body).checkedAtMost();
        return keys.limit(swarm, key, atMost, new Keep<>(identity.noted(body), this::toKeep))
                .map(reply -> known(Once.now(reply), swarm));
    }

    @DELETE
    @Path("/{key}")
    @Operation(summary = "Let one task with this concurrency key be held at once again (operators)")
    public Uni<ConcurrencyKey> delete(@RestPath String swarm, @RestPath String key) {
        mustOperate(swarm, key);
        return keys.unlimit(swarm, key, new Keep<>(identity.noted(null), this::toKeep))
                .map(reply -> known(Once.now(reply), swarm));
    }

    private void mustOperate(String swarm, String key) {
        Caller caller = identity.caller();
        caller.mustOperate(Check.id("swarm", swarm));
        Check.id("key", key);
    }

    private Idempotency.Answer toKeep(ConcurrencyKey key) {
        return key == null ? null : answers.rendered(200, key);
    }

    private static ConcurrencyKey known(ConcurrencyKey found, String swarm) {
        if (found == null) {
            throw CoordinatorAnswers.unknownSwarm(swarm);
        }
        return found;
    }
}
