package io.infrafabric.relation;

import io.infrafabric.bus.EventIds;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.RelationEvent.ContradictionEnded;
import io.infrafabric.relation.Contradiction.Kind;
import io.infrafabric.relation.Contradiction.Verdict;
import io.infrafabric.relation.Derivation.Clash;
import io.infrafabric.relation.Derivation.Derived;
import io.infrafabric.relation.GraphWalk.Way;
import io.infrafabric.relation.Relation.Link;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Contradictions: found where something changed, and ended there. Under the graph's lock. */
@ApplicationScoped
class ContradictionTransaction {
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

    /** One to be written down. */
    private record Finding(Clash clash, Long through, Kind kind, double certainty, List<Link> path) {}

    private record Said(double certainty, boolean falsified) {}

    private final EvidenceGraphTable graph;
    private final EventIds ids;
    private final RelationConfig config;

    ContradictionTransaction(EvidenceGraphTable graph, EventIds ids, RelationConfig config) {
        this.graph = graph;
        this.ids = ids;
        this.config = config;
    }

    /** Finds and ends contradictions as the rules have it, for all that the change has touched. */
    Uni<Void> follow(Work work, Ripple ripple) {
        return declared(work, ripple)
                .chain(found -> derive(work, ripple, found))
                .chain(() -> verify(work, ripple));
    }

    /** The pairs that are said to contradict each other, or were; answers with those that were found. */
    private Uni<List<Clash>> declared(Work work, Ripple ripple) {
        if (ripple.pairs.isEmpty()) {
            return Uni.createFrom().item(List.of());
        }
        SqlConnection connection = work.connection();
        Tuple pairs = pairs(ripple.pairs);
        Set<Long> nodes = new LinkedHashSet<>();
        ripple.pairs.forEach(pair -> nodes.addAll(List.of(pair.first(), pair.second())));
        return work.inOrder(
                        connection.preparedQuery(SAID).execute(pairs).map(ContradictionTransaction::said),
                        connection.preparedQuery(KNOWN).execute(pairs).map(ContradictionTransaction::clashes),
                        connection
                                .preparedQuery(SCOPES)
                                .execute(Tuple.of(array(nodes)))
                                .map(ContradictionTransaction::scopes))
                .asTuple()
                .chain(read -> {
                    List<Finding> found = new ArrayList<>();
                    List<Clash> ended = new ArrayList<>();
                    for (Clash pair : ripple.pairs) {
                        Said said = read.getItem1().get(pair);
                        boolean falsified = said != null && said.falsified();
                        boolean overlap = Scope.overlap(
                                read.getItem3().get(pair.first()),
                                read.getItem3().get(pair.second()));
                        ripple.apart |= said != null && !falsified && !overlap;
                        switch (Verdict.of(
                                said != null,
                                falsified,
                                overlap,
                                read.getItem2().contains(pair))) {
                            case FOUND ->
                                found.add(new Finding(
                                        pair,
                                        null,
                                        falsified ? Kind.FALSIFIER : Kind.DECLARED,
                                        said.certainty(),
                                        List.of()));
                            case ENDED -> ended.add(pair);
                            case UNCHANGED -> {}
                        }
                    }
                    return end(work, ripple, ended)
                            .chain(() -> write(work, ripple, found))
                            .replaceWith(found.stream().map(Finding::clash).toList());
                });
    }

    /** What follows for claims that depend on both sides of those that were found, and for dependencies that were added. */
    private Uni<Void> derive(Work work, Ripple ripple, List<Clash> found) {
        Uni<Void> derived = Uni.createFrom().voidItem();
        for (Clash clash : found) {
            derived = derived.chain(() -> both(work, ripple, clash));
        }
        for (Link link : ripple.added) {
            derived = derived.chain(() -> joined(work, ripple, link));
        }
        return derived;
    }

