package io.infrafabric.relation;

import io.infrafabric.bus.Due;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.event.RelationEvent.ClaimDisputed;
import io.infrafabric.event.RelationEvent.ClaimSettled;
import io.infrafabric.event.RelationEvent.StandingChanged;
import io.infrafabric.relation.GraphWalk.Way;
import io.infrafabric.relation.GroundedStandings.Known;
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
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Standings and disputes, brought up to date from where something changed, with their history. Under the graph's lock. */
@ApplicationScoped
class ClaimStandingTransaction {
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

    private final EvidenceGraphTable graph;
    private final Due due;
    private final RelationConfig config;

    ClaimStandingTransaction(EvidenceGraphTable graph, Due due, RelationConfig config) {
        this.graph = graph;
        this.due = due;
        this.config = config;
    }

    /** Adds what earlier changes left over to what this one has touched, if it has touched anything. */
    Uni<Void> takeUp(Work work, Ripple ripple) {
        return ripple.dirty.isEmpty() && ripple.seeds.isEmpty()
                ? Uni.createFrom().voidItem()
                : take(work, ripple);
    }

    /** Brings up to date what the change has touched, and what it took up. */
    Uni<Void> follow(Work work, Ripple ripple) {
        ripple.dirty.removeAll(ripple.gone);
        ripple.seeds.removeAll(ripple.gone);
        return (ripple.dirty.isEmpty() && ripple.seeds.isEmpty()
                        ? Uni.createFrom().voidItem()
                        : settle(work, ripple).chain(() -> disputes(work, ripple)))
                .invoke(() -> remember(work, ripple.changed, ripple));
    }

    /** Goes on with what earlier changes of the swarm left over. */
    Uni<Void> goOn(Work work, Ripple ripple) {
        return take(work, ripple)
                .chain(() -> settle(work, ripple))
                .chain(() -> disputes(work, ripple))
                .invoke(() -> remember(work, ripple.changed, ripple));
    }

    private Uni<Void> take(Work work, Ripple ripple) {
        return work.connection()
                .preparedQuery(TAKE_UNSETTLED)
                .execute(Tuple.of(ripple.swarm, config.settleClaims()))
                .chain(rows -> {
                    rows.forEach(row -> {
                        ripple.dirty.add(row.getLong("node"));
                        ripple.seeds.add(row.getLong("node"));
                    });
                    // There may be more of them, which nothing else would come back for.
                    return rows.size() < config.settleClaims()
                            ? Uni.createFrom().voidItem()
                            : comeBack(work, ripple);
                });
    }

    private Uni<Void> comeBack(Work work, Ripple ripple) {
        return due.at(work.connection(), "relation", Map.of("unsettled:" + ripple.swarm, ripple.at));
    }

    private Uni<Void> settle(Work work, Ripple ripple) {
        GroundedStandings standings = new GroundedStandings(config.settleClaims());
        standings.dirty(ripple.dirty);
        return load(work.connection(), standings).chain(() -> {
            Map<Long, Standing> changed = standings.changed();
            Uni<Void> stored = changed.isEmpty()
                    ? Uni.createFrom().voidItem()
                    : work.connection()
                            .preparedQuery(STAND)
                            .execute(Tuple.of(
                                    Rows.column(changed.keySet(), node -> node, Long[]::new),
                                    Rows.column(changed.values(), Standing::name, String[]::new)))
                            .invoke(rows -> stood(work, ripple, standings, rows))
                            .replaceWithVoid();
            return stored.chain(() -> leave(work, ripple, standings.left()));
        });
    }

    private static void stood(Work work, Ripple ripple, GroundedStandings standings, RowSet<Row> rows) {
        for (Row row : rows) {
            long node = row.getLong("node");
            ripple.seeds.add(node);
            ripple.changed.add(node);
            work.emit(
                    new StandingChanged(
                            row.getString("id"),
                            row.getString("swarm"),
                            standings.before(node).name(),
                            row.getString("standing"),
                            row.getLong("seq")),
                    ripple.trace);
        }
    }

