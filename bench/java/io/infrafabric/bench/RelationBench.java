package io.infrafabric.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bench.Fabric.Answer;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Adding a relation to graphs of growing size, one at a time over HTTP, by type and in the dense component; and the graph
 * to depth 3 around a claim with 1,000 neighbours. Each relation is taken back when it was measured, so that the graph
 * stays what it is.
 */
@Tag("bench")
class RelationBench {
    private static final int[] SIZES = {10_000, 100_000, 1_000_000};
    private static final int NEIGHBOURS = 1_000;
    private static final int QUERIES = 100;
    /** Of each type at each size; half as many as elsewhere, for there are more kinds here. */
    private static final int ROUNDS = Sizes.BENCH_SINGLES.get() / 2;

    private static final int PAUSE_MILLIS = 5;
    private static final String COMMIT = "one durable commit";
    private static final String ANY = "a relation of any type";
    private static final String BACK = "taken back";
    private static final String DENSE = "contradicts, in the dense component";
    private static final String AROUND = "graph to depth 3 around 1,000 neighbours";

    /** Medians of the smallest graph. */
    private final Map<String, Double> first = new LinkedHashMap<>();

    @Test
    void relations() {
        Vertx clients = Vertx.vertx();
        Ground ground = Ground.fresh("relation", 3);
        Ground naively = Ground.fresh("floor", 0);
        Pool database = ground.pool(clients, 1);
        try (Floor floor = new Floor(clients, naively, 1);
                Fabric fabric = Fabric.start(clients, "relation", ground, Fabric.tokens(), Lanes.IN_FLIGHT, Map.of())) {
            Report.section("relation");
            EvidenceGraph graph = new EvidenceGraph(fabric, database);
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("added", "relations in the graph", "p50, ms", "p99", "max", "p50 / commit", "p50 / smallest"));
            for (int size : SIZES) {
                if (size > Sizes.BENCH_RELATIONS.get()) {
                    Report.say("Graphs above " + Figures.whole(Sizes.BENCH_RELATIONS.get()) + " relations were left out.");
                    break;
                }
                long relations = graph.grow(size);
                if (size == SIZES[0]) {
                    graph.verify();
                    adding(graph, floor, new SplittableRandom(2), Sizes.BENCH_WARM_UP.get());
                }
                Map<String, List<Long>> times =
                        adding(graph, floor, new SplittableRandom(1), ROUNDS);
                times.put(AROUND, around(fabric, graph));
                rows.addAll(rows(relations, times));
            }
            Report.say("Relations added one at a time, " + PAUSE_MILLIS + " ms apart, over HTTP, " + ROUNDS
                    + " of each type in turn, between two claims of one copy of the documented claims; each is taken back"
                    + " afterwards. To hold: what it costs depends on what can be reached from the relation, and not on"
                    + " the size of the graph.");
            Report.table(rows);
        } finally {
            Ground.await(clients.close());
        }
    }

    private static Map<String, List<Long>> adding(
            EvidenceGraph graph, Floor floor, SplittableRandom random, int rounds) {
        Map<String, Supplier<Answer>> kinds = new LinkedHashMap<>();
        for (String type : List.of("supports", "contradicts", "depends_on", "scoped_as")) {
            kinds.put(type, () -> graph.add(random, type));
        }
        kinds.put(DENSE, () -> graph.addDense(random, "contradicts"));
        Map<String, List<Long>> times = new LinkedHashMap<>();
        List.of(COMMIT, ANY, BACK).forEach(kind -> times.put(kind, new ArrayList<>()));
        for (int round = 0; round < rounds; round++) {
            times.get(COMMIT).add(time(() -> Ground.await(floor.commit())).nanos());
            kinds.forEach((kind, call) -> {
                Timed<Answer> added = time(call);
                // Where there is one already, or where the scopes are apart, nothing follows.
                while (added.result() == null
                        || added.result().body().getBoolean("scopesApart", false)) {
                    if (added.result() != null) {
                        graph.takeBack(added.result());
                    }
                    added = time(call);
                }
                Answer relation = added.result();
                long back = time(() -> {
                            graph.takeBack(relation);
                            return relation;
                        })
                        .nanos();
                times.computeIfAbsent(kind, none -> new ArrayList<>()).add(added.nanos());
                if (!kind.equals(DENSE)) {
                    times.get(ANY).add(added.nanos());
                    times.get(BACK).add(back);
                }
            });
        }
        return times;
    }

    private record Timed<T>(T result, long nanos) {}

    private static <T> Timed<T> time(Supplier<T> call) {
        Ground.pause(PAUSE_MILLIS);
        long start = System.nanoTime();
        T result = call.get();
        return new Timed<>(result, System.nanoTime() - start);
    }

    private static List<Long> around(Fabric fabric, EvidenceGraph graph) {
        String hub = graph.hub(NEIGHBOURS);
        List<Long> nanos = new ArrayList<>();
        for (int i = 0; i < 2 * QUERIES; i++) {
            Timed<JsonObject> answer =
                    time(() -> Ground.await(fabric.look("/relation/claims/" + hub + "/graph?depth=3")));
            assertThat(answer.result().getJsonArray("claims").size()).isGreaterThan(NEIGHBOURS);
            if (i >= QUERIES) {
                nanos.add(answer.nanos());
            }
        }
        graph.forget(hub);
        return nanos;
    }

    private List<List<String>> rows(long relations, Map<String, List<Long>> times) {
        double commit = Figures.ofNanos(times.get(COMMIT)).median();
        List<List<String>> rows = new ArrayList<>();
        times.forEach((kind, nanos) -> {
            Figures figures = Figures.ofNanos(nanos);
            rows.add(List.of(
                    kind,
                    Figures.whole((double) relations),
                    Figures.text(figures.median()),
                    Figures.text(figures.at(0.99)),
                    Figures.text(figures.max()),
                    Figures.times(figures.median() / commit),
                    Figures.times(figures.median() / first.computeIfAbsent(kind, none -> figures.median()))));
        });
        return rows;
    }
}
