package io.infrafabric.deadlock;

import io.infrafabric.budget.SunkCost;
import io.infrafabric.bus.EventIds;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.RunAgain;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.published.Holdings;
import io.infrafabric.coordinator.published.Holdings.Taken;
import io.infrafabric.deadlock.DeadlockTable.Deadlock;
import io.infrafabric.deadlock.DeadlockTable.FoundBy;
import io.infrafabric.deadlock.EdgeTable.Changed;
import io.infrafabric.deadlock.Preemption.Past;
import io.infrafabric.deadlock.Preemption.Policy;
import io.infrafabric.deadlock.Reachable.Snapshot;
import io.infrafabric.event.DeadlockEvent;
import io.infrafabric.event.Trace;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.SqlClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Looks whether a change closed a deadlock, and if so ends it. All of this happens in the transaction of the change,
 * under the graph lock of its swarm, so a deadlock is ended once, however many replicas there are.
 */
@ApplicationScoped
class SettleTransaction {

    private final Reachable graphs;
    private final EdgeTable edges;
    private final DeadlockTable history;
    private final Holdings standings;
    private final SunkCost sunk;
    private final EventIds ids;
    private final MeterRegistry metrics;
    private final DeadlockConfig config;

    SettleTransaction(
            Reachable graphs,
            EdgeTable edges,
            DeadlockTable history,
            Holdings standings,
            SunkCost sunk,
            EventIds ids,
            MeterRegistry metrics,
            DeadlockConfig config) {
        this.graphs = graphs;
        this.edges = edges;
        this.history = history;
        this.standings = standings;
        this.sunk = sunk;
        this.ids = ids;
        this.metrics = metrics;
        this.config = config;
    }

    /**
     * Ends all deadlocks reachable from {@code starts}, which are names of nodes of one swarm whose graph lock is held.
     *
     * @return the ended deadlocks, in order; usually none
     */
    Uni<List<Deadlock>> settle(Work work, String swarm, Collection<String> starts, FoundBy foundBy) {
        return starts.isEmpty()
                ? Uni.createFrom().item(List.of())
                : settle(work, swarm, List.copyOf(new TreeSet<>(starts)), foundBy, 1);
    }

    private Uni<List<Deadlock>> settle(Work work, String swarm, List<String> starts, FoundBy foundBy, int tries) {
        return graphs.read(work.connection(), starts).chain(read -> {
            if (read.cut()) {
                metrics.counter("s2_deadlock_unfinished_total").increment();
            }
            if (read.graph().deadlocked(starts).isEmpty()) {
                return Uni.createFrom().item(List.of());
            }
            return pasts(work.connection(), read.waits().keySet())
                    .map(pasts -> Preemption.resolve(
                            read.nodes(),
                            read.queued(),
                            read.waits(),
                            pasts,
                            starts,
                            new Preemption.Rules(config.victim(), config.spare(), read.now())))
                    .chain(preemptions -> freeze(work, read, preemptions).chain(frozen -> {
                        if (frozen.stands()) {
                            return apply(work, frozen.held(), swarm, read, preemptions, foundBy);
                        }
                        if (tries >= config.maxTries()) {
                            throw new RunAgain("The graph of " + swarm + " changed " + tries
                                    + " times while a deadlock was being ended.");
                        }
                        // Releases the locks, because the next look begins with sessions again (see Locks).
                        return edges.letGo(work)
                                .chain(() -> edges.close(work, frozen.gone()))
                                .chain(() -> settle(work, swarm, starts, foundBy, tries + 1));
                    }));
        });
    }

    /**
     * What was found under lock.
     *
     * @param held the proof of the lock
     * @param stands whether everything is still as it was read
     * @param gone sessions that no longer exist there
     */
    private record Frozen(Holdings.Frozen held, boolean stands, List<String> gone) {}

    /** Locks everything that the decision depends on, after a savepoint. */
    private Uni<Frozen> freeze(Work work, Snapshot read, List<Preemption> preemptions) {
        Set<String> sessions = new TreeSet<>();
        Set<String> tasks = new TreeSet<>();
        Set<String> victims = new TreeSet<>();
        for (Preemption preemption : preemptions) {
            victims.add(preemption.victim());
            for (String member : preemption.members()) {
                WaitTarget target = WaitTarget.of(member).orElseThrow();
                switch (target.kind()) {
                    case SESSION -> sessions.add(target.id());
                    case TASK -> tasks.add(target.id());
                    case BLOCKER, DECISION, ACCOUNT, HUMAN -> {
                        // These change only under the graph lock.
                    }
                }
            }
        }
        return edges.beforeLocks(work)
                .chain(() -> standings.freeze(work, sessions, victims, tasks))
                .map(held -> new Frozen(
                        held,
                        Reachable.stands(read, held.standing(), sessions, tasks),
                        sessions.stream()
                                .filter(id -> !held.standing().sessions().containsKey(id)
                                        || !held.standing().sessions().get(id).live())
                                .toList()));
    }

