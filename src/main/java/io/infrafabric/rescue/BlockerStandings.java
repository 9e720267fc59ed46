package io.infrafabric.rescue;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.Map;

/** How blockers stand, for functions whose sessions wait for them. */
@ApplicationScoped
public class BlockerStandings {

    /** A blocker that exists, and its swarm. */
    public record BlockerStanding(String swarm, boolean resolved, boolean withdrawn) {}

    private final BlockerTable blockers;

    BlockerStandings(BlockerTable blockers) {
        this.blockers = blockers;
    }

    /** Those of the blockers that exist, by id. */
    public Uni<Map<String, BlockerStanding>> standing(SqlClient client, Collection<String> ids) {
        return ids.isEmpty() ? Uni.createFrom().item(Map.of()) : blockers.standing(client, ids);
    }
}
