package io.infrafabric.relation;

import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.GroupCommit;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.command.Pipeline;
import io.infrafabric.event.RelationEvent.RelationAdded;
import io.infrafabric.event.RelationEvent.RelationRemoved;
import io.infrafabric.relation.Command.Answer;
import io.infrafabric.relation.Command.Answer.Related;
import io.infrafabric.relation.Command.Answer.Stated;
import io.infrafabric.relation.EvidenceGraphTable.Edge;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.hibernate.reactive.mutiny.Mutiny;

/**
 * Changes the graph: concurrent commands share a transaction, in which each sees the effects of the earlier ones.
 * Across all processes, one transaction at a time changes a swarm's graph.
 */
@ApplicationScoped
class RelationTransaction {
    private final EntitySessions sessions;
    private final EvidenceGraphTable graph;
    private final StatedClaimTransaction claims;
    private final EffectTransaction effects;
    private final Pipeline<Command, Answer> changes;

    RelationTransaction(
            Commands commands,
            EntitySessions sessions,
            EvidenceGraphTable graph,
            StatedClaimTransaction claims,
            EffectTransaction effects,
            RelationConfig config) {
        this.sessions = sessions;
        this.graph = graph;
        this.claims = claims;
        this.effects = effects;
        // The commands of a batch run in turn.
        this.changes = commands.gathered(
                "relation",
                new GroupCommit.Bounds(config.commitBatch(), config.commitQueue(), config.commitParallel()),
                command -> null,
                this::inTurn);
    }

    /** Runs a caller's command. */
    Uni<Reply<Answer>> run(Command command, Keep<Answer> keep) {
        return changes.submit(command, keep);
    }

    private Uni<List<Answer>> inTurn(Work work, List<Command> commands) {
        List<Answer> all = new ArrayList<>(commands.size());
        return graph.lock(work, commands).take().chain(at -> {
            Uni<Void> done = Uni.createFrom().voidItem();
            for (Command command : commands) {
                done = done.chain(
                        () -> carryOut(work, at, command).invoke(all::add).replaceWithVoid());
            }
            return done.invoke(() -> {
                        if (work.emitted().isEmpty()) {
                            work.nothingWritten();
                        }
                    })
                    .replaceWith(all);
        });
    }

    /** Carries out a command in a transaction that has held the graph's lock since {@code at}. */
    Uni<Answer> carryOut(Work work, Instant at, Command command) {
        return sessions.in(work, session -> switch (command) {
            case Command.State state -> claims.state(session, work, at, state);
            case Command.Relate relate -> relate(session, work, at, relate);
            case Command.Remove remove -> remove(work, at, remove);
            case Command.Observe observe -> observe(session, work, at, observe);
        });
    }

    private Uni<Answer> relate(Mutiny.Session session, Work work, Instant at, Command.Relate wish) {
        return work.inOrder(
                        StatedClaimTable.current(session, List.of(wish.from(), wish.to())),
                        graph.between(work.connection(), wish.from(), wish.to()))
                .asTuple()
                .chain(read -> {
                    Map<String, ClaimRow> found = read.getItem1();
                    Answer refusal = refusal(wish, found, read.getItem2());
                    return refusal != null
                            ? Uni.createFrom().item(refusal)
                            : added(
                                    work,
                                    at,
                                    wish,
                                    graph.add(work, wish, found.get(wish.from()), found.get(wish.to()), at));
                });
    }

    /** The answer if nothing changes; {@code null} if the relation must be added. */
    private static Answer refusal(Command.Relate wish, Map<String, ClaimRow> found, List<Edge> between) {
        for (String id : List.of(wish.from(), wish.to())) {
            ClaimRow row = found.get(id);
            if (row == null || !wish.call().caller().reaches(row.swarm)) {
                return new Answer.UnknownClaim(id.equals(wish.from()) ? "from" : "to", id);
            }
        }
        ClaimRow from = found.get(wish.from());
        if (!from.swarm.equals(found.get(wish.to()).swarm)) {
            return new Answer.OtherSwarm(wish.from(), wish.to());
        }
        for (Edge edge : between) {
            if (edge.from() == from.node && edge.relation().type() == wish.type()) {
                return new Related(edge.relation(), false, false, List.of(), false);
            }
        }
        return between.stream()
                .filter(edge -> !edge.relation().type().agreesWith(wish.type()))
                .findFirst()
                .map(edge -> new Answer.Conflict(edge.relation()))
                .orElse(null);
    }

