package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.door.Wire;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two processes behind one address are restarted in turn, while clients keep their connections and call and call. */
@Tag("proof")
@Tag("soak")
class RollingRestartIT {
    private static final int CLIENTS = 8;
    /** {@code -Ds2.restarts=4} for a slow machine. */
    private static final int RESTARTS = Integer.getInteger("s2.restarts", 10);

    private static final Duration BETWEEN_CALLS = Duration.ofMillis(100);
    private static final Duration GRACE = Duration.ofSeconds(60);

    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger farewells = new AtomicInteger();
    private final List<String> failed = new CopyOnWriteArrayList<>();
    private final CountDownLatch over = new CountDownLatch(1);

    @Test
    void noCallFailsWhileProcessesAreRestarted() throws IOException {
        try (Cluster cluster = Cluster.start("rolling", 2, Map.of("s2.door.farewell", farewell()));
                Balancer balancer = new Balancer(2, cluster::process);
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Swarm swarm = Swarm.enrol(cluster, "rolling", CLIENTS, Map.of());
            for (Swarm.Member member : swarm.members()) {
                clients.execute(() -> callAndCall(balancer, member));
            }
            try {
                restart(cluster, balancer);
            } finally {
                over.countDown();
            }
            clients.shutdown();
            await("the last calls").atMost(Cluster.PATIENCE).until(clients::isTerminated);

            System.out.println("RollingRestartIT: " + calls + " calls, " + farewells + " times told to connect anew");
            assertThat(failed).as("of %s calls", calls).isEmpty();
            assertThat(farewells.get()).as("told to connect anew").isGreaterThanOrEqualTo(RESTARTS);
            cluster.assertNoErrors();
        }
    }

    /** With 0s this test fails, as it should: then idle connections are closed without a word. */
    private static String farewell() {
        return System.getProperty("s2.farewell", "2s");
    }

    private void restart(Cluster cluster, Balancer balancer) {
        for (int restart = 0; restart < RESTARTS; restart++) {
            int victim = restart % 2;
            int before = calls.get();
            await("calls go on").atMost(Cluster.PATIENCE).until(() -> calls.get() > before + 2 * CLIENTS);
            assertThat(cluster.process(victim).stop(GRACE)).isZero();
            cluster.again(victim).awaitReady();
            await("both are in rotation").atMost(Cluster.PATIENCE).until(() -> balancer.inRotation() == 2);
        }
    }

    /** Calls on one connection until an answer says that it is the last one there, then on the next one. */
    private void callAndCall(Balancer balancer, Swarm.Member member) {
        Wire wire = null;
        try {
            do {
                calls.incrementAndGet();
                try {
                    wire = call(balancer, wire, member);
                } catch (IOException e) {
                    failed.add("No connection: " + e);
                    wire = null;
                }
            } while (!over.await(BETWEEN_CALLS.toMillis(), TimeUnit.MILLISECONDS));
            if (wire != null) {
                wire.close();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            failed.add("Not closed: " + e);
        }
    }

    private Wire call(Balancer balancer, Wire kept, Swarm.Member member) throws IOException {
        Wire wire = kept == null ? new Wire(balancer.address()) : kept;
        Wire.Answer answer = wire.call(
                        "POST", "/coordinator/sessions/" + member.id() + "/heartbeat", member.token(), "{}")
                .answer();
        if (answer == null) {
            failed.add(kept == null ? "A new connection broke" : "A kept connection broke");
            return null;
        }
        if (answer.status() != 200) {
            failed.add(answer.status() + " " + answer.body());
        }
        if (answer.head().contains("connection: close")) {
            farewells.incrementAndGet();
            wire.close();
            return null;
        }
        return wire;
    }
}
