package io.infrafabric.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.input.WebhookMac;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A burst of signed deliveries at one process: how soon each is answered, how soon all are applied, and what they take. */
@Tag("bench")
class WebhooksBench {
    private static final String SWARM = "webhooks";
    private static final String DOOR = "/gateway/webhooks/bench";
    private static final byte[] KEY = "thirty-two bytes, of this bench.".getBytes(StandardCharsets.UTF_8);
    private static final int WARM_UP = 2_000;
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    /** A signed delivery. */
    private record Signed(String id, String at, Buffer body, String signature) {
        static Signed of(String kind, int number, long at) {
            String id = kind + "-" + number;
            Buffer body = new JsonObject()
                    .put("type", "issue.created")
                    .put("key", id)
                    .put("title", "Delivery " + id)
                    .put("text", "What a delivery says besides. ".repeat(40))
                    .toBuffer();
            byte[] signed = WebhookMac.of(KEY, id + "." + at + ".", body.getBytes());
            return new Signed(
                    id,
                    Long.toString(at),
                    body,
                    "v1," + Base64.getEncoder().encodeToString(signed));
        }
    }

    /** How a burst went. */
    private record Burst(Figures answered, double perSecond, int repeated) {}

    @Test
    void webhooks() {
        Report.section("webhooks");
        if (!Files.exists(Path.of("/proc/self/status"))) {
            Report.say("Left out: the memory of a process is read from /proc, which is not here.");
            return;
        }
        int count = Sizes.BENCH_DELIVERIES.get();
        Vertx vertx = Vertx.vertx();
        Ground ground = Ground.fresh("webhooks", 5);
        try (Fabric fabric = Fabric.start(
                        vertx,
                        "webhooks",
                        ground,
                        Fabric.tokens(),
                        Lanes.IN_FLIGHT,
                        Map.of("s2.gateway.source-per-minute", "10000000", "s2.gateway.source-max-waiting", "1000000"));
                Floor floor = new Floor(vertx, Ground.fresh("floor", 0), Lanes.IN_FLIGHT)) {
            Pool pool = ground.pool(vertx, 1);
            fabric.enrol(SWARM, 1);
            put(fabric);
            HttpClient senders = senders(vertx, fabric);
            send(vertx, senders, signed("warm", WARM_UP));
            applied(pool, WARM_UP);

            ProcessLook before = ProcessLook.at(fabric.process().pid());
            List<Signed> deliveries = signed("burst", count);
            long start = System.nanoTime();
            Burst burst = send(vertx, senders, deliveries);
            double behind = number(pool, "SELECT count(*) FROM gateway_delivery WHERE state = 'PENDING'");
            applied(pool, WARM_UP + count);
            double seconds = (System.nanoTime() - start) / 1e9;
            ProcessLook after = ProcessLook.at(fabric.process().pid());
            Burst again = send(vertx, senders, deliveries);
            assertThat(burst.repeated()).isZero();
            assertThat(again.repeated()).as("what is known is answered, and not stored again").isEqualTo(count);
            once(pool, WARM_UP + count);
            report(count, burst, again, commits(vertx, floor, count), before, after, ProcessLook.peakKb(fabric.process().pid()));
            Report.say(Figures.whole(behind) + " were not yet applied when the last one was answered; all were "
                    + Figures.text(seconds) + " s after the first was sent (" + Figures.whole(count / seconds)
                    + "/s, one after the other, as a source's order asks). Each has one task with one step of history.");
            Ground.await(senders.close());
            Ground.await(pool.close());
        } finally {
            Ground.await(vertx.close());
        }
    }

    private static void put(Fabric fabric) {
        JsonObject rule = new JsonObject().put("do", "submit").put("task", "hook.{/key}").put("title", "{/title}");
        var put = Ground.await(fabric.put(
                "/gateway/sources/bench",
                new JsonObject()
                        .put("kind", "standard")
                        .put("swarm", SWARM)
                        .put(
                                "secrets",
                                new JsonArray().add(WebhookMac.SECRET + Base64.getEncoder().encodeToString(KEY)))
                        .put("rules", new JsonArray().add(rule))));
        assertThat(put.status()).as("%s", put.body()).isEqualTo(200);
    }

    private static HttpClient senders(Vertx vertx, Fabric fabric) {
        URI address = URI.create(fabric.process().url());
        return vertx.createHttpClient(new HttpClientOptions()
                .setDefaultHost(address.getHost())
                .setDefaultPort(address.getPort())
                .setMaxPoolSize(Lanes.IN_FLIGHT)
                .setTcpNoDelay(true));
    }