    private Uni<List<Deadlock>> apply(
            Work work,
            Holdings.Frozen frozen,
            String swarm,
            Snapshot read,
            List<Preemption> preemptions,
            FoundBy foundBy) {
        List<Deadlock> ended = new ArrayList<>();
        Map<String, Waits> waits = new HashMap<>(read.waits());
        Uni<Void> all = Uni.createFrom().voidItem();
        for (Preemption preemption : preemptions) {
            Waits before = waits.get(preemption.victim());
            Waits after = before.without(preemption.endedWaits());
            waits.put(preemption.victim(), after);
            all = all.chain(() -> edges.write(work, List.of(new Changed(swarm, before, after)), Set.of(swarm)))
                    .chain(() -> preempt(work, frozen, swarm, preemption, foundBy))
                    .invoke(ended::add)
                    .replaceWithVoid();
        }
        return all.replaceWith(ended);
    }

    private Uni<Deadlock> preempt(
            Work work, Holdings.Frozen frozen, String swarm, Preemption preemption, FoundBy foundBy) {
        UUID id = ids.next();
        Set<String> tasks = new TreeSet<>();
        preemption
                .releasedTasks()
                .forEach(name -> tasks.add(WaitTarget.of(name).orElseThrow().id()));
        Uni<List<Taken>> taken = tasks.isEmpty() && !preemption.allClaims()
                ? Uni.createFrom().item(List.of())
                : standings.preempt(
                        work,
                        frozen,
                        preemption.victim(),
                        preemption.allClaims() ? null : tasks,
                        "Deadlock " + id + ": " + String.join(" -> ", preemption.cycle()));
        return taken.chain(claims -> {
            List<String> released = claims.stream().map(Taken::task).sorted().toList();
            Deadlock deadlock = new Deadlock(
                    id.toString(),
                    swarm,
                    null,
                    preemption.victim(),
                    preemption.cycle(),
                    List.copyOf(preemption.members()),
                    List.copyOf(preemption.endedWaits()),
                    released,
                    preemption.why(),
                    foundBy);
            work.emit(
                    new DeadlockEvent.SessionPreempted(
                            deadlock.id(),
                            swarm,
                            deadlock.victim(),
                            deadlock.cycle(),
                            deadlock.endedWaits(),
                            released,
                            deadlock.why()),
                    Trace.NONE);
            metrics.counter("s2_deadlock_preempted_total", "found_by", foundBy.name())
                    .increment();
            history.keep(work, id, deadlock);
            return standings
                    .tellPreempted(work, frozen, deadlock.victim(), "deadlock:" + id, notice(deadlock, claims))
                    .replaceWith(deadlock);
        });
    }

    private static String notice(Deadlock deadlock, List<Taken> claims) {
        JsonArray released = new JsonArray();
        claims.forEach(
                claim -> released.add(new JsonObject().put("task", claim.task()).put("epoch", claim.epoch())));
        return new JsonObject()
                .put("reason", "PREEMPTED")
                .put("cycle", new JsonArray(deadlock.cycle()))
                .put("endedWaits", new JsonArray(deadlock.endedWaits()))
                .put("released", released)
                .put("why", deadlock.why())
                .encode();
    }

    private Uni<Map<String, Past>> pasts(SqlClient client, Set<String> sessions) {
        Uni<Map<String, BigDecimal>> spent = config.victim() == Policy.LEAST_MONEY
                ? spent(client, sessions)
                : Uni.createFrom().item(Map.of());
        return Rows.together(history.preempted(client, sessions), spent).with((at, money) -> {
            Map<String, Past> pasts = new HashMap<>();
            sessions.forEach(session ->
                    pasts.put(session, new Past(at.get(session), money.getOrDefault(session, BigDecimal.ZERO))));
            return pasts;
        });
    }

    private Uni<Map<String, BigDecimal>> spent(SqlClient client, Set<String> sessions) {
        return standings.held(client, sessions).chain(held -> {
            Set<String> tasks = new HashSet<>();
            held.values().forEach(tasks::addAll);
            return sunk.sunk(client, tasks).map(byTask -> {
                Map<String, BigDecimal> spent = new HashMap<>();
                held.forEach((session, its) -> its.forEach(
                        task -> spent.merge(session, byTask.getOrDefault(task, BigDecimal.ZERO), BigDecimal::add)));
                return spent;
            });
        });
    }
}
