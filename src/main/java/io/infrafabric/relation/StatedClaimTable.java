package io.infrafabric.relation;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.reactive.mutiny.Mutiny;

/** Claims as they are kept. Works in the session it is given. */
final class StatedClaimTable {
    private static final String SUPERSEDE = "UPDATE relation_claim SET superseded_at = $2 WHERE node = $1";

    // Everybody's first support of each claim comes first, then everybody's second: whoever adds thousands leaves the
    // others theirs.
    private static final String CARRIED = """
            SELECT c.node, c.confidence, c.strength, c.evidence FROM relation_claim c
             WHERE c.node = ANY($1) AND NOT c.ruling
             UNION ALL (SELECT s.to_node, NULL, NULL, s.evidence FROM (
                   SELECT e.to_node, f.evidence, row_number() OVER (PARTITION BY e.to_node, e.by ORDER BY e.at, e.id) AS turn
                     FROM relation_edge e JOIN relation_claim f ON f.node = e.from_node AND f.evidence <> '[]'
                    WHERE e.to_node = ANY($1) AND e.type = 'SUPPORTS' AND e.until IS NULL) s ORDER BY s.turn LIMIT $2)
            """;

    private static final String STRENGTHEN = "UPDATE relation_claim c SET strength = i.strength"
            + " FROM unnest($1::bigint[], $2::float8[]) AS i(node, strength) WHERE c.node = i.node";

    private static final String RIVALS = """
            SELECT second_node AS rival FROM relation_contradiction
             WHERE first_node = ANY($1) AND through_node IS NULL AND ended_at IS NULL
             UNION SELECT first_node FROM relation_contradiction
             WHERE second_node = ANY($1) AND through_node IS NULL AND ended_at IS NULL
            """;

    /** The newest versions of these claims, by id, as far as there are any. */
    static Uni<Map<String, ClaimRow>> current(Mutiny.Session session, Collection<String> ids) {
        return session.createSelectionQuery(
                        "from ClaimRow c where c.id in (:ids) and c.supersededAt is null", ClaimRow.class)
                .setParameter("ids", List.copyOf(ids))
                .getResultList()
                .map(rows -> {
                    Map<String, ClaimRow> current = new HashMap<>();
                    rows.forEach(row -> current.put(row.id, row));
                    return current;
                });
    }

    /** This version is no longer the newest one. */
    static Uni<Void> supersede(Work work, long node, Instant at) {
        return work.connection()
                .preparedQuery(SUPERSEDE)
                .execute(Tuple.of(node, Rows.at(at)))
                .replaceWithVoid();
    }

    /** These claims with their evidence, and the evidence of what supports them; at most so many supports. */
    static Uni<List<Row>> carried(Work work, List<Long> claims, int most) {
        return work.connection()
                .preparedQuery(CARRIED)
                .execute(Tuple.of(claims.toArray(Long[]::new), most))
                .map(rows -> Rows.all(rows, row -> row));
    }

    /** Writes what these claims count; answers with what they contradict. */
    static Uni<List<Long>> strengthen(Work work, Map<Long, Double> strengths) {
        Long[] nodes = strengths.keySet().toArray(Long[]::new);
        return work.connection()
                .preparedQuery(STRENGTHEN)
                .execute(Tuple.of(nodes, Rows.column(strengths.values(), each -> each, Double[]::new)))
                .chain(() -> work.connection()
                        .preparedQuery(RIVALS)
                        .execute(Tuple.tuple().addArrayOfLong(nodes)))
                .map(rows -> Rows.all(rows, row -> row.getLong("rival")));
    }

    private StatedClaimTable() {}
}
