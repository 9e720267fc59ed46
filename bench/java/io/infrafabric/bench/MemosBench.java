package io.infrafabric.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bus.EntitySessions;
import io.infrafabric.dissent.ChainTransaction;
import io.infrafabric.dissent.Direct;
import io.infrafabric.dissent.MemoTransaction;
import io.infrafabric.dissent.SearchTransaction;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whether searching and appending stay as fast with 100,000 memos as with 1,000; and how fast the chain is verified. */
@Tag("bench")
@QuarkusTest
@TestProfile(MemosBench.OnBenchServers.class)
class MemosBench {
    private static final int FEW = 1_000;
    private static final int CHUNK = 1_000;
    private static final int PAGE = 50;
    private static final int PHRASES = 20;
    /** There are {@code PAGE} memos before, of the oldest ones. */
    private static final Instant DAY = Direct.dated(PAGE);
    private static final String COMMIT = "one durable commit";

    /** The application in this process, on the servers of the run. */
    public static final class OnBenchServers implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Ground.fresh("memos", 4).configuration();
        }
    }

    @Inject
    EntitySessions sessions;

    @Inject
    MemoTransaction memos;

    @Inject
    SearchTransaction searched;

    @Inject
    ChainTransaction chain;

    @Inject
    Vertx vertx;

    private int next = 100_000_000;

    @Test
    void memos() {
        Vertx clients = Vertx.vertx();
        Pool here = new Ground("s2_bench_memos", 4).pool(clients, 1);
        try (Floor floor = new Floor(clients, Ground.fresh("floor", 0), 1)) {
            int many = Sizes.BENCH_MEMOS.get();
            Map<String, Figures> before = measured(here, floor, 0, FEW);
            Map<String, Figures> after = measured(here, floor, FEW, many);
            Report.section("memos");
            Report.say("With " + Figures.whole(FEW) + " memos and with " + Figures.whole(many) + ", each of about "
                    + Figures.whole(Direct.size()) + " bytes with 7 votes, one of them against it; one call at a time,"
                    + " all kinds in turn, " + Sizes.BENCH_SINGLES.get() + " of each.");
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("ms", "p50 few", "p50 many", "p99 few", "p99 many", "p50 many / few"));
            before.forEach((kind, few) -> rows.add(List.of(
                    kind,
                    Figures.text(few.median()),
                    Figures.text(after.get(kind).median()),
                    Figures.text(few.at(0.99)),
                    Figures.text(after.get(kind).at(0.99)),
                    Figures.times(after.get(kind).median() / few.median()))));
            Report.table(rows);
            Figures phrases = phrases();
            Report.say("A phrase of two words that all memos have, and none in this order, which each memo is read for: "
                    + Figures.text(phrases.median()) + " ms (p50 of " + PHRASES + ", "
                    + Figures.text(phrases.at(1)) + " at most). A search ends after s2.dissent.search-time, 1 s, with a"
                    + " cursor.");
            long start = System.nanoTime();
            long links = Ground.await(onLoop(() -> Direct.verify(chain)));
            double seconds = (System.nanoTime() - start) / 1e9;
            assertThat(links).isGreaterThanOrEqualTo(many);
            Report.say("The whole chain is verified in " + Figures.text(seconds) + " s: " + Figures.whole(links / seconds)
                    + " memos/s.");
        } finally {
            Ground.await(clients.close());
        }
    }

    private Map<String, Figures> measured(Pool here, Floor floor, int from, int to) {
        for (int start = from; start < to; start += CHUNK) {
            Ground.await(Direct.fill(here, start, Math.min(to, start + CHUNK)));
        }
        Ground.await(here.query("VACUUM ANALYZE").execute());
        Ground.await(here.query("CHECKPOINT").execute());
        Map<String, Supplier<Future<?>>> kinds = new LinkedHashMap<>();
        kinds.put(COMMIT, floor::commit);
        kinds.put("append a memo", () -> onLoop(() -> Direct.append(sessions, memos, Direct.minutes(next++))));
        kinds.put("search: a word of one memo", () -> found("memo" + Direct.ODD_ONE, null, 1, 1));
        kinds.put("search: a word of none", () -> found("nowhere", null, 0, 0));
        kinds.put("search: two words of many memos", () -> found("rollback schema", null, PAGE, PAGE));
        kinds.put("search: two words of half of them each, one memo with both", () -> found("half rest", null, 1, 1));
        kinds.put("search: no word but one", () -> found("-half", null, PAGE, PAGE));
        kinds.put("search: a word and a session", () -> found("decide", "s7", 1, PAGE));
        kinds.put("search: a word and a session of one memo", () -> found("decide", "once", 1, 1));
        kinds.put("search: a word and the oldest date", () -> found("decide", null, DAY, PAGE, PAGE));
        Map<String, List<Long>> times = new LinkedHashMap<>();
        kinds.keySet().forEach(kind -> times.put(kind, new ArrayList<>()));
        int warmUp = Sizes.BENCH_WARM_UP.get();
        for (int round = 0; round < warmUp + Sizes.BENCH_SINGLES.get(); round++) {
            boolean counts = round >= warmUp;
            kinds.forEach((kind, call) -> {
                long start = System.nanoTime();
                Ground.await(call.get());
                if (counts) {
                    times.get(kind).add(System.nanoTime() - start);
                }
            });
        }
        Map<String, Figures> figures = new LinkedHashMap<>();
        times.forEach((kind, nanos) -> figures.put(kind, Figures.ofNanos(nanos)));
        return figures;
    }

    private Future<?> found(String words, String session, int atLeast, int atMost) {
        return found(words, session, null, atLeast, atMost);
    }

    private Future<?> found(String words, String session, Instant to, int atLeast, int atMost) {
        return onLoop(() -> Direct.search(searched, words, session, to, PAGE)).map(count -> {
            assertThat(count).as(words).isBetween(atLeast, atMost);
            return count;
        });
    }

    /** What no index can tell: all memos have both words, and none has them in this order. */
    private Figures phrases() {
        List<Long> nanos = new ArrayList<>();
        for (int i = 0; i < PHRASES; i++) {
            long start = System.nanoTime();
            Ground.await(found("\"on decide\"", null, 0, 0));
            nanos.add(System.nanoTime() - start);
        }
        return Figures.ofNanos(nanos);
    }

    /** As a resource calls it: on an event loop. */
    private <T> Future<T> onLoop(Supplier<Uni<T>> call) {
        Promise<T> done = Promise.promise();
        vertx.getOrCreateContext().runOnContext(onContext -> call.get()
                .subscribe()
                .with(done::complete, done::fail));
        return done.future();
    }
}
