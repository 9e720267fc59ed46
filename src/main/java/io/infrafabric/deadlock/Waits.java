package io.infrafabric.deadlock;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What one session waits for, and what it has reported so far. Immutable; every method gives the state afterwards.
 *
 * <p>A session's reports carry versions, and the newest report on each edge counts, in whatever order reports arrive
 * and however often: {@link Message.Put} concerns all edges, {@link Message.Add} and {@link Message.Drop} some. A
 * closed edge stays known with the version under which it ended, so that an older report does not bring it back.
 *
 * @param mode whether it needs all that it reported, or one of them; edges from the fabric are needed as well
 * @param floor the version of the newest put: anything that is not newer is stale
 * @param reason why, in the session's words; {@code null} if it did not say
 * @param task the task that it was working on; {@code null} if it did not say
 * @param edges edges by target, including closed ones that are newer than the floor
 */
record Waits(String session, Mode mode, long floor, String reason, String task, Map<String, Edge> edges) {

    /** How several waits of one session combine. */
    @Schema(name = "WaitMode")
    enum Mode {
        /** All of them must end. */
        ALL,
        /** One of them is enough. */
        ANY
    }

    /**
     * A wait for one thing.
     *
     * @param target the thing, as {@code kind:id}
     * @param since when it began
     * @param version the version of the newest report on it
     * @param open whether it is still open
     * @param byFabric whether the fabric knows of it by itself (a blocker), so that the session need not report it
     */
    record Edge(String target, Instant since, long version, boolean open, boolean byFabric) {
        Edge closed() {
            return new Edge(target, since, version, false, byFabric);
        }
    }

    /** A session's report about its waits. {@code null} as the {@code version} means "newer than all before". */
    sealed interface Message {
        Long version();

        /** The reported start, which is never later than the report; {@code null} means the time of the report. */
        Instant since();

        /** It waits for these and nothing else. */
        record Put(List<String> targets, Mode mode, String reason, String task, Instant since, Long version)
                implements Message {}

        /** It waits for these, too. */
        record Add(List<String> targets, Instant since, Long version) implements Message {}

        /** It no longer waits for these. */
        record Drop(List<String> targets, Long version) implements Message {
            @Override
            public Instant since() {
                return null;
            }
        }
    }

    /** How an awaited thing is over. */
    enum Over {
        /** It is done: its result is there. */
        DONE,
        /** It is gone and will never be done: lost, cancelled, withdrawn. */
        GONE
    }

    Waits {
        edges = Map.copyOf(edges);
    }

    /** A session that has never reported anything. */
    static Waits none(String session) {
        return new Waits(session, Mode.ALL, 0, null, null, Map.of());
    }

    /** Whether newer reports make this one meaningless, for each edge that it concerns. */
    boolean isStale(Message message) {
        if (message.version() == null) {
            return false;
        }
        return switch (message) {
            case Message.Put put -> put.version() <= floor;
            case Message.Add add -> add.targets().stream().allMatch(target -> isOld(target, add.version()));
            case Message.Drop drop -> drop.targets().stream().allMatch(target -> isOld(target, drop.version()));
        };
    }

    private boolean isOld(String target, long version) {
        Edge edge = edges.get(target);
        return version <= floor || (edge != null && edge.version() >= version);
    }

    /**
     * The state after this report. Things that are already over make no edge.
     *
     * @param over which of its targets are over, read while nobody else could add an edge to them
     */
    Waits after(Message message, Map<String, Over> over, Instant now) {
        if (isStale(message)) {
            return this;
        }
        long version = message.version() == null ? newest() + 1 : message.version();
        return switch (message) {
            case Message.Put put -> put(put, version, over, now);
            case Message.Add add -> {
                Map<String, Edge> after = new HashMap<>(edges);
                add.targets().forEach(target -> open(after, target, add.since(), version, now));
                yield with(after).ended(over);
            }
            case Message.Drop drop -> {
                Map<String, Edge> after = new HashMap<>(edges);
                for (String target : drop.targets()) {
                    boolean fabrics = edges.containsKey(target)
                            && edges.get(target).byFabric()
                            && edges.get(target).open();
                    if (!fabrics && !isOld(target, version)) {
                        after.put(target, new Edge(target, now, version, false, false));
                    }
                }
                yield with(after);
            }
        };
    }

