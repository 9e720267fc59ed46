package io.infrafabric.deadlock;

import io.infrafabric.budget.AccountTable;
import io.infrafabric.bus.Due;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.published.Holdings;
import io.infrafabric.coordinator.published.Holdings.SessionStanding;
import io.infrafabric.coordinator.published.Holdings.Standing;
import io.infrafabric.coordinator.published.Holdings.TaskStanding;
import io.infrafabric.deadlock.DeadlockTable.FoundBy;
import io.infrafabric.deadlock.EdgeTable.Changed;
import io.infrafabric.deadlock.EdgeTable.Thing;
import io.infrafabric.deadlock.Outside.Known;
import io.infrafabric.deadlock.WaitTarget.Kind;
import io.infrafabric.deadlock.Waits.Over;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Ends waits by themselves, and looks for deadlocks when something other than a wait changes. */
@ApplicationScoped
class EndTransaction {

    /** What the events of one transaction say about one swarm, by node name. */
    static final class News {
        /** What is over now. */
        final Map<String, Over> over = new HashMap<>();

        /** Accounts that opened again and have not been stopped since. */
        final Set<String> accounts = new TreeSet<>();

        /** The ids of sessions that are gone and have not come back. */
        final Set<String> departed = new TreeSet<>();

        /** Which sessions have claimed which tasks, and so no longer wait for them. */
        final Map<String, Set<String>> claimed = new HashMap<>();

        /** What sessions wait for, as the fabric knows by itself. */
        final Map<String, Set<String>> blocked = new HashMap<>();

        /** Nodes whose needs may have changed. */
        final Set<String> changed = new TreeSet<>();
    }

    private final EdgeTable edges;
    private final Holdings standings;
    private final AccountTable accounts;
    private final Outside outside;
    private final SettleTransaction settling;
    private final Due due;
    private final MeterRegistry metrics;
    private final DeadlockConfig config;

    EndTransaction(
            EdgeTable edges,
            Holdings standings,
            AccountTable accounts,
            Outside outside,
            SettleTransaction settling,
            Due due,
            MeterRegistry metrics,
            DeadlockConfig config) {
        this.edges = edges;
        this.standings = standings;
        this.accounts = accounts;
        this.outside = outside;
        this.settling = settling;
        this.due = due;
        this.metrics = metrics;
        this.config = config;
    }

    /** How a task is over; {@code null} if it is not. */
    static Over over(TaskStanding task) {
        return task.done() ? Over.DONE : task.gone() ? Over.GONE : null;
    }

    /**
     * Ends the waits that the news ends, and looks for deadlocks that the news may have closed. The graph lock is held.
     */
    Uni<Void> take(Work work, String swarm, News news) {
        return edges.swept(work.connection(), List.of(swarm)).chain(swept -> {
            if (swept.isEmpty() && news.blocked.isEmpty()) {
                return Uni.createFrom().voidItem();
            }
            return open(work, news)
                    .chain(() -> gone(work, swarm, news))
                    .chain(absent -> {
                        absent.keySet().forEach(id -> news.over.put(WaitTarget.session(id), Over.GONE));
                        Set<String> gone = new TreeSet<>(absent.keySet());
                        // A session that is in another swarm by now may have reported its waits there.
                        gone.removeIf(absent::get);
                        return edges.waitersOf(work.connection(), news.over.keySet())
                                .map(waiters -> {
                                    waiters.addAll(gone);
                                    waiters.addAll(news.claimed.keySet());
                                    waiters.addAll(news.blocked.keySet());
                                    return waiters;
                                })
                                .chain(waiters -> edges.waits(work.connection(), waiters))
                                .chain(waits ->
                                        blockers(work, news).map(now -> changes(swarm, news, gone, waits, now)));
                    })
                    .chain(changes -> edges.write(work, changes, swept).replaceWith(changes))
                    .chain(changes -> {
                        Set<String> starts = new TreeSet<>(news.changed);
                        changes.stream()
                                .filter(change -> !change.after().open().isEmpty())
                                .forEach(change -> starts.add(
                                        WaitTarget.session(change.after().session())));
                        return settling.settle(work, swarm, starts, FoundBy.EVENT);
                    })
                    .replaceWithVoid();
        });
    }

