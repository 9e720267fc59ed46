package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.broker.Broker;
import io.infrafabric.edge.Line;
import io.infrafabric.event.Catalogue;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.FabricProcess;
import io.infrafabric.fabric.Servers;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The fabric on a broker of AMQP instead of Redis: the same jar, with {@code S2_AMQP_URL}. The second process reaches the broker
 * over a line that can be cut.
 */
@Tag("proof")
@Tag("soak")
class AmqpIT {
    private static final Map<String, String> SETTINGS = Map.of(
            "s2.bus.sweep.housekeeping", "2s",
            "s2.bus.sweep.unhandled-after", "3s",
            "s2.bus.amqp.timeout", "2s",
            "s2.bus.amqp.heartbeat", "1s",
            "s2.coordinator.look-again", "1h");
    private static final int FACTS = 40;
    private static Cluster cluster;
    private static Line line;

    @BeforeAll
    static void start() {
        Servers.useAmqp(true);
        cluster = Cluster.start("amqp", 1, SETTINGS);
        line = Line.to(cluster.servers().channelPort());
        cluster.add(cluster.servers().channelBy(line.port()));
    }

    @AfterAll
    static void stop() {
        line.close();
        cluster.close();
        Servers.useAmqp(false);
    }

    @Test
    void theBrokerLosesEverythingIsKilledAndCutOffAndEachFactCountsOnce() {
        Costs costs = Costs.of(cluster, "amqp-costs");
        long before = cluster.handledFacts(Costs.TYPE);
        for (int part = 0; part < 3; part++) {
            costs.tell(FACTS);
            costs.commit(FACTS);
            cluster.servers().flushRedis();
        }
        costs.tell(FACTS);
        cluster.servers().stopRedis();
        costs.commit(FACTS);
        await("the process says what it does without")
                .atMost(Cluster.PATIENCE)
                .until(() -> cluster.process(0).degraded().equals("amqp"));
        cluster.servers().startRedis();
        await("it is back")
                .atMost(Cluster.PATIENCE)
                .until(() -> cluster.process(0).degraded().equals("nothing")
                        && cluster.process(1).degraded().equals("nothing"));

        line.cut();
        costs.tell(FACTS);
        costs.commit(FACTS);
        await("the one that is cut off says so")
                .atMost(Cluster.PATIENCE)
                .until(() -> cluster.process(1).degraded().equals("amqp"));
        assertThat(cluster.process(1).ready()).isTrue();
        assertThat(cluster.process(0).degraded()).isEqualTo("nothing");
        line.mend();

        awaitAll(costs, before);
        costs.assertBookedOnce();
        assertThat(cluster.deadLetters()).isZero();
        cluster.assertNoErrors();
    }

    @Test
    @Tag("amqp")
    void aProcessIsKilledAndOneIsDrainedInTheMiddleAndEachFactCountsOnce() {
        Costs costs = Costs.of(cluster, "amqp-killed");
        long before = cluster.handledFacts(Costs.TYPE);
        FabricProcess killed = cluster.add(Map.of());
        costs.tell(FACTS);
        costs.commit(FACTS);
        killed.kill();
        FabricProcess drained = cluster.again(cluster.size() - 1).awaitReady();
        costs.tell(FACTS);
        costs.commit(FACTS);

        assertThat(drained.stop()).as("exit code after SIGTERM").isZero();
        // The last one is asked whether the ledger balances.
        cluster.again(cluster.size() - 1).awaitReady();

        awaitAll(costs, before);
        costs.assertBookedOnce();
        cluster.assertNoErrors();
    }

    /** Artemis makes a queue when somebody attaches to it: so events wait for a function that never ran. */
    @Test
    void migrateMakesTheQueuesOfAllFunctions() {
        try (Servers servers = Servers.start()) {
            Map<String, String> settings = new HashMap<>(servers.settings());
            settings.put(FabricProcess.ARGUMENT, "migrate");
            try (FabricProcess job = FabricProcess.launch("amqp-migrate", settings)) {
                assertThat(job.awaitEnd()).as(job.log()).isZero();
            }
            Broker broker = servers.broker().orElseThrow();
            assertThat(Catalogue.FUNCTIONS).isNotEmpty().allSatisfy(function -> {
                broker.send(function, "{}");
                assertThat(broker.length(function)).isEqualTo(1);
            });
        }
    }

    /** The process in which the claim waits never looks by itself, so that only a bell can wake it. */
    @Test
    void aClaimThatWaitsInOneProcessIsWokenByASubmitToTheOther() {
        Swarm swarm = Swarm.enrol(cluster, "amqp-wake", 1, Map.of());
        try (ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor()) {
            CompletableFuture<Answer> claim = CompletableFuture.supplyAsync(
                    () -> swarm.member(0).claim(cluster.api(1), Map.of("waitSeconds", 30)), calls);
            AtomicInteger next = new AtomicInteger();
            await("bells are heard").atMost(Cluster.PATIENCE).until(() -> {
                int number = next.getAndIncrement();
                swarm.submit(cluster.api(0), number, number + 1, Map.of());
                return claim.isDone();
            });
            assertThat(claim.join().status()).isEqualTo(201);
        }
    }

    private static void awaitAll(Costs costs, long before) {
        await("every fact is taken in")
                .atMost(Cluster.PATIENCE)
                .until(() -> cluster.handledFacts(Costs.TYPE) - before >= costs.told());
        await("the queue is empty")
                .atMost(Cluster.PATIENCE)
                .until(() -> cluster.channel().length() == 0);
        assertThat(cluster.handledFacts(Costs.TYPE) - before).isEqualTo(costs.told());
    }
}