    private Waits put(Message.Put put, long version, Map<String, Over> over, Instant now) {
        Map<String, Edge> after = new HashMap<>();
        edges.forEach((target, edge) -> {
            boolean stays = edge.version() > version
                    || (edge.open() && (edge.byFabric() || put.targets().contains(target)));
            if (stays) {
                after.put(target, edge);
            }
        });
        put.targets().forEach(target -> open(after, target, put.since(), version, now));
        return new Waits(session, put.mode(), version, put.reason(), put.task(), after).ended(over);
    }

    /**
     * Opens an edge, unless a newer report says otherwise or it is already open: then it keeps its start. A wait begins
     * no later than its report: otherwise a session with a start in the future would be the last to be preempted.
     */
    private static void open(Map<String, Edge> edges, String target, Instant since, long version, Instant now) {
        Edge known = edges.get(target);
        if (known != null && (known.version() >= version || (known.byFabric() && known.open()))) {
            return;
        }
        Instant said = since == null || since.isAfter(now) ? now : since;
        Instant start = known != null && known.open() ? known.since() : said;
        edges.put(target, new Edge(target, start, version, true, false));
    }

    /** The state after these are over. Of several alternatives, one that is done is enough. */
    Waits ended(Map<String, Over> over) {
        Map<String, Edge> after = new HashMap<>(edges);
        boolean satisfied = false;
        for (Edge edge : edges.values()) {
            Over how = over.get(edge.target());
            if (edge.open() && how != null) {
                after.put(edge.target(), edge.closed());
                satisfied |= mode == Mode.ANY && how == Over.DONE && !edge.byFabric();
            }
        }
        if (satisfied) {
            after.replaceAll((target, edge) -> edge.byFabric() ? edge : edge.closed());
        }
        return with(after);
    }

    /** The state after the fabric has ended these, whatever they are. */
    Waits without(Collection<String> targets) {
        Map<String, Edge> after = new HashMap<>(edges);
        targets.forEach(target -> after.computeIfPresent(target, (name, edge) -> edge.closed()));
        return with(after);
    }

    /** The state after the fabric learned of a wait by itself. */
    Waits withFabrics(String target, Instant now) {
        Map<String, Edge> after = new HashMap<>(edges);
        Edge known = edges.get(target);
        after.put(
                target,
                new Edge(
                        target,
                        known != null && known.open() ? known.since() : now,
                        known == null ? newest() : known.version(),
                        true,
                        true));
        return with(after);
    }

    /** The same with other edges. */
    Waits with(Map<String, Edge> newEdges) {
        return new Waits(session, mode, floor, reason, task, newEdges);
    }

    /** The newest version in any report. */
    long newest() {
        return edges.values().stream().mapToLong(Edge::version).reduce(floor, Math::max);
    }

    /** What it waits for, by name. */
    Map<String, Edge> open() {
        Map<String, Edge> open = new TreeMap<>();
        edges.forEach((target, edge) -> {
            if (edge.open()) {
                open.put(target, edge);
            }
        });
        return open;
    }

    /** Since when it waits for any of these; {@code null} if it waits for none. */
    Instant since(Set<String> targets) {
        return edges.values().stream()
                .filter(edge -> edge.open() && targets.contains(edge.target()))
                .map(Edge::since)
                .min(Instant::compareTo)
                .orElse(null);
    }

    /** The session in the graph. */
    WaitGraph.Node node() {
        Map<String, Edge> open = open();
        List<String> reported = open.values().stream()
                .filter(edge -> !edge.byFabric())
                .map(Edge::target)
                .toList();
        List<String> fabrics =
                open.values().stream().filter(Edge::byFabric).map(Edge::target).toList();
        return mode == Mode.ALL
                ? new WaitGraph.Node(WaitTarget.session(session), List.copyOf(open.keySet()), List.of(), false)
                : new WaitGraph.Node(WaitTarget.session(session), fabrics, reported, false);
    }
}
