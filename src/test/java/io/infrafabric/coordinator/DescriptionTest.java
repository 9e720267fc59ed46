package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

@QuarkusTest
class DescriptionTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Test
    void an_operator_changes_what_a_task_says_of_itself_while_nobody_holds_it() {
        Swarm swarm = new Swarm(fabric, operator);
        swarm.enrol("anna");
        swarm.submit("patched", "labels", "{\"a\": \"b\"}");
        String body = "{\"title\": \"Another\", \"domains\": [\"bug\", \"ui\"], \"labels\": {\"c\": \"d\"}}";
        JsonNode patched = expect(swarm.api().patch(swarm.task("patched"), body, operator), 200);
        assertThat(patched.path("title").asText()).isEqualTo("Another");
        assertThat(patched.path("domains").toString()).isEqualTo("[\"bug\",\"ui\"]");
        assertThat(patched.path("labels").toString()).isEqualTo("{\"c\":\"d\"}");
        swarm.claims("anna", "patched");
        assertThat(swarm.api().patch(swarm.task("patched"), body, operator).code())
                .isEqualTo("IF_ERR_TASK_STATE");
    }
}
