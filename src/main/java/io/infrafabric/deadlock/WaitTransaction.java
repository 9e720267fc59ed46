package io.infrafabric.deadlock;

import io.infrafabric.budget.AccountTable;
import io.infrafabric.budget.Purses;
import io.infrafabric.bus.GroupCommit;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.command.Pipeline;
import io.infrafabric.coordinator.published.Holdings;
import io.infrafabric.coordinator.published.Holdings.SessionStanding;
import io.infrafabric.coordinator.published.Holdings.Standing;
import io.infrafabric.coordinator.published.Holdings.TaskStanding;
import io.infrafabric.deadlock.DeadlockTable.Deadlock;
import io.infrafabric.deadlock.DeadlockTable.FoundBy;
import io.infrafabric.deadlock.EdgeTable.Changed;
import io.infrafabric.deadlock.Outside.Known;
import io.infrafabric.deadlock.Reachable.Snapshot;
import io.infrafabric.deadlock.WaitGraph.Knot;
import io.infrafabric.deadlock.WaitGraph.Node;
import io.infrafabric.deadlock.Waits.Message;
import io.infrafabric.deadlock.Waits.Over;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Takes in what sessions report about their waits, and looks for deadlocks that it closes, in one transaction. */
@ApplicationScoped
class WaitTransaction {

    /**
     * A session's report about its waits.
     *
     * @param refuse whether a wait that closes a cycle is refused instead of recorded
     */
    record Command(String session, String swarm, Message message, boolean refuse) {}

    /** The result of a report. */
    sealed interface Answer {
        /**
         * It counts, or came too late to count.
         *
         * @param waits the session's waits now
         * @param over named things that are already over
         * @param stale whether a newer report came first
         * @param deadlocks the deadlocks that it closed, which are ended by now
         */
        record Told(Waits waits, List<String> over, boolean stale, List<Deadlock> deadlocks) implements Answer {}

        /** It would close a cycle, and the caller asked for refusal. */
        record Cycle(List<String> cycle) implements Answer {}

        /** A session, or a task that it holds, cannot wait for itself. */
        record Itself(String target) implements Answer {}

        /** The thing does not exist in its swarm, or the account does not concern it. */
        record Unknown(WaitTarget target) implements Answer {}

        /** The session is not enrolled in this swarm. */
        record UnknownSession() implements Answer {}

        /** The session has left. */
        record Left() implements Answer {}

        /** The wait would begin in the future. */
        record NotYet(Instant since, Instant now) implements Answer {}

        /** It would wait for more things than this at once. */
        record TooMany(int max) implements Answer {}

        /** More nodes than this would be reachable from it, so cycles could not be found. */
        record TooFar(int max) implements Answer {}
    }

    private final Holdings standings;
    private final AccountTable accounts;
    private final Outside outside;
    private final EdgeTable edges;
    private final Reachable graphs;
    private final SettleTransaction settling;
    private final DeadlockConfig config;
    private final Pipeline<Command, Answer> words;

    WaitTransaction(
            Commands commands,
            Holdings standings,
            AccountTable accounts,
            Outside outside,
            EdgeTable edges,
            Reachable graphs,
            SettleTransaction settling,
            DeadlockConfig config) {
        this.standings = standings;
        this.accounts = accounts;
        this.outside = outside;
        this.edges = edges;
        this.graphs = graphs;
        this.settling = settling;
        this.config = config;
        this.words = commands.gathered(
                "wait",
                new GroupCommit.Bounds(config.commitBatch(), config.commitQueue(), config.commitParallel()),
                Command::session,
                this::tell);
    }

    /** Takes in a report. */
    Uni<Reply<Answer>> tell(Command command, Keep<Answer> keep) {
        return words.submit(command, keep);
    }

