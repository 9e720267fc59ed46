package io.infrafabric.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.bench.Fabric.Session;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Readers of the stream of events: what many of them cost one process, and how soon they see what another process commits. */
@Tag("bench")
class ReadersBench {
    private static final String SWARM = "readers";
    private static final int AT_ONCE = 100;
    private static final long BETWEEN_MILLIS = 50;
    /** With one reader, and with all of them. */
    private static final int BUSY_PER_SECOND = 200;
    private static final int ALL_PER_SECOND = 20;
    private static final int COMMIT_EVERY = 10;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** One reader, and when it saw each task submitted, in microseconds since 1970; 0: not yet. */
    private static final class Reader {
        private static final String NEEDLE = "\"task\":\"read-";
        private static final int TAIL = 64;
        private final long[] seen;
        private final AtomicInteger count;
        private String tail = "";

        Reader(int events, AtomicInteger count) {
            this.seen = new long[events];
            this.count = count;
        }

        void read(Buffer piece) {
            long now = micros();
            String text = tail + piece.toString(StandardCharsets.ISO_8859_1);
            int read = 0;
            for (int at = text.indexOf(NEEDLE); at >= 0; at = text.indexOf(NEEDLE, at + 1)) {
                int end = text.indexOf('"', at + NEEDLE.length());
                if (end < 0) {
                    break;
                }
                int number = Integer.parseInt(text.substring(at + NEEDLE.length(), end));
                if (number < seen.length) {
                    assertThat(seen[number]).as("each event once").isZero();
                    seen[number] = now;
                    count.incrementAndGet();
                }
                read = end;
            }
            tail = text.substring(Math.max(read, text.length() - TAIL));
        }
    }

    private static long micros() {
        Instant now = Instant.now();
        return TimeUnit.SECONDS.toMicros(now.getEpochSecond()) + now.getNano() / 1000;
    }

    private final Vertx vertx = Vertx.vertx();

    @Test
    void readers() {
        Report.section("readers");
        if (!Files.exists(Path.of("/proc/self/status"))) {
            Report.say("Left out: memory and threads of a process are read from /proc, which is not here.");
            return;
        }
        Ground ground = Ground.fresh("readers", 5);
        var tokens = Fabric.tokens();
        int count = Sizes.BENCH_READERS.get();
        try (Fabric reads = Fabric.start(
                        vertx,
                        "readers",
                        ground,
                        tokens,
                        8,
                        Map.of("s2.gateway.events-max-open", Integer.toString(count + 16)));
                Fabric writes = Fabric.start(vertx, "readers-writer", ground, tokens, 64, Map.of());
                Floor floor = new Floor(vertx, Ground.fresh("floor", 0), 2)) {
            Pool pool = ground.pool(vertx, 1);
            boolean timed = Ground.await(pool.query("SHOW track_commit_timestamp").execute())
                    .iterator()
                    .next()
                    .getString(0)
                    .equals("on");
            List<Session> sessions = writes.enrol(SWARM, count);
            HttpClient client = client(reads, count);
            AtomicInteger seen = new AtomicInteger();
            int events = Sizes.BENCH_READ.get();
            int first = events / 2;

            // What the first reader and the first events load and compile is not counted.
            Reader alone = new Reader(2 * events + first, seen);
            follow(client, sessions.getFirst(), alone);
            List<Long> commits = new ArrayList<>();
            submit(writes, floor, commits, 0, first, BUSY_PER_SECOND);
            await().atMost(PATIENCE).until(() -> seen.get() == first);
            commits.clear();
            submit(writes, floor, commits, first, first + events, BUSY_PER_SECOND);
            await().atMost(PATIENCE).until(() -> seen.get() == first + events);
            Figures one = timed ? since(pool, List.of(alone), first, first + events) : null;

            ProcessLook before = ProcessLook.at(reads.process().pid());
            List<Reader> readers = open(client, sessions, 2 * events + first, seen);
            ProcessLook with = ProcessLook.at(reads.process().pid());
            int already = seen.get();
            int many = events / 4;
            submit(writes, floor, commits, first + events, first + events + many, ALL_PER_SECOND);
            await().atMost(PATIENCE).until(() -> seen.get() == already + many * (readers.size() + 1));
            Figures all = timed ? since(pool, readers, first + events, first + events + many) : null;
            memory(before, with, readers.size());
            latency(one, all, Figures.ofNanos(commits), events, many, readers.size());
            Ground.await(client.close());
            Ground.await(pool.close());
        } finally {
            Ground.await(vertx.close());
        }
    }

    private HttpClient client(Fabric fabric, int count) {
        URI address = URI.create(fabric.process().url());
        return vertx.createHttpClient(new HttpClientOptions()
                .setDefaultHost(address.getHost())
                .setDefaultPort(address.getPort())
                .setMaxPoolSize(count + 8)
                .setTcpNoDelay(true));
    }

