package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.k8s.Triggers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the chart for trying out installs: its keys, its one address, and a function at zero. */
@Tag("proof")
class TryOutIT {
    private static final int GATEWAY = 0;
    private static final int COORDINATOR = 1;

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.ofFunctions("try-out", List.of("gateway", "coordinator", "budget"), Map.of());
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    /** The keys are those of the chart for trying out; there the gateway's Service is the one address for everything. */
    @Test
    void theFirstStepsOfTheReadmeWorkThroughTheGatewayAlone() {
        Api gateway = cluster.api(GATEWAY);
        assertThat(gateway.put(
                                "/coordinator/sessions/anna",
                                Map.of("swarm", "demo", "domains", List.of("cli"), "tools", List.of("python")),
                                cluster.operator())
                        .status())
                .isEqualTo(200);
        Answer issued = gateway.post("/coordinator/sessions/anna/tokens", Map.of(), cluster.operator());
        assertThat(issued.status()).as("%s", issued.body()).isEqualTo(201);
        String anna = issued.body().path("token").asText();
        Map<String, Object> task = Map.of("id", "build", "swarm", "demo", "title", "Build it", "estimatedCost", 2.00);
        assertThat(gateway.post("/coordinator/tasks", task, anna).status()).isEqualTo(201);
        Answer claimed = gateway.post("/coordinator/sessions/anna/claims", Map.of("waitSeconds", 30), anna);
        assertThat(claimed.status()).as("%s", claimed.body()).isEqualTo(201);
        assertThat(gateway.post(
                                "/coordinator/tasks/build/complete",
                                Map.of("epoch", 1, "result", Map.of("ok", true), "cost", 1.25),
                                anna)
                        .status())
                .isEqualTo(200);
        await("the budget knows of it")
                .atMost(Cluster.PATIENCE)
                .until(() -> gateway.get("/budget/accounts/session:anna", cluster.operator())
                                .body()
                                .path("spentToday")
                                .asDouble()
                        == 1.25);
    }

    /** As a gateway in production is. */
    @Test
    void aGatewayWithoutThePrivateKeySaysSoAndDoesNothing() {
        Api gateway = cluster.add("gateway", false).api();
        Map<String, Object> session = Map.of("id", "keyless", "swarm", "keyless");
        Answer refused = gateway.post(
                "/coordinator/sessions/batch",
                Map.of("sessions", List.of(session), "tokens", true),
                cluster.operator());
        assertThat(refused.status()).as("%s", refused.body()).isEqualTo(421);
        assertThat(refused.code()).isEqualTo("IF_ERR_ISSUES_NO_TOKENS");
        assertThat(gateway.get("/coordinator/sessions/keyless", cluster.operator())
                        .status())
                .as("nothing was done")
                .isEqualTo(404);
        assertThat(gateway.put("/coordinator/sessions/keyless", Map.of("swarm", "keyless"), cluster.operator())
                        .status())
                .isEqualTo(200);
        assertThat(gateway.post("/coordinator/sessions/keyless/tokens", Map.of(), cluster.operator())
                        .code())
                .isEqualTo("IF_ERR_ISSUES_NO_TOKENS");
        Map<String, Object> viewer = Map.of("name", "prometheus", "role", "viewer");
        assertThat(gateway.post("/coordinator/tokens", viewer, cluster.operator())
                        .code())
                .isEqualTo("IF_ERR_ISSUES_NO_TOKENS");
        String made = cluster.api(COORDINATOR)
                .post("/coordinator/sessions/keyless/tokens", Map.of(), cluster.operator())
                .body()
                .path("token")
                .asText();
        assertThat(gateway.post("/coordinator/sessions/keyless/heartbeat", Map.of(), made)
                        .status())
                .as("a token that another process made")
                .isEqualTo(200);
    }

    /**
     * Its stream stays empty then, so the autoscaler looks at what the sweep measures, under the name that the chart tells it;
     * and the function reads the event log.
     */
    @Test
    void whatIsAtZeroIsStartedAndWorksWhileTheChannelRefusesWrites() {
        String series = Triggers.undelivered("escalation");
        Swarm swarm = Swarm.enrol(cluster, "asleep", 1, Map.of());
        cluster.channel().refuseWrites();
        assertThat(measured(series)).isZero();
        Answer cost = cluster.api(GATEWAY)
                .post(
                        "/budget/accounts/session:" + swarm.member(0).id() + "/costs",
                        Map.of("amount", 60),
                        cluster.operator());
        assertThat(cost.status()).as("%s", cost.body()).isBetween(200, 201);

        await("what an autoscaler starts it for").atMost(Cluster.PATIENCE).until(() -> measured(series) > 0);
        assertThat(cluster.channel().length("escalation")).isZero();
        cluster.launch("escalation");
        await("the case")
                .atMost(Cluster.PATIENCE)
                .until(() -> cluster.count("SELECT count(*) FROM escalation_case WHERE swarm = ?", swarm.id()) == 1);
        await("nothing is left for it").atMost(Cluster.PATIENCE).until(() -> measured(series) == 0);
        cluster.assertNoErrors();
    }

    @AfterEach
    void acceptWrites() {
        cluster.channel().acceptWrites();
    }

    /** What the coordinator, which sweeps, says of this series; 0 before it has said anything. */
    private static double measured(String series) {
        return cluster.api(COORDINATOR)
                .get("/q/metrics", cluster.operator())
                .body()
                .asText()
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length())))
                .findFirst()
                .orElse(0);
    }
}
