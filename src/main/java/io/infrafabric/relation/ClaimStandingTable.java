package io.infrafabric.relation;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How claims stand, which of them are disputed, their history, and those that wait to be settled. */
final class ClaimStandingTable {
    private static final String TAKE_UNSETTLED = "DELETE FROM relation_unsettled WHERE swarm = $1 AND node IN"
            + " (SELECT node FROM relation_unsettled WHERE swarm = $1 ORDER BY node LIMIT $2) RETURNING node";

    private static final String LEAVE_UNSETTLED = "INSERT INTO relation_unsettled (swarm, node)"
            + " SELECT $1, node FROM unnest($2::bigint[]) AS n(node) ORDER BY node ON CONFLICT DO NOTHING";

    // Each claim itself, and what it contradicts. No EXISTS: it may be answered by reading all contradictions there
    // are.
    private static final String RIVALS = """
            SELECT r.claim, c.node, c.strength, c.standing, (SELECT 1 FROM relation_contradiction x
                   WHERE x.through_node = c.node AND x.ended_at IS NULL LIMIT 1) IS NOT NULL AS itself
              FROM (SELECT n AS claim, n AS rival FROM unnest($1::bigint[]) n
                     UNION ALL SELECT first_node, second_node FROM relation_contradiction
                      WHERE first_node = ANY($1) AND through_node IS NULL AND ended_at IS NULL
                     UNION ALL SELECT second_node, first_node FROM relation_contradiction
                      WHERE second_node = ANY($1) AND through_node IS NULL AND ended_at IS NULL) r
              JOIN relation_claim c ON c.node = r.rival
            """;

    private static final String STAND = """
            UPDATE relation_claim c SET standing = i.standing, seq = c.seq + 1
              FROM unnest($1::bigint[], $2::text[]) AS i(node, standing) WHERE c.node = i.node
            RETURNING c.node, c.id, c.swarm, c.standing, c.seq
            """;

    private static final String REGION = "SELECT node, standing, disputed FROM relation_claim WHERE node = ANY($1)";

    private static final String REST_ON = """
            SELECT e.from_node, e.to_node, t.disputed FROM relation_edge e JOIN relation_claim t ON t.node = e.to_node
             WHERE e.from_node = ANY($1) AND e.type = 'DEPENDS_ON' AND e.until IS NULL
            """;

    private static final String DISPUTE = """
            UPDATE relation_claim c SET disputed = i.disputed, seq = c.seq + 1
              FROM unnest($1::bigint[], $2::boolean[]) AS i(node, disputed) WHERE c.node = i.node
            RETURNING c.node, c.id, c.swarm, c.standing, c.disputed, c.seq
            """;

    private static final String REMEMBER = "INSERT INTO relation_standing (node, at, strength, standing, disputed)"
            + " SELECT node, $2, strength, standing, disputed FROM relation_claim WHERE node = ANY($1)";

    /** Takes claims of the swarm, at most so many, that earlier changes left unsettled. */
    static Uni<List<Long>> takeUnsettled(Work work, String swarm, int most) {
        return work.connection()
                .preparedQuery(TAKE_UNSETTLED)
                .execute(Tuple.of(swarm, most))
                .map(rows -> Rows.all(rows, row -> row.getLong("node")));
    }

    /** Leaves claims of the swarm to a later transaction. */
    static Uni<Void> leaveUnsettled(Work work, String swarm, Collection<Long> claims) {
        return work.connection()
                .preparedQuery(LEAVE_UNSETTLED)
                .execute(Tuple.of(swarm, array(claims)))
                .replaceWithVoid();
    }

    /** Each of these claims, and what it contradicts: a row names one of them and a rival of it, or it twice. */
    static Uni<List<Row>> rivals(Work work, Collection<Long> claims) {
        return work.connection()
                .preparedQuery(RIVALS)
                .execute(Tuple.of(array(claims)))
                .map(rows -> Rows.all(rows, row -> row));
    }

    /** Writes how these claims stand from now on; answers with all that an event says of it. */
    static Uni<List<Row>> stand(Work work, Map<Long, Standing> changed) {
        return work.connection()
                .preparedQuery(STAND)
                .execute(
                        Tuple.of(array(changed.keySet()), Rows.column(changed.values(), Standing::name, String[]::new)))
                .map(rows -> Rows.all(rows, row -> row));
    }

    /** How these claims stand, and which of them are disputed. */
    static Uni<List<Row>> region(Work work, Collection<Long> claims) {
        return work.connection()
                .preparedQuery(REGION)
                .execute(Tuple.of(array(claims)))
                .map(rows -> Rows.all(rows, row -> row));
    }

    /** What these claims depend on, and whether that is disputed. */
    static Uni<List<Row>> restOn(Work work, Collection<Long> claims) {
        return work.connection()
                .preparedQuery(REST_ON)
                .execute(Tuple.of(array(claims)))
                .map(rows -> Rows.all(rows, row -> row));
    }

    /** Writes which of these claims are disputed from now on, and that the others are not; answers as {@link #stand} does. */
    static Uni<List<Row>> dispute(Work work, Collection<Long> changed, Set<Long> disputed) {
        return work.connection()
                .preparedQuery(DISPUTE)
                .execute(Tuple.of(array(changed), Rows.column(changed, disputed::contains, Boolean[]::new)))
                .map(rows -> Rows.all(rows, row -> row));
    }

    /** Keeps how these claims stand now as their history. */
    static void remember(Work work, Collection<Long> changed, Instant at) {
        work.alongside(work.connection().preparedQuery(REMEMBER).execute(Tuple.of(array(changed), Rows.at(at))));
    }

    private static Long[] array(Collection<Long> claims) {
        return claims.toArray(Long[]::new);
    }

    private ClaimStandingTable() {}
}
