package io.infrafabric.relation;

import io.infrafabric.bus.EventIds;
import io.infrafabric.bus.Work;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.RelationEvent.ContradictionEnded;
import io.infrafabric.relation.Contradiction.Kind;
import io.infrafabric.relation.Contradiction.Verdict;
import io.infrafabric.relation.ContradictionTable.Finding;
import io.infrafabric.relation.ContradictionTable.Said;
import io.infrafabric.relation.Derivation.Clash;
import io.infrafabric.relation.Derivation.Derived;
import io.infrafabric.relation.GraphWalk.Way;
import io.infrafabric.relation.Relation.Link;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Finds and ends contradictions where something changed. Under the graph's lock. */
@ApplicationScoped
class ContradictionTransaction {
    private final EvidenceGraphTable graph;
    private final EventIds ids;
    private final RelationConfig config;

    ContradictionTransaction(EvidenceGraphTable graph, EventIds ids, RelationConfig config) {
        this.graph = graph;
        this.ids = ids;
        this.config = config;
    }

    /** Finds and ends contradictions by the rules, for everything that the change has touched. */
    Uni<Void> follow(Work work, Ripple ripple) {
        return declared(work, ripple)
                .chain(found -> derive(work, ripple, found))
                .chain(() -> verify(work, ripple));
    }

    /** Handles the pairs that are declared contradictory, or were; gives the new ones. */
    private Uni<List<Clash>> declared(Work work, Ripple ripple) {
        if (ripple.pairs.isEmpty()) {
            return Uni.createFrom().item(List.of());
        }
        Set<Long> nodes = new LinkedHashSet<>();
        ripple.pairs.forEach(pair -> nodes.addAll(List.of(pair.first(), pair.second())));
        return work.inOrder(
                        ContradictionTable.said(work, ripple.pairs),
                        ContradictionTable.known(work, ripple.pairs),
                        ContradictionTable.scopes(work, nodes))
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

    /** Derives contradictions for claims that depend on both sides of a new one, and for added dependencies. */
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
                .chain(down -> ContradictionTable.touching(work, down.claims(), config.deriveClaims()))
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

    /** Ends derived contradictions that no longer follow. One that could not be followed to its end stays. */
    private Uni<Void> verify(Work work, Ripple ripple) {
        if (ripple.loosened.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return ContradictionTable.derived(work, ripple.loosened).chain(rows -> {
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
                        .filter(row -> Derivation.of(
                                        List.of(through), region.links(), List.of(ContradictionTable.clash(row)))
                                .isEmpty())
                        .forEach(row -> gone.add(row.getUUID("id"))));
                return endIds(work, ripple, gone);
            });
        });
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
        return names(work, ripple.names, named)
                .chain(() -> ContradictionTable.find(work, found, ids::next, one -> path(one, ripple.names), ripple.at)
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

    /** These pairs no longer contradict each other; whatever was derived from them ends too. */
    Uni<Void> end(Work work, Ripple ripple, List<Clash> pairs) {
        if (pairs.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return ContradictionTable.endPairs(work, pairs, ripple.at, ripple.cause)
                .invoke(rows -> rows.forEach(row -> ended(work, ripple, row)))
                .replaceWithVoid();
    }

    /** Ends these; only standings follow from them. */
    Uni<Void> endIds(Work work, Ripple ripple, List<UUID> gone) {
        if (gone.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return ContradictionTable.endIds(work, gone, ripple.at, ripple.cause)
                .invoke(rows -> rows.forEach(row -> ended(work, ripple, row)))
                .replaceWithVoid();
    }

    private static void ended(Work work, Ripple ripple, Row row) {
        touch(ripple, row);
        if (row.getBoolean("escalated") && ripple.cause != Contradiction.Ended.DISMISSED) {
            // Nobody asks about an ended contradiction again.
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

    /** Adds the names of claims that have none yet. */
    private static Uni<Void> names(Work work, Map<Long, String> names, Set<Long> nodes) {
        nodes.removeAll(names.keySet());
        return nodes.isEmpty()
                ? Uni.createFrom().voidItem()
                : ContradictionTable.names(work, nodes).invoke(names::putAll).replaceWithVoid();
    }
}
