package io.infrafabric.fabric;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two processes on given servers: ready together, one operator, and in service while the servers are away. */
@Tag("proof")
class ServersIT {

    @Test
    void processesShareGivenServersAndOutliveThem() throws Exception {
        Tokens tokens = Tokens.make(Path.of("target", "fabric", "servers-it"));
        try (Servers servers = Servers.start()) {
            List<FabricProcess> processes = FabricProcess.startAll(2, "servers-it", servers, tokens, Map.of());
            try {
                for (FabricProcess process : processes) {
                    assertThat(process.log()).contains("given, 127.0.0.1").doesNotContain("embedded");
                    assertThat(process.api()
                                    .get("/q/openapi", tokens.operatorToken())
                                    .status())
                            .isEqualTo(200);
                    assertThat(process.api().get("/q/openapi", "another").status())
                            .isEqualTo(401);
                }
                FabricProcess paused = processes.getFirst();
                paused.pause();
                paused.resume();

                servers.flushRedis();
                servers.stopRedis();
                servers.stopPostgres();
                awaitDegraded(processes, "postgres, " + servers.channelName());
                servers.startPostgres();
                servers.startRedis();
                awaitDegraded(processes, "nothing");

                try (Connection connection = servers.connect()) {
                    assertThat(connection.isValid(1)).isTrue();
                }
            } finally {
                processes.forEach(FabricProcess::close);
            }
        }
    }

    private static void awaitDegraded(List<FabricProcess> processes, String without) {
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(processes)
                        .allSatisfy(process -> assertThat(process.degraded()).isEqualTo(without)));
        assertThat(processes).allMatch(FabricProcess::ready);
    }
}
