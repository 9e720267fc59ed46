package io.infrafabric.relation;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.relation.SeverityTransaction.Weighed;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The severity of contradictions, now and in the past. */
final class SeverityTable {
    private static final String READ = """
            SELECT c.*, a.confidence AS confidence1, b.confidence AS confidence2, a.ruling OR b.ruling AS ruled,
                   EXISTS (SELECT FROM relation_contradiction o WHERE o.first_node = c.first_node
                              AND o.second_node = c.second_node AND o.ended_at IS NULL AND o.escalated) AS asked
              FROM (SELECT id FROM relation_contradiction WHERE id = ANY($1)
                     UNION (SELECT id FROM relation_contradiction WHERE first_node = ANY($2) AND ended_at IS NULL LIMIT $3)
                     UNION (SELECT id FROM relation_contradiction WHERE second_node = ANY($2) AND ended_at IS NULL LIMIT $3)
                     UNION (SELECT id FROM relation_contradiction WHERE through_node = ANY($2) AND ended_at IS NULL LIMIT $3)
                   ) i
              JOIN relation_contradiction c ON c.id = i.id AND c.ended_at IS NULL
              JOIN relation_claim a ON a.node = c.first_node JOIN relation_claim b ON b.node = c.second_node
            """;

    private static final String WRITE = """
            WITH weighed AS (
              UPDATE relation_contradiction c SET score = i.score, severity = i.severity, resting = i.resting,
                     escalated = c.escalated OR i.asks
                FROM unnest($1::uuid[], $2::float8[], $3::text[], $4::int[], $5::boolean[])
                  AS i(id, score, severity, resting, asks) WHERE c.id = i.id
              RETURNING c.id, c.severity, c.score, c.resting, c.escalated)
            INSERT INTO relation_severity (contradiction, at, severity, score, resting, escalated)
            SELECT id, $6, severity, score, resting, escalated FROM weighed
            """;

    private static final String THEN = """
            SELECT i.id, s.severity, s.score, s.resting, s.escalated FROM unnest($1::uuid[]) AS i(id), LATERAL (
              SELECT * FROM relation_severity WHERE contradiction = i.id AND at <= $2 ORDER BY at DESC, seq DESC LIMIT 1) s
            """;

    /**
     * Standing contradictions: the new ones, and a limited number for each way in which these claims take part in one.
     */
    static Uni<List<Row>> read(Work work, Collection<UUID> found, Collection<Long> claims, int most) {
        return work.connection()
                .preparedQuery(READ)
                .execute(Tuple.of(found.toArray(UUID[]::new), claims.toArray(Long[]::new), most))
                .map(rows -> Rows.all(rows, row -> row));
    }

    /** Writes their severity, and keeps it as history. */
    static void write(Work work, List<Weighed> changed, Instant at) {
        work.alongside(work.connection()
                .preparedQuery(WRITE)
                .execute(Tuple.of(
                        Rows.column(changed, Weighed::id, UUID[]::new),
                        Rows.column(changed, one -> one.gravity().score(), Double[]::new),
                        Rows.column(changed, one -> one.gravity().severity().name(), String[]::new),
                        Rows.column(changed, one -> one.gravity().resting(), Integer[]::new),
                        Rows.column(changed, Weighed::asks, Boolean[]::new),
                        Rows.at(at))));
    }

    /** Gives these contradictions, by id, their severity at that time; those without history stay as they are. */
    static Uni<Void> asOf(Work work, Map<UUID, Contradiction> found, Instant at) {
        return work.connection()
                .preparedQuery(THEN)
                .execute(Tuple.of(found.keySet().toArray(UUID[]::new), Rows.at(at)))
                .invoke(then ->
                        then.forEach(row -> found.computeIfPresent(row.getUUID("id"), (id, one) -> weighed(one, row))))
                .replaceWithVoid();
    }

    private static Contradiction weighed(Contradiction found, Row row) {
        return found.weighed(
                new Contradiction.Weight(
                        Severity.valueOf(row.getString("severity")), row.getDouble("score"), row.getInteger("resting")),
                row.getBoolean("escalated"));
    }

    private SeverityTable() {}
}
