package io.infrafabric.relation;

import io.infrafabric.bus.Work;
import io.infrafabric.event.RelationEvent.ClaimRevised;
import io.infrafabric.event.RelationEvent.ClaimSettled;
import io.infrafabric.event.RelationEvent.ClaimStated;
import io.infrafabric.event.RelationEvent.StandingChanged;
import io.infrafabric.relation.Command.Answer;
import io.infrafabric.relation.Command.Answer.Stated;
import io.infrafabric.relation.Derivation.Clash;
import io.infrafabric.relation.EvidenceGraphTable.Edge;
import io.infrafabric.relation.GraphWalk.Way;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.reactive.mutiny.Mutiny;

/** States and revises claims, and computes their strength. Under the graph's lock. */
@ApplicationScoped
class StatedClaimTransaction {
    private static final ClaimRow.Pieces PIECES = new ClaimRow.Pieces();

    private final EvidenceGraphTable graph;
    private final EffectTransaction effects;
    private final StatedUsageTable usage;
    private final RelationConfig config;

    StatedClaimTransaction(
            EvidenceGraphTable graph, EffectTransaction effects, StatedUsageTable usage, RelationConfig config) {
        this.graph = graph;
        this.effects = effects;
        this.usage = usage;
        this.config = config;
    }

    /** States a new claim, or revises one that says something else now. */
    Uni<Answer> state(Mutiny.Session session, Work work, Instant at, Command.State wish) {
        return StatedClaimTable.current(session, List.of(wish.id())).chain(rows -> {
            ClaimRow before = rows.get(wish.id());
            if (before == null) {
                return stateNew(session, work, at, wish.over(null));
            }
            if (!mayRevise(before, wish)) {
                return Uni.createFrom().item(new Answer.Taken(before.id, before.session));
            }
            Command.State now = wish.over(before.toClaim());
            return before.toClaim().says(now)
                    ? Uni.createFrom().item(new Stated(before.toClaim(), false, false))
                    : revise(session, work, at, before, now);
        });
    }

    /** Only the author or an operator may; and nobody moves a claim to another swarm. */
    private static boolean mayRevise(ClaimRow before, Command.State wish) {
        return wish.call().caller().reaches(before.swarm)
                && (wish.swarm() == null || wish.swarm().equals(before.swarm))
                && (wish.call().caller().isOperator() || wish.by().equals(before.session));
    }

    private Uni<Answer> stateNew(Mutiny.Session session, Work work, Instant at, Command.State wish) {
        if (wish.swarm() == null || wish.statement() == null) {
            return Uni.createFrom().item(new Answer.Missing(wish.swarm() == null ? "swarm" : "statement"));
        }
        return usage.take(work, wish)
                .chain(refused -> refused == null
                        ? add(session, work, at, wish)
                        : Uni.createFrom().item(refused));
    }

    private Uni<Answer> add(Mutiny.Session session, Work work, Instant at, Command.State wish) {
        ClaimRow row = new ClaimRow(wish, 1, 1, at);
        return session.persist(row).chain(session::flush).chain(() -> {
            work.emit(
                    new ClaimStated(row.id, row.swarm, row.session, row.statement, row.confidence),
                    wish.call().trace());
            Ripple ripple = new Ripple(row.swarm, at, wish.call().trace());
            ripple.changed.add(row.node);
            return effects.follow(work, ripple).replaceWith(new Stated(row.toClaim(), true, true));
        });
    }

    /** Relations stay with the previous version, so their consequences are looked at again. */
    private Uni<Answer> revise(Mutiny.Session session, Work work, Instant at, ClaimRow before, Command.State wish) {
        Ripple ripple = new Ripple(before.swarm, at, wish.call().trace());
        ripple.cause = Contradiction.Ended.REVISED;
        ripple.gone.add(before.node);
        ClaimRow row = new ClaimRow(wish, before.version + 1, before.seq + 2, at);
        return graph.follow(work, List.of(before.node), Way.ABOVE)
                .invoke(above -> {
                    ripple.loosened.addAll(above.claims());
                    ripple.seeds.addAll(above.claims());
                    ripple.bounded |= above.bounded();
                })
                .chain(() -> graph.of(work.connection(), before.node, null))
                .chain(edges -> graph.end(work, edges, at, Relation.Ended.REVISED)
                        .chain(() -> StatedClaimTable.supersede(work, before.node, at))
                        .chain(() -> session.persist(row))
                        .chain(session::flush)
                        .chain(() -> strengthen(work, ripple, loosen(ripple, before.node, edges))))
                .chain(() -> {
                    tellRevised(work, before, row, ripple);
                    ripple.changed.add(row.node);
                    return effects.follow(work, ripple);
                })
                .replaceWith(new Stated(row.toClaim(), false, true));
    }