    private Uni<Answer> added(Work work, Instant at, Command.Relate wish, Edge edge) {
        Relation now = edge.relation();
        Ripple ripple = new Ripple(now.swarm(), at, wish.call().trace());
        ripple.cause = Contradiction.Ended.SCOPED;
        ripple.names.put(edge.from(), now.from());
        ripple.names.put(edge.to(), now.to());
        if (wish.type() == Relation.Type.DEPENDS_ON) {
            ripple.added.add(edge.link());
        }
        work.emit(
                new RelationAdded(
                        now.id(), now.swarm(), now.from(), now.to(), now.type().wire(), now.by()),
                ripple.trace);
        return claims.touched(work, ripple, edge)
                .chain(() -> effects.follow(work, ripple))
                .map(done -> new Related(
                        now,
                        true,
                        wish.type() == Relation.Type.CONTRADICTS && ripple.apart,
                        ripple.found.stream().map(Object::toString).toList(),
                        ripple.bounded));
    }

    private Uni<Answer> remove(Work work, Instant at, Command.Remove wish) {
        return graph.find(work.connection(), wish.relation()).chain(edge -> {
            if (edge == null || !wish.call().caller().reaches(edge.relation().swarm())) {
                return Uni.createFrom()
                        .item(new Answer.UnknownRelation(wish.relation().toString()));
            }
            if (!wish.call().caller().isOperator()
                    && !wish.by().equals(edge.relation().by())) {
                return Uni.createFrom().item(new Answer.NotYours(edge.relation()));
            }
            return end(work, at, edge, Relation.Ended.REMOVED, wish.by(), wish.call());
        });
    }

    /** Ends a relation and its consequences. */
    Uni<Answer> end(Work work, Instant at, Edge edge, Relation.Ended why, String by, Command.Call call) {
        Relation was = edge.relation();
        if (was.until() != null) {
            return Uni.createFrom().item(new Related(was, false, false, List.of(), false));
        }
        Ripple ripple = new Ripple(was.swarm(), at, call.trace());
        ripple.cause = why == Relation.Ended.DISMISSED ? Contradiction.Ended.DISMISSED : Contradiction.Ended.REMOVED;
        work.emit(
                new RelationRemoved(
                        was.id(), was.swarm(), was.from(), was.to(), was.type().wire(), by),
                ripple.trace);
        return loosened(work, ripple, edge)
                .chain(() -> graph.end(work, List.of(edge), at, why))
                .chain(() -> claims.touched(work, ripple, edge))
                .chain(() -> effects.follow(work, ripple))
                .chain(() -> graph.find(work.connection(), edge.id()))
                .map(now -> new Related(
                        now.relation(),
                        false,
                        false,
                        ripple.found.stream().map(Object::toString).toList(),
                        ripple.bounded));
    }

    private Uni<Void> loosened(Work work, Ripple ripple, Edge edge) {
        return edge.relation().type() == Relation.Type.DEPENDS_ON
                ? graph.follow(work, List.of(edge.from()), GraphWalk.Way.ABOVE)
                        .invoke(above -> {
                            ripple.loosened.addAll(above.claims());
                            ripple.bounded |= above.bounded();
                        })
                        .replaceWithVoid()
                : Uni.createFrom().voidItem();
    }

    /** The observation becomes a claim of its own, which contradicts the falsified one. */
    private Uni<Answer> observe(Mutiny.Session session, Work work, Instant at, Command.Observe wish) {
        return StatedClaimTable.current(session, List.of(wish.claim())).chain(found -> {
            ClaimRow row = found.get(wish.claim());
            if (row == null || !wish.call().caller().reaches(row.swarm)) {
                return Uni.createFrom().item(new Answer.UnknownClaim("claim", wish.claim()));
            }
            if (wish.falsifier() >= row.falsifiers.length) {
                return Uni.createFrom().item(new Answer.UnknownFalsifier(row.toClaim(), wish.falsifier()));
            }
            Command.State given = wish.observation();
            Command.State said = new Command.State(
                    given.id(),
                    row.swarm,
                    given.session(),
                    given.statement() == null ? "Observed: " + row.falsifiers[wish.falsifier()] : given.statement(),
                    given.confidence(),
                    null,
                    given.evidence(),
                    null,
                    false,
                    wish.call());
            Command.Relate relate =
                    new Command.Relate(said.id(), row.id, Relation.Type.CONTRADICTS, 1, wish.falsifier(), wish.call());
            return claims.state(session, work, at, said)
                    .chain(stated -> stated instanceof Stated
                            ? relate(session, work, at, relate)
                            : Uni.createFrom().item(stated));
        });
    }
}
