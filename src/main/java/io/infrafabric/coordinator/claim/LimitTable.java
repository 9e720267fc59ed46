package io.infrafabric.coordinator.claim;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.claim.FairTurns.Clock;
import io.infrafabric.coordinator.claim.FairTurns.Line;
import io.infrafabric.coordinator.claim.Lanes.Limits;
import io.infrafabric.coordinator.claim.Lanes.Look;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.Dispatch;
import io.infrafabric.coordinator.task.TaskRow;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The limits of a grant apart from those of the session: how many tasks are held under a concurrency key, and whose turn it
 * is. A grant locks the rows of its keys and of its turns. A statement after the lock counts the leases that exist.
 */
public final class LimitTable {
    private static final String RUNNING = """
            SELECT k.swarm, k.key, coalesce(c.at_most, 1) - (SELECT count(*) FROM coordinator_task t WHERE %s)::int AS free
              FROM unnest($1::text[], $2::text[]) AS k(swarm, key)
              LEFT JOIN coordinator_concurrency c ON c.swarm = k.swarm AND c.key = k.key
            """.formatted(TaskRow.heldUnderKey("t", "k.swarm", "k.key"));

    private static final String LOCK_KEYS = """
            SELECT c.swarm, c.key FROM coordinator_concurrency c
              JOIN unnest($1::text[], $2::text[]) AS k(swarm, key) ON c.swarm = k.swarm AND c.key = k.key
             ORDER BY c.swarm, c.key FOR NO KEY UPDATE OF c
            """;

    private static final String LOCK_TURNS = """
            SELECT t.swarm FROM coordinator_turn t
              JOIN unnest($1::text[], $2::smallint[]) AS l(swarm, priority) ON t.swarm = l.swarm AND t.priority = l.priority
             WHERE t.key = '' ORDER BY t.swarm, t.priority FOR NO KEY UPDATE OF t
            """;

    private static final String TURNS = """
            SELECT t.swarm, t.priority, t.key, t.at FROM coordinator_turn t
              JOIN unnest($1::text[], $2::smallint[]) AS l(swarm, priority) ON t.swarm = l.swarm AND t.priority = l.priority
            """;

    private static final String WEIGHTS = """
            SELECT f.swarm, f.key, f.weight FROM coordinator_fairness f
              JOIN unnest($1::text[], $2::text[]) AS k(swarm, key) ON f.swarm = k.swarm AND f.key = k.key
            """;

    // A key that is not ahead of its line counts as a new one, so its row goes.
    private static final String FORGET = """
            DELETE FROM coordinator_turn t USING unnest($1::text[], $2::smallint[], $3::float8[]) AS l(swarm, priority, time)
             WHERE t.swarm = l.swarm AND t.priority = l.priority AND t.key <> '' AND t.at <= l.time
            """;

    private static final String MOVE = """
            INSERT INTO coordinator_turn AS t (swarm, priority, key, at)
            SELECT * FROM unnest($1::text[], $2::smallint[], $3::text[], $4::float8[])
            ON CONFLICT (swarm, priority, key) DO UPDATE SET at = excluded.at WHERE t.at <> excluded.at
            """;

    /** A concurrency key of a swarm. */
    record Key(String swarm, String name) implements Comparable<Key> {
        /** The keys that a task given out so has in its swarm. */
        static List<Key> of(String swarm, Dispatch dispatch) {
            return dispatch.concurrency().stream()
                    .map(key -> new Key(swarm, key))
                    .toList();
        }

        @Override
        public int compareTo(Key other) {
            int bySwarm = swarm.compareTo(other.swarm);
            return bySwarm != 0 ? bySwarm : name.compareTo(other.name);
        }
    }

    private LimitTable() {}

    /** The keys of lanes, the turns that they take part in, and the keys whose weights count in these. */
    private record Wanted(Set<Key> keys, Set<Line> lines, Set<Key> weighed) {
        static Wanted of(Collection<Lane> lanes) {
            Set<Key> keys = new TreeSet<>();
            Set<Line> lines = new HashSet<>();
            lanes.forEach(lane -> {
                keys.addAll(Key.of(lane.swarm(), lane.dispatch()));
                if (lane.isFair()) {
                    lines.add(new Line(lane.swarm(), lane.priority()));
                }
            });
            Set<Key> weighed = lanes.stream()
                    .map(lane ->
                            new Key(lane.swarm(), FairTurns.key(lane.dispatch().fairBy())))
                    .collect(Collectors.toSet());
            return new Wanted(keys, lines, weighed);
        }

        Uni<Limits> read(SqlClient client) {
            return (lines.isEmpty() ? Uni.createFrom().item(FairTurns.NONE) : turns(client, lines, weighed))
                    .chain(turns -> free(client, keys).map(free -> new Limits(free, turns)));
        }
    }

    /**
     * Locks the turns that these lanes take part in, and reads how far they have come, and what is free under the keys of the
     * lanes. The keys are not locked: what is granted under them is counted once more.
     */
    public static Lock<Locks.Fairness, Limits> look(SqlConnection connection, Collection<Lane> lanes) {
        Wanted wanted = Wanted.of(lanes);
        return Lock.of(lockTurns(connection, wanted.lines()).chain(() -> wanted.read(connection)));
    }

    /** The same without a lock: only to tell somebody. */
    public static Uni<Limits> glance(SqlClient client, Collection<Lane> lanes) {
        return Wanted.of(lanes).read(client);
    }

    /** What is free under these concurrency keys, by swarm, without a lock. */
    public static Uni<FreeKeys> glance(SqlClient client, Map<String, Set<String>> keys) {
        return free(
                client,
                keys.entrySet().stream()
                        .flatMap(swarm -> swarm.getValue().stream().map(key -> new Key(swarm.getKey(), key)))
                        .toList());
    }

