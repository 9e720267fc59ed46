package io.infrafabric.gateway.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Swarm;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** An agent that calls tools gets somewhere. */
@QuarkusTest
class ToolProgressTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    @Test
    void a_tool_call_is_progress_and_renewing_is_not() throws Exception {
        Swarm swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
        McpCalls mcp = new McpCalls(fabric, "", swarm.token("ann"));
        mcp.tool("renew_lease", "\"task\":\"none\",\"epoch\":1");
        assertThat(shown(swarm.of("ann"))).isFalse();
        mcp.tool("why", "");
        assertThat(shown(swarm.of("ann"))).isTrue();
    }

    private boolean shown(String session) {
        return pool.preparedQuery("SELECT progress_at IS NOT NULL FROM coordinator_session WHERE id = $1")
                .execute(Tuple.of(session))
                .await()
                .atMost(PATIENCE)
                .iterator()
                .next()
                .getBoolean(0);
    }
}
