package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * One delivery comes 100 times to three processes, and others among it, and one CloudEvent 100 times, while one of the processes is
 * killed: each has one effect.
 */
@Tag("proof")
@Tag("soak")
class DeliveryKillIT {
    private static final int TIMES = 100;
    private static final int OTHERS = 60;
    private static final String SECRET = "a secret of the proof";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("deliveries", 3, Map.of());
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static String body(String issue) {
        return "{\"key\": \"" + issue + "\", \"title\": \"Title of " + issue + "\"}";
    }

    private static Answer send(Api api, String issue) {
        return api.post(
                "/gateway/webhooks/hub",
                body(issue),
                null,
                "X-GitHub-Event",
                "issues",
                "X-GitHub-Delivery",
                "delivery-" + issue,
                "X-Hub-Signature-256",
                "sha256=" + hmac(body(issue)));
    }

    private static String hmac(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A cost of the session, as a CloudEvent. */
    private static Answer tell(Api api, String token) {
        return api.post(
                "/gateway/events",
                Map.of("amount", 1, "what", "once"),
                token,
                "ce-specversion",
                "1.0",
                "ce-id",
                "cost-1",
                "ce-source",
                "/proof",
                "ce-type",
                Costs.TYPE);
    }

    /** As a sender that tries again at another process until it is told that what it sends was taken. */
    private static boolean deliver(Function<Api, Answer> sends, int first) {
        for (int i = first; i < first + 20; i++) {
            try {
                if (sends.apply(cluster.api(i % 3)).status() == 202) {
                    return true;
                }
            } catch (Api.NoAnswer gone) {
                // It may have been stored all the same.
            }
        }
        return false;
    }

    @Test
    void eachHasOneEffect() throws Exception {
        Swarm swarm = Swarm.enrol(cluster, "hub", 1, Map.of());
        Map<String, Object> rule = Map.of("do", "submit", "task", "hub.{/key}", "title", "{/title}", "event", "issues");
        expect(
                cluster.api(0)
                        .put(
                                "/gateway/sources/hub",
                                Map.of(
                                        "kind",
                                        "github",
                                        "swarm",
                                        swarm.id(),
                                        "secrets",
                                        List.of(SECRET),
                                        "rules",
                                        List.of(rule)),
                                cluster.operator()),
                200);
        AtomicInteger taken = new AtomicInteger();
        try (ExecutorService senders = Executors.newFixedThreadPool(12)) {
            List<Future<Boolean>> all = new ArrayList<>();
            for (int i = 0; i < TIMES; i++) {
                int process = i;
                all.add(senders.submit(
                        () -> deliver(api -> send(api, "same"), process) && taken.incrementAndGet() > 0));
                all.add(senders.submit(() ->
                        deliver(api -> tell(api, swarm.member(0).token()), process) && taken.incrementAndGet() > 0));
                if (i < OTHERS) {
                    all.add(senders.submit(() ->
                            deliver(api -> send(api, "other-" + process), process) && taken.incrementAndGet() > 0));
                }
            }
            await().atMost(PATIENCE).until(() -> taken.get() > TIMES);
            cluster.process(1).kill();
            for (Future<Boolean> one : all) {
                assertThat(one.get()).isTrue();
            }
        }
        await().atMost(PATIENCE)
                .until(() ->
                        cluster.count("SELECT count(*) FROM gateway_delivery WHERE state = 'APPLIED'") == OTHERS + 1);
        assertThat(cluster.count("SELECT count(*) FROM gateway_delivery")).isEqualTo(OTHERS + 1);
        assertThat(cluster.count("SELECT count(*) FROM gateway_foreign_event")).isEqualTo(1);
        await().atMost(PATIENCE).until(() -> cluster.hasHeardAll("budget"));
        assertThat(cluster.count(
                        "SELECT count(*) FROM budget_entry WHERE account = ?",
                        "session:" + swarm.member(0).id()))
                .isEqualTo(1);
        assertThat(cluster.count("SELECT count(*) FROM coordinator_task WHERE swarm = ?", swarm.id()))
                .isEqualTo(OTHERS + 1);
        assertThat(cluster.count(
                        "SELECT count(*) FROM coordinator_history h JOIN coordinator_task t ON t.id = h.task WHERE t.swarm = ?",
                        swarm.id()))
                .isEqualTo(OTHERS + 1);
        assertThat(cluster.count(
                        "SELECT count(*) FROM bus_event WHERE type = 's2.coordinator.task-submitted.v1' AND swarm = ?",
                        swarm.id()))
                .isEqualTo(OTHERS + 1);
    }
}