    /** Waits until the stream says that it is there. */
    private static void follow(HttpClient client, Session session, Reader reader) {
        var there = io.vertx.core.Promise.<Void>promise();
        client.request(HttpMethod.GET, "/gateway/events?types=s2.coordinator.task-submitted.v1")
                .compose(request -> request.putHeader("Authorization", "Bearer " + session.token())
                        .send())
                .onSuccess(response -> response.handler(piece -> {
                    there.tryComplete();
                    reader.read(piece);
                }))
                .onFailure(there::tryFail);
        Ground.await(there.future());
    }

    private static List<Reader> open(HttpClient client, List<Session> sessions, int events, AtomicInteger seen) {
        List<Reader> readers = new ArrayList<>();
        Queue<Integer> there = new ConcurrentLinkedQueue<>();
        for (int i = 1; i < sessions.size(); i++) {
            Reader reader = new Reader(events, seen);
            readers.add(reader);
            int number = i;
            boolean[] first = {true};
            client.request(HttpMethod.GET, "/gateway/events?types=s2.coordinator.task-submitted.v1")
                    .compose(request -> request.putHeader(
                                    "Authorization", "Bearer " + sessions.get(number).token())
                            .send())
                    .onSuccess(response -> response.handler(piece -> {
                        if (first[0]) {
                            first[0] = false;
                            there.add(number);
                        }
                        reader.read(piece);
                    }));
            if (i % AT_ONCE == 0) {
                Ground.pause(BETWEEN_MILLIS);
            }
        }
        await("all streams are open").atMost(PATIENCE).until(() -> there.size() == readers.size());
        return readers;
    }

    private static void submit(Fabric fabric, Floor floor, List<Long> commits, int from, int to, int perSecond) {
        long start = System.nanoTime();
        for (int i = from; i < to; i++) {
            long due = start + (i - from) * (TimeUnit.SECONDS.toNanos(1) / perSecond);
            LockSupport.parkNanos(due - System.nanoTime());
            fabric.operate(
                            Fabric.TASKS,
                            new JsonObject()
                                    .put("id", "read-" + i)
                                    .put("swarm", SWARM)
                                    .put("title", "bench"))
                    .map(answer -> Fabric.expect(answer, 201));
            if (i % COMMIT_EVERY == 0) {
                long before = System.nanoTime();
                floor.commit().onSuccess(id -> {
                    synchronized (commits) {
                        commits.add(System.nanoTime() - before);
                    }
                });
            }
        }
    }

    /** From each commit to each reader, in ms. The first step of a task's history is written with the event, and stays as it is. */
    private static Figures since(Pool pool, List<Reader> readers, int from, int to) {
        long[] committed = new long[to];
        Ground.await(pool.query("SELECT substr(task, 6)::int, (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint"
                                + " FROM coordinator_history WHERE task LIKE 'read-%'")
                        .execute())
                .forEach(row -> {
                    if (row.getInteger(0) < to) {
                        committed[row.getInteger(0)] = row.getLong(1);
                    }
                });
        List<Double> millis = new ArrayList<>();
        for (Reader reader : readers) {
            for (int i = from; i < to; i++) {
                millis.add((reader.seen[i] - committed[i]) / 1000.0);
            }
        }
        assertThat(Arrays.stream(committed).skip(from)).allMatch(at -> at > 0);
        return Figures.of(millis);
    }

    private static void memory(ProcessLook before, ProcessLook with, int readers) {
        Report.say("Readers of `GET /gateway/events` on one process, each with a token and a connection of its own; after a"
                + " garbage collection. To hold: no thread a reader.");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("one process", "one reader", Figures.whole(readers + 1) + " readers", "a reader"));
        rows.addAll(before.beside(with, readers));
        Report.table(rows);
    }

    private static void latency(Figures one, Figures all, Figures commit, int events, int many, int readers) {
        if (one == null) {
            Report.say("Latency is left out: the PostgreSQL given has track_commit_timestamp off.");
            return;
        }
        Report.say("From the commit of an event (a task that is submitted at another process) to its reader, by one clock: "
                + Figures.whole(events) + " events at " + BUSY_PER_SECOND + " a second and one reader, and " + Figures.whole(many)
                + " events at " + ALL_PER_SECOND + " a second and " + Figures.whole(readers) + " readers, each of which saw each"
                + " event once.");
        Report.table(List.of(
                List.of("latency, ms", "p50", "p95", "p99", "max"),
                one.row("commit to the one reader"),
                all.row("commit to each of all readers"),
                commit.row("one commit (floor, in the same run)")));
    }
}
