package io.infrafabric.relation;

import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Caller;
import io.infrafabric.relation.EvidenceGraphTable.Edge;
import io.infrafabric.relation.GraphWalk.Way;
import io.infrafabric.relation.Relation.Link;
import io.infrafabric.relation.Why.Rivalry;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.hibernate.reactive.mutiny.Mutiny;

/** Queries of the graph, including its past states. Every answer is bounded, and names its bounds. */
@ApplicationScoped
class AuditTransaction {
    /** Which claims to list; {@code null} means any, and now. */
    record Claims(String swarm, Standing standing, Boolean disputed, Instant at, Instant beforeAt, Long beforeNode) {}

    /** A claim in a list, with its place there. */
    record Listed(Claim claim, long node) {}

    /** The claims that rest on a claim. */
    @Schema(name = "ClaimDependents")
    public record Resting(String claim, Instant at, List<At> claims, Graph.Bound bound) {
        /** A claim that depends on it over {@code steps} steps. */
        @Schema(name = "ClaimDependent")
        public record At(Claim claim, int steps) {}
    }

    private final EntitySessions sessions;
    private final EvidenceGraphTable graph;
    private final RelationConfig config;

    AuditTransaction(EntitySessions sessions, EvidenceGraphTable graph, RelationConfig config) {
        this.sessions = sessions;
        this.graph = graph;
        this.config = config;
    }

    /**
     * The claim in this version ({@code null} means the version of that time), as it stood at {@code at}; {@code null}
     * if it does not exist.
     */
    Uni<Claim> find(String id, Integer version, Instant at, Caller caller) {
        return read((session, work) -> row(session, id, version, at, caller)
                .chain(row -> row == null
                        ? Uni.createFrom().nullItem()
                        : StatedClaimTable.claims(session, work, List.of(row.node), at)
                                .map(all -> all.get(row.node))));
    }

    /**
     * One page of newest versions, newest first; or of the versions that were newest at a past time, as they stood
     * then.
     */
    Uni<List<Listed>> page(Claims filter, int limit) {
        return read((session, work) ->
                StatedClaimTable.page(session, filter, limit).chain(rows -> listed(session, work, rows, filter.at())));
    }

    private static Uni<List<Listed>> listed(Mutiny.Session session, Work work, List<ClaimRow> rows, Instant at) {
        if (at == null) {
            return Uni.createFrom()
                    .item(rows.stream()
                            .map(row -> new Listed(row.toClaim(), row.node))
                            .toList());
        }
        List<Long> nodes = rows.stream().map(row -> row.node).toList();
        return StatedClaimTable.claims(session, work, nodes, at)
                .map(claims -> nodes.stream()
                        .map(node -> new Listed(claims.get(node), node))
                        .toList());
    }

    /** The graph around a claim; {@code null} if the claim is out of reach. */
    Uni<Graph> graph(String id, int depth, Instant at, Caller caller) {
        return read((session, work) -> row(session, id, null, at, caller).chain(row -> {
            if (row == null) {
                return Uni.createFrom().nullItem();
            }
            return walk(work, row.node, depth, Way.AROUND, at)
                    .chain(walk -> StatedClaimTable.claims(session, work, walk.claims(), at)
                            .chain(claims -> graph.among(
                                            work.connection(), walk.claims(), at, config.maxRelations() + 1)
                                    .map(edges -> new Graph(
                                            id,
                                            at,
                                            inOrder(walk, claims),
                                            edges.stream()
                                                    .limit(config.maxRelations())
                                                    .map(Edge::relation)
                                                    .toList(),
                                            bound(depth, walk.bounded() || edges.size() > config.maxRelations())))));
        }));
    }

    /** What depends on a claim, nearest first; {@code null} if the claim is out of reach. */
    Uni<Resting> resting(String id, int depth, Instant at, Caller caller) {
        return read((session, work) -> row(session, id, null, at, caller)
                .chain(row -> row == null
                        ? Uni.createFrom().nullItem()
                        : walk(work, row.node, depth, Way.ABOVE, at)
                                .chain(walk -> StatedClaimTable.claims(session, work, walk.claims(), at)
                                        .map(claims -> new Resting(
                                                id,
                                                at,
                                                walk.depths().entrySet().stream()
                                                        .filter(found -> found.getValue() > 0
                                                                && claims.containsKey(found.getKey()))
                                                        .map(found -> new Resting.At(
                                                                claims.get(found.getKey()), found.getValue()))
                                                        .toList(),
                                                bound(depth, walk.bounded()))))));
    }