    /** Confirms what was reported as open again; drops ends of things that were asked again since. */
    private Uni<Void> open(Work work, News news) {
        return accounts.closed(work.connection(), news.accounts)
                .invoke(breakers -> over(news, breakers))
                .chain(() -> outside.known(work.connection(), news.over.keySet()))
                .invoke(known -> known.forEach((name, now) -> {
                    if (now.over() == null) {
                        news.over.remove(name);
                    }
                }))
                .replaceWithVoid();
    }

    private static void over(News news, Map<String, Boolean> breakers) {
        breakers.forEach((account, closed) -> {
            if (closed) {
                news.over.put(new WaitTarget(Kind.ACCOUNT, account).name(), Over.DONE);
            }
        });
    }

    /** Sessions reported as gone that have not come back to the swarm since, and whether they are live in another. */
    private Uni<Map<String, Boolean>> gone(Work work, String swarm, News news) {
        if (news.departed.isEmpty()) {
            return Uni.createFrom().item(Map.of());
        }
        return standings
                .standing(work.connection(), news.departed, List.of(), 1)
                .map(standing -> {
                    Map<String, Boolean> gone = new TreeMap<>();
                    for (String id : news.departed) {
                        SessionStanding session = standing.sessions().get(id);
                        boolean live = session != null && session.live();
                        if (!live || !session.swarm().equals(swarm)) {
                            gone.put(id, live);
                        }
                    }
                    return gone;
                });
    }

    /** The named blockers as they are known by now, with the time. */
    private Uni<Blockers> blockers(Work work, News news) {
        Set<String> names = new TreeSet<>();
        news.blocked.values().forEach(names::addAll);
        return work.inOrder(
                        edges.things(work.connection(), names),
                        standings.standing(work.connection(), news.blocked.keySet(), List.of(), 1))
                .with(Blockers::new);
    }

    private record Blockers(Map<String, Thing> things, Standing standing) {
        boolean isOpen(String name) {
            return !things.containsKey(name) || things.get(name).over() == null;
        }
    }

    private static List<Changed> changes(
            String swarm, News news, Set<String> gone, Map<String, Waits> waits, Blockers blockers) {
        Set<String> sessions = new TreeSet<>(waits.keySet());
        sessions.addAll(news.blocked.keySet());
        List<Changed> changes = new ArrayList<>();
        for (String session : sessions) {
            Waits before = waits.getOrDefault(session, Waits.none(session));
            Waits after = before.ended(news.over);
            after = after.without(news.claimed.getOrDefault(session, Set.of()));
            boolean stays = !gone.contains(session);
            for (String blocker : news.blocked.getOrDefault(session, Set.of())) {
                if (stays
                        && blockers.isOpen(blocker)
                        && blockers.standing().sessions().containsKey(session)) {
                    after = after.withFabrics(blocker, blockers.standing().now());
                }
            }
            if (!stays) {
                after = after.without(after.open().keySet());
            }
            if (!after.equals(before)) {
                changes.add(new Changed(swarm, before, after));
            }
        }
        return changes;
    }

