package io.infrafabric.deadlock;

import io.infrafabric.bus.Rows;
import io.infrafabric.coordinator.published.Holdings;
import io.infrafabric.coordinator.published.Holdings.Standing;
import io.infrafabric.coordinator.published.Holdings.TaskStanding;
import io.infrafabric.deadlock.EdgeTable.Thing;
import io.infrafabric.deadlock.WaitGraph.Node;
import io.infrafabric.deadlock.WaitTarget.Kind;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads the reachable part of the graph in rounds: one statement reads sessions with all the sessions that they wait
 * for, another reads tasks with all their dependencies. The holders of tasks follow in the next round.
 */
@ApplicationScoped
class Reachable {

    /**
     * The reachable part.
     *
     * @param nodes its nodes, by name
     * @param queued what a task needs once its holder has given it back
     * @param waits of sessions that wait, by id
     * @param tasks by id
     * @param cut whether the limit cut something off
     * @param now the database's time
     */
    record Snapshot(
            Map<String, Node> nodes,
            Map<String, Node> queued,
            Map<String, Waits> waits,
            Map<String, TaskStanding> tasks,
            boolean cut,
            Instant now) {

        WaitGraph graph() {
            return WaitGraph.of(nodes);
        }

        /** The decisions that somebody waits for, by id. */
        List<String> decisions() {
            return nodes.keySet().stream()
                    .map(name -> WaitTarget.of(name).orElseThrow())
                    .filter(target -> target.kind() == Kind.DECISION)
                    .map(WaitTarget::id)
                    .toList();
        }
    }

    private final EdgeTable edges;
    private final Holdings standings;
    private final DeadlockConfig config;

    public Reachable(EdgeTable edges, Holdings standings, DeadlockConfig config) {
        this.edges = edges;
        this.standings = standings;
        this.config = config;
    }

    /** Everything reachable from these names, up to the limit of one wait. */
    Uni<Snapshot> read(SqlClient client, Collection<String> starts) {
        return new Search(client, config.maxReachable()).go(starts);
    }

    private final class Search {
        private final SqlClient client;
        private final int most;
        private final Set<String> seen = new HashSet<>();
        private final Map<String, Node> nodes = new HashMap<>();
        private final Map<String, Node> queued = new HashMap<>();
        private final Map<String, Waits> waits = new HashMap<>();
        private final Map<String, TaskStanding> tasks = new HashMap<>();

        Search(SqlClient client, int most) {
            this.client = client;
            this.most = most;
        }

        Uni<Snapshot> go(Collection<String> names) {
            Map<Kind, Set<String>> next = new HashMap<>();
            for (String name : names) {
                if (seen.add(name)) {
                    WaitTarget.of(name)
                            .ifPresent(target -> next.computeIfAbsent(target.kind(), any -> new TreeSet<>())
                                    .add(target.id()));
                }
            }
            Set<String> sessions = next.getOrDefault(Kind.SESSION, Set.of());
            Set<String> things = new TreeSet<>();
            for (Kind kind : List.of(Kind.BLOCKER, Kind.DECISION, Kind.ACCOUNT, Kind.HUMAN)) {
                next.getOrDefault(kind, Set.of()).forEach(id -> things.add(new WaitTarget(kind, id).name()));
            }
            Uni<Map<String, Waits>> reached =
                    sessions.isEmpty() ? Uni.createFrom().item(Map.of()) : edges.reached(client, sessions, most);
            return Rows.together(
                            reached,
                            standings.standing(client, List.of(), next.getOrDefault(Kind.TASK, Set.of()), most),
                            edges.things(client, things))
                    .asTuple()
                    .chain(read -> {
                        List<String> found = new ArrayList<>();
                        take(read.getItem1(), found);
                        read.getItem2().tasks().values().forEach(task -> take(task, found));
                        things.forEach(name -> take(name, read.getItem3().get(name), found));
                        found.removeIf(seen::contains);
                        boolean cut = seen.size() + found.size() > most;
                        return found.isEmpty() || cut
                                ? Uni.createFrom()
                                        .item(new Snapshot(
                                                nodes,
                                                queued,
                                                waits,
                                                tasks,
                                                cut,
                                                read.getItem2().now()))
                                : go(found);
                    });
        }

        private void take(Map<String, Waits> read, List<String> found) {
            read.forEach((session, itsWaits) -> {
                Node node = itsWaits.node();
                seen.add(node.name());
                nodes.put(node.name(), node);
                waits.put(session, itsWaits);
            });
            // The same statement also looked at sessions that others here wait for; if missing, they wait for nothing.
            read.values()
                    .forEach(itsWaits -> itsWaits.open().keySet().forEach(target -> {
                        if (target.startsWith(Kind.SESSION.prefix())) {
                            seen.add(target);
                        } else {
                            found.add(target);
                        }
                    }));
        }

        private void take(TaskStanding task, List<String> found) {
            Node node = node(task);
            seen.add(node.name());
            nodes.put(node.name(), node);
            tasks.put(task.id(), task);
            queued.put(node.name(), queued(task));
            found.addAll(node.all());
        }

        private void take(String name, Thing thing, List<String> found) {
            Node node = node(name, thing);
            nodes.put(name, node);
            found.addAll(node.any());
        }
    }

    /**
     * A task needs its holder; or its dependencies and the only session that may claim it. Otherwise somebody will
     * claim it.
     */
    static Node node(TaskStanding task) {
        String name = WaitTarget.task(task.id());
        if (task.holder() != null) {
            return new Node(name, List.of(WaitTarget.session(task.holder())), List.of(), false);
        }
        return task.done() || task.gone() ? new Node(name, List.of(), List.of(), task.gone()) : queued(task);
    }

    private static Node queued(TaskStanding task) {
        List<String> needs =
                new ArrayList<>(task.blockedBy().stream().map(WaitTarget::task).toList());
        if (task.assignee() != null) {
            needs.add(WaitTarget.session(task.assignee()));
        }
        return new Node(WaitTarget.task(task.id()), needs, List.of(), false);
    }

    /** A blocker needs one of its helpers; while nobody helps, the fabric asks. Decisions and accounts end by time. */
    static Node node(String name, Thing thing) {
        if (name.startsWith(Kind.HUMAN.prefix())) {
            return new Node(name, List.of(), List.of(), true);
        }
        if (thing == null || thing.over() != null) {
            return Node.free(name);
        }
        return new Node(
                name,
                List.of(),
                thing.helpers().stream().map(WaitTarget::session).toList(),
                thing.human());
    }

    /** Whether the locked tasks and sessions of a knot still stand as they were read. */
    static boolean stands(Snapshot read, Standing frozen, Set<String> sessions, Set<String> tasks) {
        return sessions.stream()
                        .allMatch(id -> frozen.sessions().containsKey(id)
                                && frozen.sessions().get(id).live())
                && tasks.stream()
                        .allMatch(id -> frozen.tasks().containsKey(id)
                                && frozen.tasks().get(id).equals(read.tasks().get(id)));
    }
}
