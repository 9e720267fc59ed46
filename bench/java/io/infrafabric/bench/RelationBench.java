package io.infrafabric.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Adding a relation to graphs of growing size, one at a time over HTTP, by type; and the graph to depth 3 around a claim
 * with 1,000 neighbours. The graphs are made in SQL: a fifth of their relations are contradictions, and dependencies lead
 * from newer claims to ones up to a hundred older, at most one from each claim (chains, as arguments have them).
 */
@Tag("bench")
class RelationBench {
    private static final int[] SIZES = {10_000, 100_000, 1_000_000};
    private static final int CHUNK = 100_000;
    private static final int NEIGHBOURS = 1_000;
    private static final int QUERIES = 100;
    private static final int PAUSE_MILLIS = 5;
    private static final String COMMIT = "one durable commit";

    private static final String STATE = """
            INSERT INTO relation_claim (node, id, version, swarm, stated_by, statement, confidence, includes, excludes,
                   falsifiers, evidence, ruling, stated_at, strength, standing, disputed, seq)
            SELECT n, 'c' || n, 1, 'bench', 'bench', 'Statement ' || n, 0.25 + n % 3 * 0.25, '{}', '{}', '{}',
                   '[{"type":"document","url":"d' || n || '"}]', false, now(), 0.25 + n % 3 * 0.25, 'ACCEPTED', false, 1
              FROM generate_series($1::bigint, $2::bigint) n
            """;

    private static final String RELATE = """
            INSERT INTO relation_edge (id, swarm, from_node, to_node, type, confidence, by, at)
            SELECT gen_random_uuid(), 'bench', a, b, t, 1, 'bench', now() FROM (
              SELECT n AS a, n - 1 - (n * 7919 % 100) AS b, 'DEPENDS_ON' AS t FROM generate_series($1::bigint, $2::bigint) n
                WHERE n % 4 <> 0
               UNION ALL SELECT n, n - 101 - (n * 104729 % 1000), 'SUPPORTS' FROM generate_series($1::bigint, $2::bigint) n
               UNION ALL SELECT n, n - 1102 - (n * 1299709 % 1000), 'CONTRADICTS'
                 FROM generate_series($1::bigint, $2::bigint) n WHERE n % 2 = 0) e WHERE b > 0
            ON CONFLICT DO NOTHING
            """;

    private static final String CONTRADICT = """
            INSERT INTO relation_contradiction (id, swarm, first_node, second_node, claim1, version1, claim2, version2, kind,
                   path, certainty, severity, score, resting, found_at, escalated)
            SELECT gen_random_uuid(), 'bench', to_node, from_node, 'c' || to_node, 1, 'c' || from_node, 1, 'DECLARED', '{}',
                   1, 'LOW', 0.25, 0, now(), true
              FROM relation_edge WHERE type = 'CONTRADICTS' AND to_node < from_node AND from_node BETWEEN $1 AND $2
            ON CONFLICT DO NOTHING
            """;

    // What the rules say of this graph, strongest first, so that measuring begins with nothing left to be done.
    private static final String REJECT = """
            UPDATE relation_claim c SET standing = 'REJECTED' WHERE c.strength = $1 AND EXISTS (
              SELECT 1 FROM relation_contradiction x JOIN relation_claim r
                  ON r.node = CASE WHEN x.first_node = c.node THEN x.second_node ELSE x.first_node END
               WHERE (x.first_node = c.node OR x.second_node = c.node) AND r.strength > c.strength
                 AND r.standing = 'ACCEPTED')
            """;

    private static final String UNDECIDE = """
            UPDATE relation_claim c SET standing = 'UNDECIDED' WHERE c.strength = $1 AND c.standing <> 'REJECTED' AND EXISTS (
              SELECT 1 FROM relation_contradiction x JOIN relation_claim r
                  ON r.node = CASE WHEN x.first_node = c.node THEN x.second_node ELSE x.first_node END
               WHERE (x.first_node = c.node OR x.second_node = c.node) AND r.strength >= c.strength
                 AND r.standing <> 'REJECTED')
            """;

    private static final String DISPUTE = """
            UPDATE relation_claim c SET disputed = true WHERE NOT c.disputed AND (c.standing <> 'ACCEPTED' OR EXISTS (
              SELECT 1 FROM relation_edge e JOIN relation_claim d ON d.node = e.to_node
               WHERE e.from_node = c.node AND e.type = 'DEPENDS_ON' AND d.disputed))
            """;

    private static final String HUB = """
            INSERT INTO relation_edge (id, swarm, from_node, to_node, type, confidence, by, at)
            SELECT gen_random_uuid(), 'bench', n, $1, 'SUPPORTS', 1, 'bench', now()
              FROM generate_series($2::bigint, $3::bigint) n ON CONFLICT DO NOTHING
            """;

