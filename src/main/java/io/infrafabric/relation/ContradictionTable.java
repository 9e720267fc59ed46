package io.infrafabric.relation;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.relation.Contradiction.Kind;
import io.infrafabric.relation.Derivation.Clash;
import io.infrafabric.relation.Relation.Link;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;

/** Contradictions as they are kept, and what they are found by. {@link FindingTable} has them to read. */
final class ContradictionTable {
    private static final String SAID = """
            SELECT p.a, p.b, e.confidence, e.falsifier IS NOT NULL AS falsified, e.from_node, e.to_node
              FROM unnest($1::bigint[], $2::bigint[]) AS p(a, b), LATERAL (
                SELECT * FROM relation_edge WHERE from_node = p.a AND to_node = p.b AND type = 'CONTRADICTS'
                   AND until IS NULL
                 UNION ALL SELECT * FROM relation_edge WHERE from_node = p.b AND to_node = p.a AND type = 'CONTRADICTS'
                   AND until IS NULL) e
            """;

    private static final String KNOWN = """
            SELECT p.a, p.b FROM unnest($1::bigint[], $2::bigint[]) AS p(a, b)
              JOIN relation_contradiction c ON c.first_node = p.a AND c.second_node = p.b AND c.through_node IS NULL
               AND c.ended_at IS NULL
            """;

    private static final String SCOPES = """
            SELECT n.node, c.includes, c.excludes FROM unnest($1::bigint[]) AS n(node)
              JOIN relation_claim c ON c.node = n.node
             UNION ALL
            SELECT e.from_node, t.includes, t.excludes FROM relation_edge e JOIN relation_claim t ON t.node = e.to_node
             WHERE e.from_node = ANY($1) AND e.type = 'SCOPED_AS' AND e.until IS NULL
            """;

    // What a human has dismissed is not found again by itself; a declared one whose relation was made anew is.
    private static final String FIND = """
            INSERT INTO relation_contradiction (id, swarm, first_node, second_node, through_node, claim1, version1, claim2,
                   version2, through, through_version, kind, path, certainty, severity, score, resting, found_at, escalated)
            SELECT i.id, a.swarm, i.a, i.b, i.through, a.id, a.version, b.id, b.version, t.id, t.version, i.kind,
                   string_to_array(i.path, E'\\n'), i.certainty, 'LOW', 0, 0, $7, false
              FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $8::float8[])
                AS i(id, a, b, through, kind, path, certainty)
              JOIN relation_claim a ON a.node = i.a JOIN relation_claim b ON b.node = i.b
              LEFT JOIN relation_claim t ON t.node = i.through
             WHERE i.through IS NULL OR NOT EXISTS (SELECT 1 FROM relation_contradiction d WHERE d.first_node = i.a
               AND d.second_node = i.b AND d.through_node = i.through AND d.ended = 'DISMISSED')
            ON CONFLICT DO NOTHING RETURNING id, first_node, second_node, through_node
            """;

    private static final String ENDED =
            " RETURNING id, first_node, second_node, through_node, claim1, claim2, through," + " escalated";

    private static final String END_PAIRS = "UPDATE relation_contradiction c SET ended_at = $3, ended = $4"
            + " FROM unnest($1::bigint[], $2::bigint[]) AS p(a, b)"
            + " WHERE c.first_node = p.a AND c.second_node = p.b AND c.ended_at IS NULL" + ENDED;

    private static final String END_IDS = "UPDATE relation_contradiction SET ended_at = $2, ended = $3"
            + " WHERE id = ANY($1) AND ended_at IS NULL" + ENDED;

    private static final String DERIVED = "SELECT id, first_node, second_node, through_node FROM relation_contradiction"
            + " WHERE through_node = ANY($1) AND ended_at IS NULL";

    private static final String TOUCHING = """
            SELECT first_node, second_node FROM relation_contradiction
             WHERE first_node = ANY($1) AND through_node IS NULL AND ended_at IS NULL
             UNION SELECT first_node, second_node FROM relation_contradiction
             WHERE second_node = ANY($1) AND through_node IS NULL AND ended_at IS NULL LIMIT $2
            """;

    private static final String NAMES = "SELECT node, id FROM relation_claim WHERE node = ANY($1)";

    /** A contradiction to be written down. */
    record Finding(Clash clash, Long through, Kind kind, double certainty, List<Link> path) {}

    /** That two claims contradict each other, as their relations have it. */
    record Said(double certainty, boolean falsified) {}

    /** Which of these pairs are said to contradict each other, and how surely. */
    static Uni<Map<Clash, Said>> said(Work work, Collection<Clash> pairs) {
        return work.connection().preparedQuery(SAID).execute(pairs(pairs)).map(ContradictionTable::said);
    }

