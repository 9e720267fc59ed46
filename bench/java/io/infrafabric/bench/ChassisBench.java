package io.infrafabric.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.bench.Fabric.Session;
import io.infrafabric.bench.PlainHttp.Raw;
import io.infrafabric.chassis.WasmFile;
import io.infrafabric.event.Catalogue;
import io.infrafabric.fabric.Tokens;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What modules that do all they can to harm do to others: while they are queued and run at a chassis process, that process
 * says how it is, and another process grants claims. Measured without them and with them in turn.
 */
@Tag("bench")
class ChassisBench {
    private static final String SWARM = "chassis";
    private static final String HEALTH = "/q/health/ready";
    private static final int BOMBS = Sizes.BENCH_BOMBS.get();
    private static final int ROUNDS = Sizes.BENCH_ROUNDS.get();
    private static final double MOST_HEALTH_MILLIS = 500;
    private static final double MOST_CLAIM_RATIO = 2;

    /** Without end, in all directions. Some last as long as their fuel, others meet another limit sooner. */
    private static final List<String> KINDS = List.of(
            "endless",
            "fill",
            "endless-in-start",
            "memory-grow",
            "deep-indirect",
            "table-grow",
            "flood-stdout",
            "deep-locals",
            "many-vectors",
            "read-huge");

    private final List<Long> health = new ArrayList<>();
    private final List<Long> claims = new ArrayList<>();
    private Fabric runner;
    private PlainHttp asked;
    private PlainHttp client;
    private Session session;
    private Fabric other;

    @Test
    void chassis() {
        Vertx vertx = Vertx.vertx();
        Ground ground = Ground.fresh("chassis", 5);
        Tokens tokens = Fabric.tokens();
        // The first one migrates, so that events for chassis are kept from the start on.
        try (Fabric chassis = Fabric.start(vertx, "chassis", ground, tokens, 4, all(false));
                Fabric claiming = Fabric.start(vertx, "claiming", ground, tokens, Lanes.IN_FLIGHT, all(true))) {
            runner = chassis;
            other = claiming;
            KINDS.forEach(this::upload);
            session = other.enrol(SWARM, 1).getFirst();
            renew();
            submit();
            measure(Sizes.BENCH_WARM_UP.get());
            awaitRun(bombs(KINDS.size()));
            report();
        } finally {
            hangUp();
            Ground.await(vertx.close());
        }
    }

    /** One process hears what is for chassis and nothing else, the other one all else. */
    private static Map<String, String> all(boolean butChassis) {
        Map<String, String> settings = new HashMap<>();
        for (String function : Catalogue.FUNCTIONS) {
            if (function.equals("chassis") == butChassis) {
                settings.put("mp.messaging.incoming." + function + ".enabled", "false");
            }
        }
        return settings;
    }

    private void report() {
        List<Long> healthAlone = new ArrayList<>();
        List<Long> claimsAlone = new ArrayList<>();
        List<Long> healthBeside = new ArrayList<>();
        List<Long> claimsBeside = new ArrayList<>();
        int left = BOMBS;
        int each = Math.max(1, Sizes.BENCH_PICKUPS.get() / ROUNDS);
        for (int round = 0; round < ROUNDS; round++) {
            measure(each);
            take(healthAlone, claimsAlone);
            List<String> runs = bombs(BOMBS);
            renew();
            measure(each);
            take(healthBeside, claimsBeside);
            left = Math.min(left, unfinished(runs));
            awaitRun(runs);
            renew();
        }
        Report.section("chassis");
        Report.say(BOMBS + " bombs of " + KINDS.size() + " kinds, with " + Figures.whole(Sizes.BENCH_BOMB_FUEL.get())
                + " fuel each, are queued and run at one process, while another one grants claims of one session over HTTP; one"
                + " call at a time, " + ROUNDS + " rounds of " + each + " of each without bombs and with them, in turn. When the"
                + " last call of a round was measured, at least " + left + " had not finished.");
        Report.table(List.of(
                List.of("ms", "p50", "p99", "with bombs p50", "p99", "p50 ratio", "p99 ratio", "asked of p99", "holds"),
                row(
                        "health of the chassis process",
                        Figures.ofNanos(healthAlone),
                        Figures.ofNanos(healthBeside),
                        "below " + Figures.whole(MOST_HEALTH_MILLIS) + " ms",
                        Figures.ofNanos(healthBeside).at(0.99) < MOST_HEALTH_MILLIS),
                row(
                        "a claim at another process",
                        Figures.ofNanos(claimsAlone),
                        Figures.ofNanos(claimsBeside),
                        "at most " + Figures.times(MOST_CLAIM_RATIO),
                        Figures.ofNanos(claimsBeside).at(0.99)
                                <= MOST_CLAIM_RATIO * Figures.ofNanos(claimsAlone).at(0.99))));
        assertThat(claimsBeside).hasSameSizeAs(claimsAlone);
    }

