package io.infrafabric.escalation;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * What other functions ask about cases. In plain SQL, apart from {@link CaseTable}, because their builds start without
 * Hibernate.
 */
@ApplicationScoped
public class OpenCases {
    private static final String COUNT = "SELECT count(*) AS open FROM (SELECT FROM escalation_case"
            + " WHERE swarm = $1 AND state IN ('OPEN', 'ACKNOWLEDGED') LIMIT $2) counted";

    /** An existing case and its swarm; {@code null} for the installation. */
    public record CaseStanding(String swarm, boolean resolved, boolean withdrawn) {}

    /** Those of the cases that exist, by id. */
    public Uni<Map<String, CaseStanding>> standing(SqlClient client, Collection<String> ids) {
        return ids.isEmpty()
                ? Uni.createFrom().item(Map.of())
                : client.preparedQuery("SELECT c.id::text AS id, c.swarm, c.state FROM escalation_case c"
                                + " WHERE c.id = ANY(ARRAY(SELECT i::uuid FROM unnest($1::text[]) AS i"
                                + " WHERE pg_input_is_valid(i, 'uuid')))")
                        .execute(Tuple.of(ids.toArray(String[]::new)))
                        .map(rows -> {
                            Map<String, CaseStanding> known = new HashMap<>();
                            rows.forEach(row -> known.put(
                                    row.getString("id"),
                                    new CaseStanding(
                                            row.getString("swarm"),
                                            row.getString("state").equals("RESOLVED"),
                                            row.getString("state").equals("WITHDRAWN"))));
                            return known;
                        });
    }

    /** How many cases of the swarm wait for a human's decision, seen or unseen; up to {@code most}. */
    public Uni<Long> count(SqlClient client, String swarm, int most) {
        return client.preparedQuery(COUNT)
                .execute(Tuple.of(swarm, most))
                .map(rows -> rows.iterator().next().getLong("open"));
    }
}