    /** The same in a transaction under way; no session occurs twice. */
    Uni<List<Answer>> tell(Work work, List<Command> batch) {
        Set<String> swarms = new TreeSet<>();
        Set<String> sessions = new TreeSet<>();
        Set<String> tasks = new TreeSet<>();
        Set<String> things = new TreeSet<>();
        Set<String> purses = new TreeSet<>();
        for (Command command : batch) {
            swarms.add(command.swarm());
            sessions.add(command.session());
            for (String name : targets(command.message())) {
                WaitTarget target = WaitTarget.of(name).orElseThrow();
                switch (target.kind()) {
                    case SESSION -> sessions.add(target.id());
                    case TASK -> tasks.add(target.id());
                    case ACCOUNT -> purses.add(target.id());
                    case BLOCKER, DECISION, HUMAN -> things.add(name);
                }
            }
        }
        List<String> waiters = batch.stream().map(Command::session).toList();
        Uni<Telling> read = work.inOrder(
                        standings.standing(work.connection(), sessions, tasks, config.maxReachable()),
                        edges.waits(work.connection(), waiters),
                        outside.known(work.connection(), things),
                        accounts.closed(work.connection(), purses),
                        accounts.near(work.connection(), purses(batch), purses))
                .with(Telling::new);
        // The reads come after the lock, so they see everything that was committed before it was free.
        return work.inOrder(
                        edges.lock(work, swarms), Lock.none(read), Lock.none(edges.swept(work.connection(), swarms)))
                .asTuple()
                .chain(both -> graph(work, batch)
                        .map(graph -> both.getItem2().all(batch, graph))
                        .chain(answers -> write(work, batch, both.getItem2(), answers, both.getItem3())));
    }

    /** The accounts of the reporting sessions, and of their swarms. */
    private static Set<String> purses(List<Command> batch) {
        Set<String> purses = new TreeSet<>();
        batch.forEach(command -> purses.addAll(purses(command)));
        return purses;
    }

    private static List<String> purses(Command command) {
        return List.of(Purses.accountOf(command.session()), "swarm:" + command.swarm());
    }

    /** The graph reachable from the named things, if a caller needs to know before the write. */
    private Uni<Snapshot> graph(Work work, List<Command> batch) {
        if (batch.stream().noneMatch(Command::refuse)) {
            return Uni.createFrom().nullItem();
        }
        Set<String> starts = new TreeSet<>();
        for (Command command : batch) {
            starts.add(WaitTarget.session(command.session()));
            starts.addAll(targets(command.message()));
        }
        return graphs.read(work.connection(), starts);
    }

    private Uni<List<Answer>> write(
            Work work, List<Command> batch, Telling telling, List<Answer> answers, Set<String> swept) {
        Map<String, Set<String>> starts = new LinkedHashMap<>();
        for (Changed changed : telling.changed) {
            if (!changed.after().open().isEmpty()) {
                starts.computeIfAbsent(changed.swarm(), any -> new TreeSet<>())
                        .add(WaitTarget.session(changed.after().session()));
            }
        }
        if (telling.changed.isEmpty()) {
            return Uni.createFrom().item(answers);
        }
        Uni<List<Deadlock>> ended =
                edges.write(work, telling.changed, swept).replaceWith(() -> new ArrayList<Deadlock>());
        if (!telling.lost.isEmpty()) {
            ended = ended.call(() -> standings.heard(work, telling.lost));
        }
        for (Map.Entry<String, Set<String>> swarm : starts.entrySet()) {
            ended = ended.call(all -> settling.settle(work, swarm.getKey(), swarm.getValue(), FoundBy.EDGE)
                    .invoke(all::addAll));
        }
        return ended.chain(deadlocks -> deadlocks.isEmpty()
                ? Uni.createFrom().item(answers)
                : edges.waits(
                                work.connection(),
                                batch.stream().map(Command::session).toList())
                        .map(waits -> with(answers, waits, deadlocks)));
    }

    /** The answers after deadlocks were ended. */
    private static List<Answer> with(List<Answer> answers, Map<String, Waits> waits, List<Deadlock> deadlocks) {
        return answers.stream()
                .map(answer -> {
                    if (!(answer instanceof Answer.Told told)) {
                        return answer;
                    }
                    String session = told.waits().session();
                    List<Deadlock> its = deadlocks.stream()
                            .filter(deadlock -> deadlock.members().contains(WaitTarget.session(session)))
                            .toList();
                    return new Answer.Told(
                            waits.getOrDefault(session, Waits.none(session)), told.over(), told.stale(), its);
                })
                .toList();
    }

    private static List<String> targets(Message message) {
        return switch (message) {
            case Message.Put put -> put.targets();
            case Message.Add add -> add.targets();
            case Message.Drop ignored -> List.of();
        };
    }

    /** Decides a batch, one report after the other, each on the graph as changed by the earlier ones. */
    private final class Telling {
        private final Standing standing;
        private final Map<String, Waits> before;
        private final Map<String, Known> things;
        private final Map<String, Boolean> closed;
        private final Map<String, Set<String>> near;
        private final List<Changed> changed = new ArrayList<>();
        private final Set<String> lost = new TreeSet<>();

        Telling(
                Standing standing,
                Map<String, Waits> before,
                Map<String, Known> things,
                Map<String, Boolean> closed,
                Map<String, Set<String>> near) {
            this.standing = standing;
            this.before = before;
            this.things = things;
            this.closed = closed;
            this.near = near;
        }

