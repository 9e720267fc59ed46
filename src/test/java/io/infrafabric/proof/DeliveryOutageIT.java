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
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * PostgreSQL stops for 20 s in the middle of a burst of deliveries and of CloudEvents: each sender is told to come again, and
 * does; what each of them asked for has one effect.
 */
@Tag("proof")
@Tag("soak")
class DeliveryOutageIT {
    private static final Duration AWAY = Duration.ofSeconds(20);
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int SENDERS = 8;
    private static final int EACH = 40;
    private static final byte[] KEY = "a secret of this proof that is long enough".getBytes(StandardCharsets.UTF_8);
    private static final String SECRET = "whsec_" + Base64.getEncoder().encodeToString(KEY);
    private static final String HOOK = "/gateway/webhooks/desk";
    private static final String EVENTS = "/gateway/events";

    private static Cluster cluster;
    private static Swarm swarm;

    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();

    @BeforeAll
    static void start() {
        cluster = Cluster.start("delivery-outage", 2, Map.of());
        swarm = Swarm.enrol(cluster, "desk", 1, Map.of());
        Map<String, Object> source = Map.of(
                "kind",
                "standard",
                "swarm",
                swarm.id(),
                "secrets",
                List.of(SECRET),
                "rules",
                List.of(Map.of("do", "submit", "task", "desk.{/key}", "title", "{/title}")));
        expect(cluster.api(0).put("/gateway/sources/desk", source, cluster.operator()), 200);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    /** A delivery of Standard Webhooks. Its timestamp is the sender's first one: a repeat is byte for byte the same. */
    private static Answer deliver(Api api, String id, long at) {
        String body = "{\"key\": \"" + id + "\", \"title\": \"Title of " + id + "\"}";
        return api.post(
                HOOK,
                body,
                null,
                "webhook-id",
                id,
                "webhook-timestamp",
                Long.toString(at),
                "webhook-signature",
                "v1," + hmac(id + "." + at + "." + body));
    }

    private static String hmac(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A CloudEvent, in binary mode. */
    private static Answer tell(Api api, String id) {
        return api.post(
                EVENTS,
                Map.of("id", "event." + id, "title", "Title of " + id),
                swarm.member(0).token(),
                "ce-specversion",
                "1.0",
                "ce-id",
                id,
                "ce-source",
                "/proof",
                "ce-type",
                "s2.coordinator.task-requested.v1");
    }

    /** Sends until it is told that it was taken in: each time, 202, or 503 with when to come again. */
    private void send(int sender, boolean event) {
        long at = System.currentTimeMillis() / 1000;
        for (int number = 0; number < EACH; number++) {
            String id = (event ? "e" : "d") + sender + "-" + number;
            for (int process = sender; ; process++) {
                Api api = cluster.api(process % 2);
                Answer answer = event ? tell(api, id) : deliver(api, id, at);
                if (answer.status() == 202) {
                    taken.incrementAndGet();
                    break;
                }
                mustAskToComeAgain(answer);
                refused.incrementAndGet();
                Hands.rest();
            }
        }
    }

    private static void mustAskToComeAgain(Answer answer) {
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(503);
        assertThat(answer.code()).isEqualTo("IF_ERR_UNAVAILABLE");
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    }

    @Test
    void nothingIsHalfDone() throws Exception {
        try (ExecutorService senders = Executors.newFixedThreadPool(2 * SENDERS)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < SENDERS; i++) {
                int sender = i;
                all.add(senders.submit(() -> send(sender, false)));
                all.add(senders.submit(() -> send(sender, true)));
            }
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> taken.get() > SENDERS * EACH / 4 || isOver(all));
            cluster.servers().stopPostgres();
            int[] process = {0};
            try {
                await("each door says so, all the time")
                        .pollInterval(Duration.ofMillis(500))
                        .during(AWAY)
                        .atMost(AWAY.plus(PATIENCE))
                        .until(() -> {
                            process[0] = 1 - process[0];
                            Api api = cluster.api(process[0]);
                            mustAskToComeAgain(deliver(api, "probe", System.currentTimeMillis() / 1000));
                            mustAskToComeAgain(tell(api, "probe"));
                            return true;
                        });
            } finally {
                cluster.servers().startPostgres();
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
        assertThat(refused.get()).as("the outage fell into the burst").isGreaterThan(SENDERS);
        int deliveries = SENDERS * EACH;
        await("all are applied")
                .atMost(PATIENCE)
                .until(() ->
                        cluster.count("SELECT count(*) FROM gateway_delivery WHERE state = 'APPLIED'") == deliveries
                                && cluster.count("SELECT count(*) FROM coordinator_task WHERE swarm = ?", swarm.id())
                                        == 2L * deliveries);
        assertThat(cluster.count("SELECT count(*) FROM gateway_delivery")).isEqualTo(deliveries);
        assertThat(cluster.count("SELECT count(*) FROM gateway_foreign_event")).isEqualTo(deliveries);
        assertThat(cluster.count(
                        "SELECT count(*) FROM coordinator_history h JOIN coordinator_task t ON t.id = h.task WHERE t.swarm = ?",
                        swarm.id()))
                .as("each task was submitted once")
                .isEqualTo(2L * deliveries);
        assertThat(cluster.count(
                        "SELECT count(*) FROM bus_event WHERE type = 's2.coordinator.task-submitted.v1' AND swarm = ?",
                        swarm.id()))
                .isEqualTo(2L * deliveries);
        assertThat(cluster.deadLetters()).isZero();
        cluster.assertNoErrors();
    }

    private static boolean isOver(List<Future<?>> all) {
        return all.stream().allMatch(Future::isDone);
    }
}
