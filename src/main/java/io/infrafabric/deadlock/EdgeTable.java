package io.infrafabric.deadlock;

import io.infrafabric.bus.Due;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Subscriptions;
import io.infrafabric.bus.Work;
import io.infrafabric.deadlock.Waits.Edge;
import io.infrafabric.deadlock.Waits.Mode;
import io.infrafabric.deadlock.Waits.Over;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Waits and their edges. All changes happen under the graph lock of the swarm. */
@ApplicationScoped
class EdgeTable {
    // Ordered by name, so that two transactions never wait for each other; count() is there to get a value.
    private static final String LOCK = "SELECT count(pg_advisory_xact_lock(hashtextextended('deadlock.' || swarm, 0)))"
            + " FROM unnest($1::text[]) AS swarm";

    private static final String WAITS = """
            SELECT i.session, w.mode, w.floor, w.reason, w.task, e.target, e.since, e.version, e.open, e.by_fabric
              FROM unnest($1::text[]) AS i(session)
              LEFT JOIN deadlock_wait w ON w.session = i.session
              LEFT JOIN deadlock_edge e ON e.session = i.session
             WHERE w.session IS NOT NULL OR e.session IS NOT NULL
            """;

    // Finds in one step who can be reached over sessions only; most waits are like this.
    private static final String REACHED = """
            WITH RECURSIVE reached(session) AS (
              SELECT unnest($1::text[])
              UNION SELECT substr(e.target, 9) FROM reached r
                      JOIN deadlock_edge e ON e.session = r.session AND e.open AND e.target LIKE 'session:%')
            SELECT e.session, coalesce(w.mode, 'ALL') AS mode, coalesce(w.floor, 0) AS floor, w.reason, w.task,
                   e.target, e.since, e.version, e.open, e.by_fabric
              FROM (SELECT session FROM reached LIMIT $2) r
              JOIN deadlock_edge e ON e.session = r.session AND e.open
              LEFT JOIN deadlock_wait w ON w.session = r.session
            """;

    private static final String WRITE_WAITS = """
            INSERT INTO deadlock_wait (session, swarm, mode, floor, reason, task)
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[])
            ON CONFLICT (session) DO UPDATE
               SET swarm = excluded.swarm, mode = excluded.mode, floor = excluded.floor, reason = excluded.reason,
                   task = excluded.task, changed_at = now()
            """;

    private static final String WRITE_EDGES = """
            INSERT INTO deadlock_edge (session, target, swarm, since, version, open, by_fabric)
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::boolean[],
                                 $7::boolean[])
            ON CONFLICT (session, target) DO UPDATE
               SET swarm = excluded.swarm, since = excluded.since, version = excluded.version, open = excluded.open,
                   by_fabric = excluded.by_fabric, changed_at = now()
            """;

    private static final String FORGET_EDGES = "DELETE FROM deadlock_edge e USING unnest($1::text[], $2::text[])"
            + " AS i(session, target) WHERE e.session = i.session AND e.target = i.target";

    private static final String THING = """
            INSERT INTO deadlock_thing AS t (name, swarm, over, human, helpers) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (name) DO UPDATE
               SET over = coalesce(t.over, excluded.over), human = t.human OR excluded.human,
                   helpers = ARRAY(SELECT h FROM unnest(t.helpers || excluded.helpers) AS h
                                    WHERE h <> ALL($6::text[]) GROUP BY h ORDER BY h),
                   changed_at = now()
            """;

    /**
     * What is known of things other than sessions and tasks; {@code over} is {@code null} while the thing is not over.
     */
    record Thing(String name, Over over, boolean human, List<String> helpers) {}

    /** One session's waits, before and after a change. */
    record Changed(String swarm, Waits before, Waits after) {}

    private final Due due;
    private final Subscriptions subscriptions;
    private final DeadlockConfig config;

    EdgeTable(Due due, Subscriptions subscriptions, DeadlockConfig config) {
        this.due = due;
        this.subscriptions = subscriptions;
        this.config = config;
    }

    /** Takes the graph locks of these swarms until the transaction ends. Nothing can overtake later reads. */
    Lock<Locks.Turns, Void> lock(Work work, Collection<String> swarms) {
        return Lock.of(work.connection()
                .preparedQuery(LOCK)
                .execute(Tuple.of(new TreeSet<>(swarms).toArray(String[]::new)))
                .replaceWithVoid());
    }

    /** Those of the swarms in which somebody may wait. */
    Uni<Set<String>> swept(SqlClient client, Collection<String> swarms) {
        return client.preparedQuery("SELECT swarm FROM deadlock_swarm WHERE swarm = ANY($1)")
                .execute(Tuple.of(swarms.toArray(String[]::new)))
                .map(rows -> new HashSet<>(Rows.all(rows, row -> row.getString(0))));
    }

    /** Everything that these sessions have reported, including closed edges; omits silent sessions. */
    Uni<Map<String, Waits>> waits(SqlClient client, Collection<String> sessions) {
        return client.preparedQuery(WAITS)
                .execute(Tuple.of(sessions.toArray(String[]::new)))
                .map(EdgeTable::waits);
    }

