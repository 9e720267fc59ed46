package io.infrafabric.rescue;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** How blockers stand, for others who wait for them. */
@ApplicationScoped
public class BlockedStore {

    /** A blocker that there is, of this swarm. */
    public record BlockerStanding(String swarm, boolean resolved, boolean withdrawn) {}

    /** Those of the blockers that there are, by id. */
    public Uni<Map<String, BlockerStanding>> standing(SqlClient client, Collection<String> ids) {
        return ids.isEmpty()
                ? Uni.createFrom().item(Map.of())
                : client.preparedQuery("SELECT id, swarm, state FROM rescue_blocker WHERE id = ANY($1)")
                        .execute(Tuple.of(ids.toArray(String[]::new)))
                        .map(rows -> {
                            Map<String, BlockerStanding> known = new HashMap<>();
                            rows.forEach(row -> known.put(
                                    row.getString("id"),
                                    new BlockerStanding(
                                            row.getString("swarm"),
                                            row.getString("state").equals("RESOLVED"),
                                            row.getString("state").equals("WITHDRAWN"))));
                            return known;
                        });
    }
}