    @Test
    void relations() {
        Vertx clients = Vertx.vertx();
        Ground ground = Ground.fresh("relation", 3);
        Ground naively = Ground.fresh("floor", 0);
        Pool database = ground.pool(clients, 1);
        try (Floor floor = new Floor(clients, naively, 1);
                Fabric fabric = Fabric.start(clients, "relation", ground, Fabric.tokens(), Lanes.IN_FLIGHT, Map.of())) {
            Report.section("relation");
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("relations in the graph", "added, ms", "p50", "p99", "max", "p50 / commit"));
            SplittableRandom random = new SplittableRandom(1);
            long claims = 0;
            for (int size : SIZES) {
                if (size > Sizes.BENCH_RELATIONS.get()) {
                    Report.say("Graphs above " + Figures.whole(Sizes.BENCH_RELATIONS.get()) + " relations were left out.");
                    break;
                }
                // Two and a quarter relations a claim.
                long wanted = size * 4L / 9;
                grow(database, claims + 1, wanted);
                claims = wanted;
                rows.addAll(adding(fabric, floor, random, claims, size));
            }
            Report.say("Relations added one at a time, " + PAUSE_MILLIS + " ms apart, over HTTP, " + Sizes.BENCH_SINGLES.get()
                    + " of each type in turn. To hold: what it costs depends on what is reachable from the relation, and not"
                    + " on the size of the graph.");
            Report.table(rows);
            around(fabric, database, claims);
        } finally {
            Ground.await(clients.close());
        }
    }

    private static void grow(Pool database, long from, long to) {
        for (long start = from; start <= to; start += CHUNK) {
            Tuple range = Tuple.of(start, Math.min(start + CHUNK - 1, to));
            for (String sql : List.of(STATE, RELATE, CONTRADICT)) {
                Ground.await(database.preparedQuery(sql).execute(range));
            }
        }
        Ground.await(database.query("ANALYZE").execute());
        for (double strength : new double[] {0.75, 0.5, 0.25}) {
            Ground.await(database.preparedQuery(REJECT).execute(Tuple.of(strength)));
            Ground.await(database.preparedQuery(UNDECIDE).execute(Tuple.of(strength)));
        }
        while (Ground.await(database.query(DISPUTE).execute()).rowCount() > 0) {
            // A step further up.
        }
        Ground.await(database.query("ANALYZE").execute());
    }

    private static List<List<String>> adding(
            Fabric fabric, Floor floor, SplittableRandom random, long claims, int size) {
        Map<String, Supplier<Future<?>>> kinds = new LinkedHashMap<>();
        kinds.put(COMMIT, floor::commit);
        for (String type : List.of("supports", "contradicts", "depends_on", "scoped_as")) {
            kinds.put(type, () -> add(fabric, random, claims, type));
        }
        Map<String, List<Long>> times = new LinkedHashMap<>();
        kinds.keySet().forEach(kind -> times.put(kind, new ArrayList<>()));
        int warmUp = Sizes.BENCH_WARM_UP.get();
        for (int round = 0; round < warmUp + Sizes.BENCH_SINGLES.get(); round++) {
            boolean counts = round >= warmUp;
            kinds.forEach((kind, call) -> {
                Ground.pause(PAUSE_MILLIS);
                long start = System.nanoTime();
                Ground.await(call.get());
                if (counts) {
                    times.get(kind).add(System.nanoTime() - start);
                }
            });
        }
        double commit = Figures.ofNanos(times.get(COMMIT)).median();
        List<List<String>> rows = new ArrayList<>();
        times.forEach((kind, nanos) -> {
            Figures figures = Figures.ofNanos(nanos);
            rows.add(List.of(
                    Figures.whole(size),
                    kind,
                    Figures.text(figures.median()),
                    Figures.text(figures.at(0.99)),
                    Figures.text(figures.max()),
                    Figures.times(figures.median() / commit)));
        });
        return rows;
    }

    /** From a claim to an older one, as in the graph; a pair that has a relation already is answered, too. */
    private static Future<?> add(Fabric fabric, SplittableRandom random, long claims, String type) {
        long from = random.nextLong(2_200, claims + 1);
        long to = from - 1 - random.nextLong(2_000);
        return fabric.operate(
                        "/relation/relations",
                        new JsonObject().put("from", "c" + from).put("type", type).put("to", "c" + to))
                .map(answer -> {
                    if (answer.status() != 201 && answer.status() != 200 && answer.status() != 409) {
                        throw new IllegalStateException("A relation was answered " + answer);
                    }
                    return answer;
                });
    }

    private static void around(Fabric fabric, Pool database, long claims) {
        long hub = claims / 2;
        Ground.await(database.preparedQuery(HUB).execute(Tuple.of(hub, hub + 1, hub + NEIGHBOURS)));
        List<Long> nanos = new ArrayList<>();
        int answered = 0;
        for (int i = 0; i < QUERIES; i++) {
            long start = System.nanoTime();
            JsonObject graph = Ground.await(fabric.look("/relation/claims/c" + hub + "/graph?depth=3"));
            nanos.add(System.nanoTime() - start);
            answered = graph.getJsonArray("claims").size();
        }
        assertThat(answered).isGreaterThanOrEqualTo(NEIGHBOURS);
        Figures figures = Figures.ofNanos(nanos);
        Report.say("The graph to depth 3 around a claim with " + Figures.whole(NEIGHBOURS) + " neighbours, "
                + Figures.whole(answered) + " claims in the answer: p50 " + Figures.text(figures.median()) + " ms, p99 "
                + Figures.text(figures.at(0.99)) + " ms.");
    }
}