        List<Answer> all(List<Command> batch, Snapshot read) {
            Map<String, Node> nodes = read == null ? Map.of() : new HashMap<>(read.nodes());
            boolean cut = read != null && read.cut();
            return batch.stream()
                    .map(command -> cut && command.refuse()
                            ? new Answer.TooFar(config.maxReachable())
                            : one(command, read == null ? null : nodes))
                    .toList();
        }

        private Answer one(Command command, Map<String, Node> nodes) {
            SessionStanding waiter = standing.sessions().get(command.session());
            if (waiter == null || !waiter.swarm().equals(command.swarm())) {
                return new Answer.UnknownSession();
            }
            if (waiter.left()) {
                return new Answer.Left();
            }
            Instant since = command.message().since();
            if (since != null && since.isAfter(standing.now().plus(config.skew()))) {
                return new Answer.NotYet(since, standing.now());
            }
            Map<String, Over> over = new HashMap<>();
            for (String name : targets(command.message())) {
                WaitTarget target = WaitTarget.of(name).orElseThrow();
                Answer refused = refused(command, target);
                if (refused != null) {
                    return refused;
                }
                Over how = over(target);
                if (how != null) {
                    over.put(name, how);
                }
            }
            Waits known = before.getOrDefault(command.session(), Waits.none(command.session()));
            boolean stale = known.isStale(command.message());
            Waits after = known.after(command.message(), over, standing.now());
            if (after.open().size() > config.maxEdges()) {
                return new Answer.TooMany(config.maxEdges());
            }
            List<String> cycle = nodes == null ? List.of() : closes(nodes, after.node());
            if (command.refuse() && !cycle.isEmpty()) {
                return new Answer.Cycle(cycle);
            }
            if (nodes != null) {
                nodes.put(after.node().name(), after.node());
            }
            if (!after.equals(known)) {
                changed.add(new Changed(command.swarm(), known, after));
                if (!waiter.live()) {
                    lost.add(command.session());
                }
            }
            return new Answer.Told(after, List.copyOf(new TreeSet<>(over.keySet())), stale, List.of());
        }

        /** The cycle that this node would close; empty if it closes none. */
        private static List<String> closes(Map<String, Node> nodes, Node node) {
            Map<String, Node> with = new HashMap<>(nodes);
            with.put(node.name(), node);
            WaitGraph graph = WaitGraph.of(with);
            List<Knot> knots = graph.knots(List.of(node.name()));
            if (knots.isEmpty()) {
                return List.of();
            }
            Set<String> members = knots.getFirst().members();
            return graph.cycle(
                    knots.getFirst(),
                    members.contains(node.name())
                            ? node.name()
                            : members.iterator().next());
        }

        private Answer refused(Command command, WaitTarget target) {
            return switch (target.kind()) {
                case SESSION -> {
                    SessionStanding other = standing.sessions().get(target.id());
                    yield target.id().equals(command.session())
                            ? new Answer.Itself(target.name())
                            : other == null || !other.swarm().equals(command.swarm())
                                    ? new Answer.Unknown(target)
                                    : null;
                }
                case TASK -> {
                    TaskStanding task = standing.tasks().get(target.id());
                    yield task == null || !task.swarm().equals(command.swarm())
                            ? new Answer.Unknown(target)
                            : command.session().equals(task.holder()) ? new Answer.Itself(target.name()) : null;
                }
                case ACCOUNT ->
                    closed.containsKey(target.id())
                                    && purses(command).stream()
                                            .anyMatch(near.getOrDefault(target.id(), Set.of())::contains)
                            ? null
                            : new Answer.Unknown(target);
                case BLOCKER, DECISION, HUMAN -> {
                    Known known = things.get(target.name());
                    yield known == null || !command.swarm().equals(known.swarm()) ? new Answer.Unknown(target) : null;
                }
            };
        }

        private Over over(WaitTarget target) {
            return switch (target.kind()) {
                case SESSION -> standing.sessions().get(target.id()).live() ? null : Over.GONE;
                case TASK -> EndTransaction.over(standing.tasks().get(target.id()));
                case ACCOUNT -> closed.get(target.id()) ? Over.DONE : null;
                case BLOCKER, DECISION, HUMAN -> things.get(target.name()).over();
            };
        }
    }

    /** What a session waits for, as committed. */
    Uni<Waits> find(SqlClient client, String session) {
        return edges.waits(client, List.of(session)).map(found -> found.getOrDefault(session, Waits.none(session)));
    }
}