    private Uni<Void> load(SqlConnection connection, GroundedStandings standings) {
        standings.settle();
        Set<Long> missing = standings.missing();
        if (missing.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return connection
                .preparedQuery(RIVALS)
                .execute(Tuple.of(array(missing)))
                .invoke(rows -> give(standings, missing, rows))
                .chain(() -> load(connection, standings));
    }

    private static void give(GroundedStandings standings, Set<Long> missing, RowSet<Row> rows) {
        Map<Long, Known> known = new HashMap<>();
        Map<Long, List<Known>> rivals = new HashMap<>();
        for (Row row : rows) {
            long node = row.getLong("node");
            Known one = new Known(
                    node,
                    row.getDouble("strength"),
                    row.getBoolean("itself"),
                    Standing.valueOf(row.getString("standing")));
            if (row.getLong("claim") == node) {
                known.put(node, one);
            } else {
                rivals.computeIfAbsent(row.getLong("claim"), none -> new ArrayList<>())
                        .add(one);
            }
        }
        for (long claim : missing) {
            standings.give(known.get(claim), rivals.getOrDefault(claim, List.of()));
        }
    }

    private Uni<Void> leave(Work work, Ripple ripple, Set<Long> left) {
        if (left.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        ripple.bounded = true;
        return work.connection()
                .preparedQuery(LEAVE_UNSETTLED)
                .execute(Tuple.of(ripple.swarm, array(left)))
                .chain(() -> comeBack(work, ripple));
    }

    /** Only claims that depend on what changed can be disputed now, or no longer. */
    private Uni<Void> disputes(Work work, Ripple ripple) {
        if (ripple.seeds.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        SqlConnection connection = work.connection();
        return graph.follow(work, ripple.seeds, Way.ABOVE).chain(walk -> {
            Tuple region = Tuple.of(array(walk.claims()));
            return work.inOrder(
                            connection.preparedQuery(REGION).execute(region),
                            connection.preparedQuery(REST_ON).execute(region))
                    .asTuple()
                    .chain(read -> dispute(work, ripple, walk, read.getItem1(), read.getItem2()));
        });
    }

    private Uni<Void> dispute(Work work, Ripple ripple, GraphWalk walk, RowSet<Row> claims, RowSet<Row> restOn) {
        Set<Long> notAccepted = new HashSet<>();
        Map<Long, Boolean> before = new HashMap<>();
        for (Row row : claims) {
            before.put(row.getLong("node"), row.getBoolean("disputed"));
            if (Standing.valueOf(row.getString("standing")) != Standing.ACCEPTED) {
                notAccepted.add(row.getLong("node"));
            }
        }
        List<Link> links = new ArrayList<>();
        Set<Long> outside = new HashSet<>();
        for (Row row : restOn) {
            links.add(new Link(row.getLong("from_node"), row.getLong("to_node")));
            if (row.getBoolean("disputed")) {
                outside.add(row.getLong("to_node"));
            }
        }
        Set<Long> now = Disputes.in(walk.claims(), notAccepted, links, outside);
        List<Long> changed = before.entrySet().stream()
                .filter(claim -> claim.getValue() != now.contains(claim.getKey()))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
        if (changed.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        ripple.changed.addAll(changed);
        return work.connection()
                .preparedQuery(DISPUTE)
                .execute(Tuple.of(array(changed), Rows.column(changed, now::contains, Boolean[]::new)))
                .invoke(rows -> rows.forEach(row -> tell(work, ripple, row)))
                .chain(() -> {
                    // Where the walk was cut off, the next transaction goes on; only a difference has consequences.
                    Set<Long> left = walk.rim();
                    left.retainAll(changed);
                    return leave(work, ripple, left);
                });
    }

    private static void tell(Work work, Ripple ripple, Row row) {
        String claim = row.getString("id");
        String swarm = row.getString("swarm");
        work.emit(
                row.getBoolean("disputed")
                        ? new ClaimDisputed(claim, swarm, row.getString("standing"), row.getLong("seq"))
                        : new ClaimSettled(claim, swarm, row.getLong("seq")),
                ripple.trace);
    }

    private static void remember(Work work, Collection<Long> changed, Ripple ripple) {
        if (!changed.isEmpty()) {
            work.alongside(
                    work.connection().preparedQuery(REMEMBER).execute(Tuple.of(array(changed), Rows.at(ripple.at))));
        }
    }

    private static Long[] array(Collection<Long> nodes) {
        return nodes.toArray(Long[]::new);
    }
}