    /** Locks the keys of what is looked at, and of these tasks, and counts what is free under them since. */
    public static Lock<Locks.Concurrency, FreeKeys> lockKeys(
            SqlConnection connection, Collection<Look> looks, Collection<Task> named) {
        Set<Key> keys = new TreeSet<>();
        looks.forEach(
                look -> keys.addAll(Key.of(look.lane().swarm(), look.lane().dispatch())));
        named.forEach(
                task -> keys.addAll(Key.of(task.swarm(), task.specification().dispatch())));
        if (keys.isEmpty()) {
            return Lock.none(Uni.createFrom().item(FreeKeys.NONE));
        }
        return Lock.of(locked(connection, LOCK_KEYS, ConcurrencyTable.MAKE, row(keys), keys.size())
                .chain(() -> free(connection, keys)));
    }

    private static Uni<Void> lockTurns(SqlConnection connection, Set<Line> lines) {
        return lines.isEmpty()
                ? Uni.createFrom().voidItem()
                : locked(connection, LOCK_TURNS, FairnessTable.MAKE, lines(lines), lines.size());
    }

    /** Locks rows, and makes those that are not there before it locks them. */
    private static Uni<Void> locked(SqlConnection connection, String lock, String make, Tuple wanted, int count) {
        return connection
                .preparedQuery(lock)
                .execute(wanted)
                .chain(rows -> rows.size() == count
                        ? Uni.createFrom().voidItem()
                        : connection
                                .preparedQuery(make)
                                .execute(wanted)
                                .chain(() -> connection.preparedQuery(lock).execute(wanted))
                                .replaceWithVoid());
    }

    /** How much is free under these keys: at most so many may be held, less what runs. */
    static Uni<FreeKeys> free(SqlClient client, Collection<Key> keys) {
        return keys.isEmpty()
                ? Uni.createFrom().item(FreeKeys.NONE)
                : client.preparedQuery(RUNNING).execute(row(keys)).map(rows -> {
                    Map<String, Integer> free = new HashMap<>();
                    rows.forEach(row -> free.put(
                            FreeKeys.of(row.getString("swarm"), row.getString("key")), row.getInteger("free")));
                    return new FreeKeys(free);
                });
    }

    /** How far turns have come, with the weights of these fairness keys. */
    static Uni<FairTurns> turns(SqlClient client, Set<Line> lines, Collection<Key> weighed) {
        return client.preparedQuery(TURNS)
                .execute(lines(lines))
                .chain(turns -> client.preparedQuery(WEIGHTS)
                        .execute(row(weighed))
                        .map(weights -> new FairTurns(clocks(lines, turns), weights(weights))));
    }

    private static Map<Line, Clock> clocks(Set<Line> lines, RowSet<Row> turns) {
        Map<Line, Double> times = new HashMap<>();
        Map<Line, Map<String, Double>> at = new HashMap<>();
        lines.forEach(line -> at.put(line, new HashMap<>()));
        for (Row row : turns) {
            Line line = new Line(row.getString("swarm"), Priority.of(row.getInteger("priority")));
            if (row.getString("key").isEmpty()) {
                times.put(line, row.getDouble("at"));
            } else {
                at.get(line).put(row.getString("key"), row.getDouble("at"));
            }
        }
        Map<Line, Clock> clocks = new HashMap<>();
        at.forEach((line, keys) -> clocks.put(line, new Clock(times.getOrDefault(line, 0.0), keys)));
        return clocks;
    }

    private static Map<String, Double> weights(RowSet<Row> rows) {
        Map<String, Double> weights = new HashMap<>();
        rows.forEach(
                row -> weights.put(FreeKeys.of(row.getString("swarm"), row.getString("key")), row.getDouble("weight")));
        return weights;
    }

    /** Writes how far the turns have come, with the transaction's other writes. */
    public static void move(Work work, Map<Line, Clock> moved) {
        if (moved.isEmpty()) {
            return;
        }
        List<Line> lines = List.copyOf(moved.keySet());
        work.alongside(work.connection()
                .preparedQuery(FORGET)
                .execute(lines(lines)
                        .addArrayOfDouble(
                                Rows.column(lines, line -> moved.get(line).time(), Double[]::new))));
        record Place(Line line, String key, double at) {}
        List<Place> places = new ArrayList<>();
        moved.forEach((line, clock) -> {
            places.add(new Place(line, "", clock.time()));
            clock.at().forEach((key, at) -> places.add(new Place(line, key, at)));
        });
        work.alongside(work.connection()
                .preparedQuery(MOVE)
                .execute(Tuple.tuple()
                        .addArrayOfString(
                                Rows.column(places, place -> place.line().swarm(), String[]::new))
                        .addArrayOfShort(Rows.column(
                                places, place -> place.line().priority().level(), Short[]::new))
                        .addArrayOfString(Rows.column(places, Place::key, String[]::new))
                        .addArrayOfDouble(Rows.column(places, Place::at, Double[]::new))));
    }

    static Tuple row(Collection<Key> keys) {
        List<Key> all = List.copyOf(keys);
        return Tuple.of(
                Rows.column(all, Key::swarm, String[]::new), (Object) Rows.column(all, Key::name, String[]::new));
    }

    static Tuple lines(Collection<Line> lines) {
        List<Line> all = List.copyOf(lines);
        return Tuple.tuple()
                .addArrayOfString(Rows.column(all, Line::swarm, String[]::new))
                .addArrayOfShort(Rows.column(all, line -> line.priority().level(), Short[]::new));
    }
}
