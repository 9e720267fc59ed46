package io.infrafabric.deadlock;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What one session waits for, and what it has said about it so far. Immutable; every method gives the state after.
 *
 * <p>What a session says carries a version, and the newest word on each edge counts, in whatever order words arrive and
 * however often: {@link Message.Put} speaks of all edges, {@link Message.Add} and {@link Message.Drop} of some. What ended an
 * edge stays known by the version under which it ended, so that a word from before does not bring it back.
 *
 * @param mode whether it needs all that it reported, or one of them; what the fabric added is needed besides
 * @param floor the version of the newest put: whatever is not newer is stale
 * @param reason why, in the session's words; {@code null} if it did not say
 * @param task what it was working on, {@code null} if it did not say
 * @param edges by what is waited for; closed ones, too, as far as they are newer than the floor
 */
record Waits(String session, Mode mode, long floor, String reason, String task, Map<String, Edge> edges) {

    /** How several waits of one session belong together. */
    enum Mode {
        /** All of them have to end. */
        ALL,
        /** One of them is enough. */
        ANY
    }

    /**
     * A wait for one thing.
     *
     * @param target what is waited for, as {@code kind:id}
     * @param since when it began
     * @param version the newest word on it
     * @param open whether it still is
     * @param byFabric whether the fabric knows of it by itself (a blocker), so that the session need not report it
     */
    record Edge(String target, Instant since, long version, boolean open, boolean byFabric) {
        Edge closed() {
            return new Edge(target, since, version, false, byFabric);
        }
    }

    /** What a session says about its waits. {@code version} is {@code null} for "newer than all before". */
    sealed interface Message {
        Long version();

        /** Since when, by its own word: never later than it is said; {@code null} for when it is said. */
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

    /** How something that is waited for stands, if it is over. */
    enum Over {
        /** It is done: what was waited for is there. */
        DONE,
        /** It is gone and will never be done: lost, cancelled, withdrawn. */
        GONE
    }

    Waits {
        edges = Map.copyOf(edges);
    }

    /** A session that has never said anything. */
    static Waits none(String session) {
        return new Waits(session, Mode.ALL, 0, null, null, Map.of());
    }

    /** Whether a newer word makes this one meaningless, for each edge that it is about. */
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
     * After this word. What is over already makes no edge.
     *
     * @param over what of it is over, as it was read when no edge to it could be added meanwhile
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
     * Opens it, unless a newer word says otherwise or it is open: then it goes on from when it began. A wait begins when it is
     * said, at the latest: who says that it waits since tomorrow would be taken last of all.
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

    /** After these are over. Of several alternatives one that is done is enough. */
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

    /** After the fabric has ended these, whatever they are. */
    Waits without(Collection<String> targets) {
        Map<String, Edge> after = new HashMap<>(edges);
        targets.forEach(target -> after.computeIfPresent(target, (name, edge) -> edge.closed()));
        return with(after);
    }

    /** After the fabric came to know of a wait by itself. */
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

    /** The newest version that was spoken of. */
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

    /** Since when it waits for any of these; {@code null} if for none. */
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
