package io.infrafabric.relation;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * What other functions need to know about claims that they name. In plain SQL, because their builds start without
 * Hibernate.
 */
@ApplicationScoped
public class StatedClaims {
    private static final String SWARMS =
            "SELECT id, swarm FROM relation_claim WHERE id = ANY($1) AND superseded_at IS NULL";

    /** The swarm of each of these claims that exists. It never changes. */
    public Uni<Map<String, String>> swarms(SqlClient client, Collection<String> claims) {
        return claims.isEmpty()
                ? Uni.createFrom().item(Map.of())
                : client.preparedQuery(SWARMS)
                        .execute(Tuple.of(claims.toArray(String[]::new)))
                        .map(rows -> {
                            Map<String, String> swarms = new HashMap<>();
                            rows.forEach(row -> swarms.put(row.getString("id"), row.getString("swarm")));
                            return swarms;
                        });
    }
}
