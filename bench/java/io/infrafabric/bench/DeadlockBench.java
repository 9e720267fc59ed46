package io.infrafabric.bench;

import io.infrafabric.bench.Fabric.Session;
import io.infrafabric.bench.WaitGraphs.Measured;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An edge is added to a wait graph: the rule alone, beside a full detection; and over HTTP, committed. */
@Tag("bench")
class DeadlockBench {
    private static final int SESSIONS = 200;
    private static final int PAUSE_MILLIS = 5;
    private static final double[] DEGREES = {0.5, 0.9, 2};
    /** Reachable sets are large where there is more than one edge a node: fewer edges tell as much. */
    private static final int DENSE_SHARE = 100;

    private static final String FILL = """
            INSERT INTO deadlock_edge (session, target, swarm, since, version, open, by_fabric)
            SELECT 'x-' || n, 'session:x-' || (n + 1 + (random() * 1000)::int), 'deadlock', now(), 1, true, false
              FROM generate_series($1::bigint, $2::bigint) n
            """;

    @Test
    void deadlock() {
        Report.section("deadlock");
        rule();
        overHttp();
    }

    private static void rule() {
        int most = Sizes.BENCH_EDGES.get();
        int count = Sizes.BENCH_SINGLES.get();
        Report.say("The rule alone, no database: one edge is added, and what it can reach is looked at; " + count
                + " edges on each graph (fewer on those with 2 edges a node). To hold: p50 below 1 ms on sparse graphs of"
                + " 10^6 edges. JGraphT looks at the whole graph (CycleDetector).");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "edges",
                "edges a node",
                "reachable p50",
                "p99",
                "max",
                "added, ms p50",
                "p99",
                "max",
                "cycle found, ms p50",
                "JGraphT in full, ms",
                "/ ours p50"));
        WaitGraphs.measure(10_000, 0.9, count, 3);
        for (int edges = 1_000; edges <= most; edges *= 10) {
            for (double degree : DEGREES) {
                Measured measured =
                        WaitGraphs.measure(edges, degree, degree > 1 ? Math.max(20, count / DENSE_SHARE) : count, 1);
                rows.add(row(measured));
            }
        }
        Report.table(rows);
    }

    private static List<String> row(Measured measured) {
        return List.of(
                Figures.whole(measured.edges()),
                Figures.text(measured.degree()),
                Figures.whole(measured.reachable().median()),
                Figures.whole(measured.reachable().at(0.99)),
                Figures.whole(measured.reachable().max()),
                fine(measured.added().median()),
                fine(measured.added().at(0.99)),
                fine(measured.added().max()),
                fine(measured.closed().median()),
                Figures.text(measured.full().median()),
                Figures.whole(measured.full().median() / measured.added().median()));
    }

    private static String fine(double millis) {
        return String.format(Locale.ROOT, "%.4f", millis);
    }

    private static void overHttp() {
        Vertx clients = Vertx.vertx();
        Ground ground = Ground.fresh("deadlock", 4);
        Pool database = ground.pool(clients, 1);
        try (Floor floor = new Floor(clients, Ground.fresh("floor", 0), 1);
                Fabric http = Fabric.start(clients, "deadlock", ground, Fabric.tokens(), 4, Map.of())) {
            List<Session> sessions = http.enrol("deadlock", SESSIONS);
            Report.say("Over HTTP, committed: POST …/edges, one at a time, " + PAUSE_MILLIS
                    + " ms apart, beside one durable commit; the swarm's graph has so many edges besides.");
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("edges in the graph", "p50 ms", "p95", "p99", "commit p50", "p50 / commit"));
            long filled = 0;
            for (int edges = 1_000; edges <= Sizes.BENCH_EDGES.get(); edges *= 10) {
                Ground.await(database.preparedQuery(FILL).execute(Tuple.of(filled + 1, (long) edges)));
                Ground.await(database.query("VACUUM ANALYZE deadlock_edge").execute());
                filled = edges;
                rows.add(added(http, floor, sessions, edges));
            }
            Report.table(rows);
        } finally {
            Ground.await(clients.close());
        }
    }

    private static List<String> added(Fabric http, Floor floor, List<Session> sessions, int edges) {
        Map<String, List<Long>> nanos = new LinkedHashMap<>();
        int count = Sizes.BENCH_SINGLES.get();
        int warmUp = Sizes.BENCH_WARM_UP.get();
        for (int i = 0; i < warmUp + count; i++) {
            // To a later one, so that no cycle closes; again and again, so that half of them exist already.
            int from = i % (sessions.size() - 1);
            int to = from + 1 + (i / sessions.size()) % (sessions.size() - from - 1);
            JsonObject body = new JsonObject()
                    .put("waitingOn", new JsonArray().add(sessions.get(to).id()));
            Session session = sessions.get(from);
            Ground.pause(PAUSE_MILLIS);
            long start = System.nanoTime();
            Ground.await(floor.commit());
            long committed = System.nanoTime();
            var answer = Ground.await(http.post("/deadlock/waits/" + session.id() + "/edges", session.token(), body));
            long end = System.nanoTime();
            if (answer.status() != 200) {
                throw new IllegalStateException("A wait was answered " + answer);
            }
            if (i >= warmUp) {
                nanos.computeIfAbsent("commit", any -> new ArrayList<>()).add(committed - start);
                nanos.computeIfAbsent("edge", any -> new ArrayList<>()).add(end - committed);
            }
        }
        Figures commit = Figures.ofNanos(nanos.get("commit"));
        Figures edge = Figures.ofNanos(nanos.get("edge"));
        return List.of(
                Figures.whole(edges),
                Figures.text(edge.median()),
                Figures.text(edge.at(0.95)),
                Figures.text(edge.at(0.99)),
                Figures.text(commit.median()),
                Figures.times(edge.median() / commit.median()));
    }
}
