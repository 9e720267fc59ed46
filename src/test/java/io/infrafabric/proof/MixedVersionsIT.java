package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.bus.Envelopes;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A newer release writes into the same stream: what this one does not know waits for the newer one, and harms nothing. */
@Tag("proof")
class MixedVersionsIT {
    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster =
                Cluster.start("mixed", 2, Map.of("s2.bus.reader.claim-idle", "1s", "s2.bus.sweep.housekeeping", "2s"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void unknownTypesAndVersionsWaitUncountedAndOthersPass() {
        Costs costs = Costs.of(cluster, "mixed");
        String known = Envelopes.write(Costs.ofNobody(cluster, "mixed").next());
        cluster.channel().append(known.replace(Costs.TYPE, "s2.budget.cost-guessed.v1"));
        cluster.channel().append(known.replace(Costs.TYPE, "s2.budget.cost-reported.v2"));
        pass(costs);
        await("both were read and left alone")
                .atMost(Cluster.PATIENCE)
                .until(() ->
                        cluster.channel().pending() == 2 && cluster.channel().length() == 2);

        cluster.process(0).kill();
        cluster.process(1).kill();
        cluster.again(0).awaitReady();
        cluster.again(1).awaitReady();
        pass(costs);
        // Somebody has looked at what the dead consumers left behind: it says how much it does not know.
        await("they are counted in a metric").atMost(Cluster.PATIENCE).until(() -> unknown() >= 2);

        assertThat(cluster.channel().length()).isEqualTo(2);
        assertThat(cluster.deadLetters()).isZero();
        costs.assertBookedOnce();
        cluster.assertNoErrors();
        if (cluster.servers().broker().isPresent()) {
            // Tries are counted in the database, and whatever is in the queue comes to a newer replica.
            assertThat(cluster.count("SELECT count(*) FROM bus_attempt")).isZero();
        } else {
            assertThat(cluster.channel().pending()).isEqualTo(2);
            assertThat(cluster.channel().mostDeliveries()).isEqualTo(1);
            assertThat(cluster.channel().takeOver("a newer replica")).isEqualTo(2);
        }
    }

    private static void pass(Costs costs) {
        costs.tell(1);
        await("its fact passes").atMost(Cluster.PATIENCE).until(() -> cluster.handledFacts(Costs.TYPE) == costs.told());
    }

    /** The larger of what the two say, as either may have looked at the stream; from a queue each has some of its own. */
    private static double unknown() {
        boolean each = cluster.servers().broker().isPresent();
        double most = 0;
        for (int process = 0; process < 2; process++) {
            String metrics = cluster.api(process)
                    .get("/q/metrics", cluster.operator())
                    .body()
                    .asText();
            double found = metrics.lines()
                    .filter(line -> line.startsWith("s2_") && line.contains("unknown"))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                    .max()
                    .orElse(0);
            most = each ? most + found : Math.max(most, found);
        }
        return most;
    }
}