    /**
     * What these sessions wait for, and the sessions that they wait for, and so on; for at most {@code most} sessions.
     */
    Uni<Map<String, Waits>> reached(SqlClient client, Collection<String> sessions, int most) {
        return client.preparedQuery(REACHED)
                .execute(Tuple.of(sessions.toArray(String[]::new), most))
                .map(EdgeTable::waits);
    }

    /** The waiting sessions of a swarm, the longest waiting first. */
    Uni<List<String>> waiting(SqlClient client, String swarm, int most) {
        return client.preparedQuery("SELECT session FROM deadlock_edge WHERE swarm = $1 AND open"
                        + " GROUP BY session ORDER BY min(since), session LIMIT $2")
                .execute(Tuple.of(swarm, most))
                .map(rows -> Rows.all(rows, row -> row.getString(0)));
    }

    /** Who waits for any of these, by name. */
    Uni<Set<String>> waitersOf(SqlClient client, Collection<String> targets) {
        return client.preparedQuery("SELECT DISTINCT session FROM deadlock_edge WHERE open AND target = ANY($1)")
                .execute(Tuple.of(targets.toArray(String[]::new)))
                .map(rows -> new TreeSet<>(Rows.all(rows, row -> row.getString(0))));
    }

    /** The swarms of those who wait for any of these. */
    Uni<Set<String>> swarmsOf(SqlClient client, Collection<String> targets) {
        return client.preparedQuery("SELECT DISTINCT swarm FROM deadlock_edge WHERE open AND target = ANY($1)")
                .execute(Tuple.of(targets.toArray(String[]::new)))
                .map(rows -> new TreeSet<>(Rows.all(rows, row -> row.getString(0))));
    }

    /** What is known of these things; most need no entry. */
    Uni<Map<String, Thing>> things(SqlClient client, Collection<String> names) {
        if (names.isEmpty()) {
            return Uni.createFrom().item(Map.of());
        }
        return client.preparedQuery("SELECT * FROM deadlock_thing WHERE name = ANY($1)")
                .execute(Tuple.of(names.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, Thing> things = new HashMap<>();
                    rows.forEach(row -> things.put(
                            row.getString("name"),
                            new Thing(
                                    row.getString("name"),
                                    row.getString("over") == null ? null : Over.valueOf(row.getString("over")),
                                    row.getBoolean("human"),
                                    List.of(row.getArrayOfStrings("helpers")))));
                    return things;
                });
    }

    /**
     * Adds news about a thing: over stays over, in whatever order news arrives. Sessions in {@code gone} no longer
     * help.
     */
    Uni<Void> tell(Work work, String swarm, Thing thing, List<String> gone) {
        return work.connection()
                .preparedQuery(THING)
                .execute(Tuple.of(
                        thing.name(),
                        swarm,
                        thing.over() == null ? null : thing.over().name(),
                        thing.human(),
                        thing.helpers().toArray(String[]::new),
                        gone.toArray(String[]::new)))
                .replaceWithVoid();
    }

