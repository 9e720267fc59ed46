package io.infrafabric.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.bench.Fabric.Session;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What agents cost that listen to their inboxes at one process, each by a stream of its own, and how soon they hear what is new. */
@Tag("bench")
class ListenBench {
    private static final String SWARM = "listen";
    private static final int AT_ONCE = 200;
    private static final long BETWEEN_MILLIS = 50;
    private static final long IDLE_MILLIS = 20_000;
    private static final int WARM_UP = 200;
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Pattern GAUGE = Pattern.compile("s2_listening(?:\\{[^}]*})? ([0-9.E]+)");
    private static final Pattern NOTICE = Pattern.compile("(?m)^(\\d+) \\S+ task:(\\S+) ");

    /** When a notice arrived, in microseconds since 1970, by the task that it is about. */
    private final Map<String, Long> arrived = new ConcurrentHashMap<>();

    @Test
    void listen() {
        Report.section("listen");
        if (!Files.exists(Path.of("/proc/self/status"))) {
            Report.say("Left out: memory and threads of a process are read from /proc, which is not here.");
            return;
        }
        int count = Sizes.BENCH_LISTENERS.get();
        Vertx vertx = Vertx.vertx();
        var tokens = Fabric.tokens();
        Ground ground = Ground.fresh("listen", 5);
        try (Fabric gateway = Fabric.start(vertx, "listen", ground, tokens, count + 16, Map.of());
                Fabric writer = Fabric.start(vertx, "listen-writer", ground, tokens, 4, Map.of());
                Floor floor = new Floor(vertx, Ground.fresh("floor", 0), 2)) {
            List<Session> sessions = gateway.enrol(SWARM, count);
            // What the first stream loads and compiles is not counted as the price of listening.
            open(gateway, sessions.subList(0, 1));
            await().atMost(PATIENCE).until(() -> listening(gateway) == 1);
            news(writer, floor, sessions.getFirst(), WARM_UP, "warm");
            double busyBefore = processor(gateway);
            ProcessLook before = ProcessLook.at(gateway.process().pid());
            open(gateway, sessions.subList(1, count));
            await().atMost(PATIENCE).until(() -> listening(gateway) == count);
            double busy = processor(gateway);
            ProcessLook with = ProcessLook.at(gateway.process().pid());
            report(before, with, count - 1, busyBefore, busy);
            assertThat(listening(gateway)).isEqualTo(count);
            latency(vertx, ground, writer, floor, sessions);
        } finally {
            Ground.await(vertx.close());
        }
    }

    private void open(Fabric gateway, List<Session> sessions) {
        for (int i = 0; i < sessions.size(); i++) {
            gateway.listen(sessions.get(i), text -> {
                long now = micros(Instant.now());
                Matcher notice = NOTICE.matcher(text);
                while (notice.find()) {
                    arrived.putIfAbsent(notice.group(2), now);
                }
            });
            if (i % AT_ONCE == AT_ONCE - 1) {
                Ground.pause(BETWEEN_MILLIS);
            }
        }
    }

    private static long micros(Instant at) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, at);
    }

    /** Tells this session so many things at another process, one after the other, each in turn with one of the floor. */
    private void news(Fabric writer, Floor floor, Session session, int count, String name) {
        for (int i = 0; i < count; i++) {
            tell(writer, session, name + "-" + i);
            Ground.await(floor.rung());
        }
    }

    private void tell(Fabric writer, Session session, String task) {
        Ground.await(writer.operate(
                        Fabric.TASKS,
                        new JsonObject()
                                .put("id", task)
                                .put("swarm", SWARM)
                                .put("title", "bench")
                                .put("assignee", session.id()))
                .map(answer -> Fabric.expect(answer, 201)));
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(1))
                .pollDelay(Duration.ZERO)
                .until(() -> arrived.containsKey(task));
    }

    private void latency(Vertx vertx, Ground ground, Fabric writer, Floor floor, List<Session> sessions) {
        int count = Sizes.BENCH_NEWS.get();
        floor.forgetRings();
        for (int i = 0; i < count; i++) {
            Session session = sessions.get((int) ((long) i * sessions.size() / count));
            tell(writer, session, "news-" + i);
            Ground.await(floor.rung());
        }
        Pool pool = ground.pool(vertx, 1);
        List<Double> millis = new ArrayList<>();
        Ground.await(pool.query("SELECT substr(subject, 6), (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::int8"
                                + " FROM coordinator_inbox WHERE subject LIKE 'task:news-%'")
                        .execute())
                .forEach(row -> millis.add((arrived.get(row.getString(0)) - row.getLong(1)) / 1000.0));
        Ground.await(pool.close());
        assertThat(millis).hasSize(count);
        Figures ours = Figures.of(millis);
        Figures rings = floor.rings();
        Report.say("A notice for one of " + Figures.whole(sessions.size()) + " listeners, one at a time, written at another"
                + " process: from its commit (track_commit_timestamp) to its line at the listener, by the same clock. Floor: from"
                + " a commit to the message that a subscriber of the Redis gets, published after the commit. To hold: p50"
                + " < 100 ms.");
        Report.table(List.of(
                List.of("ms", "p50", "p95", "p99", "max"),
                ours.row("commit to the listener's line"),
                rings.row("commit to a subscriber's message (floor)"),
                List.of("p50 / floor", Figures.times(ours.median() / rings.median()), "", "", "")));
    }

    private static int listening(Fabric fabric) {
        Matcher gauge = GAUGE.matcher(fabric.process()
                .api()
                .get("/q/metrics", fabric.operator())
                .body()
                .asText());
        return gauge.find() ? (int) Double.parseDouble(gauge.group(1)) : -1;
    }

    /** Of one processor, in per cent, while nothing is asked of it. */
    private static double processor(Fabric fabric) {
        double before = ProcessLook.processorSeconds(fabric.process().pid());
        Ground.pause(IDLE_MILLIS);
        return 100 * 1000 * (ProcessLook.processorSeconds(fabric.process().pid()) - before) / IDLE_MILLIS;
    }

    private static void report(ProcessLook before, ProcessLook with, int more, double busyBefore, double busy) {
        Report.say("Listeners at one process, each on a connection of its own, with a sign of life every 15 s; after a garbage"
                + " collection. To hold: no thread a listener.");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("one process", "one listens", Figures.whole(more) + " more", "a listener"));
        rows.addAll(before.beside(with, more));
        rows.add(List.of("processor while idle", Figures.text(busyBefore) + " %", Figures.text(busy) + " %", ""));
        Report.table(rows);
    }
}
