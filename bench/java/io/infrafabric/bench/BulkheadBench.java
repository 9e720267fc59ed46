package io.infrafabric.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.bench.Fabric.Session;
import io.infrafabric.bench.PlainHttp.Raw;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a call to a provider of models takes through bulkhead, beside the same call without it and through a peer. */
@Tag("bench")
class BulkheadBench {
    private static final String SWARM = "bulkhead";
    private static final String CALL = "/bulkhead/providers/bench/call/v1/messages";
    private static final String PAID_CALL = "/bulkhead/providers/bench-paid/call/v1/messages";
    private static final int CALLERS = 8;
    private static final int STUCK_CALLERS = 500;
    private static final int SILENT_CALLS = 250;
    private static final long EVENT_MILLIS = 10;
    private static final long LONG_EVENT_MILLIS = 1_000;
    private static final Pattern SENT = Pattern.compile("\"sent\":(\\d+)}");

    /** A way to the provider. */
    private record Way(String url, String path, Map<String, String> headers) {}

    @Test
    void bulkhead() {
        Vertx vertx = Vertx.vertx();
        Ground ground = Ground.fresh("bulkhead", 5);
        try (ModelServer model = new ModelServer(vertx);
                Floor floor = new Floor(vertx, Ground.fresh("floor", 0), 2);
                Fabric fabric = Fabric.start(
                        vertx,
                        "bulkhead",
                        ground,
                        Fabric.tokens(),
                        64,
                        Map.of("s2.bulkhead.allow-private-addresses", "true"))) {
            List<Session> free = fabric.enrol(SWARM, CALLERS);
            List<Session> payers = fabric.enrol(SWARM + "-paid", 1);
            provider(fabric, "bench", model);
            provider(fabric, "bench-paid", model);
            // Each session has a limit of its own; nobody pays for what has a price of nothing.
            price(fabric, "bench", 0, 0);
            price(fabric, "bench-paid", 1, 5);
            limit(fabric, "swarm:" + SWARM + "-paid");
            limit(fabric, "session:" + payers.getFirst().id());
            Optional<PeerGateway> peer = PeerGateway.start();
            try {
                Map<String, Way> ways = new LinkedHashMap<>();
                ways.put("direct", new Way(model.url(), "/v1/messages", Map.of("x-api-key", "none")));
                ways.put("through bulkhead, without money", through(fabric, CALL, free.getFirst()));
                ways.put("through bulkhead, with a hold", through(fabric, PAID_CALL, payers.getFirst()));
                peer.ifPresent(gateway -> ways.put(
                        "through Portkey's gateway", new Way(gateway.url(), "/v1/messages", PeerGateway.headers(model.url()))));
                Report.section("bulkhead");
                single(ways, floor);
                processor(fabric, ways, peer);
                events(vertx, ways);
                isolation(vertx, fabric, ways.get("through bulkhead, without money"), free.getLast());
                openStreams(
                        vertx,
                        fabric,
                        free.stream().map(session -> through(fabric, CALL, session)).toList());
            } finally {
                peer.ifPresent(PeerGateway::close);
            }
        } finally {
            Ground.await(vertx.close());
        }
    }

    private static Way through(Fabric fabric, String path, Session session) {
        return new Way(fabric.process().url(), path, Map.of("S2-Authorization", "Bearer " + session.token()));
    }

    private static void provider(Fabric fabric, String name, ModelServer model) {
        JsonObject provider = new JsonObject()
                .put("baseUrl", model.url())
                .put("dialect", "anthropic")
                .put("maxConcurrent", Sizes.BENCH_STREAMS.get() + CALLERS)
                .put("maxQueued", 100);
        var answer = Ground.await(fabric.put("/bulkhead/providers/" + name, provider));
        assertThat(answer.status()).as("%s", answer.body()).isIn(200, 201);
    }

    private static void price(Fabric fabric, String provider, int input, int output) {
        Ground.await(fabric.put(
                        "/budget/prices/" + provider + "/claude-bench",
                        new JsonObject().put("input", input).put("output", output))
                .map(answer -> Fabric.expect(answer, 200)));
    }

