package io.infrafabric.gateway.mcp;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.coordinator.Swarm;
import io.infrafabric.door.Wire;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A lease is granted just as its client leaves. At each door, either the answer was written before the client's leaving arrived, and
 * the client could read it, or the lease is given back: nobody holds what nobody was told of.
 */
@QuarkusTest
class LeavingClientTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LOOK = Duration.ofMillis(2);
    private static final int ROUNDS = 60;
    private static final int ROUNDS_WITH_A_STREAM = 25;
    private static final double STEP = 0.15;

    /** Ways to wait for a claim. */
    enum Door {
        REST("/coordinator/sessions/%s/claims", "{\"waitSeconds\":40}", "\"epoch\":"),
        MCP(
                "/gateway/mcp",
                "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"claim_task\","
                        + "\"arguments\":{\"waitSeconds\":40}}}",
                "You hold "),
        MCP_STREAM(
                "/gateway/mcp",
                "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"claim_task\","
                        + "\"arguments\":{\"waitSeconds\":40},\"_meta\":{\"progressToken\":\"p\"}}}",
                "You hold ");

        private final String path;
        private final String call;
        private final String granted;

        Door(String path, String call, String granted) {
            this.path = path;
            this.call = call;
            this.granted = granted;
        }
    }

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    MeterRegistry metrics;

    private Swarm swarm;

    @BeforeEach
    void two_sessions() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
        swarm.enrol("bob");
    }

    @ParameterizedTest
    @EnumSource
    void what_is_granted_to_a_client_that_leaves_is_given_back(Door door) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        // Nanoseconds from the submission to the leaving: each round moves it towards the instant of the grant.
        double delay = 5e6;
        int written = 0;
        int rounds = door == Door.MCP_STREAM ? ROUNDS_WITH_A_STREAM : ROUNDS;
        for (int round = 0; round < rounds; round++) {
            String task = door.name().toLowerCase(Locale.ROOT) + round;
            String answer;
            try (Wire client = waiting(door)) {
                CompletableFuture<Void> submitted = CompletableFuture.runAsync(() -> swarm.submit(task));
                LockSupport.parkNanos((long) (delay * (0.8 + 0.4 * random.nextDouble())));
                answer = client.leave().rest();
                submitted.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
            boolean told = answer.contains(door.granted);
            if (told) {
                written++;
                delay *= 1 - STEP;
                assertThat(swarm.read(task).path("holder").asText())
                        .as("seed %d, round %d", seed, round)
                        .isEqualTo(swarm.of("ann"));
                expect(swarm.end("ann", "complete", task, 1), 200);
            } else {
                delay *= 1 + STEP;
                var claimed = swarm.claim("bob", "waitSeconds", "20");
                assertThat(claimed.status())
                        .as("seed %d, round %d: %s; its client was told %s", seed, round, swarm.read(task), answer)
                        .isEqualTo(201);
                long epoch = claimed.body().path("lease").path("epoch").asLong();
                assertThat(swarm.read(task).path("attempts").asInt())
                        .as("seed %d, round %d", seed, round)
                        .isZero();
                expect(swarm.end("bob", "complete", task, epoch), 200);
            }
        }
        assertThat(written).as("both came about, seed %d", seed).isBetween(1, rounds - 1);
        assertThat(swarm.claim("ann").status()).as("nothing is left").isEqualTo(204);
    }

    /** A client of ann that waits for a task. */
    private Wire waiting(Door door) throws Exception {
        await().pollInterval(LOOK).atMost(PATIENCE).until(() -> waiting() == 0);
        Wire client =
                new Wire(fabric).call("POST", door.path.formatted(swarm.of("ann")), swarm.token("ann"), door.call);
        await().pollInterval(LOOK).atMost(PATIENCE).until(() -> waiting() == 1);
        if (door == Door.MCP_STREAM) {
            client.until("notifications/progress");
        }
        return client;
    }

    private double waiting() {
        return metrics.get("s2.claims.waiting").gauge().value();
    }
}