    /** Writes changes; a swarm in which somebody waits is swept from now on. */
    Uni<Void> write(Work work, Collection<Changed> all, Set<String> swept) {
        List<Changed> changed = all.stream()
                .filter(change -> !change.after().equals(change.before()))
                .toList();
        if (changed.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        work.alongside(work.connection().preparedQuery(WRITE_WAITS).execute(heads(changed)));
        writeEdges(work, changed);
        List<String> fresh = changed.stream()
                .filter(change -> !change.after().open().isEmpty())
                .map(Changed::swarm)
                .filter(swarm -> !swept.contains(swarm))
                .distinct()
                .sorted()
                .toList();
        return fresh.isEmpty() ? Uni.createFrom().voidItem() : sweepFromNowOn(work, fresh);
    }

    /**
     * The first sweep comes soon: no event reported changes from before all processes knew that the swarm is watched.
     */
    private Uni<Void> sweepFromNowOn(Work work, List<String> swarms) {
        return work.connection()
                .preparedQuery("INSERT INTO deadlock_swarm SELECT unnest($1::text[]) ON CONFLICT DO NOTHING"
                        + " RETURNING swarm, now() AS now")
                .execute(Tuple.of(swarms.toArray(String[]::new)))
                .chain(rows -> {
                    Map<String, Instant> at = new HashMap<>();
                    rows.forEach(row -> at.put(
                            "sweep:" + row.getString("swarm"),
                            Rows.instant(row, "now").plus(config.firstSweep())));
                    return due.at(work.connection(), "deadlock", at)
                            .chain(() -> subscriptions.watch(work, "deadlock", swarms))
                            .replaceWithVoid();
                });
    }

    /** Closes all open edges of these sessions. */
    Uni<Void> close(Work work, Collection<String> gone) {
        if (gone.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return work.connection()
                .preparedQuery(
                        "UPDATE deadlock_edge SET open = false, changed_at = now() WHERE session = ANY($1) AND open")
                .execute(Tuple.of(gone.toArray(String[]::new)))
                .replaceWithVoid();
    }

    /** Marks the place that {@link #letGo} goes back to. */
    Uni<Void> beforeLocks(Work work) {
        return work.connection().query("SAVEPOINT frozen").execute().replaceWithVoid();
    }

    /** Releases the locks taken since {@link #beforeLocks}, and undoes what was written since then. */
    Uni<Void> letGo(Work work) {
        return work.connection().query("ROLLBACK TO SAVEPOINT frozen").execute().replaceWithVoid();
    }

    private static void writeEdges(Work work, List<Changed> changed) {
        record Line(String session, String swarm, Edge edge) {}
        List<Line> written = new ArrayList<>();
        List<Line> forgotten = new ArrayList<>();
        for (Changed change : changed) {
            Map<String, Edge> before = change.before().edges();
            Map<String, Edge> after = change.after().edges();
            after.values().stream()
                    .filter(edge -> !edge.equals(before.get(edge.target())))
                    .forEach(edge -> written.add(new Line(change.after().session(), change.swarm(), edge)));
            before.values().stream()
                    .filter(edge -> !after.containsKey(edge.target()))
                    .forEach(edge -> forgotten.add(new Line(change.after().session(), change.swarm(), edge)));
        }
        if (!written.isEmpty()) {
            work.alongside(work.connection().preparedQuery(WRITE_EDGES).execute(Tuple.from(new Object[] {
                Rows.column(written, Line::session, String[]::new),
                Rows.column(written, line -> line.edge().target(), String[]::new),
                Rows.column(written, Line::swarm, String[]::new),
                Rows.column(written, line -> Rows.at(line.edge().since()), OffsetDateTime[]::new),
                Rows.column(written, line -> line.edge().version(), Long[]::new),
                Rows.column(written, line -> line.edge().open(), Boolean[]::new),
                Rows.column(written, line -> line.edge().byFabric(), Boolean[]::new)
            })));
        }
        if (!forgotten.isEmpty()) {
            work.alongside(work.connection()
                    .preparedQuery(FORGET_EDGES)
                    .execute(Tuple.of(
                            Rows.column(forgotten, Line::session, String[]::new),
                            Rows.column(forgotten, line -> line.edge().target(), String[]::new))));
        }
    }

    private static Tuple heads(List<Changed> changed) {
        return Tuple.from(new Object[] {
            Rows.column(changed, change -> change.after().session(), String[]::new),
            Rows.column(changed, Changed::swarm, String[]::new),
            Rows.column(changed, change -> change.after().mode().name(), String[]::new),
            Rows.column(changed, change -> change.after().floor(), Long[]::new),
            Rows.column(changed, change -> change.after().reason(), String[]::new),
            Rows.column(changed, change -> change.after().task(), String[]::new)
        });
    }

    /** Forgets ends older than anything that may still arrive. Says whether anybody in the swarm waits. */
    Uni<Boolean> forgetOld(Work work, String swarm, Duration age) {
        long millis = age.toMillis();
        work.alongside(work.connection()
                .preparedQuery("DELETE FROM deadlock_edge WHERE swarm = $1 AND NOT open"
                        + " AND changed_at < now() - $2 * interval '1 millisecond'")
                .execute(Tuple.of(swarm, millis)));
        work.alongside(work.connection()
                .preparedQuery("DELETE FROM deadlock_thing WHERE swarm = $1 AND over IS NOT NULL"
                        + " AND changed_at < now() - $2 * interval '1 millisecond'")
                .execute(Tuple.of(swarm, millis)));
        return work.connection()
                .preparedQuery("DELETE FROM deadlock_swarm s WHERE swarm = $1"
                        + " AND NOT EXISTS (SELECT FROM deadlock_edge e WHERE e.swarm = s.swarm)")
                .execute(Tuple.of(swarm))
                .chain(gone -> gone.rowCount() == 0
                        ? Uni.createFrom().item(true)
                        : subscriptions.unwatch(work, "deadlock", swarm).replaceWith(false));
    }

    private static Map<String, Waits> waits(RowSet<Row> rows) {
        Map<String, Waits> heads = new HashMap<>();
        Map<String, Map<String, Edge>> edges = new HashMap<>();
        for (Row row : rows) {
            String session = row.getString("session");
            Map<String, Edge> its = edges.computeIfAbsent(session, any -> new HashMap<>());
            if (row.getString("mode") != null) {
                heads.computeIfAbsent(
                        session,
                        any -> new Waits(
                                session,
                                Mode.valueOf(row.getString("mode")),
                                row.getLong("floor"),
                                row.getString("reason"),
                                row.getString("task"),
                                Map.of()));
            }
            String target = row.getString("target");
            if (target != null) {
                its.put(
                        target,
                        new Edge(
                                target,
                                Rows.instant(row, "since"),
                                row.getLong("version"),
                                row.getBoolean("open"),
                                row.getBoolean("by_fabric")));
            }
        }
        Map<String, Waits> waits = new HashMap<>();
        edges.forEach((session, its) -> waits.put(
                session, heads.getOrDefault(session, Waits.none(session)).with(its)));
        return waits;
    }
}