    private static void limit(Fabric fabric, String account) {
        Ground.await(fabric.put("/budget/accounts/" + account, new JsonObject().put("dailyLimit", 1_000_000))
                .map(answer -> Fabric.expect(answer, 200)));
    }

    /** One call at a time, all ways in turn, so that noise is shared. */
    private static void single(Map<String, Way> ways, Floor floor) {
        Map<String, Supplier<Long>> kinds = new LinkedHashMap<>();
        List<PlainHttp> clients = new ArrayList<>();
        ways.forEach((kind, way) -> {
            PlainHttp client = new PlainHttp(way.url());
            clients.add(client);
            byte[] request = client.post(way.path(), way.headers(), ModelServer.plain());
            kinds.put(kind, () -> {
                long start = System.nanoTime();
                Raw answer = client.call(request);
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                return answer.at() - start;
            });
        });
        kinds.put("for comparison: two durable commits", () -> {
            long start = System.nanoTime();
            return Ground.await(floor.commit().compose(first -> floor.commit()).map(done -> System.nanoTime() - start));
        });
        Map<String, List<Long>> times = new LinkedHashMap<>();
        kinds.keySet().forEach(kind -> times.put(kind, new ArrayList<>()));
        int warmUp = Sizes.BENCH_WARM_UP.get();
        IntStream.range(0, warmUp + Sizes.BENCH_CALLS.get()).forEach(round -> kinds.forEach((kind, call) -> {
            long nanos = call.get();
            if (round >= warmUp) {
                times.get(kind).add(nanos);
            }
        }));
        clients.forEach(PlainHttp::close);
        double direct = Figures.ofNanos(times.get("direct")).median();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("one caller, ms a call", "p50", "p99", "added, p50"));
        times.forEach((kind, nanos) -> {
            Figures own = Figures.ofNanos(nanos);
            rows.add(List.of(
                    kind,
                    Figures.text(own.median()),
                    Figures.text(own.at(0.99)),
                    kind.startsWith("through") ? Figures.text(own.median() - direct) : ""));
        });
        Report.say("Each call to a provider on this machine that answers at once; " + warmUp + " + " + Sizes.BENCH_CALLS.get()
                + " rounds, all ways in turn. To hold: without money at most 1 ms are added, with a hold at most 4 ms or two"
                + " durable commits.");
        Report.table(rows);
    }

    /** Processor time of the process in between, with some callers at once. */
    private static void processor(Fabric fabric, Map<String, Way> ways, Optional<PeerGateway> peer) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(CALLERS + " callers", "processor, us a call", "calls/s"));
        ways.forEach((kind, way) -> {
            if (!kind.equals("direct")) {
                long pid = kind.contains("Portkey") ? peer.orElseThrow().pid() : fabric.process().pid();
                // Until the compilers of both are done: they use the same processor time.
                calls(way, 10 * Sizes.BENCH_CALLS.get());
                double before = ProcessLook.processorSeconds(pid);
                long start = System.nanoTime();
                int made = calls(way, 10 * Sizes.BENCH_CALLS.get());
                double seconds = (System.nanoTime() - start) / 1e9;
                double each = (ProcessLook.processorSeconds(pid) - before) / made * 1e6;
                rows.add(List.of(kind, Figures.whole(each), Figures.whole(made / seconds)));
            }
        });
        Report.say("Processor time of the process in between. To hold: at most 5 % of the peer's.");
        Report.table(rows);
    }

    private static int calls(Way way, int count) {
        try (var threads = Executors.newFixedThreadPool(CALLERS)) {
            int each = count / CALLERS;
            CompletableFuture.allOf(IntStream.range(0, CALLERS)
                            .mapToObj(caller -> CompletableFuture.runAsync(() -> call(way, each), threads))
                            .toArray(CompletableFuture[]::new))
                    .join();
            return each * CALLERS;
        }
    }

    private static void call(Way way, int times) {
        try (PlainHttp client = new PlainHttp(way.url())) {
            byte[] request = client.post(way.path(), way.headers(), ModelServer.plain());
            for (int i = 0; i < times; i++) {
                Raw answer = client.call(request);
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            }
        }
    }

    /** How long an event of a stream is on its way. */
    private static void events(Vertx vertx, Map<String, Way> ways) {
        HttpClient client = vertx.createHttpClient(new HttpClientOptions().setMaxPoolSize(CALLERS));
        Map<String, Queue<Long>> times = new LinkedHashMap<>();
        Map<String, Way> streaming = new LinkedHashMap<>(ways);
        streaming.entrySet().removeIf(way -> !streams(client, way.getKey(), way.getValue()));
        for (int round = 0; round <= Sizes.BENCH_ROUNDS.get(); round++) {
            for (Map.Entry<String, Way> way : streaming.entrySet()) {
                Queue<Long> arrived = new ConcurrentLinkedQueue<>();
                Ground.await(stream(client, way.getValue(), ModelServer.EVENTS, EVENT_MILLIS, arrived));
                if (round > 0) {
                    times.computeIfAbsent(way.getKey(), kind -> new ConcurrentLinkedQueue<>()).addAll(arrived);
                }
            }
        }
        Ground.await(client.close());
        double direct = Figures.ofNanos(List.copyOf(times.get("direct"))).median();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("an event of a stream, ms", "p50", "p99", "added, p50"));
        times.forEach((kind, nanos) -> {
            Figures own = Figures.ofNanos(List.copyOf(nanos));
            rows.add(List.of(
                    kind, Figures.text(own.median()), Figures.text(own.at(0.99)), Figures.text(own.median() - direct)));
        });
        Report.say("From the provider's write to the client's read, " + ModelServer.EVENTS + " events, " + EVENT_MILLIS
                + " ms apart. To hold: at most 1 ms is added.");
        Report.table(rows);
    }

    /** The peer fails to stream on some versions of Node.js. */
    private static boolean streams(HttpClient client, String kind, Way way) {
        try {
            Ground.await(stream(client, way, 1, EVENT_MILLIS, new ConcurrentLinkedQueue<>()));
            return true;
        } catch (IllegalStateException failed) {
            if (!kind.contains("Portkey")) {
                throw failed;
            }
            Report.say("The peer's streams are left out: it does not answer them with 200 here.");
            return false;
        }
    }

    private static Future<Void> stream(HttpClient client, Way way, int events, long millis, Queue<Long> arrived) {
        RequestOptions call = new RequestOptions().setAbsoluteURI(way.url() + way.path()).setMethod(HttpMethod.POST);
        return client.request(call).compose(request -> {
            way.headers().forEach(request::putHeader);
            return read(
                    request.putHeader("Content-Type", "application/json"), ModelServer.stream(events, millis), arrived);
        });
    }

    private static Future<Void> read(HttpClientRequest request, JsonObject body, Queue<Long> arrived) {
        return request.send(body.toBuffer()).compose(response -> {
            assertThat(response.statusCode()).isEqualTo(200);
            Promise<Void> end = Promise.promise();
            StringBuilder text = new StringBuilder();
            response.handler(piece -> {
                        long now = System.nanoTime();
                        Matcher sent = SENT.matcher(text.append(piece.toString()));
                        int read = 0;
                        while (sent.find()) {
                            arrived.add(now - Long.parseLong(sent.group(1)));
                            read = sent.end();
                        }
                        text.delete(0, read);
                    })
                    .exceptionHandler(end::tryFail)
                    .endHandler(read -> end.tryComplete());
            return end.future();
        });
    }

    /** Calls to one provider while another one accepts calls and never answers, and without that, in turn. */
    private static void isolation(Vertx vertx, Fabric fabric, Way alive, Session stuck) {
        AtomicInteger there = new AtomicInteger();
        NetServer silent = Ground.await(vertx.createNetServer()
                .connectHandler(socket -> {
                    there.incrementAndGet();
                    socket.closeHandler(closed -> there.decrementAndGet());
                })
                .listen(0, "127.0.0.1"));
        var put = Ground.await(fabric.put(
                "/bulkhead/providers/bench-silent",
                new JsonObject()
                        .put("baseUrl", "http://127.0.0.1:" + silent.actualPort())
                        .put("dialect", "anthropic")
                        .put("maxConcurrent", SILENT_CALLS)
                        .put("maxQueued", STUCK_CALLERS)
                        .put("queueSeconds", 300)));
        assertThat(put.status()).as("%s", put.body()).isIn(200, 201);
        Way dead = through(fabric, "/bulkhead/providers/bench-silent/call/v1/messages", stuck);
        List<Long> without = new ArrayList<>();
        List<Long> beside = new ArrayList<>();
        try (PlainHttp client = new PlainHttp(alive.url())) {
            for (int round = 0; round < Sizes.BENCH_ROUNDS.get(); round++) {
                measure(client, alive, without);
                HttpClient callers = vertx.createHttpClient(new HttpClientOptions().setMaxPoolSize(STUCK_CALLERS));
                for (int i = 0; i < STUCK_CALLERS; i++) {
                    stream(callers, dead, 1, EVENT_MILLIS, new ConcurrentLinkedQueue<>());
                }
                await().atMost(Duration.ofSeconds(60)).until(() -> there.get() == SILENT_CALLS);
                measure(client, alive, beside);
                Ground.await(callers.close());
                await().atMost(Duration.ofSeconds(60)).until(() -> there.get() == 0);
            }
        }
        Ground.await(silent.close());
        Figures alone = Figures.ofNanos(without);
        Figures with = Figures.ofNanos(beside);
        Report.say("One caller's calls while another provider accepts " + SILENT_CALLS + " calls of " + STUCK_CALLERS
                + " callers, never answers, and the others are queued; and without that, in turn, " + Sizes.BENCH_ROUNDS.get()
                + " rounds of " + Sizes.BENCH_CALLS.get() + ". To hold: a p99 within 10 %.");
        Report.table(List.of(
                List.of("ms a call", "p50", "p99"),
                List.of("alone", Figures.text(alone.median()), Figures.text(alone.at(0.99))),
                List.of("beside the silent provider", Figures.text(with.median()), Figures.text(with.at(0.99))),
                List.of(
                        "ratio",
                        Figures.times(with.median() / alone.median()),
                        Figures.times(with.at(0.99) / alone.at(0.99)))));
    }

    private static void measure(PlainHttp client, Way way, List<Long> times) {
        byte[] request = client.post(way.path(), way.headers(), ModelServer.plain());
        for (int i = 0; i < Sizes.BENCH_CALLS.get(); i++) {
            long start = System.nanoTime();
            Raw answer = client.call(request);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            times.add(answer.at() - start);
        }
    }

    /** Many streams that hardly say anything, as agents wait for long answers. */
    private static void openStreams(Vertx vertx, Fabric fabric, List<Way> ways) {
        int count = Sizes.BENCH_STREAMS.get();
        HttpClient client = vertx.createHttpClient(new HttpClientOptions().setMaxPoolSize(count));
        ProcessLook before = ProcessLook.at(fabric.process().pid());
        Queue<Long> arrived = new ConcurrentLinkedQueue<>();
        List<Future<Void>> streams = IntStream.range(0, count)
                .mapToObj(i -> stream(client, ways.get(i % ways.size()), 30, LONG_EVENT_MILLIS, arrived))
                .toList();
        await().atMost(Duration.ofSeconds(60)).until(() -> arrived.size() >= count);
        ProcessLook with = ProcessLook.at(fabric.process().pid());
        Ground.await(Future.all(streams));
        Ground.await(client.close());
        Report.say(Figures.whole(count) + " open streams in one process, an event a second each: memory (RSS) from "
                + Figures.whole(before.residentKb() / 1024.0) + " to " + Figures.whole(with.residentKb() / 1024.0)
                + " MiB, heap in use from " + Figures.whole(before.heapKb() / 1024.0) + " to "
                + Figures.whole(with.heapKb() / 1024.0) + " MiB, threads from " + before.threads() + " to " + with.threads()
                + ". All " + Figures.whole(arrived.size()) + " events arrived.");
        assertThat(arrived).hasSize(count * 30);
    }
}
