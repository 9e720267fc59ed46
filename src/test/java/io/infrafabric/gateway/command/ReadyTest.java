package io.infrafabric.gateway.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Swarm;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a session could do now, and what the command is refused. */
@QuarkusTest
class ReadyTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Swarm swarm;

    @BeforeEach
    void two_sessions() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann", "tools", "[\"go\"]", "maxConcurrentTasks", "1");
        swarm.enrol("bob");
    }

    private String ready(String session) {
        Answer answer = swarm.api().get("/gateway/ready", swarm.token(session));
        assertThat(answer.status()).isEqualTo(200);
        return answer.body().asText();
    }

    @Test
    void tasks_that_would_be_granted_are_listed_in_the_order_of_claims() {
        assertThat(ready("ann")).isEqualTo("Nothing is queued for you now. To wait for a task: s2 claim --wait 45\n");
        swarm.submit("plain");
        swarm.submit("able", "requires", "[\"go\"]", "priority", "\"P1\"", "estimatedCost", "2.5");
        swarm.submit("mine", "assignee", "\"" + swarm.of("ann") + "\"", "priority", "\"P3\"");
        swarm.submit("other", "assignee", "\"" + swarm.of("bob") + "\"");
        assertThat(ready("ann").lines())
                .hasSize(4)
                .satisfiesExactly(
                        line -> assertThat(line).startsWith(swarm.of("mine") + " (P3): \""),
                        line -> assertThat(line).startsWith(swarm.of("able") + " (P1, $2.5): \""),
                        line -> assertThat(line).startsWith(swarm.of("plain") + " (P2): \""),
                        line -> assertThat(line).startsWith("Take the first with s2 claim"));
        assertThat(ready("bob")).contains(swarm.of("other")).doesNotContain(swarm.of("able"));

        swarm.claims("ann", "mine");
        assertThat(ready("ann"))
                .isEqualTo("You can have none of the queued tasks that fit you now (2). Why: s2 why " + swarm.of("able")
                        + "\n");
        assertThat(swarm.api().get("/gateway/ready", operator).status()).isEqualTo(403);
    }
}
