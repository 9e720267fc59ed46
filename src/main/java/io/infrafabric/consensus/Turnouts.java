package io.infrafabric.consensus;

import io.infrafabric.bus.Rows;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The standing of decisions and the missing votes, for functions that wait for them. In plain SQL, because their builds
 * start without Hibernate.
 */
@ApplicationScoped
public class Turnouts {
    private static final String MISSING = """
            SELECT e.decision, e.session FROM consensus_elector e
              JOIN consensus_decision d ON d.id = e.decision AND d.swarm = $2 AND d.state = 'OPEN'
             WHERE e.decision = ANY($1) AND NOT EXISTS
                   (SELECT FROM consensus_vote v WHERE v.decision = e.decision AND v.session = e.session AND v.current)
             ORDER BY e.decision, e.session LIMIT $3
            """;

    /** An existing decision and its swarm. */
    public record DecisionStanding(String swarm, boolean closed) {}

    /** Those of the decisions that exist, by id. */
    public Uni<Map<String, DecisionStanding>> standing(SqlClient client, Collection<String> ids) {
        return ids.isEmpty()
                ? Uni.createFrom().item(Map.of())
                : client.preparedQuery("SELECT id, swarm, state FROM consensus_decision WHERE id = ANY($1)")
                        .execute(Tuple.of(ids.toArray(String[]::new)))
                        .map(rows -> {
                            Map<String, DecisionStanding> known = new HashMap<>();
                            rows.forEach(row -> known.put(
                                    row.getString("id"),
                                    new DecisionStanding(
                                            row.getString("swarm"),
                                            !row.getString("state").equals("OPEN"))));
                            return known;
                        });
    }

    private record Missing(String decision, String session) {}

    /**
     * The electors without a vote on those of these decisions that are open in the swarm, by decision; at most
     * {@code most} in total. This is not secret, even for a sealed decision.
     */
    public Uni<Map<String, List<String>>> missing(
            SqlClient client, String swarm, Collection<String> decisions, int most) {
        return decisions.isEmpty()
                ? Uni.createFrom().item(Map.of())
                : client.preparedQuery(MISSING)
                        .execute(Tuple.of(decisions.toArray(String[]::new), swarm, most))
                        .map(rows ->
                                Rows.all(rows, row -> new Missing(row.getString("decision"), row.getString("session")))
                                        .stream()
                                        .collect(Collectors.groupingBy(
                                                Missing::decision,
                                                Collectors.mapping(Missing::session, Collectors.toList()))));
    }
}
