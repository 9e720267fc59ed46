package io.infrafabric.relation;

import io.infrafabric.bus.Due;
import io.infrafabric.bus.Work;
import io.infrafabric.event.RelationEvent.ClaimDisputed;
import io.infrafabric.event.RelationEvent.ClaimSettled;
import io.infrafabric.event.RelationEvent.StandingChanged;
import io.infrafabric.relation.GraphWalk.Way;
import io.infrafabric.relation.GroundedStandings.Known;
import io.infrafabric.relation.Relation.Link;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Updates standings and disputes from where something changed, with their history. Under the graph's lock. */
@ApplicationScoped
class ClaimStandingTransaction {
    private final EvidenceGraphTable graph;
    private final Due due;
    private final RelationConfig config;

    ClaimStandingTransaction(EvidenceGraphTable graph, Due due, RelationConfig config) {
        this.graph = graph;
        this.due = due;
        this.config = config;
    }

    /** Adds what earlier changes left over, if this change has touched anything. */
    Uni<Void> takeUp(Work work, Ripple ripple) {
        return ripple.dirty.isEmpty() && ripple.seeds.isEmpty()
                ? Uni.createFrom().voidItem()
                : take(work, ripple);
    }

    /** Updates what the change has touched, and what it took up. */
    Uni<Void> follow(Work work, Ripple ripple) {
        ripple.dirty.removeAll(ripple.gone);
        ripple.seeds.removeAll(ripple.gone);
        return (ripple.dirty.isEmpty() && ripple.seeds.isEmpty()
                        ? Uni.createFrom().voidItem()
                        : settle(work, ripple).chain(() -> disputes(work, ripple)))
                .invoke(() -> remember(work, ripple.changed, ripple));
    }

    /** Continues what earlier changes of the swarm left over. */
    Uni<Void> goOn(Work work, Ripple ripple) {
        return take(work, ripple)
                .chain(() -> settle(work, ripple))
                .chain(() -> disputes(work, ripple))
                .invoke(() -> remember(work, ripple.changed, ripple));
    }

    private Uni<Void> take(Work work, Ripple ripple) {
        return ClaimStandingTable.takeUnsettled(work, ripple.swarm, config.settleClaims())
                .chain(claims -> {
                    ripple.dirty.addAll(claims);
                    ripple.seeds.addAll(claims);
                    // There may be more, and nothing else would come back for them.
                    return claims.size() < config.settleClaims()
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
        return load(work, standings).chain(() -> {
            Map<Long, Standing> changed = standings.changed();
            Uni<Void> stored = changed.isEmpty()
                    ? Uni.createFrom().voidItem()
                    : ClaimStandingTable.stand(work, changed)
                            .invoke(rows -> stood(work, ripple, standings, rows))
                            .replaceWithVoid();
            return stored.chain(() -> leave(work, ripple, standings.left()));
        });
    }

    private static void stood(Work work, Ripple ripple, GroundedStandings standings, List<Row> rows) {
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

    private Uni<Void> load(Work work, GroundedStandings standings) {
        standings.settle();
        Set<Long> missing = standings.missing();
        if (missing.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return ClaimStandingTable.rivals(work, missing)
                .invoke(rows -> give(standings, missing, rows))
                .chain(() -> load(work, standings));
    }

    private static void give(GroundedStandings standings, Set<Long> missing, List<Row> rows) {
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
        return ClaimStandingTable.leaveUnsettled(work, ripple.swarm, left).chain(() -> comeBack(work, ripple));
    }

    /** Only claims that depend on what changed can have become disputed, or settled. */
    private Uni<Void> disputes(Work work, Ripple ripple) {
        if (ripple.seeds.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return graph.follow(work, ripple.seeds, Way.ABOVE)
                .chain(walk -> work.inOrder(
                                ClaimStandingTable.region(work, walk.claims()),
                                ClaimStandingTable.restOn(work, walk.claims()))
                        .asTuple()
                        .chain(read -> dispute(work, ripple, walk, read.getItem1(), read.getItem2())));
    }

    private Uni<Void> dispute(Work work, Ripple ripple, GraphWalk walk, List<Row> claims, List<Row> restOn) {
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
        return ClaimStandingTable.dispute(work, changed, now)
                .invoke(rows -> rows.forEach(row -> tell(work, ripple, row)))
                .chain(() -> {
                    // If the walk was cut off, the next transaction goes on. Only a difference has consequences.
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
            ClaimStandingTable.remember(work, changed, ripple.at);
        }
    }
}