    /** Why a claim stands as it does; {@code null} if the claim is out of reach. */
    Uni<Why> why(String id, int depth, Instant at, Caller caller) {
        return read((session, work) -> row(session, id, null, at, caller).chain(row -> {
            if (row == null) {
                return Uni.createFrom().nullItem();
            }
            GraphWalk rivals = new GraphWalk(List.of(row.node), new GraphWalk.Bound(depth, config.maxClaims()));
            Set<Rivalry> rivalries = new LinkedHashSet<>();
            return meet(work, rivals, rivalries, at)
                    .chain(() -> walk(work, row.node, depth, Way.BELOW, at))
                    .chain(below -> {
                        Set<Long> all = new HashSet<>(rivals.claims());
                        all.addAll(below.claims());
                        return StatedClaimTable.claims(session, work, all, at).map(claims -> {
                            List<Why.Step> steps = Why.steps(row.node, claims, rivalries);
                            return new Why(
                                    claims.get(row.node),
                                    steps,
                                    Why.attackingPath(steps),
                                    dispute(row.node, below, claims),
                                    bound(depth, rivals.bounded() || below.bounded()));
                        });
                    });
        }));
    }

    private <T> Uni<T> read(BiFunction<Mutiny.Session, Work, Uni<T>> body) {
        return sessions.run((session, work) -> {
            work.nothingWritten();
            return body.apply(session, work);
        });
    }

    private static Uni<ClaimRow> row(Mutiny.Session session, String id, Integer version, Instant at, Caller caller) {
        return StatedClaimTable.version(session, id, version, at)
                .map(rows -> rows.stream()
                        .filter(row -> caller.reaches(row.swarm))
                        .findFirst()
                        .orElse(null));
    }

    private Uni<GraphWalk> walk(Work work, long from, int depth, Way way, Instant at) {
        return graph.walk(
                work.connection(),
                new GraphWalk(List.of(from), new GraphWalk.Bound(depth, config.maxClaims())),
                way,
                at);
    }

    /** Follows contradictions instead of relations. */
    private Uni<Void> meet(Work work, GraphWalk walk, Set<Rivalry> rivalries, Instant at) {
        List<Long> frontier = walk.frontier();
        if (frontier.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return FindingTable.rivalries(work, frontier, config.maxRelations(), at).chain(rows -> {
            List<Link> links = new ArrayList<>();
            for (Row row : rows) {
                Long through = row.getLong("through_node");
                long one = through == null ? row.getLong("first_node") : through;
                long other = through == null ? row.getLong("second_node") : through;
                if (walk.claims().contains(one) || walk.claims().contains(other)) {
                    links.add(new Link(one, other));
                    rivalries.add(new Rivalry(one, other, row.getUUID("id").toString()));
                }
            }
            walk.step(links);
            if (rows.size() >= config.maxRelations()) {
                walk.cut();
            }
            return meet(work, walk, rivalries, at);
        });
    }

    /** The shortest way down to a claim that is not accepted; empty if all are accepted. */
    private static List<String> dispute(long from, GraphWalk below, Map<Long, Claim> claims) {
        Map<Long, List<Long>> next = new HashMap<>();
        below.links()
                .forEach(link -> next.computeIfAbsent(link.from(), none -> new ArrayList<>())
                        .add(link.to()));
        Map<Long, Long> cameFrom = new HashMap<>(Map.of(from, from));
        ArrayDeque<Long> queue = new ArrayDeque<>(List.of(from));
        while (!queue.isEmpty()) {
            long at = queue.poll();
            if (claims.get(at).standing() != Standing.ACCEPTED) {
                List<String> path = new ArrayList<>();
                for (long step = at; step != from; step = cameFrom.get(step)) {
                    path.addFirst(claims.get(step).id());
                }
                path.addFirst(claims.get(from).id());
                return path;
            }
            for (long step : next.getOrDefault(at, List.of())) {
                if (cameFrom.putIfAbsent(step, at) == null) {
                    queue.add(step);
                }
            }
        }
        return List.of();
    }

    private static List<Claim> inOrder(GraphWalk walk, Map<Long, Claim> claims) {
        return walk.claims().stream().map(claims::get).filter(Objects::nonNull).toList();
    }

    private Graph.Bound bound(int depth, boolean more) {
        return new Graph.Bound(depth, config.maxClaims(), config.maxRelations(), more);
    }
}