    /**
     * Looks at the whole graph of a swarm whose lock is held: ends waits for things that are over, and unnoticed
     * deadlocks. Both are counted and should be rare, because they mean that a change was missed. Repeats while anybody
     * waits there.
     */
    Uni<Void> sweep(Work work, String swarm) {
        return edges.waiting(work.connection(), swarm, config.maxSwept())
                .chain(sessions -> edges.waits(work.connection(), sessions))
                .chain(waits -> news(work, swarm, waits)
                        .chain(news -> {
                            Set<String> gone = new TreeSet<>(news.departed);
                            List<Changed> changes = changes(swarm, news, gone, waits, new Blockers(Map.of(), null));
                            metrics.counter("s2_deadlock_swept_total", "what", "end")
                                    .increment(changes.size());
                            return edges.write(work, changes, Set.of(swarm));
                        })
                        .chain(() -> settling.settle(
                                work,
                                swarm,
                                waits.keySet().stream().map(WaitTarget::session).toList(),
                                FoundBy.SWEEP)))
                .invoke(found -> metrics.counter("s2_deadlock_swept_total", "what", "deadlock")
                        .increment(found.size()))
                .chain(() -> edges.forgetOld(work, swarm, config.keepEnded()))
                .chain(again ->
                        again ? comeAgain(work, swarm) : Uni.createFrom().voidItem());
    }

    private Uni<Void> comeAgain(Work work, String swarm) {
        return standings
                .standing(work.connection(), List.of(), List.of(), 1)
                .chain(standing -> due.at(
                        work.connection(),
                        "deadlock",
                        Map.of("sweep:" + swarm, standing.now().plus(config.sweep()))));
    }

    /**
     * Which of the awaited things are over by now, and which waiters are gone. Things that never existed in this swarm
     * count as gone (older releases accepted any name).
     */
    private Uni<News> news(Work work, String swarm, Map<String, Waits> waits) {
        Set<String> sessions = new TreeSet<>(waits.keySet());
        Set<String> tasks = new TreeSet<>();
        Set<String> things = new TreeSet<>();
        Set<String> purses = new TreeSet<>();
        waits.values()
                .forEach(its -> its.open().keySet().forEach(name -> {
                    WaitTarget target = WaitTarget.of(name).orElseThrow();
                    switch (target.kind()) {
                        case SESSION -> sessions.add(target.id());
                        case TASK -> tasks.add(target.id());
                        case ACCOUNT -> purses.add(target.id());
                        case BLOCKER, DECISION, HUMAN -> things.add(name);
                    }
                }));
        return work.inOrder(
                        standings.standing(work.connection(), sessions, tasks, config.maxReachable()),
                        edges.things(work.connection(), things),
                        outside.known(work.connection(), things),
                        accounts.closed(work.connection(), purses))
                .with((standing, told, known, breakers) -> {
                    News news = new News();
                    over(news, breakers);
                    standing.sessions().values().stream()
                            .filter(session -> !session.live())
                            .forEach(session -> {
                                news.over.put(WaitTarget.session(session.id()), Over.GONE);
                                news.departed.add(session.id());
                            });
                    standing.tasks().values().stream()
                            .filter(task -> over(task) != null)
                            .forEach(task -> news.over.put(WaitTarget.task(task.id()), over(task)));
                    standing.tasks().values().stream()
                            .filter(task -> task.holder() != null)
                            .forEach(task -> news.claimed
                                    .computeIfAbsent(task.holder(), any -> new TreeSet<>())
                                    .add(WaitTarget.task(task.id())));
                    things.forEach(name -> {
                        Over how = over(swarm, told.get(name), known.get(name));
                        if (how != null) {
                            news.over.put(name, how);
                        }
                    });
                    return news;
                });
    }

    private static Over over(String swarm, Thing told, Known known) {
        if (known == null) {
            return told == null ? Over.GONE : told.over();
        }
        return known.over() == null && !swarm.equals(known.swarm()) ? Over.GONE : known.over();
    }

    /** Records news about a thing that has no table of its own here. */
    Uni<Void> tell(Work work, String swarm, Thing thing, List<String> gone) {
        return edges.tell(work, swarm, thing, gone);
    }

    /** The swarms in which somebody waits for this account. */
    Uni<Set<String>> swarmsWaitingFor(Work work, String account) {
        return edges.swarmsOf(work.connection(), List.of(new WaitTarget(Kind.ACCOUNT, account).name()));
    }
}