    private Uni<Void> both(Work work, Ripple ripple, Clash clash) {
        Uni<GraphWalk> first = graph.follow(work, List.of(clash.first()), Way.ABOVE);
        Uni<GraphWalk> second = graph.follow(work, List.of(clash.second()), Way.ABOVE);
        return work.inOrder(first, second).asTuple().chain(above -> {
            GraphWalk one = above.getItem1();
            GraphWalk other = above.getItem2();
            ripple.bounded |= one.bounded() || other.bounded();
            Set<Long> tops = new LinkedHashSet<>(one.claims());
            tops.retainAll(other.claims());
            Set<Link> links = new HashSet<>(one.links());
            links.addAll(other.links());
            return write(work, ripple, findings(ripple, Derivation.of(tops, links, List.of(clash))));
        });
    }

    private Uni<Void> joined(Work work, Ripple ripple, Link link) {
        return graph.follow(work, List.of(link.to()), Way.BELOW)
                .chain(down -> touching(work, down.claims()))
                .chain(clashes -> clashes.isEmpty()
                        ? Uni.createFrom().voidItem()
                        : graph.follow(work, List.of(link.from()), Way.ABOVE)
                                .chain(up -> graph.follow(work, up.claims(), Way.BELOW)
                                        .chain(region -> {
                                            ripple.bounded |= up.bounded() || region.bounded();
                                            return write(
                                                    work,
                                                    ripple,
                                                    findings(
                                                            ripple,
                                                            Derivation.of(up.claims(), region.links(), clashes)));
                                        })));
    }