    private static Map<Clash, Said> said(RowSet<Row> rows) {
        Map<Clash, Said> said = new HashMap<>();
        rows.forEach(row -> said.merge(
                new Clash(row.getLong("a"), row.getLong("b")),
                new Said(row.getDouble("confidence"), row.getBoolean("falsified")),
                (one, other) ->
                        new Said(Math.max(one.certainty(), other.certainty()), one.falsified() || other.falsified())));
        return said;
    }

    /** Which of these pairs are known as declared contradictions that stand. */
    static Uni<Set<Clash>> known(Work work, Collection<Clash> pairs) {
        return work.connection()
                .preparedQuery(KNOWN)
                .execute(pairs(pairs))
                .map(rows -> Set.copyOf(Rows.all(rows, row -> new Clash(row.getLong("a"), row.getLong("b")))));
    }

    /** The scopes of these claims, their own and those that they are scoped as. */
    static Uni<Map<Long, List<Scope>>> scopes(Work work, Collection<Long> claims) {
        return work.connection()
                .preparedQuery(SCOPES)
                .execute(Tuple.of(array(claims)))
                .map(ContradictionTable::scopes);
    }

    private static Map<Long, List<Scope>> scopes(RowSet<Row> rows) {
        Map<Long, List<Scope>> scopes = new HashMap<>();
        rows.forEach(row -> scopes.computeIfAbsent(row.getLong("node"), none -> new ArrayList<>())
                .add(new Scope(
                        List.of(row.getArrayOfStrings("includes")), List.of(row.getArrayOfStrings("excludes")))));
        return scopes;
    }

    /**
     * Writes down contradictions that were found, unless they are known or a human has dismissed them; answers with those
     * that were written.
     *
     * @param path shows how they follow, one step a line
     */
    static Uni<List<Row>> find(
            Work work, List<Finding> found, Supplier<UUID> ids, Function<Finding, String> path, Instant at) {
        return work.connection()
                .preparedQuery(FIND)
                .execute(Tuple.from(new Object[] {
                    Rows.column(found, one -> ids.get(), UUID[]::new),
                    Rows.column(found, one -> one.clash().first(), Long[]::new),
                    Rows.column(found, one -> one.clash().second(), Long[]::new),
                    Rows.column(found, Finding::through, Long[]::new),
                    Rows.column(found, one -> one.kind().name(), String[]::new),
                    Rows.column(found, path, String[]::new),
                    Rows.at(at),
                    Rows.column(found, Finding::certainty, Double[]::new)
                }))
                .map(rows -> Rows.all(rows, row -> row));
    }

    /** Ends what stands between these pairs, also what was derived from it; answers with what has ended. */
    static Uni<List<Row>> endPairs(Work work, Collection<Clash> pairs, Instant at, Contradiction.Ended cause) {
        return work.connection()
                .preparedQuery(END_PAIRS)
                .execute(pairs(pairs).addValue(Rows.at(at)).addValue(cause.name()))
                .map(rows -> Rows.all(rows, row -> row));
    }

    /** Ends those of these that stand; answers with what has ended. */
    static Uni<List<Row>> endIds(Work work, Collection<UUID> gone, Instant at, Contradiction.Ended cause) {
        return work.connection()
                .preparedQuery(END_IDS)
                .execute(Tuple.of(gone.toArray(UUID[]::new), Rows.at(at), cause.name()))
                .map(rows -> Rows.all(rows, row -> row));
    }

    /** What was derived for these claims, and stands. */
    static Uni<List<Row>> derived(Work work, Collection<Long> through) {
        return work.connection()
                .preparedQuery(DERIVED)
                .execute(Tuple.of(array(through)))
                .map(rows -> Rows.all(rows, row -> row));
    }

    /** Declared contradictions, at most so many, of which one of these claims is a side. */
    static Uni<List<Clash>> touching(Work work, Collection<Long> claims, int most) {
        return work.connection()
                .preparedQuery(TOUCHING)
                .execute(Tuple.of(array(claims), most))
                .map(rows -> Rows.all(rows, ContradictionTable::clash));
    }

    /** The sides of a contradiction. */
    static Clash clash(Row row) {
        return new Clash(row.getLong("first_node"), row.getLong("second_node"));
    }

    /** The ids of these claims. */
    static Uni<Map<Long, String>> names(Work work, Collection<Long> claims) {
        return work.connection()
                .preparedQuery(NAMES)
                .execute(Tuple.of(array(claims)))
                .map(rows -> {
                    Map<Long, String> names = new HashMap<>();
                    rows.forEach(row -> names.put(row.getLong("node"), row.getString("id")));
                    return names;
                });
    }

    private static Tuple pairs(Collection<Clash> pairs) {
        return Tuple.of(Rows.column(pairs, Clash::first, Long[]::new), Rows.column(pairs, Clash::second, Long[]::new));
    }

    private static Long[] array(Collection<Long> claims) {
        return claims.toArray(Long[]::new);
    }

    private ContradictionTable() {}
}
