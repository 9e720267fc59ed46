package io.infrafabric.bulkhead;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Providers over HTTP. */
@QuarkusTest
class ProviderTest {
    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    private Bulkhead bulkhead;

    @BeforeEach
    void a_swarm() {
        bulkhead = new Bulkhead(fabric, operator);
    }

    private JsonNode put(String body) {
        return expect(bulkhead.swarm().api().put(bulkhead.path("p"), body, operator), 200);
    }

    @Test
    void two_lines_are_enough_for_a_provider_of_a_known_name() {
        JsonNode made = expect(
                bulkhead.swarm()
                        .api()
                        .put(
                                "/bulkhead/providers/anthropic",
                                "{\"auth\":{\"key\":\"env:S2_KEY_ANTHROPIC\"}}",
                                operator),
                200);
        assertThat(made.path("baseUrl").asText()).isEqualTo("https://api.anthropic.com");
        assertThat(made.path("dialect").asText()).isEqualTo("ANTHROPIC");
        assertThat(made.path("auth").path("header").asText()).isEqualTo("x-api-key");
        assertThat(made.path("keyPresent").asBoolean()).isFalse();
        expect(bulkhead.swarm().api().delete("/bulkhead/providers/anthropic", operator), 204);
    }

    @Test
    void absent_fields_keep_their_values() {
        put(
                "{\"baseUrl\":\"http://127.0.0.1:9/base/\",\"dialect\":\"openai\",\"maxConcurrent\":3,\"timeouts\":{\"idle\":7}}");
        JsonNode now = put("{\"maxQueued\":0,\"timeouts\":{\"connect\":1.5},\"breaker\":{\"minCalls\":9}}");
        assertThat(now.path("baseUrl").asText()).isEqualTo("http://127.0.0.1:9/base");
        assertThat(now.path("maxConcurrent").asInt()).isEqualTo(3);
        assertThat(now.path("maxQueued").asInt()).isZero();
        assertThat(now.path("timeouts").path("idle").asInt()).isEqualTo(7);
        assertThat(now.path("timeouts").path("connect").asDouble()).isEqualTo(1.5);
        assertThat(now.path("timeouts").path("total").asInt()).isEqualTo(3600);
        assertThat(now.path("breaker").path("minCalls").asInt()).isEqualTo(9);
        assertThat(now.path("version").asLong()).isEqualTo(2);
        JsonNode shown = expect(bulkhead.swarm().api().get(bulkhead.path("p"), operator), 200);
        assertThat(shown.path("live").path("breaker").path("state").asText()).isEqualTo("CLOSED");
        assertThat(expect(bulkhead.swarm().api().get("/bulkhead/providers?limit=500", operator), 200)
                        .path("items")
                        .findValuesAsText("name"))
                .contains(bulkhead.swarm().of("p"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"baseUrl\":\"http://127.0.0.1:9\"}",
                "{\"baseUrl\":\"ftp://127.0.0.1\",\"dialect\":\"none\"}",
                "{\"baseUrl\":\"http://127.0.0.1:9/?a=b\",\"dialect\":\"none\"}",
                "{\"baseUrl\":\"http://user:key@127.0.0.1:9\",\"dialect\":\"none\"}",
                "{\"baseUrl\":\"http://127.0.0.1:9\",\"dialect\":\"cobol\"}",
                "{\"baseUrl\":\"http://127.0.0.1:9\",\"dialect\":\"none\",\"maxConcurrent\":0}",
                "{\"baseUrl\":\"http://127.0.0.1:9\",\"dialect\":\"none\",\"timeouts\":{\"idle\":0}}",
                "{\"baseUrl\":\"http://127.0.0.1:9\",\"dialect\":\"none\",\"breaker\":{\"failureRate\":1.5}}",
                "{\"baseUrl\":\"http://127.0.0.1:9\",\"dialect\":\"none\",\"paths\":[\"/../\"]}",
                "{\"baseUrl\":\"http://127.0.0.1:9\",\"dialect\":\"none\",\"auth\":{\"key\":\"env:S2_KEY_A\",\"header\":\"host\"}}"
            })
    void what_is_out_of_bounds_is_refused(String body) {
        assertThat(bulkhead.swarm()
                        .api()
                        .put(bulkhead.path("p"), body, operator)
                        .status())
                .isEqualTo(400);
        assertThat(bulkhead.swarm().api().get(bulkhead.path("p"), operator).code())
                .isEqualTo("IF_ERR_PROVIDER_NOT_ISOLATED");
    }

    @Test
    void sessions_change_none() {
        String body = "{\"baseUrl\":\"http://127.0.0.1:9\",\"dialect\":\"none\"}";
        assertThat(bulkhead.swarm()
                        .api()
                        .put(bulkhead.path("p"), body, bulkhead.token())
                        .code())
                .isEqualTo("IF_ERR_FORBIDDEN");
    }
}