    private static List<String> row(String what, Figures alone, Figures beside, String most, boolean holds) {
        return List.of(
                what,
                Figures.text(alone.median()),
                Figures.text(alone.at(0.99)),
                Figures.text(beside.median()),
                Figures.text(beside.at(0.99)),
                Figures.times(beside.median() / alone.median()),
                Figures.times(beside.at(0.99) / alone.at(0.99)),
                most,
                holds ? "holds" : "does not");
    }

    private void take(List<Long> toHealth, List<Long> toClaims) {
        toHealth.addAll(health);
        toClaims.addAll(claims);
    }

    /** So many of each, in turn. */
    private void measure(int count) {
        health.clear();
        claims.clear();
        byte[] look = asked.get(HEALTH, runner.operator());
        byte[] claim = client.post(Fabric.claims(session), session.token(), new JsonObject());
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            Raw ready = asked.call(look);
            health.add(ready.at() - start);
            assertThat(ready.status()).as(ready.body()).isEqualTo(200);
            start = System.nanoTime();
            Raw claimed = client.call(claim);
            claims.add(claimed.at() - start);
            Fabric.expect(claimed.answer(), 201);
            Fabric.expect(
                    client.call(client.post(
                                    Fabric.completion(claimed.answer()),
                                    session.token(),
                                    Fabric.epochOf(claimed.answer())))
                            .answer(),
                    200);
            submit();
        }
    }

    private void submit() {
        JsonObject task = new JsonObject().put("swarm", SWARM).put("title", "bench");
        Fabric.expect(client.call(client.post(Fabric.TASKS, other.operator(), task)).answer(), 201);
    }

    private void upload(String kind) {
        assertThat(runner.process()
                        .api()
                        .put("/chassis/modules/" + kind, WasmFile.bytes(kind), runner.operator())
                        .status())
                .as(kind)
                .isEqualTo(200);
    }

    /** Queues that many, and gives the paths of their runs. */
    private List<String> bombs(int count) {
        JsonObject wish = new JsonObject()
                .put("waitSeconds", 0)
                .put("limits", new JsonObject().put("fuel", Sizes.BENCH_BOMB_FUEL.get()).put("millis", 120_000));
        return Stream.iterate(0, i -> i + 1)
                .limit(count)
                .map(i -> "/chassis/modules/" + KINDS.get(i % KINDS.size()) + "/runs")
                .map(path -> path + "/" + queued(path, wish))
                .toList();
    }

    private String queued(String path, JsonObject wish) {
        return Fabric.expect(Ground.await(other.operate(path, wish)), 202).body().getString("id");
    }

    private int unfinished(List<String> runs) {
        return (int) runs.stream()
                .filter(run -> other.process().api().get(run, other.operator()).status() == 202)
                .count();
    }

    private void awaitRun(List<String> runs) {
        await("all have run").atMost(Duration.ofMinutes(10)).until(() -> unfinished(runs) == 0);
    }

    /** The server hangs up on a client that has been quiet while others were at work. */
    private void renew() {
        hangUp();
        asked = new PlainHttp(runner.process().url());
        client = new PlainHttp(other.process().url());
    }

    private void hangUp() {
        if (client != null) {
            asked.close();
            client.close();
        }
    }
}
