package io.infrafabric.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bench.Fabric.Answer;
import io.infrafabric.bench.Fabric.Session;
import io.infrafabric.fabric.Tokens;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** From sending the submit to the waiting claim's answer, over HTTP, one at a time. */
@Tag("bench")
class PickupBench {
    /** Time for a claim to come to wait, and for what a pickup has set in motion to settle. */
    private static final long PAUSE_MILLIS = 15;

    private static final int CROWD = 8;
    private static final int WAIT_SECONDS = 50;

    /** One kind of pickup; the future ends with the nanoseconds that it took. */
    private interface Pickup {
        Future<Long> once();
    }

    /** A swarm whose sessions all wait, and where its tasks are submitted. */
    private static final class Waiting implements Pickup {
        private final Fabric submitAt;
        private final Fabric waitAt;
        private final String swarm;
        private volatile Promise<Long> arrival = Promise.promise();

        Waiting(Fabric submitAt, Fabric waitAt, String swarm, int sessions) {
            this.submitAt = submitAt;
            this.waitAt = waitAt;
            this.swarm = swarm;
            submitAt.enrol(swarm, sessions).forEach(this::await);
        }

        private void await(Session session) {
            waitAt.claim(session, WAIT_SECONDS).onComplete(claim -> {
                long now = System.nanoTime();
                if (claim.failed() || claim.result().status() != 201) {
                    again(session, claim.result());
                    return;
                }
                Promise<Long> told = arrival;
                waitAt.complete(session, claim.result())
                        .onComplete(completed -> {
                            await(session);
                            told.complete(now);
                        });
            });
        }

        /** The time of waiting was up, or the run is over. */
        private void again(Session session, Answer answer) {
            if (answer != null && answer.status() == 204) {
                await(session);
            }
        }

        @Override
        public Future<Long> once() {
            Promise<Long> told = Promise.promise();
            arrival = told;
            long start = System.nanoTime();
            return submitAt.submit(swarm).compose(submitted -> told.future()).map(end -> end - start);
        }
    }

    @Test
    void pickup() {
        Vertx vertx = Vertx.vertx();
        Tokens tokens = Fabric.tokens();
        Ground ground = Ground.fresh("pickup", 1);
        try (Floor floor = new Floor(vertx, Ground.fresh("floor", 0), 2);
                Fabric a = Fabric.start(vertx, "pickup-a", ground, tokens, 64, Map.of());
                Fabric b = Fabric.start(vertx, "pickup-b", ground, tokens, 64, Map.of())) {
            workOff(vertx, a, "warm-a");
            workOff(vertx, b, "warm-b");
            Map<String, Pickup> kinds = new LinkedHashMap<>();
            kinds.put("floor: commit, stream entry, commit", () -> {
                long start = System.nanoTime();
                return floor.pickup().map(claimed -> System.nanoTime() - start);
            });
            kinds.put("one process", new Waiting(a, a, "one", 1));
            kinds.put("two processes, woken through Redis", new Waiting(a, b, "two", 1));
            kinds.put("one process, " + CROWD + " sessions wait", new Waiting(a, a, "crowd", CROWD));
            kinds.put("for comparison: a submit that is refused without asking the database", () -> {
                long start = System.nanoTime();
                JsonObject wrong = new JsonObject().put("swarm", "one").put("title", "bench").put("priority", "P9");
                return a.operate("/coordinator/tasks", wrong).map(refused -> System.nanoTime() - start);
            });
            report(measure(kinds));
        } finally {
            Ground.await(vertx.close());
        }
    }

    /** Has the process compile its code: what is measured is one that has run for a while. */
    private static void workOff(Vertx vertx, Fabric fabric, String swarm) {
        List<Session> sessions = fabric.enrol(swarm, Lanes.IN_FLIGHT);
        Lanes.run(vertx, Sizes.BENCH_WARM_FLOW.get(), lane -> fabric.submit(swarm)
                .compose(submitted -> fabric.claim(sessions.get(lane), 10))
                .compose(claimed -> fabric.complete(sessions.get(lane), claimed)));
    }

    /** All kinds in turn, so that noise is shared. */
    private static Map<String, Figures> measure(Map<String, Pickup> kinds) {
        Map<String, List<Long>> times = new LinkedHashMap<>();
        kinds.keySet().forEach(kind -> times.put(kind, new ArrayList<>()));
        int warmUp = Sizes.BENCH_WARM_UP.get();
        IntStream.range(0, warmUp + Sizes.BENCH_PICKUPS.get()).forEach(round -> kinds.forEach((kind, pickup) -> {
            Ground.pause(PAUSE_MILLIS);
            long nanos = Ground.await(pickup.once());
            if (round >= warmUp) {
                times.get(kind).add(nanos);
            }
        }));
        Map<String, Figures> figures = new LinkedHashMap<>();
        times.forEach((kind, nanos) -> figures.put(kind, Figures.ofNanos(nanos)));
        return figures;
    }

    private static void report(Map<String, Figures> figures) {
        Figures floor = figures.values().iterator().next();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("pickup, ms", "p50", "p95", "p99", "max", "p50 / floor", "p99 / floor"));
        figures.forEach((kind, own) -> rows.add(List.of(
                kind,
                Figures.text(own.median()),
                Figures.text(own.at(0.95)),
                Figures.text(own.at(0.99)),
                Figures.text(own.max()),
                Figures.times(own.median() / floor.median()),
                Figures.times(own.at(0.99) / floor.at(0.99)))));
        Report.section("pickup");
        Report.say("From sending the submit to the waiting claim's answer, over HTTP, one at a time, all kinds in turn: "
                + Sizes.BENCH_WARM_UP.get() + " + " + Sizes.BENCH_PICKUPS.get() + " rounds. To hold: p50 <= 1.6 x, p99 <="
                + " 2.5 x the floor; p99 under 10 ms where the floor's is under 4 ms.");
        Report.table(rows);
        assertThat(figures.values()).allSatisfy(own -> assertThat(own.sorted()).hasSize(Sizes.BENCH_PICKUPS.get()));
    }
}
