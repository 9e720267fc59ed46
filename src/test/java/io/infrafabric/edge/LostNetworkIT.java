package io.infrafabric.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.FabricProcess;
import io.infrafabric.fabric.Servers;
import io.infrafabric.fabric.Tokens;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A node of a center whose network drops everything, without a word, and comes back: what it answers meanwhile, what it keeps, and
 * what it does then. The center has a process of its own, which goes on.
 */
@Tag("proof")
@Tag("soak")
class LostNetworkIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Map<String, Object> TASK = Map.of("swarm", "edge", "title", "Count the birds");

    @Test
    void itRefusesKeepsNothingOfItsOwnAndGoesOnWhenTheNetworkIsBack() {
        Tokens tokens = Tokens.make(Path.of("target", "fabric", "edge"));
        try (Servers servers = Servers.start();
                Line postgres = Line.to(
                        URI.create(servers.settings().get("S2_POSTGRES_URL")).getPort());
                Line channel = Line.to(servers.channelPort());
                FabricProcess center = FabricProcess.start("edge-center", servers, tokens, Map.of());
                FabricProcess node = FabricProcess.launch("edge-node", over(postgres, channel, servers, tokens))
                        .awaitReady()) {
            String operator = tokens.operatorToken();
            put(node.api(), "/coordinator/sessions/anna", Map.of("swarm", "edge"), operator);
            String anna = token(node.api(), operator);
            submit(node.api(), "held", operator);
            Answer claim = node.api().post("/coordinator/sessions/anna/claims", Map.of("leaseSeconds", 600), anna);
            assertThat(claim.status()).as("%s", claim.body()).isEqualTo(201);
            long epoch = claim.body().at("/lease/epoch").asLong();

            postgres.cut();
            channel.cut();

            // Nobody is left waiting: what was sent into the dead network is refused too.
            List<CompletableFuture<Answer>> sent = List.of(
                    later(() ->
                            node.api().post("/coordinator/tasks", with("lost"), operator, "Idempotency-Key", "k-1")),
                    later(() -> node.api().get("/coordinator/tasks/held", operator)));
            assertThat(sent).allSatisfy(call -> assertThat(refusal(call.join())).isEqualTo("503 IF_ERR_UNAVAILABLE"));
            assertThat(node.api().get("/q/health/live", null).status()).isEqualTo(200);
            // Others would only get no answer at all: it stays in service, and says what it lacks.
            assertThat(node.degraded()).contains("postgres");
            // The center goes on, and the lease of the session at the edge runs there.
            submit(center.api(), "meanwhile", operator);

            postgres.mend();
            channel.mend();

            await("all is there again")
                    .atMost(PATIENCE)
                    .until(() -> node.degraded().equals("nothing"));
            Answer completed = node.api()
                    .post("/coordinator/tasks/held/complete", Map.of("epoch", epoch, "result", Map.of()), anna);
            assertThat(completed.status()).as("%s", completed.body()).isEqualTo(200);
            // The call that was refused is repeated with its key, and takes effect once.
            for (int time = 1; time <= 2; time++) {
                Answer again = node.api().post("/coordinator/tasks", with("lost"), operator, "Idempotency-Key", "k-1");
                assertThat(again.status()).as("%s", again.body()).isIn(200, 201);
            }
            // What the center got meanwhile reaches the session at the edge.
            Answer next = node.api().post("/coordinator/sessions/anna/claims", Map.of("waitSeconds", 30), anna);
            assertThat(next.status()).as("%s", next.body()).isEqualTo(201);
            assertThat(next.body().at("/task/id").asText()).isIn("meanwhile", "lost");
        }
    }

    private static Map<String, String> over(Line postgres, Line channel, Servers servers, Tokens tokens) {
        Map<String, String> settings = new HashMap<>(servers.settings());
        settings.putAll(tokens.settings());
        settings.put("S2_POSTGRES_URL", "postgresql://127.0.0.1:" + postgres.port() + "/s2");
        settings.putAll(servers.channelBy(channel.port()));
        // Sooner than a user would want: the test waits for it.
        settings.put("s2.bus.postgres-silence", "31s");
        settings.put("s2.bus.commit-outcome-wait", "5s");
        return settings;
    }

    private static void submit(Api api, String task, String operator) {
        Answer submitted = api.post("/coordinator/tasks", with(task), operator);
        assertThat(submitted.status()).as("%s", submitted.body()).isIn(200, 201);
    }

    private static Map<String, Object> with(String task) {
        Map<String, Object> body = new HashMap<>(TASK);
        body.put("id", task);
        return body;
    }

    private static void put(Api api, String path, Object body, String token) {
        Answer answer = api.put(path, body, token);
        assertThat(answer.status()).as("%s", answer.body()).isIn(200, 201);
    }

    private static String token(Api api, String operator) {
        Answer answer = api.post("/coordinator/sessions/anna/tokens", Map.of(), operator);
        assertThat(answer.status()).as("%s", answer.body()).isIn(200, 201);
        return answer.body().path("token").asText();
    }

    private static CompletableFuture<Answer> later(Supplier<Answer> call) {
        return CompletableFuture.supplyAsync(call);
    }

    private static String refusal(Answer answer) {
        return answer.status() + " " + answer.code();
    }
}