    /** Signed before they are sent, so that this takes no time of theirs. */
    private static List<Signed> signed(String kind, int count) {
        long at = System.currentTimeMillis() / 1000;
        List<Signed> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            all.add(Signed.of(kind, i, at));
        }
        return all;
    }

    private static Burst send(Vertx vertx, HttpClient senders, List<Signed> deliveries) {
        AtomicInteger next = new AtomicInteger();
        AtomicInteger repeated = new AtomicInteger();
        Queue<Long> answered = new ConcurrentLinkedQueue<>();
        double perSecond = Lanes.run(
                vertx, deliveries.size(), lane -> send(senders, deliveries.get(next.getAndIncrement()), answered, repeated));
        assertThat(answered).hasSize(deliveries.size());
        return new Burst(Figures.ofNanos(List.copyOf(answered)), perSecond, repeated.get());
    }

    private static Future<Void> send(
            HttpClient senders, Signed delivery, Queue<Long> answered, AtomicInteger repeated) {
        long start = System.nanoTime();
        return senders.request(HttpMethod.POST, DOOR)
                .compose(request -> request.putHeader("Content-Type", "application/json")
                        .putHeader("webhook-id", delivery.id())
                        .putHeader("webhook-timestamp", delivery.at())
                        .putHeader("webhook-signature", delivery.signature())
                        .send(delivery.body())
                        .compose(response -> response.body().map(body -> {
                            if (response.statusCode() != 202) {
                                throw new IllegalStateException(response.statusCode() + " " + body);
                            }
                            answered.add(System.nanoTime() - start);
                            if (body.toJsonObject().getBoolean("repeated", false)) {
                                repeated.incrementAndGet();
                            }
                            return null;
                        })));
    }

    private static void applied(Pool pool, int count) {
        await("all are applied")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> number(pool, "SELECT count(*) FROM gateway_delivery WHERE state = 'APPLIED'") == count);
    }

    private static void once(Pool pool, int count) {
        for (String sql : List.of(
                "SELECT count(*) FROM gateway_delivery",
                "SELECT count(*) FROM coordinator_task WHERE swarm = '" + SWARM + "'",
                "SELECT count(*) FROM coordinator_history",
                "SELECT count(*) FROM bus_event WHERE type = 's2.coordinator.task-submitted.v1'")) {
            assertThat(number(pool, sql)).as(sql).isEqualTo(count);
        }
    }

    private static double number(Pool pool, String sql) {
        return Ground.await(pool.query(sql).execute()).iterator().next().getLong(0);
    }

    /** Single-row commits from as many lanes. */
    private static Burst commits(Vertx vertx, Floor floor, int count) {
        Queue<Long> times = new ConcurrentLinkedQueue<>();
        double perSecond = Lanes.run(vertx, count, lane -> {
            long start = System.nanoTime();
            return floor.commit().onSuccess(id -> times.add(System.nanoTime() - start));
        });
        return new Burst(Figures.ofNanos(List.copyOf(times)), perSecond, 0);
    }

    private static void report(
            int count, Burst burst, Burst again, Burst floor, ProcessLook before, ProcessLook after, long peakKb) {
        Report.say(Figures.whole(count) + " deliveries of 1.3 KB, signed as Standard Webhooks are, on " + Lanes.IN_FLIGHT
                + " connections to one process, each sent as soon as the one before it was answered. To hold: p99 < 100 ms on"
                + " a quiet machine.");
        Report.table(List.of(
                List.of("ms to the answer", "p50", "p99", "max", "a second"),
                row("a delivery (202: it is stored)", burst),
                row("the same again (202: it is known)", again),
                row("one commit (floor, as many lanes)", floor)));
        Report.table(List.of(
                List.of("one process", "before", "after all", "most, in all"),
                List.of(
                        "memory (RSS), MiB",
                        Figures.whole(before.residentKb() / 1024.0),
                        Figures.whole(after.residentKb() / 1024.0),
                        Figures.whole(peakKb / 1024.0)),
                List.of(
                        "heap in use, MiB",
                        Figures.whole(before.heapKb() / 1024.0),
                        Figures.whole(after.heapKb() / 1024.0),
                        ""),
                List.of("threads", Integer.toString(before.threads()), Integer.toString(after.threads()), "")));
    }

    private static List<String> row(String name, Burst burst) {
        return List.of(
                name,
                Figures.text(burst.answered().median()),
                Figures.text(burst.answered().at(0.99)),
                Figures.text(burst.answered().max()),
                Figures.whole(burst.perSecond()));
    }
}