    /** Notes what may change because these relations ended; gives the claims that lost support. */
    static List<Long> loosen(Ripple ripple, long claim, List<Edge> edges) {
        List<Long> weaker = new ArrayList<>();
        for (Edge edge : edges) {
            switch (edge.relation().type()) {
                case CONTRADICTS -> ripple.pairs.add(Clash.of(edge.from(), edge.to()));
                case DEPENDS_ON -> {
                    ripple.weigh.add(edge.to());
                    if (edge.to() == claim) {
                        ripple.seeds.add(edge.from());
                    }
                }
                case SUPPORTS -> {
                    if (edge.from() == claim) {
                        weaker.add(edge.to());
                    }
                }
                case SCOPED_AS -> {}
            }
        }
        return weaker;
    }

    private static void tellRevised(Work work, ClaimRow before, ClaimRow row, Ripple ripple) {
        work.emit(
                new ClaimRevised(row.id, row.swarm, row.session, row.version, row.statement, row.confidence),
                ripple.trace);
        if (before.standing != Standing.ACCEPTED) {
            work.emit(
                    new StandingChanged(
                            row.id, row.swarm, before.standing.name(), Standing.ACCEPTED.name(), before.seq + 1),
                    ripple.trace);
        }
        if (before.disputed) {
            work.emit(new ClaimSettled(row.id, row.swarm, row.seq), ripple.trace);
        }
    }

    /** Recomputes the strength of these claims after their support has changed. */
    Uni<Void> strengthen(Work work, Ripple ripple, List<Long> claims) {
        if (claims.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return StatedClaimTable.carried(work, claims, config.maxRelations())
                .map(StatedClaimTransaction::changedStrengths)
                .chain(changed -> {
                    if (changed.isEmpty()) {
                        return Uni.createFrom().voidItem();
                    }
                    ripple.dirty.addAll(changed.keySet());
                    ripple.changed.addAll(changed.keySet());
                    return StatedClaimTable.strengthen(work, changed)
                            .invoke(ripple.dirty::addAll)
                            .replaceWithVoid();
                });
    }

    private static Map<Long, Double> changedStrengths(List<Row> rows) {
        Map<Long, List<List<String>>> pieces = new HashMap<>();
        for (Row row : rows) {
            PIECES.convertToEntityAttribute(row.getString("evidence"))
                    .forEach(piece -> pieces.computeIfAbsent(row.getLong("node"), none -> new ArrayList<>())
                            .add(piece.marks()));
        }
        Map<Long, Double> changed = new HashMap<>();
        for (Row row : rows) {
            if (row.getDouble("confidence") != null) {
                double strength =
                        Strength.of(row.getDouble("confidence"), pieces.getOrDefault(row.getLong("node"), List.of()));
                if (strength != row.getDouble("strength")) {
                    changed.put(row.getLong("node"), strength);
                }
            }
        }
        return changed;
    }

    /** Notes what an added or removed relation changes, apart from strengths. */
    Uni<Void> touched(Work work, Ripple ripple, Edge edge) {
        return switch (edge.relation().type()) {
            case CONTRADICTS -> {
                ripple.pairs.add(Clash.of(edge.from(), edge.to()));
                yield Uni.createFrom().voidItem();
            }
            case DEPENDS_ON -> {
                ripple.weigh.add(edge.to());
                ripple.seeds.add(edge.from());
                yield Uni.createFrom().voidItem();
            }
            case SUPPORTS -> strengthen(work, ripple, List.of(edge.to()));
            case SCOPED_AS ->
                graph.of(work.connection(), edge.from(), Relation.Type.CONTRADICTS)
                        .invoke(said -> said.forEach(each -> ripple.pairs.add(Clash.of(each.from(), each.to()))))
                        .replaceWithVoid();
        };
    }
}