    /** Ends derived ones that do not follow any more. What could not be followed to its end stays. */
    private Uni<Void> verify(Work work, Ripple ripple) {
        if (ripple.loosened.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return work.connection()
                .preparedQuery(DERIVED)
                .execute(Tuple.of(array(ripple.loosened)))
                .chain(rows -> {
                    Map<Long, List<Row>> known = new HashMap<>();
                    rows.forEach(row -> known.computeIfAbsent(row.getLong("through_node"), none -> new ArrayList<>())
                            .add(row));
                    if (known.isEmpty()) {
                        return Uni.createFrom().voidItem();
                    }
                    return graph.follow(work, known.keySet(), Way.BELOW).chain(region -> {
                        ripple.bounded |= region.bounded();
                        if (region.bounded()) {
                            return Uni.createFrom().voidItem();
                        }
                        List<UUID> gone = new ArrayList<>();
                        known.forEach((through, all) -> all.stream()
                                .filter(row -> Derivation.of(List.of(through), region.links(), List.of(clash(row)))
                                        .isEmpty())
                                .forEach(row -> gone.add(row.getUUID("id"))));
                        return endIds(work, ripple, gone);
                    });
                });
    }

    private Uni<List<Clash>> touching(Work work, Collection<Long> claims) {
        return work.connection()
                .preparedQuery(TOUCHING)
                .execute(Tuple.of(array(claims), config.deriveClaims()))
                .map(rows -> Rows.all(rows, ContradictionTransaction::clash));
    }

    private List<Finding> findings(Ripple ripple, List<Derived> derived) {
        ripple.bounded |= derived.size() > config.maxDerived();
        return Derivation.first(derived, config.maxDerived()).stream()
                .map(one -> new Finding(one.clash(), one.through(), Kind.DEPENDENCY, 1, one.path()))
                .toList();
    }

    private Uni<Void> write(Work work, Ripple ripple, List<Finding> found) {
        if (found.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        Set<Long> named = new HashSet<>();
        for (Finding finding : found) {
            named.addAll(List.of(finding.clash().first(), finding.clash().second()));
            finding.path().forEach(link -> named.addAll(List.of(link.from(), link.to())));
        }
        return names(work.connection(), ripple.names, named)
                .chain(() -> work.connection()
                        .preparedQuery(FIND)
                        .execute(Tuple.from(new Object[] {
                            Rows.column(found, one -> ids.next(), UUID[]::new),
                            Rows.column(found, one -> one.clash().first(), Long[]::new),
                            Rows.column(found, one -> one.clash().second(), Long[]::new),
                            Rows.column(found, Finding::through, Long[]::new),
                            Rows.column(found, one -> one.kind().name(), String[]::new),
                            Rows.column(found, one -> path(one, ripple.names), String[]::new),
                            Rows.at(ripple.at),
                            Rows.column(found, Finding::certainty, Double[]::new)
                        }))
                        .invoke(rows -> rows.forEach(row -> {
                            ripple.found.add(row.getUUID("id"));
                            touch(ripple, row);
                        }))
                        .replaceWithVoid());
    }

    private static String path(Finding finding, Map<Long, String> names) {
        List<String> path = new ArrayList<>();
        finding.path().forEach(link -> path.add(names.get(link.from()) + " depends_on " + names.get(link.to())));
        path.add(names.get(finding.clash().first()) + " contradicts "
                + names.get(finding.clash().second()));
        return String.join("\n", path);
    }

    /** These pairs do not contradict each other any more; what was derived from that ends with it. */
    Uni<Void> end(Work work, Ripple ripple, List<Clash> pairs) {
        if (pairs.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        Tuple parameters = pairs(pairs).addValue(Rows.at(ripple.at)).addValue(ripple.cause.name());
        return work.connection()
                .preparedQuery(END_PAIRS)
                .execute(parameters)
                .invoke(rows -> rows.forEach(row -> ended(work, ripple, row)))
                .replaceWithVoid();
    }

    /** These end; nothing follows from them but standings. */
    Uni<Void> endIds(Work work, Ripple ripple, List<UUID> gone) {
        if (gone.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return work.connection()
                .preparedQuery(END_IDS)
                .execute(Tuple.of(gone.toArray(UUID[]::new), Rows.at(ripple.at), ripple.cause.name()))
                .invoke(rows -> rows.forEach(row -> ended(work, ripple, row)))
                .replaceWithVoid();
    }

    private static void ended(Work work, Ripple ripple, Row row) {
        touch(ripple, row);
        if (row.getBoolean("escalated") && ripple.cause != Contradiction.Ended.DISMISSED) {
            // One that has ended is never asked about again.
            work.emit(
                    new CauseEnded(
                            "relation",
                            "contradiction:" + row.getUUID("id"),
                            ripple.swarm,
                            SeverityTransaction.REASON,
                            "The contradiction has ended: " + ripple.cause,
                            null),
                    ripple.trace);
        }
        work.emit(
                new ContradictionEnded(
                        row.getUUID("id").toString(),
                        ripple.swarm,
                        row.getString("claim1"),
                        row.getString("claim2"),
                        row.getString("through"),
                        ripple.cause.name()),
                ripple.trace);
    }

    private static void touch(Ripple ripple, Row row) {
        Long through = row.getLong("through_node");
        if (through == null) {
            ripple.dirty.add(row.getLong("first_node"));
            ripple.dirty.add(row.getLong("second_node"));
        } else {
            ripple.dirty.add(through);
        }
    }

    /** Adds the names of those that have none yet. */
    private static Uni<Void> names(SqlConnection connection, Map<Long, String> names, Set<Long> nodes) {
        nodes.removeAll(names.keySet());
        return nodes.isEmpty()
                ? Uni.createFrom().voidItem()
                : connection
                        .preparedQuery(NAMES)
                        .execute(Tuple.of(array(nodes)))
                        .invoke(rows -> rows.forEach(row -> names.put(row.getLong("node"), row.getString("id"))))
                        .replaceWithVoid();
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

    private static Set<Clash> clashes(RowSet<Row> rows) {
        return Set.copyOf(Rows.all(rows, row -> new Clash(row.getLong("a"), row.getLong("b"))));
    }

    private static Map<Long, List<Scope>> scopes(RowSet<Row> rows) {
        Map<Long, List<Scope>> scopes = new HashMap<>();
        rows.forEach(row -> scopes.computeIfAbsent(row.getLong("node"), none -> new ArrayList<>())
                .add(new Scope(
                        List.of(row.getArrayOfStrings("includes")), List.of(row.getArrayOfStrings("excludes")))));
        return scopes;
    }

    private static Clash clash(Row row) {
        return new Clash(row.getLong("first_node"), row.getLong("second_node"));
    }

    private static Tuple pairs(Collection<Clash> pairs) {
        return Tuple.of(Rows.column(pairs, Clash::first, Long[]::new), Rows.column(pairs, Clash::second, Long[]::new));
    }

    private static Long[] array(Collection<Long> nodes) {
        return nodes.toArray(Long[]::new);
    }
}
